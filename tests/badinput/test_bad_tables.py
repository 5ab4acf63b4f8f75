"""Every way we know in which spreadsheets come damaged: told by row and column, with the cure, and nothing is lost or guessed."""

from __future__ import annotations

import pytest

from tests.badinput.outcome import Bad, Outcome, come_of, new_passage, said
from tests.passage.table import HEADER, bill, table

# Rows 2 and 3 are invoice B-1, row 4 is B-2.
SOUND = table(bill("B-1", "5", "7"), bill("B-2", "1"))
ACCEPTED = ("accepted.txt",)
NOTED = ("accepted.txt", "answer.csv")
REFUSED = ("rejected.txt", "answer.csv")
UNREAD = ("rejected.txt",)


def changed(old: str, new: str | bytes) -> bytes:
    """The sound file with this in place of that, once."""
    assert old in SOUND.decode()
    return SOUND.replace(old.encode(), new.encode() if isinstance(new, str) else new, 1)


def taken(content: bytes, found: str = "", *says: str) -> Bad:
    """It is taken as if it were sound; what is only odd is noted."""
    return Bad(content, "translated", found, "", says, NOTED if found else ACCEPTED, 2, "bolt", "bills.csv")


def refused(content: bytes, code: str, *says: str, besides: str = "", answers: tuple[str, ...] = REFUSED) -> Bad:
    """Nothing of the file is taken; one case says why."""
    return Bad(content, "rejected", f"{code} {besides}".strip(), code, says, answers, 0, "bolt", "bills.csv")


def partly(content: bytes, code: str, *says: str, besides: str = "") -> Bad:
    """The first invoice is refused for this, the second taken."""
    return Bad(content, "translated", f"{code} {besides}".strip(), code, says, REFUSED, 1, "bolt", "bills.csv")


ROWS = {
    # The header
    "wrong names in the header": refused(
        changed("Invoice Total", "Invoice Totl"),
        "table.columns_missing",
        "header in row 1 lacks: Invoice Total (is it Invoice Totl?)",
        "give them the agreed names again",
    ),
    "no header": refused(
        SOUND.split(b"\r\n", 1)[1], "table.no_header", "Row 1", "B-1, 11/18/2026", "into the first row"
    ),
    "somebody else's header": refused(b"a,b,c\r\n1,2,3\r\n", "table.no_header", "Row 1", "a, b, c"),
    "rows above the header": refused(
        b"Bolt export,,,\r\n\r\n" + SOUND, "table.header_lower", "header is in row 3", "Delete the rows above"
    ),
    "a column twice": refused(changed("Item", "Qty"), "table.column_twice", "row 1", "column Qty twice", "rename one"),
    "a header and nothing under it": refused(f"{HEADER}\r\n".encode(), "table.empty", "no row", "Send the file again"),
    # Quotes, separators, line ends
    "a line break within quotes": taken(changed("IT-1", '"IT-\r\n1"')),
    "whole rows in quotes": refused(
        b"".join(b'"%s"\r\n' % row for row in SOUND.splitlines()),
        "table.rows_in_quotes",
        "separated by commas within the quotes",
        "Text to Columns",
    ),
    "a separator within quotes": taken(changed("IT-1", '"IT,1"')),
    "a quote that is never closed": refused(
        changed("IT-2", '"IT-2'), "table.unclosed_quote", "Row 3, column Item", "never closed", "Close the quote"
    ),
    "a quote within a cell": taken(changed("IT-2", '5" pipe')),
    "semicolons": taken(SOUND.replace(b",", b";")),
    "tabs": taken(SOUND.replace(b",", b"\t")),
    "Excel's own first line": taken(b"sep=;\r\n" + SOUND.replace(b",", b";")),
    "line feeds": taken(SOUND.replace(b"\r\n", b"\n")),
    "carriage returns": taken(SOUND.replace(b"\r\n", b"\r")),
    "no line break at the end": taken(SOUND.rstrip()),
    "blank rows between": taken(SOUND.replace(b"\r\n", b"\r\n\r\n,,,,,,,,,\r\n")),
    # Characters
    "byte order mark": taken(b"\xef\xbb\xbf" + SOUND),
    "Windows-1252": taken(
        changed("IT-2", "Café".encode("cp1252")), "table.encoding_guessed", "0xE9", "row 3", 'Save as "CSV UTF-8"'
    ),
    "UTF-16": refused(SOUND.decode().encode("utf-16"), "table.utf16", "Unicode Text", "CSV UTF-8"),
    "UTF-16 without its mark": refused(SOUND.decode().encode("utf-16-le"), "table.utf16", "CSV UTF-8"),
    "a byte of no encoding": refused(changed("IT-2", b"\x81X"), "table.undecodable", "row 3", "0x81", "CSV UTF-8"),
    "NUL": refused(changed("IT-2", "IT\x00-2"), "table.not_text", "byte 176", "Export the table"),
    # Rows
    "cut off in a row": refused(
        SOUND[:-25],
        "table.too_few_cells",
        "Row 4 has 6 cells, the header has 10",
        besides="table.row_of_nobody",
    ),
    "too few cells": partly(
        changed(",2.00,24.00", ""),
        "table.too_few_cells",
        "Row 2 has 8 cells",
        "line break within a value",
        besides="table.required_empty",
    ),
    "too many cells": partly(
        changed(",24.00", ",24.00,hello"), "table.too_many_cells", "Row 2 has 11 cells", "put that cell in quotes"
    ),
    "nothing says whose row it is": refused(
        changed("B-2,", ","), "table.row_without_key", "Row 4, column Invoice No is empty", "Fill the column"
    ),
    "rows of one document that differ": partly(
        changed("11/18/2026", "11/19/2026"), "table.differs", 'Row 3, column Invoice Date says "11/18/2026"', "row 2"
    ),
    "the header again": taken(
        changed("B-2,", f"{HEADER}\r\nB-2,"), "table.header_again", "Row 4 is the header again", "in the file twice"
    ),
    # Cells
    "a letter in a number": partly(
        changed(",5,EA", ",5O,EA"), "table.not_a_number", 'Row 2, column Qty says "5O"', "Write the number alone"
    ),
    "a number that Excel shortened": partly(
        changed("012345678905", "1.23457E+11"), "table.excel_exponent", "Row 2, column UPC", "format the column as Text"
    ),
    "zeros that Excel cut off": partly(
        changed("012345678905", "12345678905"), "table.excel_lost_zeros", "Row 2, column UPC", "We add no zeros"
    ),
    "a date in another order": partly(
        changed("11/18/2026", "2026-11-18"),
        "table.excel_date",
        "Row 2, column Invoice Date",
        "another form was agreed",
        "MM/DD/YYYY",
        besides="table.differs",
    ),
    "an apostrophe that keeps a number as text": partly(
        SOUND.replace(b"B-1,", b"'B-1,"),
        "table.excel_apostrophe",
        'Row 2, column Invoice No says "\'B-1"',
        "format the column as Text first",
    ),
    "an order number that went through decimals": partly(
        SOUND.replace(b"4500017701,", b"4500017701.0,", 2),
        "table.identifier_as_number",
        'column PO Number says "4500017701.0"',
        "We cut nothing off",
    ),
    "a formula": partly(changed("IT-1", '"=""00123"""'), "table.excel_formula", "Row 2, column Item", "Paste Special"),
    "a decimal comma": partly(
        changed("2.00,24.00", '"2,00",24.00'), "table.number_other_sign", "Row 2, column Unit Price", 'Write "."'
    ),
    # What is no table
    "nothing": refused(b"", "file.empty", "bills.csv has no bytes", "Send it again", answers=UNREAD),
    "a workbook under the name of a table": refused(
        b"PK\x03\x04" + bytes(26) + b"xl/workbook.xml", "file.excel_workbook", "Save As", answers=UNREAD
    ),
    "zero bytes": refused(bytes(len(SOUND)), "file.zeros", "zero bytes (NUL)", "Send it again", answers=UNREAD),
    "a PDF": refused(b"%PDF-1.7\n", "file.pdf", "is a PDF", answers=UNREAD),
    "rubbish": refused(bytes(range(256)) * 8, "table.not_text", "another kind of file"),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_is_damaged_ends_as_it_must_and_is_told_by_row_and_column(name: str) -> None:
    bad = ROWS[name]
    with new_passage() as passage:
        outcome = come_of(passage, bad)
        told = said(passage)
    assert outcome == Outcome(bad.state, bad.found, bad.case, bad.answers, bad.posted)
    assert [words for words in bad.says if words not in told] == []
