"""Segments of a set: order, loops, what is required and how often; and the tree they are put in."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.x12.reading import SetRead
from tests.x12.interchanges import GS, ORDER, acks, codes, interchange, only_set, sets, transaction

BEG, PO1, CTT = ORDER
N1 = "N1*ST*Stores*92*NC-STORES"

SHIPMENT = ("BSN*00*S1*20261116*0812*0001",)
NOTICE = (*SHIPMENT, "HL*1**S", "HL*2*1*O", "PRF*PO1", "HL*3*2*I", "LIN**VP*GLOVE-7", "SN1**5*EA", "CTT*3")


def notice(*segments: str) -> SetRead:
    return only_set(*segments, set_id="856", gs=GS.replace("GS*PO", "GS*SH"))


def shape(tree: Any) -> Any:  # noqa: ANN401 - loops within loops
    """The tree with segments as text."""
    return {
        key: [shape(child) if isinstance(child, dict) else "*".join(child.elements) for child in children]
        for key, children in tree.items()
    }


def test_loops_stand_under_their_trigger_and_segments_under_their_id() -> None:
    read = only_set(
        BEG, "REF*DP*1", "REF*CT*2", N1, "N3*12 Hill Street", N1.replace("ST", "BY"), PO1, "PID*F****Gloves", PO1, CTT
    )
    tree = shape(read.tree)
    assert list(tree) == ["ST", "BEG", "REF", "N1_loop", "PO1_loop", "CTT_loop", "SE"]
    assert tree["REF"] == ["REF*DP*1", "REF*CT*2"]
    assert tree["N1_loop"] == [{"N1": [N1], "N3": ["N3*12 Hill Street"]}, {"N1": [N1.replace("ST", "BY")]}]
    assert tree["PO1_loop"] == [{"PO1": [PO1], "PID_loop": [{"PID": ["PID*F****Gloves"]}]}, {"PO1": [PO1]}]


def test_a_missing_segment_is_told_where_it_was_missed() -> None:
    read = only_set("REF*DP*1", PO1, CTT)
    (missing,) = read.findings
    assert (missing.code, missing.segment, missing.position, acks([missing])) == (
        "syntax.segment_missing",
        "BEG",
        2,
        ["AK3 3"],
    )
    assert "Start of purchase order" in missing.message


def test_a_missing_loop_is_told_by_its_trigger() -> None:
    (missing,) = only_set(BEG, CTT).findings
    assert (missing.segment, missing.position) == ("PO1", 3)


def test_an_unknown_segment_is_kept_aside_and_reading_goes_on() -> None:
    read = only_set(BEG, "ZZZ*1", PO1, CTT)
    (unknown,) = read.findings
    assert (unknown.code, unknown.position, acks([unknown])) == ("syntax.segment_unknown", 3, ["AK3 1"])
    assert shape(read.tree)["?"] == ["ZZZ*1"]
    assert read.segments == 6


def test_a_segment_of_the_set_that_may_not_stand_here_is_unexpected() -> None:
    read = only_set(BEG, "N4*Duluth*MN*55802", PO1, CTT)
    (unexpected,) = read.findings
    assert (unexpected.code, unexpected.segment, unexpected.position) == ("syntax.segment_unexpected", "N4", 3)
    assert acks([unexpected]) == ["AK3 2"]


def test_a_segment_that_comes_late_is_put_where_it_belongs_and_is_not_missing() -> None:
    read = only_set("REF*DP*1", BEG, PO1, CTT)
    (late,) = read.findings
    assert (late.code, late.segment, late.position, acks([late])) == (
        "syntax.segment_out_of_order",
        "BEG",
        3,
        ["AK3 7"],
    )
    assert shape(read.tree)["BEG"] == [BEG]


def test_a_loop_that_comes_late_is_one_fault_however_long_it_is() -> None:
    read = only_set(BEG, CTT, PO1, "PID*F****Gloves", "PO4*1", "DTM*002*20261120")
    assert [(finding.code, finding.segment) for finding in read.findings] == [("syntax.segment_out_of_order", "PO1")]
    assert list(shape(read.tree)["PO1_loop"][0]) == ["PO1", "PID_loop", "PO4", "DTM"]


def test_after_a_late_loop_what_was_being_read_goes_on() -> None:
    read = only_set(BEG, "N9*L1*1", "SAC*C*G830***125", "MSG*Ring at the gate.", PO1, CTT)
    assert codes(read.findings) == ["syntax.segment_out_of_order"]
    assert shape(read.tree)["N9_loop"] == [{"N9": ["N9*L1*1"], "MSG": ["MSG*Ring at the gate."]}]


def test_a_segment_too_many_is_told_once_for_each() -> None:
    read = only_set(BEG, BEG, PO1, CTT)
    (found,) = read.findings
    assert (found.code, found.position, acks([found]), found.expected) == (
        "syntax.segment_too_many",
        3,
        ["AK3 5"],
        "at most 1",
    )


def test_a_loop_too_many_is_told() -> None:
    addresses = [N1] * 201
    read = only_set(BEG, *addresses, PO1, CTT)
    (found,) = read.findings
    assert (found.code, found.segment, found.position, acks([found])) == ("syntax.loop_too_many", "N1", 203, ["AK3 4"])


def test_an_empty_segment_is_odd_and_does_not_count() -> None:
    (read,) = sets(interchange(transaction(*ORDER)).replace(b"~\nPO1", b"~~\nPO1"))
    assert (codes(read.findings), read.segments) == (["syntax.empty_segment"], 5)


def test_findings_come_in_the_order_of_the_file() -> None:
    read = only_set(BEG.replace("*00*", "**"), "ZZZ*1", PO1.replace("5*EA", "five*EA"), CTT)
    assert [finding.position for finding in read.findings] == [2, 3, 4]


def test_a_sound_notice_has_its_levels_in_one_flat_list() -> None:
    read = notice(*NOTICE)
    assert read.findings == ()
    assert [list(loop) for loop in shape(read.tree)["HL_loop"]] == [["HL"], ["HL", "PRF"], ["HL", "LIN", "SN1"]]


@pytest.mark.parametrize(
    ("was", "instead", "found"),
    [
        ("HL*3*2*I", "HL*4*2*I", [("syntax.level_number", "HL", 1, ["AK3 8"])]),
        ("HL*2*1*O", "HL*1*1*O", [("syntax.level_number", "HL", 1, ["AK3 8"])]),
        ("HL*3*2*I", "HL*3*9*I", [("syntax.level_parent", "HL", 2, ["AK3 8"])]),
        ("HL*3*2*I", "HL*3**I", [("syntax.level_order", "HL", 3, [])]),
        ("HL*3*2*I", "HL*3*1*I", [("syntax.level_order", "HL", 3, [])]),
    ],
)
def test_a_level_out_of_place_is_one_fault(was: str, instead: str, found: list[tuple[Any, ...]]) -> None:
    read = notice(*[segment.replace(was, instead) for segment in NOTICE])
    assert [(one.code, one.segment, one.element, acks([one])) for one in read.findings] == found


def test_a_level_under_one_that_was_closed_is_told() -> None:
    levels = ("HL*1**S", "HL*2*1*O", "HL*3*1*O", "HL*4*2*I")
    (found,) = notice(*SHIPMENT, *levels).findings
    assert (found.code, found.value) == ("syntax.level_parent", "2")
    assert "closed" in found.message


@pytest.mark.parametrize("levels", ["SOI", "SOPI", "SOTPI", "STOI", "SOIP", "SPOI"])
def test_the_usual_nestings_are_sound(levels: str) -> None:
    segments = [f"HL*{number}*{number - 1 or ''}*{kind}" for number, kind in enumerate(levels, 1)]
    assert notice(*SHIPMENT, *segments).findings == ()
