"""Tables made to measure: invoices as rows of CSV, and a reader of the answers to them."""

from __future__ import annotations

import csv
import io

HEADER = "Invoice No,Invoice Date,PO Number,Line,Item,UPC,Qty,Unit,Unit Price,Invoice Total"

BOLT = """
title = "Bolt Surgical"
[channel]
complete = "{complete}"
stable_seconds = 0
[[agreement]]
kinds = ["810"]
direction = "in"
format = "csv"
{settings}
"""
MAP = """
[agreement.csv]
dates = "MM/DD/YYYY"
[agreement.csv.columns]
"Invoice No" = "number"
"Invoice Date" = "date"
"PO Number" = "order_number"
"Line" = "line.number"
"Item" = "line.vendor_item"
"UPC" = { field = "line.upc", digits = 12 }
"Qty" = "line.quantity"
"Unit" = "line.uom"
"Unit Price" = "line.price"
"Invoice Total" = "total"
"""


def bill(number: str, *quantities: str, of: str = "4500017701") -> list[str]:
    """The rows of one invoice, a line each at 2.00."""
    total = sum(2 * int(quantity) for quantity in quantities if quantity.isdigit())
    return [
        f"{number},11/18/2026,{of},{line},IT-{line},012345678905,{quantity},EA,2.00,{total}.00"
        for line, quantity in enumerate(quantities, start=1)
    ]


def table(*bills: list[str], header: str = HEADER) -> bytes:
    """A file of these invoices."""
    return "".join(f"{row}\r\n" for row in (header, *(row for rows in bills for row in rows))).encode()


def problems(content: bytes, delimiter: str = ",") -> list[tuple[str, ...]]:
    """Row, column, value and code of each problem that a NAME.answer.csv lists."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    head, *found = rows
    assert head == ["row", "column", "value", "problem", "how to fix", "code"]
    return [(row, column, value, code) for row, column, value, _, _, code in found]


def read(text: bytes) -> str:
    """An answer in words, each run of blanks as one."""
    return " ".join(text.decode("utf-8-sig").split())
