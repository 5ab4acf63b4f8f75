"""What partners tell us with 997, 999 and TA1."""

from typing import Any

import pytest

from gateway.model.identifiers import PartyId
from gateway.x12.reading import Delimiters, GroupHeader, InterchangeHeader, Loop, Segment, SetRead, Ta1Read
from gateway.x12.taken import AcknowledgmentTaken, SetTaken, take_set, take_ta1


def segment(text: str) -> Segment:
    return Segment(position=1, offset=0, elements=text.split("*"))


def read(set_id: str, tree: Loop) -> SetRead:
    header = InterchangeHeader(
        ordinal=1,
        offset=0,
        control="000000001",
        sender=PartyId("ZZ", "ACMEMED"),
        receiver=PartyId("ZZ", "HEALTHSYS"),
        date="261122",
        time="1015",
        version="00401",
        usage="P",
        ack_requested=False,
        delimiters=Delimiters(element="*", component=">", segment="~"),
    )
    group = GroupHeader(
        ordinal=1,
        offset=106,
        functional_id="FA",
        sender="ACMEMED",
        receiver="HEALTHSYS",
        date="20261122",
        time="1015",
        control="1",
        agency="X",
        version="004010",
        release="004010",
    )
    return SetRead(
        interchange=header,
        group=group,
        ordinal=1,
        offset=150,
        set_id=set_id,
        control="0001",
        implementation=None,
        segments=6,
        complete=True,
        tree=tree,
        findings=(),
    )


def tree(*, trailer: str = "AK5") -> Loop:
    sets: list[Loop] = [
        {"AK2": [segment("AK2*850*0001")], trailer: [segment(f"{trailer}*A")]},
        {"AK2": [segment("AK2*850*0002")], trailer: [segment(f"{trailer}*R*4**5")]},
    ]
    return {"AK1": [segment("AK1*PO*0077")], "AK2_loop": sets, "AK9": [segment("AK9*P*2*2*1*5")]}


@pytest.mark.parametrize(("kind", "trailer"), [("997", "AK5"), ("999", "IK5")])
def test_a_997_or_999_tells_of_the_group_and_each_of_its_sets_verbatim(kind: Any, trailer: str) -> None:  # noqa: ANN401 - a literal
    assert take_set(read(kind, tree(trailer=trailer))) == AcknowledgmentTaken(
        kind=kind,
        group_control="0077",
        functional_id="PO",
        code="P",
        sets=(
            SetTaken(set_id="850", control="0001", code="A", notes=()),
            SetTaken(set_id="850", control="0002", code="R", notes=("4", "5")),
        ),
        notes=("5",),
    )


def test_an_acknowledgment_of_the_group_alone_has_no_sets() -> None:
    taken = take_set(read("997", {"AK1": [segment("AK1*PO*77")], "AK9": [segment("AK9*A*1*1*1")]}))
    assert taken is not None
    assert (taken.code, taken.sets) == ("A", ())


def test_an_acknowledgment_without_its_trailers_is_taken_without_codes() -> None:
    sets: list[Loop] = [{"AK2": [segment("AK2*850*0001")]}]
    taken = take_set(read("997", {"AK1": [segment("AK1*PO*77")], "AK2_loop": sets}))
    assert taken is not None
    assert (taken.code, taken.sets[0].code) == ("", "")


@pytest.mark.parametrize(
    ("set_id", "broken"),
    [
        pytest.param("997", {}, id="no map could read it"),
        pytest.param("997", {"AK9": [segment("AK9*A*1*1*1")]}, id="AK1 is missing"),
        pytest.param("997", {"AK1": [segment("AK1*PO")]}, id="AK102 is missing"),
        pytest.param("850", tree(), id="it is no acknowledgment"),
    ],
)
def test_what_names_no_group_of_ours_is_not_taken(set_id: str, broken: Loop) -> None:
    assert take_set(read(set_id, broken)) is None


def test_a_ta1_tells_of_an_interchange() -> None:
    sent = Ta1Read(control="000000303", date="260302", time="0905", code="R", note="021")
    expected = AcknowledgmentTaken(kind="TA1", interchange_control="000000303", code="R", notes=("021",))
    assert take_ta1(sent) == expected
