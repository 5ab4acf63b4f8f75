import io
from hashlib import sha256
from typing import Any

import pytest

from gateway.flatfile.table import Table, read_table
from gateway.model.limits import Limits
from gateway.profiles.agreement import ColumnMap
from tests.documents.tables import column_map, places, table_of

INVOICE = {"Invoice No": "number", "Date": "date", "Qty": "line.quantity", "Unit": "line.uom", "Price": "line.price"}
INVOICE |= {"Total": "total", "Item": "line.vendor_item"}
HEAD = "Invoice No,Date,Qty,Unit,Price,Total,Item"
ROW = "INV-1,2026-11-28,1,EA,1,1,A"
STATUS = {"PO": "number", "Line": "line.number", "Status": "line.status"}


def table(*lines: str, maps: tuple[tuple[str, ColumnMap], ...] = (), **settings: object) -> Table:
    """An invoice of these lines, or a table of one of these kinds."""
    return table_of("\n".join(lines) + "\n", *(maps or (("810", column_map(INVOICE, **settings)),)))


def keys(read: Table) -> list[list[int]]:
    """The rows of each document."""
    return [[row.number for row in together.rows] for together in read.documents]


def test_a_table_knows_its_bytes() -> None:
    content = f"{HEAD}\n{ROW}\n".encode()
    read = read_table(io.BytesIO(content), [("810", column_map(INVOICE))], Limits())
    assert (read.size, read.sha256) == (len(content), sha256(content).hexdigest())
    assert read.findings == ()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(delimiter: str) -> None:
    read = table(HEAD.replace(",", delimiter), ROW.replace(",", delimiter))
    assert read.layout is not None
    assert (read.layout.delimiter, keys(read)) == (delimiter, [[2]])


def test_excel_may_say_the_delimiter_itself() -> None:
    assert keys(table("sep=;", HEAD.replace(",", ";"), ROW.replace(",", ";"))) == [[2]]


def test_names_are_compared_as_people_mean_them() -> None:
    assert keys(table(HEAD.upper().replace("INVOICE NO", " Invoice   no "), ROW)) == [[2]]


def test_columns_stand_in_any_order_among_others() -> None:
    header = ["Note", *reversed(HEAD.split(",")), "More"]
    read = table(",".join(header), ",".join(["hello", *reversed(ROW.split(",")), ""]))
    assert read.documents[0].rows[0].cells == tuple(ROW.split(","))


def test_the_map_with_most_columns_wins_among_those_that_fit() -> None:
    maps = (
        ("810", column_map(INVOICE)),
        ("855", column_map(STATUS)),
        ("855", column_map(STATUS | {"Item": "line.vendor_item"})),
    )
    read = table("PO,Line,Status,Item", "PO-1,1,IA,A", maps=maps)
    assert read.layout is not None
    assert (read.layout.kind, len(read.layout.columns)) == ("855", 4)


def test_two_maps_that_fit_alike_wait_for_us() -> None:
    maps = (
        ("855", column_map(STATUS)),
        ("850", column_map({"PO": "number", "Qty": "line.quantity", "Line": "line.number"})),
    )
    read = table("PO,Line,Status,Qty", "PO-1,1,IA,1", maps=maps)
    assert (places(read.findings), read.layout, read.findings[0].who) == ([("table.kind_unclear", 1, None)], None, "us")


def test_a_missing_column_is_told_with_the_name_that_may_be_meant() -> None:
    (found,) = table(HEAD.replace("Qty", "Qtty"), ROW).findings
    assert (found.code, found.row) == ("table.columns_missing", 1)
    assert found.message.startswith("The header in row 1 lacks: Qty (is it Qtty?). It says: Invoice No,")
    assert found.expected == "the columns Invoice No, Date, Qty, Unit, Price, Total, in any order"


@pytest.mark.parametrize(
    ("missing", "header", "hint"),
    [
        ("Date", "Invoice Date,Duty,Data", "Date (is it Invoice Date?)"),
        ("Invoice Date", "Invoice number,Invoice,Date", "Invoice Date (is it Date?)"),
        ("PO Number", "Colour,PO Numbr", "PO Number (is it PO Numbr?)"),
        ("PO Number", "Colour,Weight", "PO Number."),
    ],
)
def test_the_name_that_may_be_meant_is_the_nearest_by_words_then_by_letters(
    missing: str, header: str, hint: str
) -> None:
    agreed = column_map({"Qty": "line.quantity", missing: {"field": "contract", "required": True}, "No": "number"})
    (found,) = table(f"Qty,No,{header}", "1,2", maps=(("850", agreed),)).findings
    assert f"lacks: {hint}" in found.message


@pytest.mark.parametrize("settings", [{}, {"delimiter": ","}, {"delimiter": ";"}, {"header": False}])
def test_rows_that_stand_in_quotes_as_a_whole_are_named(settings: dict[str, Any]) -> None:
    lines = [] if "header" in settings else [HEAD.replace("Date", '""Date""')]
    read = table(*(f'"{line}",,' for line in (*lines, ROW, ROW)), **settings)
    assert places(read.findings) == [("table.rows_in_quotes", 1, None)]
    assert "separated by commas within the quotes" in read.findings[0].message


def test_a_header_is_shown_on_one_line_and_ends_where_it_is_cut() -> None:
    (found,) = table(f'"a\nb",{"c" * 100}', "1,2").findings
    assert found.message.endswith(f"It says: a b, {'c' * 60}….")


def test_a_column_that_was_agreed_as_required_is_missed_too() -> None:
    columns = INVOICE | {"Item": {"field": "line.vendor_item", "required": True}}
    agreed = column_map(columns)
    (found,) = table(HEAD.removesuffix(",Item"), ROW, maps=(("810", agreed),)).findings
    assert "lacks: Item" in found.message


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((ROW, ROW), "table.no_header"),
        (("Bolt Surgical", "", HEAD, ROW), "table.header_lower"),
        ((f"{HEAD},Qty", f"{ROW},1"), "table.column_twice"),
        ((), "table.empty"),
        (("", ""), "table.empty"),
        ((HEAD,), "table.empty"),
        ((HEAD, ",,,,,,"), "table.empty"),
    ],
)
def test_a_table_without_its_header_or_its_rows_is_not_read(lines: tuple[str, ...], code: str) -> None:
    read = table(*lines)
    assert [found.code for found in read.findings] == [code]
    assert read.documents == []


def test_a_header_further_down_is_shown_where_it_is() -> None:
    assert "the header is in row 3" in table("Bolt Surgical", "", HEAD, ROW).findings[0].message


def test_another_delimiter_than_agreed_is_told() -> None:
    (found,) = table(HEAD.replace(",", ";"), ROW, delimiter=",").findings
    assert (found.code, found.message) == (
        "table.other_delimiter",
        "Row 1 is one single cell for us: its parts are separated by semicolons, and commas were agreed.",
    )


def test_a_table_without_header_is_read_by_the_order_of_its_columns() -> None:
    assert keys(table(ROW, ROW.replace("INV-1", "INV-2"), header=False)) == [[1], [2]]
    assert places(table("INV-1,2026-11-28", header=False).findings) == [("table.too_few_columns", 1, None)]


def test_a_repeated_header_is_passed_over_and_told() -> None:
    read = table(HEAD, ROW, HEAD, ROW)
    assert (keys(read), places(read.findings)) == ([[2, 4]], [("table.header_again", 3, None)])


def test_a_sheet_that_was_pasted_twice_is_not_taken_for_twice_as_many_lines() -> None:
    read = table(HEAD, ROW, HEAD, ROW, ROW)
    assert [places(together.odd) for together in read.documents] == [[("table.row_again", 4, None)]]
    assert "Row 4 says the same as row 2" in read.documents[0].odd[0].message


def test_empty_cells_at_the_end_of_a_row_may_be_missing_or_too_many() -> None:
    read = table(HEAD, ROW.removesuffix(",A"), f"{ROW},,")
    assert (keys(read), read.findings, read.documents[0].odd) == ([[2, 3]], (), [])


def test_a_row_with_too_many_cells_spoils_its_document_alone() -> None:
    read = table(HEAD, ROW, "INV-1,2026-11-28,1,EA,1,1,B, medium", ROW.replace("INV-1", "INV-2"))
    assert (keys(read), read.findings) == ([[2, 3], [4]], ())
    assert [places(together.odd) for together in read.documents] == [[("table.too_many_cells", 3, None)], []]


def test_a_row_with_too_few_cells_is_told_where_a_needed_one_is_missing() -> None:
    read = table(HEAD, ROW, "INV-1,2026-11-28,1", ROW.replace(",A", ",B"))
    assert (keys(read), places(read.documents[0].odd)) == ([[2, 3, 4]], [("table.too_few_cells", 3, None)])


def test_a_damaged_row_that_names_no_other_document_spoils_the_file() -> None:
    """It may be part of any of them, so that none is surely whole."""
    read = table(HEAD, ROW, "INV,1,2026-11-28,1,EA,1,1,A")
    assert places(read.findings) == [("table.too_many_cells", 3, None), ("table.row_of_nobody", 3, None)]


def test_a_row_that_names_no_document_spoils_the_file() -> None:
    read = table(HEAD, ROW, ",2026-11-28,1,EA,1,1,B")
    assert places(read.findings) == [("table.row_without_key", 3, "Invoice No")]
    assert read.findings[0].offset == len(f"{HEAD}\n{ROW}\n")


def test_a_document_may_be_told_by_several_columns() -> None:
    rows = [ROW, ROW.replace(",A", ",B"), ROW.replace(",A", "")]
    assert keys(table(HEAD, *rows, rows[0], group_by=("number", "line.vendor_item"))) == [[2, 5], [3], [4]]


def test_a_quote_that_is_never_closed_leaves_no_document() -> None:
    read = table(HEAD, ROW, ROW.replace("INV-1", '"INV-1'))
    assert (read.documents, places(read.findings)) == ([], [("table.unclosed_quote", 3, "Invoice No")])


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(table=20), "table.too_large"),
        (Limits(rows=2), "table.too_many_rows"),
        (Limits(columns=5), "table.too_many_columns"),
        (Limits(cell=5), "table.cell_too_long"),
    ],
)
def test_what_goes_beyond_a_limit_is_said(limits: Limits, code: str) -> None:
    content = "\n".join([HEAD, *[ROW] * 3])
    read = table_of(content, ("810", column_map(INVOICE)), limits=limits)
    assert ([found.code for found in read.findings], read.documents, read.size) == ([code], [], len(content))


def test_a_file_is_hashed_even_where_it_is_too_large_to_be_read() -> None:
    content = b"x" * (3 << 20)
    read = read_table(io.BytesIO(content), [("810", column_map(INVOICE))], Limits(table=1 << 20))
    assert read.sha256 == sha256(content).hexdigest()


def test_findings_of_a_file_are_bounded_and_counted() -> None:
    read = table_of(
        "\n".join([HEAD, ROW, *[",2026-11-28,1,EA,1,1,B"] * 9]), ("810", column_map(INVOICE)), limits=Limits(findings=3)
    )
    assert [found.code for found in read.findings] == ["table.row_without_key"] * 3 + ["table.more_findings"]


def test_two_kinds_of_fixed_width_cannot_be_told_apart() -> None:
    fixed = column_map({"number": {"field": "number", "start": 1, "length": 5}}, fixed=True, header=False)
    read = table("INV-1", maps=(("810", fixed), ("850", fixed)))
    assert [found.code for found in read.findings] == ["table.kind_unclear"]
