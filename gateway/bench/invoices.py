"""Invoices to measure with: a sound table of any length, as the sample partner Bolt Surgical sends them; the same bytes at every call."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

PARTNER: Final = "bolt"
LINES: Final = 10
_ITEMS: Final = 997  # each with a price of its own, as in a price list
_HEADER: Final = "Invoice No,Invoice Date,PO Number,Line,Item,UPC,Description,Qty,Unit,Unit Price,Invoice Total\n"  # partners/bolt.toml
_ROW: Final = (
    "INV-{invoice:06d},11/22/2026,PO-{invoice:06d},{line},GLV-NIT-{item:04d},0761234{item:05d},"
    '"Exam gloves, nitrile, size {item}",{quantity},BX,{price},{total}\n'
)


def table(invoices: int, *, lines: int = LINES) -> Iterator[bytes]:
    """A table of so many invoices, a row per line; the header, then a piece per invoice."""
    yield _HEADER.encode()
    for invoice in range(1, invoices + 1):
        yield "".join(_rows(invoice, lines)).encode()


def write(path: Path, invoices: int, *, lines: int = LINES) -> None:
    """The same into a file."""
    with path.open("wb") as file:
        file.writelines(table(invoices, lines=lines))


def _rows(invoice: int, lines: int) -> Iterator[str]:
    sold = [_line(invoice, line) for line in range(1, lines + 1)]
    total = sum((quantity * price for _, quantity, price in sold), Decimal(0))
    for line, (item, quantity, price) in enumerate(sold, start=1):
        yield _ROW.format(invoice=invoice, line=line, item=item, quantity=quantity, price=price, total=total)


def _line(invoice: int, line: int) -> tuple[int, int, Decimal]:
    """The item, how many, and the price of one."""
    item = (invoice * LINES + line) % _ITEMS
    return item, 1 + (invoice + line) % 90, Decimal(f"{1 + item // 5}.{item % 100:02d}")
