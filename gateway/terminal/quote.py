"""A segment as it stands in the file, with a caret under what is wrong: read back from the finding's offset."""

from __future__ import annotations

import unicodedata
from typing import BinaryIO, Final

import msgspec

from gateway.model.finding import Finding
from gateway.terminal.mask import masked, printable
from gateway.x12.charset import readable
from gateway.x12.isa import terminator
from gateway.x12.reading import Delimiters

_REACH: Final = 1 << 16  # bytes looked at on each side: as long as a segment may be
_WIDTH: Final = 100  # columns of a quoted line
_BEFORE: Final = 40  # columns kept before the caret of a line that is cut
_BLANK: Final = " \t\r\n\ufeff"
_CUT: Final = "…"


class Quote(msgspec.Struct, frozen=True):
    """Two lines: the segment, and the carets under it."""

    line: str
    carets: str


def quote(stream: BinaryIO, found: Finding, delimiters: Delimiters, *, since: int, show: bool) -> Quote | None:
    """The segment that a finding is about, where there is one; `since` is where its interchange begins."""
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
    shown = elements if show else list(masked(elements, found))
    mark = _readable(delimiters.element)
    words = [_readable(each) for each in shown]
    if place is None:
        return _underlined(mark.join(words), "", "")
    lead, faulty, tail = (_readable(part) for part in _narrow(shown[place], found, delimiters))
    before = "".join(word + mark for word in words[:place]) + lead
    return _underlined(before, faulty, tail + "".join(mark + word for word in words[place + 1 :]))


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


def _underlined(before: str, faulty: str, rest: str) -> Quote:
    """Put together, and cut to the width of a terminal."""
    if len(before) > _BEFORE and len(before) + len(faulty) + len(rest) > _WIDTH:
        before = _CUT + before[1 - _BEFORE :]
    room = _WIDTH - len(before)
    if len(faulty) > room:
        faulty, rest = faulty[: room - 1] + _CUT, ""
    room -= len(faulty)
    if len(rest) > room:
        rest = rest[: max(room - 1, 0)] + _CUT
    return Quote(before + faulty + rest, " " * _columns(before) + "^" * max(_columns(faulty), 1))


def _readable(text: str) -> str:
    """UTF-8 where it is, else a character a byte; nothing that steers a terminal."""
    return printable(readable(text))


def _columns(text: str) -> int:
    """How wide a terminal draws it."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )
