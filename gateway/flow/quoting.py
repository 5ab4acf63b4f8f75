"""The segment that a problem stands in, as it was sent, for the letter that tells of it: read back from the file's own bytes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import BinaryIO, Final

import msgspec

from gateway.flow.answer_text import Quoted
from gateway.model.finding import Finding
from gateway.x12.quote import Shown, quote
from gateway.x12.reading import Delimiters, InterchangeRead

_WIDTH: Final = 72  # columns of a letter, beside its margin


class Stretch(msgspec.Struct, frozen=True):
    """Where in its file an interchange stands, from byte `begin` up to `end`, and what divides it."""

    begin: int
    end: int
    delimiters: Delimiters


def stretch_of(read: InterchangeRead) -> Stretch:
    """Where this interchange stands."""
    header = read.interchange
    return Stretch(header.offset, header.offset + read.size, header.delimiters)


def quoting(opened: Callable[[], BinaryIO], stretches: Sequence[Stretch], shown: Shown | None = None) -> Quoted:
    """How a letter shows a problem of X12: its segment and carets under what is wrong; nothing where it is in no segment.

    `opened` opens the file anew each time: few problems are listed, and of most files none. `stretches` are in the
    order of the file; `shown` hides what a reader may not see. What is wrong with a table is told by row, column and
    cell, which show it already.
    """

    def quoted(found: Finding) -> Sequence[str]:
        if found.segment is None or found.offset is None or found.row is not None:
            return ()
        at = bisect_right(stretches, found.offset, key=lambda each: each.begin) - 1
        if at < 0 or found.offset >= stretches[at].end:
            return ()
        within = stretches[at]
        with opened() as stream:
            drawn = quote(stream, found, within.delimiters, since=within.begin, shown=shown, width=_WIDTH)
        return () if drawn is None else (drawn.line, drawn.carets)

    return quoted
