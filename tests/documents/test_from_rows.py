import msgspec

from gateway.documents import kind_of
from gateway.documents.from_rows import RowsRead
from gateway.documents.ship_notice import ShipNotice
from gateway.model.fields import FIELDS
from gateway.model.finding import Severity
from gateway.model.limits import Limits
from tests.documents.tables import column_map, content_of, documents_of, found_in, places, read_rows, table_of

INVOICE = {
    "Invoice No": "number",
    "Date": "date",
    "PO": "order_number",
    "Item": "line.vendor_item",
    "Qty": "line.quantity",
    "Unit": "line.uom",
    "Price": "line.price",
    "Total": "total",
}
GLOVES = ["INV-1", "2026-11-28", "PO-4711", "GLV-M", "10", "BX", "9.50", "125.00"]
NEEDLES = ["INV-1", "2026-11-28", "PO-4711", "SYR-10", "2", "BX", "15", "125.00"]


def invoice(*rows: list[str], **changes: str) -> RowsRead:
    """The one invoice of these rows, the first of them changed."""
    first, *others = rows or (GLOVES, NEEDLES)
    changed = [changes.get(name.lower().replace(" ", "_"), cell) for name, cell in zip(INVOICE, first, strict=True)]
    (read,) = read_rows("810", INVOICE, changed, *others)
    return read


def test_the_rows_of_one_invoice_make_one_document() -> None:
    read = invoice()
    document = read.document
    assert document is not None
    assert found_in(read) == []
    assert (document.number, str(document.date), document.order_number) == ("INV-1", "2026-11-28", "PO-4711")
    assert [(line.src, line.quantity.value, line.unit_price) for line in document.lines] == [
        (2, "10", "9.50"),
        (3, "2", "15"),
    ]
    assert document.lines[0].item_ids == {"VP": ("GLV-M",)}
    assert (document.totals.payable, document.totals.line_count) == ("125.00", 2)


def test_a_document_says_that_it_came_as_a_table() -> None:
    document = invoice().document
    assert document is not None
    assert document.source is not None
    assert msgspec.structs.asdict(document.source) | {} == {
        "partner": "acme",
        "standard": "csv",
        "version": None,
        "implementation": None,
        "interchange": None,
        "group": None,
        "set": None,
        "usage": "P",
    }


def test_the_set_of_rows_counts_rows_and_bears_the_number_of_its_document() -> None:
    read = invoice().read
    assert (read.set_id, read.control, read.segments, read.ordinal, read.complete) == ("810", "INV-1", 2, 1, True)
    assert read.offset == len("Invoice No,Date,PO,Item,Qty,Unit,Price,Total\r\n")


def test_scattered_rows_of_one_document_are_gathered() -> None:
    other = ["INV-2", *GLOVES[1:7], "95"]
    read = read_rows("810", INVOICE, GLOVES, other, NEEDLES)
    assert [(each.read.control, each.read.ordinal, each.read.segments) for each in read] == [
        ("INV-1", 1, 2),
        ("INV-2", 2, 1),
    ]
    assert [found_in(each) for each in read] == [[], []]


def test_an_empty_cell_says_what_the_other_rows_of_the_document_say() -> None:
    read = invoice(["INV-1", "", "", "GLV-M", "10", "BX", "9.50", "125.00"], NEEDLES)
    assert found_in(read) == []
    assert read.document is not None
    assert read.document.order_number == "PO-4711"


def test_rows_of_one_document_that_differ_are_told() -> None:
    read = invoice(GLOVES, ["INV-1", "2026-11-29", *NEEDLES[2:]])
    assert found_in(read) == [("table.differs", 3, "Date")]
    assert '"2026-11-29"' in read.read.findings[0].message
    assert 'row 2 of the same document says "2026-11-28"' in read.read.findings[0].message


def test_a_needed_cell_that_is_empty_is_told_once() -> None:
    assert found_in(invoice(unit="")) == [("table.required_empty", 2, "Unit")]
    assert found_in(invoice(total="")) == []  # the second row says it
    assert found_in(invoice(["INV-1", "", *GLOVES[2:]])) == [
        ("table.required_empty", 2, "Date"),
        ("table.total_mismatch", 2, "Total"),
    ]


def test_a_fault_stands_at_its_byte() -> None:
    found = invoice(qty="ten").read.findings[0]
    assert (found.code, found.row, found.column, found.value) == ("table.not_a_number", 2, "Qty", "ten")
    assert found.offset == len("Invoice No,Date,PO,Item,Qty,Unit,Price,Total\r\nINV-1,2026-11-28,PO-4711,GLV-M,")
    assert found.message == 'Row 2, column Qty says "ten", which is not a number.'


def test_a_faulty_document_is_still_built_for_people_to_read() -> None:
    document = invoice(qty="ten").document
    assert document is not None
    assert document.lines[0].raw == {"quantity": "ten"}


def test_money_is_read_as_people_write_it() -> None:
    assert [_payable(total) for total in ("125", "125.0", "125.00", "0.05", "-12.5")] == [
        "125.00",
        "125.00",
        "125.00",
        "0.05",
        "-12.50",
    ]


def _payable(total: str) -> str | None:
    document = invoice(GLOVES, total=total).document
    assert document is not None
    return document.totals.payable


def test_an_amount_is_never_rounded() -> None:
    assert found_in(invoice(GLOVES, total="95.001")) == [("table.too_many_decimals", 2, "Total")]


def test_an_invoice_that_does_not_add_up_is_told_by_its_column() -> None:
    read = invoice(GLOVES, total="90")
    (odd,) = read.odd
    assert (odd.code, odd.severity, odd.row, odd.column) == ("table.total_mismatch", Severity.WARNING, 2, "Total")
    assert (
        odd.message
        == 'The invoice does not add up: lines 95.00 + charges 0.00 + tax 0.00 = 95.00, column Total says "90".'
    )
    assert odd.value == "90"  # the cell as it was sent, not the 9000 cents of the set
    assert (odd.segment, odd.element, odd.position) == (None, None, None)


def test_charges_and_taxes_count() -> None:
    columns = INVOICE | {"Freight": "freight", "Tax": "tax", "Less": "discount"}
    (read,) = read_rows("810", columns, [*GLOVES[:7], "101.30", "10", "1.30", "5"])
    assert found_in(read) == []
    assert read.document is not None
    assert [(each.indicator, each.code, each.amount) for each in read.document.allowance_charges] == [
        ("A", "C310", "5.00"),
        ("C", "D240", "10.00"),
    ]


def test_a_value_is_as_long_as_the_map_allows() -> None:
    assert found_in(invoice(GLOVES, invoice_no="I" * 22, total="95")) == []
    (found,) = invoice(GLOVES, invoice_no="I" * 23, total="95").read.findings
    assert (found.code, found.column, found.expected) == ("table.too_long", "Invoice No", "1 to 22 characters")


def test_a_code_that_is_not_in_the_list_is_told_with_those_that_may_be_meant() -> None:
    columns = {"PO": "number", "Line": "line.number", "Status": "line.status"}
    (read,) = read_rows("855", columns, ["PO-1", "1", "IX"])
    (found,) = read.read.findings
    assert (found.code, found.row, found.column) == ("table.not_in_list", 2, "Status")
    assert "Is it I" in found.message
    assert found.expected is not None
    assert found.expected.startswith("one of: AA, AC, AR")


def test_a_unit_in_words_is_told() -> None:
    (found,) = invoice(unit="EACH").read.findings
    assert (found.code, found.severity, found.message) == (
        "table.not_in_list",
        Severity.ERROR,
        'Row 2, column Unit says "EACH", which is none of the codes. Is it EA?',
    )


def test_a_cell_that_others_need_is_told_in_the_words_of_the_header() -> None:
    columns = {
        "PO": "number",
        "Item": "line.vendor_item",
        "Qty": "line.quantity",
        "Basis": "line.price_basis",
        "Price": "line.price",
    }
    (read,) = read_rows("850", columns, ["PO-1", "A", "1", "HP", ""])
    (found,) = read.read.findings
    assert (found.code, found.row, found.column) == ("table.not_alone", 2, "Price")
    assert found.message == 'Row 2, column Price: "Basis" requires "Price".'


def test_values_that_are_the_same_in_every_row_need_no_column() -> None:
    columns = {name: field for name, field in INVOICE.items() if name != "Unit"}
    row = [cell for name, cell in zip(INVOICE, GLOVES, strict=True) if name != "Unit"]
    (read,) = read_rows("810", columns, [*row[:6], "95"], values=(("line.uom", "BX"), ("currency", "USD")))
    assert found_in(read) == []
    assert read.document is not None
    assert (read.document.currency, read.document.lines[0].quantity.uom) == ("USD", "BX")


def test_text_beyond_ascii_stays_as_it_is() -> None:
    columns = INVOICE | {"What": "line.description", "To": "ship_to.name"}
    (read,) = read_rows("810", columns, [*GLOVES[:7], "95", "Käthe 手袋 Ã¶", "Zürich"])
    assert found_in(read) == []
    assert read.document is not None
    assert read.document.lines[0].descriptions[0].text == "Käthe 手袋 Ã¶"
    assert read.document.parties[0].name == "Zürich"


def test_a_line_break_within_a_cell_counts_as_a_blank() -> None:
    columns = INVOICE | {"What": "line.description"}
    (read,) = read_rows("810", columns, [*GLOVES[:7], "95", "Gloves,\r\nmedium"])
    assert found_in(read) == []
    assert read.document is not None
    assert read.document.lines[0].descriptions[0].text == "Gloves, medium"


def test_several_answers_to_one_line_make_one_line() -> None:
    columns = {
        "PO": "number",
        "Line": "line.number",
        "Item": "line.vendor_item",
        "Ordered": "line.quantity",
        "Unit": "line.uom",
        "Status": "line.status",
        "Qty": "line.status_quantity",
        "Ship": "line.status_date",
    }
    now, later = (
        ["PO-1", "1", "A", "100", "EA", "BP", "60", "2026-11-25"],
        ["PO-1", "1", "", "", "", "IB", "40", "2026-12-20"],
    )
    other = ["PO-1", "2", "B", "5", "EA", "IA", "5", ""]
    (read,) = read_rows("855", columns, now, other, later)
    assert found_in(read) == []
    assert read.document is not None
    assert read.document.totals.control_count == "2"
    assert [
        [(ack.src, ack.code, ack.quantity, ack.uom, ack.date_qualifier) for ack in line.acknowledgments]
        for line in read.document.lines
    ] == [[(2, "BP", "60", "EA", "068"), (4, "IB", "40", "EA", "068")], [(3, "IA", "5", "EA", None)]]


def test_an_unknown_answer_to_a_line_waits_for_a_person() -> None:
    columns = {"PO": "number", "Line": "line.number", "Status": "line.status"}
    (read,) = read_rows("855", columns, ["PO-1", "1", "IE"])
    assert found_in(read) == []


NOTICE = {
    "Shipment": "number",
    "Shipped": "ship_date",
    "BOL": "bill_of_lading",
    "Carrier": "carrier_scac",
    "PO": "order_number",
    "SSCC": "pack.sscc",
    "Item": "line.vendor_item",
    "Qty": "line.quantity_shipped",
    "Unit": "line.uom",
    "Lot": "line.lot",
    "Expires": "line.expiry",
}


def test_a_ship_notice_has_its_levels() -> None:
    head, box = ["SHP-1", "2026-11-25", "BOL-1", "ABCD"], "000123450000000018"
    rows = [
        [*head, "PO-1", box, "A", "10", "EA", "LOT-A", "2028-01-31"],
        [*head, "PO-2", "", "B", "5", "EA", "", ""],
        [*head, "PO-1", box, "C", "1", "EA", "", ""],
    ]
    (read,) = read_rows("856", NOTICE, *rows)
    notice = read.document
    assert found_in(read) == []
    assert isinstance(notice, ShipNotice)
    units = [(unit.src, unit.id, unit.level, unit.parent, unit.sscc) for unit in notice.logistic_units]
    assert units == [
        (2, "1", "S", None, None),
        (2, "2", "O", "1", None),
        (2, "3", "P", "2", box),
        (2, "4", "I", "3", None),
        (4, "5", "I", "3", None),
        (3, "6", "O", "1", None),
        (3, "7", "I", "6", None),
    ]
    assert [(line.src, line.order_number, line.quantity.value) for line in notice.lines] == [
        (2, "PO-1", "10"),
        (4, "PO-1", "1"),
        (3, "PO-2", "5"),
    ]
    assert (str(notice.shipped), notice.bill_of_lading, notice.carriers[0].id, notice.type) == (
        "2026-11-25",
        "BOL-1",
        "ABCD",
        "0001",
    )
    assert (notice.lines[0].lots[0].number, str(notice.lines[0].expires)) == ("LOT-A", "2028-01-31")
    assert notice.totals.control_count == "7"


def test_a_ship_notice_without_packages_has_no_such_level() -> None:
    columns = {name: field for name, field in NOTICE.items() if name != "SSCC"}
    (read,) = read_rows("856", columns, ["SHP-1", "2026-11-25", "BOL-1", "ABCD", "PO-1", "A", "10", "EA", "", ""])
    assert isinstance(read.document, ShipNotice)
    assert [unit.level for unit in read.document.logistic_units] == ["S", "O", "I"]
    assert read.document.type == "0004"


def test_lines_of_fixed_width_make_the_same_document() -> None:
    spans = {
        "number": (1, 8),
        "date": (9, 10),
        "order_number": (19, 8),
        "line.vendor_item": (27, 8),
        "line.quantity": (35, 6),
    }
    spans |= {"line.uom": (41, 2), "line.price": (43, 8), "total": (51, 10)}
    columns = {name: {"field": name, "start": start, "length": length} for name, (start, length) in spans.items()}
    line = "".join(cell.ljust(length) for cell, (_, length) in zip([*GLOVES[:7], "95"], spans.values(), strict=True))
    agreed = column_map(columns, fixed=True, header=False)
    (read,) = documents_of(table_of(line + "\n", ("810", agreed)))
    assert found_in(read) == []
    assert content_of(read.document) == content_of(invoice(GLOVES, total="95").document)
    assert read.document is not None
    assert read.document.source is not None
    assert (read.document.src, read.document.source.standard) == (1, "fixed")


def test_what_is_wrong_with_many_cells_is_bounded_and_counted() -> None:
    rows = [["INV-1", "2026-11-28", "", f"A{n}", "x", "EA", "1", "1"] for n in range(9)]
    table = table_of("\n".join([",".join(INVOICE), *map(",".join, rows)]), ("810", column_map(INVOICE)))
    (read,) = documents_of(table, Limits(findings=4))
    assert places(read.read.findings)[:4] == [("table.not_a_number", row, "Qty") for row in range(2, 6)]
    assert [each.code for each in read.read.findings[4:]] == ["table.more_findings"]
    assert "5 more problems" in read.read.findings[4].message


def test_every_kind_that_has_fields_is_a_kind_we_read() -> None:
    assert all(kind_of(kind) is not None for kind in FIELDS)


def test_an_amount_that_cannot_be_read_is_told_once_wherever_its_row_stands() -> None:
    rows = [[*GLOVES[:7], ""], [*NEEDLES[:7], "a lot"]]
    assert found_in(invoice(*rows)) == [("table.not_a_number", 3, "Total")]
