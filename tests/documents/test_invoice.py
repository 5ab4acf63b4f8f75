"""The invoice, 810, and its arithmetic."""

from datetime import date

import pytest

from gateway.documents import lane_orders, value_at_stake
from gateway.documents.invoice import Invoice
from tests.documents.document_sets import document_of, read_set

BIG = "BIG*20261128*INV-1*20261120*PO-1***DI*00"
LINES = ("IT1*1*2*EA*99.99**VP*A", "IT1*2*2*EA*79.99**VP*B")  # 359.96


def complaints(*segments: str, big: str = BIG) -> list[str]:
    _, warnings = read_set("810", big, *segments)
    return [warning.message for warning in warnings if warning.code == "document.total_mismatch"]


def test_an_invoice_is_known_by_big() -> None:
    invoice = document_of("810", "BIG*20261128*INV-1*20261120*PO-1*7**CR*05**INV-0", *LINES, "TDS*35996", "CTT*2")
    assert isinstance(invoice, Invoice)
    assert (invoice.number, invoice.order_number, invoice.release) == ("INV-1", "PO-1", "7")
    assert (invoice.type, invoice.purpose, invoice.original_number) == ("CR", "05", "INV-0")
    assert (invoice.date, invoice.order_date) == (date(2026, 11, 28), date(2026, 11, 20))


@pytest.mark.parametrize(
    ("sent", "payable"),
    [("36596", "365.96"), ("5", "0.05"), ("0", "0.00"), ("-2113", "-21.13"), ("0036596", "365.96"), ("-0", "0.00")],
)
def test_the_total_has_two_implied_decimals(sent: str, payable: str) -> None:
    assert document_of("810", BIG, f"TDS*{sent}").totals.payable == payable


def test_a_total_with_a_decimal_point_is_never_guessed() -> None:
    invoice, warnings = read_set("810", BIG, *LINES, "TDS*359.96", "CTT*2")
    assert invoice is not None
    assert (invoice.totals.payable, invoice.raw) == (None, {"payable": "359.96"})
    assert value_at_stake(invoice) is None
    assert "document.total_mismatch" not in [warning.code for warning in warnings]


def test_a_line_belongs_to_the_order_it_names_itself() -> None:
    lines = ("IT1*1*1*EA*1**VP*A", "IT1*2*1*EA*1**VP*B", "REF*PO*PO-2", "IT1*3*1*EA*1**PO*PO-3")
    invoice = document_of("810", BIG, *lines, "TDS*300", "CTT*3")
    assert [line.order_number for line in invoice.lines] == ["PO-1", "PO-2", "PO-3"]
    assert lane_orders(invoice) == ("PO-1", "PO-2", "PO-3")


@pytest.mark.parametrize(
    "segments",
    [
        (*LINES, "TDS*35996"),
        (*LINES, "TDS*36596", "SAC*C*D240***600"),
        (*LINES, "TDS*34996", "SAC*A*C310***1000"),
        (*LINES, "TDS*35996", "SAC*N*B840***19998"),
        (*LINES, "TDS*36996", "TXI*ST*10"),
        (*LINES, "TDS*36996", "SAC*C*H850***1000"),
        (*LINES, "TDS*37596", "SAC*C*D240***600", "TXI*ST*10"),
        (*LINES, "TDS*36996", "TXI*ST*10", "SAC*C*H850***1000"),
        (*LINES, "TDS*35996", "TXI*ST*10*****I"),
        (LINES[0], "SAC*C*G830***300", LINES[1], "SAC*C*G830***300", "TDS*36596"),
        (LINES[0], "SAC*C*G830***300", LINES[1], "SAC*C*G830***300", "TDS*36596", "SAC*C*G830***600"),
        (LINES[0], "TXI*ST*16", LINES[1], "TXI*ST*12.80", "TDS*38876"),
        (LINES[0], "TXI*ST*16", LINES[1], "TXI*ST*12.80", "TDS*38876", "TXI*ST*28.80"),
        ("IT1*1*600*EA*14.75*HP*VP*A", "TDS*8850"),
        ("IT1*1*600*EA*14.75*TP*VP*A", "TDS*885"),
        ("IT1*1*1*EA*.005**VP*A", "IT1*2*1*EA*.005**VP*B", "TDS*1"),
        ("IT1*1*3*EA*1.115**VP*A", "TDS*335"),
        ("IT1*1*1*EA*5**VP*A", "IT1*2*****VP*TEXT", "TDS*500"),
        ("TDS*0",),
    ],
)
def test_an_invoice_that_adds_up_is_not_complained_of(segments: tuple[str, ...]) -> None:
    assert complaints(*segments) == []


@pytest.mark.parametrize(
    ("segments", "arithmetic"),
    [
        (
            (*LINES, "TDS*36600", "SAC*C*D240***600"),
            "lines 359.96 + charges 6.00 + tax 0.00 = 365.96, TDS01 says 366.00",
        ),
        (
            (*LINES, "TDS*36600", "SAC*A*C310***100", "TXI*ST*2.5"),
            "lines 359.96 - allowances 1.00 + charges 0.00 + tax 2.50 = 361.46, TDS01 says 366.00",
        ),
        ((LINES[0], "TDS*20000"), "lines 199.98 + charges 0.00 + tax 0.00 = 199.98, TDS01 says 200.00"),
        (
            (LINES[0], "SAC*C*G830***300", LINES[1], "TDS*36600", "SAC*C*G830***600"),
            "lines 359.96 + charges 6.00 + tax 0.00 = 365.96, TDS01 says 366.00",
        ),
        (("IT1*1*3*EA*1.115**VP*A", "TDS*334"), "lines 3.35 + charges 0.00 + tax 0.00 = 3.35, TDS01 says 3.34"),
    ],
)
def test_an_invoice_that_does_not_add_up_shows_the_arithmetic(segments: tuple[str, ...], arithmetic: str) -> None:
    (message,) = complaints(*segments)
    assert arithmetic in message


def test_a_total_that_is_off_is_a_warning_where_it_stands() -> None:
    _, warnings = read_set("810", BIG, *LINES, "TDS*36600", "CTT*2")
    (warning,) = warnings
    assert (warning.severity, warning.segment, warning.element, warning.position) == ("warning", "TDS", 1, 5)
    assert warning.ack is None


@pytest.mark.parametrize("sent", ["35996", "-35996"])
def test_a_credit_may_state_its_total_with_either_sign(sent: str) -> None:
    assert complaints(*LINES, f"TDS*{sent}", big="BIG*20261128*INV-1*20261120*PO-1***CR") == []


@pytest.mark.parametrize(
    "segments",
    [
        ("IT1*1*2*EA***VP*A", "TDS*500"),
        ("IT1*1*two*EA*5**VP*A", "TDS*500"),
        (*LINES, "TDS*100", "SAC*C*D240***6.00"),
        ("IT1*1*1E99*EA*1E99**VP*A", "TDS*100"),
        LINES,
    ],
)
def test_what_cannot_be_added_up_is_not_guessed(segments: tuple[str, ...]) -> None:
    assert complaints(*segments) == []


def test_the_tolerance_is_half_a_cent_a_line() -> None:
    lines = [f"IT1*{number}*1*EA*1**VP*A" for number in range(1, 5)]  # 4.00, so 0.02 either way
    assert complaints(*lines, "TDS*402") == []
    assert complaints(*lines, "TDS*403") != []
