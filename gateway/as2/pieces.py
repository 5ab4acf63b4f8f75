"""A large content as the pieces it lies in, so that nobody copies it to put a few bytes in front."""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap
from typing import Final

Buffer = bytes | bytearray | memoryview | mmap
"""What a body may be given as; one that is mapped from a file must stay mapped while its pieces are in use."""

Pieces = tuple[bytes | memoryview, ...]
"""Bytes in order, not joined."""

STEP: Final = 1 << 20
"""How many bytes a cipher or a compressor is given at a time."""


def size(pieces: Pieces) -> int:
    """How many bytes these are."""
    return sum(map(len, pieces))


def steps(pieces: Pieces) -> Iterator[memoryview]:
    """The same bytes in views of at most STEP bytes."""
    for piece in pieces:
        view = memoryview(piece)
        for at in range(0, len(view), STEP):
            yield view[at : at + STEP]


def view_of(body: Buffer | Pieces) -> memoryview:
    """One view over all of it; pieces are joined only where there is more than one."""
    if isinstance(body, tuple):
        return memoryview(body[0] if len(body) == 1 else b"".join(body))
    view = memoryview(body)
    return view if view.format == "B" else view.cast("B")
