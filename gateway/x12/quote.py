"""A segment as it stands in the file, with a caret under what is wrong: read back from the finding's offset."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO, Final

import msgspec

from gateway.model.finding import Finding
from gateway.x12.charset import printable, readable
from gateway.x12.isa import terminator
from gateway.x12.reading import Delimiters

_REACH: Final = 1 << 16  # bytes looked at on each side: as long as a segment may be
_WIDTH: Final = 100  # columns of a quoted line, as a terminal has them
_BEFORE: Final = 40  # columns kept before the caret of a line that is cut
_BLANK: Final = " \t\r\n\ufeff"
_CUT: Final = "…"

# The elements of a segment as a reader may see them, its id first.
Shown = Callable[[Sequence[str], Finding], Iterable[str]]


class Quote(msgspec.Struct, frozen=True):
    """Two lines: the segment, and the carets under it."""

    line: str
    carets: str


def quote(  # noqa: PLR0913 - a place in a file, and how it is shown
    stream: BinaryIO,
    found: Finding,
    delimiters: Delimiters,
    *,
    since: int,
    shown: Shown | None = None,
    width: int = _WIDTH,
) -> Quote | None:
    """The segment that a finding is about, where there is one; `since` is where its interchange begins.

    `shown` hides what a reader may not see; the line is cut to `width` columns.
    """
    if found.offset is None:
        return None
    begin = max(found.offset - _REACH, since)
    stream.seek(begin)
    text = stream.read(found.offset - begin + _REACH).decode("latin-1")
    at = found.offset - begin
    if at > len(text):
        return None
    start, end = _bounds(text, at, terminator(delimiters))
    segment = text[start:end]
    if not segment.strip(_BLANK):
        return None
    elements = segment.split(delimiters.element)
    place = _place(found, elements)
    visible = elements if shown is None else list(shown(elements, found))
    mark = _readable(delimiters.element)
    words = [_readable(each) for each in visible]
    if place is None:
        return _underlined(mark.join(words), "", "", width)
    lead, faulty, tail = (_readable(part) for part in _narrow(visible[place], found, delimiters))
    before = "".join(word + mark for word in words[:place]) + lead
    return _underlined(before, faulty, tail + "".join(mark + word for word in words[place + 1 :]), width)


def _bounds(text: str, at: int, mark: str) -> tuple[int, int]:
    """The segment around this place; its terminator belongs to it."""
    start = text.rfind(mark, 0, at) + len(mark) if mark in text[:at] else 0
    end = text.find(mark, at)
    end = len(text) if end < 0 else end
    while start < end and text[start] in _BLANK:
        start += 1
    return start, end


def _place(found: Finding, elements: list[str]) -> int | None:
    """Which element is meant: the id where the whole segment is; None where the element was never sent."""
    place = found.element or 0
    return place if place < len(elements) else None


def _narrow(element: str, found: Finding, delimiters: Delimiters) -> tuple[str, str, str]:
    """The faulty repetition or component of an element, between what stands before and after it."""
    before, after = "", ""
    for mark, ordinal in ((delimiters.repetition, found.repetition), (delimiters.component, found.component)):
        parts = element.split(mark) if mark and ordinal else [element]
        if mark and ordinal and ordinal <= len(parts):
            before += "".join(part + mark for part in parts[: ordinal - 1])
            after = "".join(mark + part for part in parts[ordinal:]) + after
            element = parts[ordinal - 1]
    return before, element, after


def _underlined(before: str, faulty: str, rest: str, width: int) -> Quote:
    """Put together, and cut to so many columns."""
    if len(before) > _BEFORE and len(before) + len(faulty) + len(rest) > width:
        before = _CUT + before[1 - _BEFORE :]
    room = width - len(before)
    if len(faulty) > room:
        faulty, rest = faulty[: room - 1] + _CUT, ""
    room -= len(faulty)
    if len(rest) > room:
        rest = rest[: max(room - 1, 0)] + _CUT
    return Quote(before + faulty + rest, " " * columns(before) + "^" * max(columns(faulty), 1))


def _readable(text: str) -> str:
    """UTF-8 where it is, else a character a byte; nothing that steers a terminal."""
    return printable(readable(text))


def columns(text: str) -> int:
    """How wide a terminal draws it."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )
