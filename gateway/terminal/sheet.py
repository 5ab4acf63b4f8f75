"""A table of examples: two rows of one document, written as a column map reads them."""

from __future__ import annotations

import csv
import io

from gateway.model.fields import field_of
from gateway.model.money import cents, extended, plain
from gateway.model.money import total as total_of
from gateway.profiles.agreement import ColumnMap
from gateway.profiles.table_words import written

_ROWS = 2  # so that one sees how the rows of one document belong together
# What an invoice's total holds beside its lines.
_ADDED, _TAKEN = ("tax", "freight", "handling"), ("discount",)


def sheet(table: ColumnMap, kind: str) -> bytes:
    """The file: a header where the map has one, then the examples; with a byte order mark where that is UTF-8."""
    rows = [[cells[column.field] for column in table.columns] for cells in _examples(table, kind)]
    text = _fixed(table, rows) if table.fixed else _delimited(table, rows)
    encoding = "utf-8-sig" if table.encoding in ("auto", "utf-8") and not table.fixed else table.encoding
    return text.encode("utf-8" if encoding == "auto" else encoding, "replace")


def _delimited(table: ColumnMap, rows: list[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=table.delimiter or ",", quotechar=table.quote, lineterminator="\r\n")
    if table.header:
        writer.writerow([column.name for column in table.columns])
    writer.writerows(rows)
    return text.getvalue()


def _fixed(table: ColumnMap, rows: list[list[str]]) -> str:
    head = [[column.name for column in table.columns]] if table.header else []
    return "".join(f"{_line(table, cells)}\r\n" for cells in (*head, *rows))


def _line(table: ColumnMap, cells: list[str]) -> str:
    placed = sorted(
        ((column.start or 1, column.length or 0, cell) for column, cell in zip(table.columns, cells, strict=True)),
    )
    line = ""
    for start, length, cell in placed:
        line = f"{line:<{start - 1}}{cell[:length]:<{length}}"
    return line


def _examples(table: ColumnMap, kind: str) -> list[dict[str, str]]:
    """What each field says in each row: lines differ in their number, and the total is what they come to."""
    rows = [_cells(table, kind, str(nth)) for nth in range(1, _ROWS + 1)]
    if rows[0] == rows[1]:
        rows = rows[:1]  # without a number of the line, a second row would be the first one pasted twice
    amount = _total(table, rows)
    return [{**row, "total": amount} if amount and "total" in row else row for row in rows]


def _cells(table: ColumnMap, kind: str, number: str) -> dict[str, str]:
    said = {column.field: (field_of(kind, column.field), column.digits) for column in table.columns}
    cells = {name: written(table, field, digits) for name, (field, digits) in said.items() if field}
    return {**cells, "line.number": number} if "line.number" in cells else cells


def _total(table: ColumnMap, rows: list[dict[str, str]]) -> str | None:
    """The lines, with what is added and taken off, in columns or in the map's own values; None where no price is told."""
    plain_rows = [
        {name: cell.replace(table.decimal, ".") for name, cell in {**dict(table.values), **row}.items()} for row in rows
    ]
    once = plain_rows[0]
    worths = [
        extended(row.get("line.quantity"), row.get("line.price"), row.get("line.price_basis")) for row in plain_rows
    ]
    parts = [worth if worth is None else cents(worth) for worth in worths]  # as invoices are: each line is rounded
    parts += [extended("1", once[name]) for name in _ADDED if name in once]
    parts += [extended("-1", once[name]) for name in _TAKEN if name in once]
    amount = total_of(parts)
    return None if amount is None else plain(cents(amount)).replace(".", table.decimal)
