"""Segments and interchanges of ours."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.identifiers import PartyId
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Separators
from gateway.x12.write import Element, Envelope, GroupToWrite, SetToWrite, write_interchange, write_segment

PLAIN = Separators(suffix="")
ENVELOPE = Envelope(
    our_id=PartyId("ZZ", "HEALTHSYS"),
    partner_id=PartyId("01", "123456789"),
    now=datetime(2026, 11, 22, 9, 5, 30, tzinfo=UTC),
    control=42,
    group_controls=(7,),
    separators=PLAIN,
)


def orders(*sets: SetToWrite, version: str = "004010") -> GroupToWrite:
    return GroupToWrite(functional_id="PO", sender="HEALTHSYS", receiver="SUPPLIER", version=version, sets=sets)


def order(*body: tuple[Element, ...]) -> SetToWrite:
    return SetToWrite(set_id="850", body=body)


def written(envelope: Envelope, *groups: GroupToWrite) -> str:
    return b"".join(write_interchange(envelope, groups)).decode("ascii")


def changed(**changes: object) -> Envelope:
    return msgspec.structs.replace(ENVELOPE, **changes)


@pytest.mark.parametrize(
    ("elements", "text"),
    [
        pytest.param(("BEG", "00", "SA", "4500012"), "BEG*00*SA*4500012~", id="elements"),
        pytest.param(("REF", "DP", "", ""), "REF*DP~", id="an empty end is left off"),
        pytest.param(("REF", "", "X"), "REF**X~", id="an empty middle stays"),
        pytest.param(("AK4", ("3", "2"), "", "7"), "AK4*3>2**7~", id="a composite"),
        pytest.param(("AK4", ("3", "", "")), "AK4*3~", id="an empty end of a composite is left off"),
        pytest.param(("AK4", ("3", "", "2")), "AK4*3>>2~", id="an empty middle of a composite stays"),
        pytest.param(("DMG", ["A", ("B", "C"), ""]), "DMG*A^B>C~", id="repetitions"),
        pytest.param(("LS",), "LS~", id="a segment of nothing but its id"),
    ],
)
def test_a_segment_is_written(elements: tuple[Element, ...], text: str) -> None:
    assert write_segment(elements, PLAIN) == text


@pytest.mark.parametrize("value", ["a*b", "a>b", "a~b", "a^b"])
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: ("x", value), lambda value: ["x", ("y", value)]])
def test_a_value_that_holds_a_separator_is_refused_wherever_it_stands(value: str, wrap: object) -> None:
    assert callable(wrap)
    with pytest.raises(Refused) as refused:
        write_segment(("MSG", wrap(value)), PLAIN)
    assert refused.value.code == "acknowledgment.separator_in_value"
    assert "Element 1 of the MSG" in str(refused.value)


def test_where_the_release_knows_no_repetition_its_separator_is_text() -> None:
    assert write_segment(("MSG", "a^b"), PLAIN, repeats=False) == "MSG*a^b~"


@pytest.mark.parametrize("value", ["a\nb", "a\x00b", "a\x85b", "price in \u20ac"])
def test_a_character_that_cannot_travel_is_refused(value: str) -> None:
    with pytest.raises(Refused) as refused:
        write_segment(("MSG", value), PLAIN)
    assert refused.value.code == "acknowledgment.unwritable_character"


def test_letters_of_latin_1_travel() -> None:
    group = orders(order(("MSG", "Müller")))
    assert "MSG*Müller~".encode("latin-1") in b"".join(write_interchange(ENVELOPE, (group,)))


def test_an_interchange_counts_its_segments_sets_and_groups() -> None:
    group = orders(order(("BEG", "00"), ("CTT", "0")), order())
    assert written(ENVELOPE, group) == (
        "ISA*00*          *00*          *ZZ*HEALTHSYS      *01*123456789      *261122*0905*U*00401*000000042*0*P*>~"
        "GS*PO*HEALTHSYS*SUPPLIER*20261122*0905*7*X*004010~"
        "ST*850*0001~BEG*00~CTT*0~SE*4*0001~"
        "ST*850*0002~SE*2*0002~"
        "GE*2*7~IEA*1*000000042~"
    )


def test_the_suffix_follows_every_segment() -> None:
    text = written(changed(separators=Separators(suffix="\r\n")), orders(order(("BEG", "00"))))
    assert text.count("~\r\n") == text.count("~") == 7


def test_the_isa_has_its_width_and_separators_at_their_places() -> None:
    separators = Separators(element="|", component=":", segment="'", repetition="!", suffix="")
    isa = written(changed(separators=separators), orders(version="005010")).partition("'")[0]
    assert (len(isa), isa[3], isa[104]) == (105, "|", ":")
    assert isa.split("|")[11:13] == ["!", "00501"]


@pytest.mark.parametrize(
    ("version", "isa11", "isa12", "date"),
    [
        pytest.param("003060", "U", "00306", "261122", id="003060: six digits of date"),
        pytest.param("004010", "U", "00401", "20261122", id="004010"),
        pytest.param("004010VICS", "U", "00401", "20261122", id="004010VICS"),
        pytest.param("004030", "^", "00403", "20261122", id="004030: repetitions"),
        pytest.param("005010X231A1", "^", "00501", "20261122", id="005010X231A1"),
        pytest.param("4010", "U", "00401", "20261122", id="no version at all: the ISA keeps its width"),
    ],
)
def test_the_release_decides_what_the_envelope_looks_like(version: str, isa11: str, isa12: str, date: str) -> None:
    isa, gs, *_ = (segment.split("*") for segment in written(ENVELOPE, orders(version=version)).split("~"))
    assert (isa[11], isa[12], gs[4]) == (isa11, isa12, date)


def test_groups_of_two_releases_travel_in_an_interchange_of_the_higher() -> None:
    envelope = changed(group_controls=(7, 8))
    text = written(envelope, orders(order()), orders(order(), version="005010"))
    assert text.split("*")[12] == "00501"
    assert "GE*1*7~" in text
    assert "ST*850*0002~SE*2*0002~GE*1*8~IEA*2*" in text


@pytest.mark.parametrize(("usage", "isa15"), [("P", "P"), ("T", "T"), ("", "P"), ("*", "P"), ("PT", "P")])
def test_usage_is_one_that_exists(usage: str, isa15: str) -> None:
    assert written(changed(usage=usage), orders()).split("*")[15] == isa15


@pytest.mark.parametrize(
    "identity",
    [
        pytest.param(PartyId("ZZ", "A" * 16), id="too long"),
        pytest.param(PartyId("ZZ", ""), id="empty"),
        pytest.param(PartyId("Z", "ACMEMED"), id="short qualifier"),
        pytest.param(PartyId("ZZ", "ACME*MED"), id="a separator inside"),
        pytest.param(PartyId("ZZ", "ACME\nMED"), id="a control character inside"),
    ],
)
def test_an_identity_that_does_not_fit_the_isa_is_refused(identity: PartyId) -> None:
    with pytest.raises(Refused) as refused:
        written(changed(partner_id=identity), orders())
    assert refused.value.code == "acknowledgment.identity_unwritable"


@pytest.mark.parametrize("changes", [{"control": 0}, {"control": 10**9}, {"group_controls": (0,)}, {"set_control": 0}])
def test_a_control_number_that_does_not_fit_is_a_mistake_of_the_caller(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is not between 1 and"):
        written(changed(**changes), orders(order()))


def test_each_group_needs_its_number() -> None:
    with pytest.raises(ValueError, match="2 groups to write, but 1 group control numbers"):
        written(ENVELOPE, orders(), orders())


def test_sets_are_asked_for_one_at_a_time() -> None:
    asked = 0

    def sets() -> Iterator[SetToWrite]:
        nonlocal asked
        while True:
            asked += 1
            yield order(("BEG", "00"))

    endless = GroupToWrite(functional_id="PO", sender="US", receiver="THEM", version="004010", sets=sets())
    chunks = write_interchange(ENVELOPE, (endless,))
    assert [next(chunks)[:2] for _ in range(6)] == [b"IS", b"GS", b"ST", b"BE", b"SE", b"ST"]
    assert asked == 2


TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="*>~^"), max_size=8)
ELEMENT = TEXT | st.tuples(TEXT, TEXT)


@settings(deadline=None)
@given(st.lists(ELEMENT, max_size=6))
def test_what_is_written_splits_into_what_it_was(elements: list[str | tuple[str, str]]) -> None:
    text = write_segment(("REF", *elements), PLAIN)
    assert text.endswith("~")
    parts = text.removesuffix("~").split("*")[1:]
    found = [part.split(">") for part in parts]
    expected = [[element] if isinstance(element, str) else list(element) for element in elements]

    def bare(values: list[list[str]]) -> list[list[str]]:
        """Without empty ends, which X12 does not tell apart from nothing."""
        trimmed = [list("*".join(each).rstrip("*").split("*")) for each in values]
        while trimmed and trimmed[-1] == [""]:
            trimmed.pop()
        return trimmed

    assert bare(found) == bare(expected)
