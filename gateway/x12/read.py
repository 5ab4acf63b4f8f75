"""Reads X12 from a stream of bytes, however damaged: sets, groups, interchanges, and what is none of these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from gateway.model.catalogue import finding
from gateway.model.limits import Limits
from gateway.x12.charset import opening
from gateway.x12.fault import Facts
from gateway.x12.inside import Inside
from gateway.x12.isa import LONGEST, START, Isa, parse_isa
from gateway.x12.maps import Maps
from gateway.x12.reading import Part, Unreadable
from gateway.x12.window import Window

_UTF_16: Final = ("\xff\xfe", "\xfe\xff")
_MARKS: Final = ("\xef\xbb\xbf", *_UTF_16)  # byte order marks, read as latin-1
_BLANK: Final = " \t\r\n\v\f\x00\x1a"  # what pads files: line breaks, NUL, the end mark of DOS
_STARTS_WITH: Final = 24
_ISA: Final = len("ISA")


def read(stream: BinaryIO, maps: Maps, limits: Limits | None = None) -> Iterator[Part]:
    """Every part of this file, in order, each closed by its trailer; at most one set in memory.

    Never raises for what the bytes are: faults are findings of the part they are in. The parts account for every byte.
    """
    return iter(Reader(stream, maps, limits))


class Reader:
    """The same, with `consumed`: how many bytes were read so far; all there were, once the parts are through."""

    def __init__(self, stream: BinaryIO, maps: Maps, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._maps = maps
        self._window = Window(stream, self._limits)

    @property
    def consumed(self) -> int:
        """Bytes accounted for, a byte order mark and blanks between interchanges included."""
        return self._window.consumed

    def __iter__(self) -> Iterator[Part]:
        window = self._window
        mark = self._skip_mark()
        ordinal = 0
        parts = 0
        while True:
            outside = _Outside(window)
            isa = outside.next_isa()
            if outside.found:
                parts += 1
                # An interchange after all means that the mark was wrong, not the text.
                yield outside.unreadable(utf_16=mark in _UTF_16 and not ordinal and isa is None)
            if isa is None:
                break
            ordinal += 1
            parts += 1
            yield from Inside(isa, ordinal, window, self._maps, self._limits).parts()
        if not parts:
            size = window.consumed
            found = finding("envelope.utf_16") if mark in _UTF_16 else finding("envelope.empty", size=size)
            yield Unreadable(offset=0, size=size, findings=(found,))

    def _skip_mark(self) -> str:
        self._window.at_least(3)
        mark = next((mark for mark in _MARKS if self._window.text.startswith(mark)), "")
        self._window.at += len(mark)
        return mark


class _Outside:
    """The stretch before, between or after interchanges."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._offset = window.consumed
        self._start = ""
        self._fault = ""

    @property
    def found(self) -> bool:
        """Whether more than blanks stands there."""
        return bool(self._start)

    def next_isa(self) -> Isa | None:
        """Pass over everything up to the next ISA that can be read; None where there is none."""
        window = self._window
        while True:
            candidate = START.search(window.text, window.at)
            if candidate:
                self._pass(candidate.start())
                window.at_least(LONGEST)
                isa = parse_isa(window.text, window.at)
                if isinstance(isa, Isa):
                    return isa
                self._fault = self._fault or isa.fault
                self._pass(window.at + _ISA)
            else:
                # The last bytes may be the beginning of an ISA that goes on in the next chunk.
                self._pass(max(window.at, len(window.text) - _ISA))
                if not window.more():
                    self._pass(len(window.text))
                    return None

    def unreadable(self, *, utf_16: bool = False) -> Unreadable:
        """What stands there; `utf_16` where the file's first bytes say that it is such text."""
        size = self._window.consumed - self._offset
        facts: Facts = {"offset": self._offset, "size": size, "start": opening(self._start, _STARTS_WITH)}
        if self._fault:
            found = finding("envelope.isa_unreadable", segment="ISA", fault=self._fault, **facts)
        elif utf_16:
            found = finding("envelope.utf_16", **facts)
        else:
            found = finding("envelope.not_x12", **facts)
        return Unreadable(offset=self._offset, size=size, findings=(found,))

    def _pass(self, place: int) -> None:
        window = self._window
        text = window.text[window.at : place]
        if not self._start:
            text = text.lstrip(_BLANK)
            self._offset = window.offset(place) - len(text)
        self._start += text[: _STARTS_WITH + 1 - len(self._start)]
        window.at = place
