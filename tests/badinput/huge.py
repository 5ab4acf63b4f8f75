"""Commands on huge files in a process of their own, which says how much memory they took."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

from gateway.bench.apart import apart, peak_memory
from tests.passage.table import bill, table
from tests.passage.x12 import orders

KILO, MEGA, GIGA = 1 << 10, 1 << 20, 1 << 30
_TABLE = table(bill("B-1", "1"))


def never_ended(size: int) -> Iterator[bytes]:
    """An interchange that uses its terminator no more after its first set began."""
    sound = orders("PO-1", ta1=1)
    head = sound[: sound.index(b"N1*")]
    yield head
    yield from _so_much(b"no end in sight ", size - len(head))


def one_cell(size: int) -> Iterator[bytes]:
    """A table of one row, one cell of which is as large as all the rest is small."""
    head, tail = _TABLE.split(b"IT-1")
    yield head
    yield from _so_much(b"X", size - len(head + tail))
    yield tail


def many_rows(size: int) -> Iterator[bytes]:
    """A table of sound rows."""
    yield _TABLE
    yield from _so_much(_TABLE.splitlines(keepends=True)[1], size - len(_TABLE))


def written(path: Path, pieces: Iterator[bytes]) -> int:
    """Write them; how many bytes that made."""
    with path.open("wb") as file:
        return sum(map(file.write, pieces))


def gateway(*words: str) -> tuple[int, str, int]:
    """`gateway` with these words in a fresh process: its exit code, what it printed, the most memory it held."""
    return apart(_gateway, words)


def _gateway(words: tuple[str, ...]) -> tuple[int, str, int]:
    from gateway.cli import main  # noqa: PLC0415 - in the fresh process alone

    with contextlib.redirect_stdout(io.StringIO()) as printed:
        code = main(words)
    return code, printed.getvalue(), peak_memory()


def _so_much(piece: bytes, size: int) -> Iterator[bytes]:
    block = piece * (MEGA // len(piece))
    while size > 0:
        yield block[:size]
        size -= len(block)
