"""Orders to measure with: sound 850s (004010) of any number and length, the same bytes at every call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

LINES: Final = 10
_KINDS: Final = 37  # different prices and codes, so that no two neighbouring lines are equal
_ENVELOPE: Final = (
    "ISA*00*          *00*          *ZZ*NORTHCLINIC    *ZZ*HEALTHSYS      *261116*0812*U*00401*{control:09d}*0*P*>~\n"
    "GS*PO*NORTHCLINIC*HEALTHSYS*20261116*0812*{control}*X*004010~\n"
)
_HEAD: Final = (
    "ST*850*{set:04d}~\n"
    "BEG*00*SA*{number}**20261116~\n"
    "CUR*BY*USD~\n"
    "REF*DP*SURGERY~\n"
    "DTM*002*20261120~\n"
    "N1*BY*North Clinic*92*NC-01~\n"
    "N1*ST*North Clinic Stores*92*NC-STORES~\n"
    "N3*18 Harbor Street~\n"
    "N4*Duluth*MN*55802*US~\n"
)
_LINE: Final = (
    "PO1*{line}*{quantity}*BX*{dollars}.{kind:02d}*PE*VP*GLV-NIT-{kind:04d}*UP*0761234{kind:05d}~\n"
    "PID*F****Exam gloves, nitrile, size {kind}, box of 100~\n"
)
_TAIL: Final = "CTT*{lines}~\nSE*{segments}*{set:04d}~\n"
_AROUND: Final = 2  # segments of an order besides head and lines: CTT and SE


def interchange(orders: int, *, lines: int = LINES, control: int = 1) -> Iterator[bytes]:
    """One interchange of so many orders, a piece per order; some 1.2 KB each at ten lines."""
    yield _ENVELOPE.format(control=control).encode()
    for number in range(1, orders + 1):
        yield _order(f"NC-{control:06d}-{number:06d}", number, lines)
    yield f"GE*{orders}*{control}~\nIEA*1*{control:09d}~\n".encode()


def write(path: Path, orders: int, *, lines: int = LINES, control: int = 1) -> int:
    """The same into a file; how many bytes it has."""
    with path.open("wb") as file:
        file.writelines(interchange(orders, lines=lines, control=control))
    return path.stat().st_size


def write_of_size(path: Path, size: int) -> int:
    """An interchange of about `size` bytes, and at least one order; how many it has."""
    return write(path, max(1, size // len(_order("NC-000001-000001", 1, LINES))))


def _order(number: str, place: int, lines: int) -> bytes:
    # A control number has nine digits at most; so many orders in one group are never asked for.
    head = _HEAD.format(set=place, number=number)
    body = "".join(
        _LINE.format(line=line, quantity=1 + (place + line) % 90, dollars=1 + place % 200, kind=(place + line) % _KINDS)
        for line in range(1, lines + 1)
    )
    segments = (head + body).count("\n") + _AROUND
    return (head + body + _TAIL.format(lines=lines, segments=segments, set=place)).encode()
