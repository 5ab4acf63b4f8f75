"""The purchase order, 850."""

from datetime import date

import pytest

from gateway.documents import value_at_stake
from tests.documents.document_sets import document_of, enclosed, read_set

BEG = "BEG*00*SA*PO-1**20261120"


def test_an_order_is_known_by_beg() -> None:
    order = document_of("850", "BEG*05*RL*PO-1*7*20261120*CT-9", "PO1*1*1*EA*1**VP*A", "CTT*1")
    assert (order.kind, order.number, order.order_number, order.release) == ("850", "PO-1", "PO-1", "7")
    assert (order.purpose, order.type, order.response, order.contract) == ("05", "RL", None, "CT-9")
    assert order.date == date(2026, 11, 20)


def test_numbers_stay_as_they_were_sent() -> None:
    order = document_of("850", BEG, "PO1*007*10.50*EA*.10*PE*VP*A", "CTT*1")
    line = order.lines[0]
    assert (line.line_number, line.quantity.value, line.quantity.uom) == ("007", "10.50", "EA")
    assert (line.unit_price, line.price_basis, line.order_number) == (".10", "PE", "PO-1")


def test_what_is_no_number_is_null_and_kept_as_sent() -> None:
    line = document_of("850", BEG, "PO1*1*five*EA*9,50**VP*A", "CTT*1").lines[0]
    assert (line.quantity.value, line.unit_price) == (None, None)
    assert line.raw == {"quantity": "five", "unit_price": "9,50"}


def test_what_is_no_date_is_null_and_kept_as_sent() -> None:
    order = document_of("850", "BEG*00*SA*PO-1**20261132", "PO1*1*1*EA*1**VP*A", "CTT*1")
    assert (order.date, order.raw) == (None, {"date": "20261132"})


def test_item_ids_keep_their_qualifiers_and_repeats() -> None:
    line = document_of("850", BEG, "PO1*1*1*EA*1**UP*111*UP*222*VP*A*IN*", "CTT*1").lines[0]
    assert line.item_ids == {"UP": ("111", "222"), "VP": ("A",)}


def test_a_line_without_a_number_has_none() -> None:
    assert document_of("850", BEG, "PO1**1*EA*1**VP*A", "CTT*1").lines[0].line_number is None


def test_parties_have_a_role_ids_with_scheme_and_an_address() -> None:
    order = document_of(
        "850", BEG, "N1*ST*Dock*UL*0012345000010", "N3*1 Road*Gate 2", "N4*Dover*DE*19901*US", "N1*ZZ*X"
    )
    dock, other = order.parties
    assert (dock.role, dock.code, dock.ids[0].scheme, dock.ids[0].id) == ("ship_to", "ST", "UL", "0012345000010")
    assert dock.address is not None
    assert (dock.address.lines, dock.address.city) == (("1 Road", "Gate 2"), "Dover")
    assert (other.role, other.code, other.ids) == (None, "ZZ", ())


@pytest.mark.parametrize(("claimed", "warns"), [("2", False), ("02", False), ("3", True), ("0", True), ("two", False)])
def test_another_count_than_ours_is_a_warning(claimed: str, warns: bool) -> None:  # noqa: FBT001 - a table
    _, warnings = read_set("850", BEG, "PO1*1*1*EA*1**VP*A", "PO1*2*1*EA*1**VP*B", f"CTT*{claimed}")
    assert [warning.code for warning in warnings] == ["document.line_count_mismatch"] * warns


def test_a_warning_names_its_place_in_the_file() -> None:
    sent = ("850", BEG, "PO1*1*1*EA*1**VP*A", "CTT*3")
    _, (warning,) = read_set(*sent)
    assert enclosed(*sent)[warning.offset :].startswith(b"3~SE*")
    assert (warning.segment, warning.position, warning.element, warning.value) == ("CTT", 4, 1, "3")
    assert warning.ack is None
    assert "says 3, we count 1 lines" in warning.message


@pytest.mark.parametrize(
    ("lines", "worth"),
    [
        (("PO1*1*3*EA*9.50**VP*A",), "28.50"),
        (("PO1*1*1200*EA*14.75*HP*VP*A",), "177.00"),
        (("PO1*1*1200*EA*14.75*TP*VP*A",), "17.70000"),
        (("PO1*1*3*EA*9.50**VP*A", "PO1*2*1*EA***VP*B"), "28.50"),
        (("PO1*1*3*EA***VP*A",), None),
        ((), None),
    ],
)
def test_an_order_is_worth_its_priced_lines(lines: tuple[str, ...], worth: str | None) -> None:
    at_stake = value_at_stake(document_of("850", BEG, *lines))
    assert (at_stake and float(at_stake)) == (worth and float(worth))
    assert at_stake is None or "E" not in at_stake
