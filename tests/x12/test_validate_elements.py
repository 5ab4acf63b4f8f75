"""Elements: what each fault is called, where it is, and what an acknowledgment reports; and the fast path's honesty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.finding import Severity
from gateway.x12.cut import Cutter
from gateway.x12.elements import faults
from gateway.x12.reading import Delimiters
from gateway.x12.rules import ElementRule, SegmentRule
from tests.x12.interchanges import GOLDEN, GS, ISA, ORDER, acks, codes, interchange, maps, only_set, sets, transaction

BEG, PO1, CTT = ORDER
NEWER = {"isa": ISA.replace("*U*00401*", "*^*00501*"), "gs": GS.replace("004010", "005010")}

# A segment, the sound ones it is put between, and what is found: code, element, acknowledgment.
HEADER = ((), (PO1, CTT))
AFTER_BEG = ((BEG,), (PO1, CTT))
ADDRESS = ((BEG, "N1*BY*North Clinic"), (PO1, CTT))
LINE = ((BEG,), (CTT,))
TOTAL = ((BEG, PO1), ())

FAULTS = [
    ("BEG**SA*PO1**20261116", HEADER, "element_missing", 1, "AK4 1"),
    ("BEG*00*SA*PO1", HEADER, "element_missing", 5, "AK4 1"),
    ("BEG*00*SA*" + "9" * 23 + "**20261116", HEADER, "element_too_long", 3, "AK4 5"),
    ("BEG*00*SA*PO1**20261345", HEADER, "invalid_date", 5, "AK4 8"),
    ("BEG*00*SA*PO1**20270229", HEADER, "invalid_date", 5, "AK4 8"),
    ("BEG*00*SA*PO1**261116", HEADER, "invalid_date", 5, "AK4 8"),
    ("BEG*00*SA*PO\x071**20261116", HEADER, "invalid_character", 3, "AK4 6"),
    ("BEG*00*SA*PO>1**20261116", HEADER, "invalid_character", 3, "AK4 6"),
    (f"{BEG}{'*' * 8}1", HEADER, "too_many_elements", 13, "AK4 3"),
    ("PER*BD*Desk*QQ*5550100", AFTER_BEG, "invalid_code", 3, "AK4 7"),
    ("DTM*002*20261116*2561", AFTER_BEG, "invalid_time", 3, "AK4 9"),
    ("N1*ST", AFTER_BEG, "condition_missing", 2, "AK4 2"),
    ("N4*Duluth*M", ADDRESS, "element_too_short", 2, "AK4 4"),
    ("PO1*1*five*EA*9.50**VP*GLOVE-7", LINE, "invalid_character", 2, "AK4 6"),
    ("PO1*1*5.5.5*EA*9.50**VP*GLOVE-7", LINE, "invalid_character", 2, "AK4 6"),
    ("PO1*1*5*EA*9.50**VP", LINE, "condition_missing", 7, "AK4 2"),
    ("PO1", LINE, "segment_bare", None, "AK3 8"),
    ("CTT*1.5", TOTAL, "invalid_character", 1, "AK4 6"),
    ("CTT*1234567", TOTAL, "element_too_long", 1, "AK4 5"),
]


@pytest.mark.parametrize(("segment", "around", "code", "element", "ack"), FAULTS)
def test_one_fault_is_one_finding_with_its_place_and_code(
    segment: str, around: tuple[tuple[str, ...], tuple[str, ...]], code: str, element: int | None, ack: str
) -> None:
    before, after = around
    (found,) = only_set(*before, segment, *after).findings
    assert (found.code, found.segment, found.element) == (f"syntax.{code}", segment.split("*", maxsplit=1)[0], element)
    assert (found.position, acks([found]), found.severity) == (len(before) + 2, [ack], Severity.ERROR)


def test_a_finding_tells_the_value_the_rule_and_the_byte() -> None:
    content = interchange(transaction(BEG.replace("20261116", "20261345"), PO1, CTT))
    (found,) = sets(content)[0].findings
    assert found.offset == content.index(b"20261345")
    assert (found.value, found.expected) == ("20261345", "a date as CCYYMMDD")
    assert found.message == 'order date (BEG05) in segment 2 is "20261345".'


def test_a_missing_element_is_told_at_the_end_of_its_segment() -> None:
    content = interchange(transaction("BEG*00*SA*PO1", PO1, CTT))
    (found,) = sets(content)[0].findings
    assert content[found.offset or 0 :].startswith(b"~\nPO1")


def test_a_free_text_is_not_repeated_in_the_message() -> None:
    (found,) = only_set(BEG.replace("PO1", "SECRET-PROJECT-NUMBER-9000"), PO1, CTT).findings
    assert "SECRET" not in found.message
    assert found.value == "SECRET-PROJECT-NUMBER-9000"


def test_a_long_code_list_is_told_in_short() -> None:
    (found,) = only_set(BEG, PO1.replace("EA", "Q9"), CTT).findings
    assert found.expected is not None
    assert found.expected.startswith("one of: 01, 02, 03")
    assert found.expected.endswith("in all)")


def test_a_code_missing_from_a_list_of_weak_source_is_a_warning_that_no_acknowledgment_reports() -> None:
    (found,) = only_set(BEG, PO1.replace("EA", "Q9"), CTT).findings
    assert (found.code, found.severity, found.ack) == ("syntax.invalid_code", Severity.WARNING, None)


@pytest.mark.parametrize(
    ("instead", "code"),
    [
        ("BEG*00*SA*PO1**20261116*", "trailing_separator"),
        ("BEG*00*SA*PO1**20261116" + "*" * 30, "trailing_separator"),
        ("BEG*00*SA*PO1 **20261116", "trailing_spaces"),
        ("BEG*00*SA*PO\xe9**20261116", "outside_charset"),
    ],
)
def test_what_is_only_odd_is_a_warning(instead: str, code: str) -> None:
    (found,) = only_set(instead, PO1, CTT).findings
    assert (found.code, found.severity, found.ack) == (f"syntax.{code}", Severity.WARNING, None)


@pytest.mark.parametrize("quantity", ["5", "-5", "0.5", ".5", "5.", "123456789.123456", "00005"])
def test_decimals_may_be_written_in_any_way_the_standard_allows(quantity: str) -> None:
    assert only_set(BEG, PO1.replace("*5*", f"*{quantity}*"), CTT).findings == ()


def test_29_february_is_a_date_in_a_leap_year() -> None:
    assert only_set(BEG.replace("20261116", "20280229"), PO1, CTT).findings == ()


def test_components_are_told_by_their_place() -> None:
    reference = "REF*DP*1**DP>"
    (missing,) = only_set(BEG, reference, PO1, CTT).findings
    assert (missing.code, missing.element, missing.component) == ("syntax.element_missing", 4, 2)
    assert only_set(BEG, "REF*DP*1**DP>2", PO1, CTT).findings == ()
    assert codes(only_set(BEG, "REF*DP*1**" + ">".join(["DP", "1"] * 4), PO1, CTT).findings) == [
        "syntax.too_many_components"
    ]


def test_a_repetition_where_none_may_be_is_told_once() -> None:
    (found,) = only_set(BEG.replace("*PO1*", "*PO1^PO2^PO3*"), PO1, CTT, **NEWER).findings
    assert (found.code, found.element, acks([found])) == ("syntax.too_many_repetitions", 3, ["AK4 12"])


def test_the_repetition_separator_of_newer_versions_is_a_character_like_others_before_them() -> None:
    assert only_set(BEG.replace("*PO1*", "*PO^1*"), PO1, CTT).findings == ()


# The fast path accepts only what the authority accepts.


def _rules() -> Iterator[SegmentRule]:
    for release in maps().releases:
        for set_id in maps().sets_of(release):
            set_map = maps().get(set_id, release)
            assert set_map
            yield from set_map.ids.values()


RULES = list(_rules())
ODD = [
    "",
    " ",
    "0",
    "00",
    "-1",
    "1.5",
    ".",
    "-",
    "20260229",
    "20261116",
    "2561",
    "0812",
    "A",
    "EA",
    "ZZ",
    "é",
    "a>b",
    "a^b",
    "X" * 40,
    "\x1d",
    "\x1f",
    "\x07",
]


def _value(rule: ElementRule) -> st.SearchStrategy[str]:
    likely = st.text("0123456789.-AZ ", min_size=rule.shortest, max_size=min(rule.longest, rule.shortest + 3))
    known = [st.sampled_from(sorted(rule.codes))] if rule.codes else []
    return st.one_of(st.just(""), likely, *known, st.sampled_from(ODD))


@st.composite
def segments(draw: st.DrawFn) -> tuple[SegmentRule, list[str]]:
    rule = draw(st.sampled_from(RULES))
    values = [draw(_value(element)) for element in rule.elements]
    return rule, [rule.id, *values[: draw(st.integers(0, len(values)))], *draw(st.lists(st.just("1"), max_size=1))]


@given(segments(), st.sampled_from([("*", ">", "^"), ("\x1d", "\x1f", None), ("|", ":", "^")]))
@settings(max_examples=400, deadline=None)
def test_the_fast_path_never_accepts_what_the_authority_rejects(
    segment: tuple[SegmentRule, list[str]], marks: tuple[str, str, str | None]
) -> None:
    rule, elements = segment
    delimiters = Delimiters(element=marks[0], component=marks[1], segment="~", repetition=marks[2])
    text = marks[0].join(elements)
    (shape,) = Cutter(delimiters).one(text).shapes
    read = text.split(marks[0])
    form = rule.forms[len(read)]
    if form.matches(shape) and all(read[place] in known for place, known in form.listed):
        assert list(faults(rule, read, delimiters)) == []


def test_the_fast_path_accepts_what_sound_files_hold() -> None:
    slow = []
    for path in GOLDEN.glob("*.edi"):
        lines = [line.strip() for line in path.read_text("latin-1").split("~") if line.strip()]
        release = lines[1].split("*")[8]
        set_map = maps().get(lines[2].split("*")[1], release)
        assert set_map
        for line in lines[2:-2]:
            elements = line.split("*")
            form = set_map.ids[elements[0]].forms[len(elements)]
            sound = form.matches(line.replace("*", "\x1d"))
            if not sound or any(elements[place] not in known for place, known in form.listed):
                slow.append(line)
    assert len(slow) < 10, slow
