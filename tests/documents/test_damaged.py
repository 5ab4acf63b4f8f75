"""Whatever a tree lacks, a document is built or there is none; nothing else happens."""

from typing import cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.documents import (
    KINDS,
    business_key,
    canonical_json,
    content_sha,
    kind_of,
    lane_orders,
    read,
    value_at_stake,
)
from gateway.x12.reading import Loop, Segment, SetRead
from tests.documents.document_sets import CONTEXT, GOLDEN, sets_in

SETS = [found for file in sorted(GOLDEN.glob("8*.edi")) for found in sets_in(file.read_bytes())]
ODD = ["", "x", "-", "9" * 40, "1E999", "1,5", "20261399", "0645", '"src":1', "\x00", "\xe9\xff", "PO", "I", "1", " 7 "]

elements = st.lists(st.sampled_from(ODD) | st.text(st.characters(max_codepoint=255), max_size=6), max_size=12)


@st.composite
def damaged(draw: st.DrawFn) -> SetRead:
    """A clean set, then some of its segments lost, cut short, filled with oddities or put where nothing has a place."""
    found = draw(st.sampled_from(SETS))
    copy = msgspec.structs.replace(found, tree=_hurt(draw, found.tree))
    name = draw(st.sampled_from(["PO1", "IT1", "HL", "BEG", "BAK", "BSN", "BIG", "TDS", "CTT", "ZZZ"]))
    copy.tree.setdefault("?", cast("list[Segment]", [])).append(Segment(99, 999, [name, *draw(elements)]))  # type: ignore[arg-type]
    return copy


def _hurt(draw: st.DrawFn, loop: Loop) -> Loop:
    hurt: Loop = {}
    for key, entries in loop.items():
        fate = draw(st.sampled_from(["keep", "keep", "keep", "lose", "empty", "cut", "odd"]))
        if fate == "lose":
            continue
        if fate == "empty":
            hurt[key] = []
        elif key.endswith("_loop"):
            hurt[key] = [_hurt(draw, inner) for inner in cast("list[Loop]", entries)]
        else:
            hurt[key] = [_hurt_segment(draw, segment, fate) for segment in cast("list[Segment]", entries)]
    return hurt


def _hurt_segment(draw: st.DrawFn, segment: Segment, fate: str) -> Segment:
    sent = segment.elements
    if fate == "cut":
        sent = sent[: draw(st.integers(0, len(sent)))]
    elif fate == "odd":
        sent = [sent[0], *draw(elements)]
    return Segment(segment.position, segment.offset, sent)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_a_damaged_set_gives_a_document_or_none_and_never_an_error(found: SetRead) -> None:
    document, _ = read(found, CONTEXT)
    if document is None:
        return
    kind = kind_of(found.set_id)
    assert kind is not None
    assert msgspec.json.decode(canonical_json(document), type=kind.model) == document
    assert content_sha(document)
    assert business_key(document, "acme").startswith(f"{kind.kind}|ACME|")
    assert document.totals.line_count == len(document.lines)
    assert all(lane_orders(document))
    value_at_stake(document)


@pytest.mark.parametrize("kind", [kind.kind for kind in KINDS])
def test_an_empty_tree_makes_no_document(kind: str) -> None:
    found = msgspec.structs.replace(SETS[0], set_id=kind, tree={})
    assert read(found, CONTEXT) == (None, ())


def test_a_set_we_do_not_read_makes_no_document() -> None:
    assert read(msgspec.structs.replace(SETS[0], set_id="846"), CONTEXT) == (None, ())


def test_a_header_that_had_no_place_is_still_read() -> None:
    beg = Segment(9, 90, ["BEG", "00", "SA", "PO-1", "", "20261120"])
    po1 = Segment(10, 120, ["PO1", "1", "2", "EA", "3"])
    document, _ = read(msgspec.structs.replace(SETS[0], set_id="850", tree={"?": [beg, po1]}), CONTEXT)
    assert document is not None
    assert (document.number, document.lines[0].quantity.value) == ("PO-1", "2")
