"""Whatever is done to a table, it gives a result; and the tables of the corpus are read with maps that fit them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.documents import canonical_json, content_sha
from gateway.model.finding import has_errors
from gateway.model.limits import Limits
from gateway.profiles.agreement import ColumnMap
from tests.documents.tables import column_map, documents_of, found_in, table_of

INVOICE = {
    "Invoice No": "number",
    "Date": "date",
    "Ship to": "ship_to.city",
    "UPC": "line.upc",
    "Qty": "line.quantity",
    "Unit": "line.uom",
    "Price": "line.price",
    "What": "line.description",
    "Days": "net_days",
    "Total": "total",
}
NOTICE = {
    "Shipment": "number",
    "PO": "order_number",
    "Box": "pack.sscc",
    "Qty": "line.quantity_shipped",
    "Unit": "line.uom",
}
NOTICE |= {"Lot": "line.lot", "At": "time"}
INVOICES_IN = """Invoice No,Date,Ship to,UPC,Qty,Unit,Price,What,Days,Total
INV-1,2026-11-28,Zürich,012345678905,1,EA,1,"Gloves, ""medium\""",30,3
INV-1,2026-11-28,Zürich,012345678912,2,EA,1,Needles,30,3
INV-2,2026-11-28,,,1,BX,2,,,2
"""
NOTICE_IN = """Shipment;PO;Box;Qty;Unit;Lot;At
S-1;PO-1;000123450000000018;5;EA;A;06:45
S-1;PO-2;;1;CA;;
"""
SOUND = ((("810", column_map(INVOICE)), INVOICES_IN), (("856", column_map(NOTICE)), NOTICE_IN))
RUBBISH = [
    b"",
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"\xe9",
    b"1E+13",
    b"#REF!",
    b'="1"',
    b"9" * 40,
    b"\x1d",
    b"-",
    b"=",
    b"\t",
]

pieces = st.sampled_from(RUBBISH) | st.binary(max_size=8)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[tuple[str, ColumnMap], bytes]:
    """A sound table, a few places of which were cut out, doubled, swapped or filled with rubbish."""
    agreed, text = draw(st.sampled_from(SOUND))
    content = text.encode()
    for _ in range(draw(st.integers(1, 4))):
        first, second = sorted((draw(st.integers(0, len(content))), draw(st.integers(0, len(content)))))
        middle = content[first:second]
        content = content[:first] + draw(st.sampled_from([b"", middle * 2, middle[::-1]]) | pieces) + content[second:]
    return agreed, content


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged(), st.sampled_from([Limits(), Limits(rows=2, columns=9, cell=12, findings=2)]))
def test_a_damaged_table_gives_documents_or_says_why_not(
    case: tuple[tuple[str, ColumnMap], bytes], limits: Limits
) -> None:
    agreed, content = case
    table = table_of(content, agreed, limits=limits)
    read = documents_of(table, limits)
    assert read or has_errors(table.findings)
    for each in read:
        assert each.document is not None
        assert content_sha(each.document)
        assert canonical_json(each.document)
        for found in (*each.read.findings, *each.odd):
            assert found.code.startswith("table.")
            assert found.segment is None
            assert "\n" not in found.message
    for found in table.findings:
        assert found.offset is None or 0 <= found.offset <= len(content)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_result(content: bytes) -> None:
    assert has_errors(table_of(content, SOUND[0][0], SOUND[1][0]).findings)


CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "csv"
INVOICES = {"invoicenumber": "number", "ponumber": "order_number", "invoicedate": "date", "podate": "order_date"}
INVOICES |= {"billtocode": "bill_to.id", "billtoname": "bill_to.name", "remittocode": "remit_to.id"}
INVOICES |= {
    "remittoname": "remit_to.name",
    "termsdesc": "terms",
    "termsduedate": "due_date",
    "item": "line.vendor_item",
}
INVOICES |= {"custitem": "line.buyer_item", "qty": "line.quantity", "price": "line.price", "totalamount": "total"}
ORDERS = {"PONumberLM": "number", "custcode": "buyer.id", "custname": "buyer.name", "shipcode": "ship_to.id"}
ORDERS |= {
    "shipname": "ship_to.name",
    "item": "line.buyer_item",
    "qty": "line.quantity",
    "uom": "line.uom",
    "price": "line.price",
}
SHOP = {
    "OrderID": "number",
    "Date": "date",
    "CustomerID": "buyer.id",
    "Product": "line.description",
    "Quantity": "line.quantity",
}
SHOP |= {"UnitPrice": "line.price", "ShippingAddress": "ship_to.address"}
HEADS = {
    "po_id": "number",
    "supplier_id": "seller.id",
    "order_date": "date",
    "expected_delivery_date": "requested_date",
}
EACH = {"values": (("line.uom", "EA"),)}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside this checkout")
@pytest.mark.parametrize(
    ("name", "kind", "columns", "settings", "numbers", "pasted_again"),
    [
        ("blueseer--ACME_CSV_invoice.csv", "810", INVOICES, {"dates": "YYYYMMDD", **EACH}, 1, 0),
        ("logicapps--Online-Store-Orders-Sample.csv", "850", SHOP, {"dates": "MM/DD/YYYY"}, 16, 3),
        (
            "sample-predictive-supply-chain-orchestrator--purchase_orders.csv",
            "850",
            HEADS,
            {"values": (("line.quantity", "1"),)},
            15,
            0,
        ),
    ],
)
def test_a_table_from_elsewhere_is_read(  # noqa: PLR0913 - a row of the table above
    name: str, kind: str, columns: dict[str, str], settings: dict[str, Any], numbers: int, pasted_again: int
) -> None:
    table = table_of((CORPUS / name).read_bytes(), (kind, column_map(columns, **settings)))
    read = documents_of(table)
    assert (table.findings, len(read)) == ((), numbers)
    found = [code for each in read for code, *_ in found_in(each)]
    assert found == ["table.row_again"] * pasted_again


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside this checkout")
def test_a_table_whose_rows_lack_a_cell_is_told_by_what_shifted() -> None:
    (read,) = documents_of(
        table_of((CORPUS / "blueseer--ACME_CSV_order.csv").read_bytes(), ("850", column_map(ORDERS)))
    )
    assert {(code, column) for code, _, column in found_in(read)} == {
        ("table.not_a_number", "qty"),
        ("table.not_in_list", "uom"),
        ("table.not_a_number", "price"),
    }
