"""Tables as a partner would send them, with its own columns: a good one, and each of the usual mistakes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from gateway.model.fields import field_of
from gateway.profiles.agreement import Agreement, Column, ColumnMap
from gateway.terminal.onboarding.examples import Example
from gateway.terminal.sheet import sheet


def table_examples(agreed: Agreement) -> Iterator[Example]:
    """A good file, then bad ones, as tables of this kind; only such mistakes as its columns can have."""
    table, kind = agreed.columns, agreed.kind
    if table is None:
        return
    good = sheet(table, kind)
    yield Example(what="good", kind=kind, content=good)
    for what, spoiled in _spoiled_tables(table, kind, good):
        yield Example(what=what, kind=kind, content=spoiled)


def _spoiled_tables(table: ColumnMap, kind: str, good: bytes) -> Iterator[tuple[str, bytes]]:
    forms = {column.name: (column, field) for column in table.columns if (field := field_of(kind, column.field))}
    numbers = [column for column, field in forms.values() if field.form == "number"]
    digits = [column for column, field in forms.values() if field.lengths or column.digits]
    days = [column for column, field in forms.values() if field.form == "date"]
    if numbers:
        yield "letter", _with(table, good, numbers[0], "1O")
    if digits and not table.fixed:
        yield "excel_number", _with(table, good, digits[0], "1.23457E+11")
    if days:
        yield "other_date", _with(table, good, days[0], "22-Nov-26")
    needed = [column for column, field in forms.values() if column.required]
    if needed and table.header and not table.fixed:
        yield "no_column", _without(table, good, needed[-1])
    number = next((column for column in table.columns if column.field == "number"), None)
    if number:
        yield "nameless", _with(table, good, number, "")


def _with(table: ColumnMap, good: bytes, column: Column, cell: str) -> bytes:
    """The same with another cell in the first row of values."""
    if table.fixed and column.start and column.length:
        lines = good.splitlines(keepends=True)
        at, end = column.start - 1, column.start - 1 + column.length
        nth = int(table.header)
        filled = cell[: column.length].ljust(column.length).encode("ascii")
        lines[nth] = lines[nth][:at] + filled + lines[nth][end:]
        return b"".join(lines)
    rows = _rows(table, good)
    rows[int(table.header)][table.columns.index(column)] = cell
    return _written(table, good, rows)


def _without(table: ColumnMap, good: bytes, column: Column) -> bytes:
    at = table.columns.index(column)
    return _written(table, good, [row[:at] + row[at + 1 :] for row in _rows(table, good)])


def _encoding(good: bytes, table: ColumnMap) -> str:
    if good.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    return "utf-8" if table.encoding == "auto" else table.encoding


def _rows(table: ColumnMap, good: bytes) -> list[list[str]]:
    text = io.StringIO(good.decode(_encoding(good, table)), newline="")
    return list(csv.reader(text, delimiter=table.delimiter or ",", quotechar=table.quote))


def _written(table: ColumnMap, good: bytes, rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=table.delimiter or ",", quotechar=table.quote, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(_encoding(good, table))
