"""The ship notice, 856."""

from datetime import UTC, date, datetime

import pytest

from gateway.documents import lane_orders, value_at_stake
from gateway.documents.ship_notice import ShipNotice
from tests.documents.document_sets import document_of, read_set

BSN = "BSN*00*SHP-1*20261125*0645*0001"


def notice_of(*segments: str, bsn: str = BSN) -> ShipNotice:
    document = document_of("856", bsn, *segments)
    assert isinstance(document, ShipNotice)
    return document


def test_a_notice_is_known_by_bsn() -> None:
    notice = notice_of("HL*1**S")
    assert (notice.number, notice.purpose, notice.type, notice.date) == ("SHP-1", "00", "0001", date(2026, 11, 25))


def test_a_time_without_a_zone_is_in_the_partners_and_kept_as_sent() -> None:
    notice = notice_of("HL*1**S")
    assert notice.time == "0645"
    assert notice.at == datetime(2026, 11, 25, 12, 45, tzinfo=UTC)


def test_a_time_that_is_none_is_kept_as_sent() -> None:
    notice = notice_of("HL*1**S", bsn="BSN*00*SHP-1*20261125*2561*0001")
    assert (notice.time, notice.at) == ("2561", None)


def test_each_item_is_a_line_of_its_own_order() -> None:
    orders = ("HL*2*1*O", "PRF*PO-1*4", "HL*3*2*I", "LIN*1*VP*A", "SN1**5*EA", "HL*4*1*O", "PRF*PO-2")
    notice = notice_of("HL*1**S", *orders, "HL*5*4*I", "LIN*1*VP*B", "SN1**7*EA", "CTT*5")
    assert [(line.order_number, line.quantity.value, line.item_ids) for line in notice.lines] == [
        ("PO-1", "5", {"VP": ("A",)}),
        ("PO-2", "7", {"VP": ("B",)}),
    ]
    assert (notice.order_number, notice.release) == (None, None)
    assert lane_orders(notice) == ("PO-1", "PO-2")


def test_a_notice_for_one_order_is_about_that_order() -> None:
    notice = notice_of("HL*1**S", "HL*2*1*O", "PRF*PO-1*4", "HL*3*2*I", "LIN*1*VP*A", "SN1**5*EA")
    assert (notice.order_number, notice.release) == ("PO-1", "4")


def test_packages_know_their_parents_and_their_sscc() -> None:
    notice = notice_of(
        *("HL*1**S", "HL*2*1*O", "PRF*PO-1", "HL*3*2*T", "MAN*GM*00000000000000000018", "HL*4*3*P", "MAN*CP*1Z9"),
        *("HL*5*4*I", "LIN**VP*A", "SN1**5*EA"),
    )
    assert [(unit.level, unit.id, unit.parent, unit.sscc) for unit in notice.logistic_units] == [
        ("S", "1", None, None),
        ("O", "2", "1", None),
        ("T", "3", "2", "00000000000000000018"),
        ("P", "4", "3", None),
        ("I", "5", "4", None),
    ]
    assert (notice.lines[0].unit, notice.lines[0].order_number) == ("5", "PO-1")


def test_one_man_may_bear_two_marks() -> None:
    notice = notice_of("HL*1**S", "HL*2*1*P", "MAN*GM*0001*0009*CP*1Z9")
    assert [(mark.qualifier, mark.value, mark.through) for mark in notice.logistic_units[1].marks] == [
        ("GM", "0001", "0009"),
        ("CP", "1Z9", None),
    ]


def test_lots_serials_and_expiry_stand_on_the_line() -> None:
    item = ("LIN*1*VP*A*LT*LOT-A", "SN1**2*EA", "REF*LT*LOT-B", "REF*SE*SN-1", "DTM*036*20280131")
    (line,) = notice_of("HL*1**S", "HL*2*1*I", *item).lines
    assert [lot.number for lot in line.lots] == ["LOT-A", "LOT-B"]
    assert [serial.number for serial in line.serials] == ["SN-1"]
    assert line.expires == date(2028, 1, 31)


def test_what_was_ordered_stands_beside_what_was_shipped() -> None:
    (line,) = notice_of("HL*1**S", "HL*2*1*I", "LIN*1*VP*A", "SN1**6*EA*6*10*EA**BP").lines
    assert line.ordered is not None
    assert (line.quantity.value, line.ordered.value, line.cumulative, line.status) == ("6", "10", "6", "BP")


def test_the_shipment_has_carrier_numbers_and_dates() -> None:
    notice = notice_of(
        *("HL*1**S", "TD5**2*ABCD", "REF*BM*BOL-5", "REF*CN*PRO-1", "REF*2I*TRK-1"),
        *("REF*PK*PS-9", "DTM*011*20261125", "DTM*017*20261127"),
    )
    assert (notice.bill_of_lading, notice.packing_slip, notice.tracking) == ("BOL-5", "PS-9", ("PRO-1", "TRK-1"))
    assert (notice.shipped, notice.expected) == (date(2026, 11, 25), date(2026, 11, 27))
    assert [carrier.id for carrier in notice.carriers] == ["ABCD"]


def test_an_item_whose_parent_is_missing_belongs_to_the_order_before_it() -> None:
    notice = notice_of("HL*1**S", "HL*2*1*O", "PRF*PO-1", "HL*3*9*I", "LIN*1*VP*A", "SN1**5*EA")
    assert notice.lines[0].order_number == "PO-1"


def test_a_level_that_says_how_many_were_shipped_is_a_line_unless_an_item_holds_it() -> None:
    notice = notice_of("HL*1**S", "HL*2*1*O", "SN1**9*CA", "PRF*PO-1", "HL*3*2*I", "SN1**8*EA", "HL*4*3*P", "SN1**4*EA")
    assert [line.quantity.value for line in notice.lines] == ["9", "8"]


@pytest.mark.parametrize(("claimed", "warns"), [("3", False), ("1", False), ("2", True)])
def test_partners_may_count_levels_or_lines(claimed: str, warns: bool) -> None:  # noqa: FBT001 - a table
    levels = ("HL*1**S", "HL*2*1*O", "PRF*PO-1", "HL*3*2*I", "LIN*1*VP*A", "SN1**5*EA")
    _, warnings = read_set("856", BSN, *levels, f"CTT*{claimed}")
    assert bool(warnings) == warns


def test_a_notice_names_no_money() -> None:
    assert value_at_stake(notice_of("HL*1**S")) is None


def test_parents_that_go_round_in_circles_do_no_harm() -> None:
    notice = notice_of("HL*1*2*O", "PRF*PO-1", "HL*2*1*P", "HL*1*1*I", "SN1**1*EA", "HL*2*2*P")
    assert len(notice.logistic_units) == 4
