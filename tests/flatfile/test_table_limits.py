"""Bounds of tables: exactly so much is read, and what is more is refused with the limit and the setting that moves it."""

from collections.abc import Callable

import msgspec
import pytest

from gateway.model.finding import Finding
from gateway.model.limits import Limits
from tests.documents.tables import column_map, table_of

INVOICE = {"Invoice No": "number", "Date": "date", "Qty": "line.quantity", "Unit": "line.uom", "Price": "line.price"}
INVOICE |= {"Total": "total", "Item": "line.vendor_item", "Text": "line.description"}
HEAD = "Invoice No,Date,Qty,Unit,Price,Total,Item,Text"
ROW = "INV-1,2026-11-28,1,EA,1,1,A,"


def sized(size: int) -> str:
    """A table of so many bytes, its text spread over cells of at most 30,000 characters."""
    row = f"{ROW}{'X' * min(30_000, size // 2)}\n"
    rows = [f"{HEAD}\n", *[row] * ((size - len(HEAD) - len(ROW) - 2) // len(row)), ROW]
    return "".join(rows) + "X" * (size - sum(map(len, rows)))


# A limit: what is said beyond it, and a table that measures so much.
BOUNDS: dict[str, tuple[str, Callable[[int], str]]] = {
    "table": ("table.too_large", sized),
    "rows": ("table.too_many_rows", lambda n: "\n".join([HEAD, *[ROW] * n])),
    "columns": ("table.too_many_columns", lambda n: f"{HEAD}{',' * (n - 8)}\n{ROW}\n"),
    "columns of a row": ("table.too_many_columns", lambda n: f"{HEAD}\n{ROW}{',' * (n - 8)}\n"),
    "columns, quoted": ("table.too_many_columns", lambda n: f'{HEAD}\n{ROW}""{"," * (n - 8)}\n'),
    "cell": ("table.cell_too_long", lambda n: f"{HEAD}\n{ROW}{'X' * n}\n"),
    "cell, quoted": ("table.cell_too_long", lambda n: f'{HEAD}\n{ROW}"{"X" * n}"\n'),
    "cell with line breaks": ("table.cell_too_long", lambda n: f'{HEAD}\n{ROW}"{"X" + chr(10) * (n - 2)}X"\n'),
}
SMALL = {"table": 500, "rows": 3, "columns": 9, "cell": 20}


def setting(case: str) -> str:
    return case.replace(",", "").split()[0]


TRIED = [
    *((case, SMALL[setting(case)]) for case in BOUNDS),
    *((case, getattr(Limits(), setting(case))) for case in BOUNDS if setting(case) != "table"),
    pytest.param("table", Limits().table, marks=pytest.mark.all),
]


def told(content: str, limits: Limits) -> dict[str, Finding]:
    return {found.code: found for found in table_of(content, ("810", column_map(INVOICE)), limits=limits).findings}


@pytest.mark.parametrize(("case", "most"), TRIED)
def test_so_much_is_read_and_one_more_is_refused_with_the_limit_and_its_setting(case: str, most: int) -> None:
    code, make = BOUNDS[case]
    limits = msgspec.structs.replace(Limits(), **{setting(case): most})
    assert code not in told(make(most), limits)
    beyond = told(make(most + 1), limits)[code]
    assert str(most) in f"{beyond.message} {beyond.expected}"
    assert f"`{setting(case)}` in [limits] of config/gateway.toml" in (beyond.fix or "")
