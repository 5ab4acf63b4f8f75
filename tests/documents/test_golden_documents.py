"""Clean files of every kind in both releases, with the documents they are."""

import re
from pathlib import Path

import msgspec
import pytest

from gateway.documents import business_key, canonical_json, content_sha, kind_of, read
from tests.documents.document_sets import CONTEXT, GOLDEN, sets_in

FILES = sorted(GOLDEN.glob("8*.edi"))
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def test_every_kind_is_there_in_both_releases() -> None:
    assert {file.stem[:10] for file in FILES} >= {
        f"{kind}-{release}" for kind in ("850", "855", "856", "810") for release in ("004010", "005010")
    }


@each_file
def test_a_clean_set_becomes_the_document_beside_it(file: Path) -> None:
    (found,) = sets_in(file.read_bytes())
    document, warnings = read(found, CONTEXT)
    assert (found.findings, warnings) == ((), ())
    assert document is not None
    assert msgspec.json.decode(canonical_json(document)) == msgspec.json.decode(file.with_suffix(".json").read_bytes())


@each_file
def test_what_was_written_is_read_back_as_the_same_document(file: Path) -> None:
    (found,) = sets_in(file.read_bytes())
    document, _ = read(found, CONTEXT)
    kind = kind_of(found.set_id)
    assert kind is not None
    assert msgspec.json.decode(file.with_suffix(".json").read_bytes(), type=kind.model) == document


@each_file
def test_every_node_names_the_segment_it_came_from(file: Path) -> None:
    (found,) = sets_in(file.read_bytes())
    document, _ = read(found, CONTEXT)
    assert document is not None
    positions = set(_positions(msgspec.to_builtins(document)))
    assert positions
    assert all(1 < position < found.segments for position in positions)


def _positions(node: object) -> list[int]:
    if isinstance(node, dict):
        own = [node["src"]] if "src" in node else []
        return own + [position for value in node.values() for position in _positions(value)]
    if isinstance(node, list | tuple):
        return [position for value in node for position in _positions(value)]
    return []


@each_file
@pytest.mark.parametrize("marks", ["|:\n", "\x1d\x1f\x1c", "^<'"])
def test_any_delimiters_give_the_same_document(file: Path, marks: str) -> None:
    table = str.maketrans("*>~^", marks + "U", "\n")
    other = file.read_text("latin-1").translate(table).encode("latin-1")
    documents = [read(sets_in(content)[0], CONTEXT)[0] for content in (file.read_bytes(), other)]
    assert documents[0] == documents[1]


@each_file
def test_a_resend_under_other_control_numbers_is_the_same_document(file: Path) -> None:
    sent = file.read_text("latin-1")
    control = sent.split("IEA*1*")[1][:9]
    again = sent.replace(control, "000077777").replace(f"*{int(control)}", "*77777")
    again = re.sub(r"^(ST\*8..|SE\*[0-9]+)\*0001", r"\1*0099", again, flags=re.MULTILINE)
    first, second = (read(sets_in(text.encode("latin-1"))[0], CONTEXT)[0] for text in (sent, again))
    assert first is not None
    assert second is not None
    assert first.source != second.source
    assert business_key(first, "acme") == business_key(second, "acme")
    assert content_sha(first) == content_sha(second)
