"""The stretch from an ISA to its IEA: control segments open and close sets and groups, all others go to the open set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from gateway.model.catalogue import finding
from gateway.model.limits import Limits
from gateway.x12.cut import BLANK, Cutter, Segments
from gateway.x12.envelope import OpenGroup, OpenInterchange, OpenSet
from gateway.x12.fault import Facts, shown
from gateway.x12.isa import LONGEST, Isa, parse_isa
from gateway.x12.maps import Maps
from gateway.x12.reading import GroupRead, InterchangeRead, Part, SetRead
from gateway.x12.window import Window

_LINE_BREAK: Final = re.compile(r"[\r\n]")


class _Control(msgspec.Struct, frozen=True):
    """A control segment in the window's text: where what stands before it ends, where it begins, and its id."""

    before: int | None
    begin: int
    name: str


class _Finder:
    """Finds control segments at the speed of the regular expression engine, so that what lies between is cut at once."""

    def __init__(self, cutter: Cutter) -> None:
        lead = f"[{re.escape(cutter.lead)}]*" if cutter.lead else ""
        ends = re.escape(cutter.delimiters.element + cutter.delimiters.segment)
        name = rf"{lead}(ISA(?=[^A-Za-z0-9 \r\n])|(?:GS|ST|SE|GE|IEA|TA1)(?=[{ends}]))"
        self._here = re.compile(name)
        self._after = re.compile(re.escape(cutter.terminator) + name)

    def find(self, window: Window) -> _Control | None:
        """The next one; None where there is none in memory."""
        here = self._here.match(window.text, window.at)
        if here:
            return _Control(None, here.start(1), here[1])
        after = self._after.search(window.text, window.at)
        return _Control(after.start(), after.start(1), after[1]) if after else None


class Inside:
    """Reads one interchange, of which `isa` is the first segment and stands at the window's place."""

    def __init__(self, isa: Isa, ordinal: int, window: Window, maps: Maps, limits: Limits) -> None:
        self._window = window
        self._maps = maps
        self._limits = limits
        self._begin = window.consumed
        self._interchange = OpenInterchange(isa, ordinal, window.consumed, limits)
        self._cutter = self._interchange.cutter
        self._finder = _Finder(self._cutter)
        self._group: OpenGroup | None = None
        self._set: OpenSet | None = None
        self._too_long = False
        window.mark()
        window.at += isa.size

    def parts(self) -> Iterator[Part]:
        """Its sets, its groups, itself."""
        window = self._window
        while True:
            if not self._too_long and window.consumed - self._begin > self._limits.interchange:
                yield from self._give_up()
            control = self._finder.find(window)
            if control is None:
                self._read_whole()
                if window.more():
                    self._pass_over()
                    continue
                self._read_rest()
                break
            if control.before is not None:
                self._body(control.before)
            window.at = control.begin
            if control.name == "ISA" and self._next_interchange():
                break
            segment = self._segment(control.name)
            if segment is None:
                self._pass_over()
                continue
            yield from self._take(control.name, *segment)
            if control.name == "IEA":
                yield self._end(*segment)
                return
        yield from self._close_group(None, window.consumed)
        yield self._end(None, window.consumed)

    def _give_up(self) -> Iterator[GroupRead]:
        """The interchange is longer than we read: of what is left only its IEA is looked for, of the open set nothing is told."""
        self._too_long = True
        self._set = None
        if self._group:
            yield self._group.give_up()
            self._group = None

    # What stands between control segments

    def _body(self, end: int) -> None:
        """Segments up to this place of the text, where a terminator stands or the file ends."""
        window = self._window
        if not self._too_long:
            text = window.text[window.at : end]
            trimmed = text.lstrip(self._cutter.lead)
            self._keep(self._cutter.cut(trimmed), window.consumed + len(text) - len(trimmed))
        window.at = min(end + len(self._cutter.terminator), len(window.text))

    def _keep(self, segments: Segments, offset: int) -> None:
        if self._set:
            self._set.read(segments, offset)
        elif self._group:
            self._group.stray.add(segments, offset, self._cutter)
        else:
            self._interchange.stray.add(segments, offset, self._cutter)

    def _read_whole(self) -> None:
        """All segments that are whole, so that more of the file can be had."""
        last = self._window.text.rfind(self._cutter.terminator, self._window.at)
        if last >= 0:
            self._body(last)

    def _read_rest(self) -> None:
        """The file ends, maybe within a segment."""
        window = self._window
        end = len(window.text.rstrip(BLANK))
        if end > window.at:
            self._unterminated(window.text[window.at : end].lstrip(BLANK))
            self._body(end)
        window.at = len(window.text)

    def _unterminated(self, text: str) -> None:
        name = shown(text.split(self._cutter.delimiters.element, 1)[0])
        facts: Facts = {"segment": name, "offset": self._window.consumed}
        self._interchange.findings.add(finding("envelope.terminator_missing", **facts))

    def _pass_over(self) -> None:
        """Where a segment is longer than we hold, count it up to its terminator and forget it."""
        window, mark = self._window, self._cutter.terminator
        if window.ahead <= self._limits.segment or window.text.find(mark, window.at) >= 0:
            return
        offset = window.consumed
        name = shown(
            window.text[window.at : window.at + LONGEST].lstrip(BLANK).split(self._cutter.delimiters.element)[0]
        )
        while (end := window.text.find(mark, window.at)) < 0:
            window.at = len(window.text) - len(mark) + 1
            if not window.more():
                break
        window.at = end + len(mark) if end >= 0 else len(window.text)
        size = window.consumed - offset
        if self._set:
            self._set.pass_over(name, size, offset)
        else:
            facts: Facts = {"segment": name, "offset": offset, "size": size, "limit": self._limits.segment}
            self._interchange.findings.add(finding("envelope.segment_too_long", **facts))

    # Control segments

    def _next_interchange(self) -> bool:
        """Whether the ISA here begins another interchange: then this one has no IEA."""
        self._window.at_least(LONGEST)
        return isinstance(parse_isa(self._window.text, self._window.at), Isa)

    def _segment(self, name: str) -> tuple[Segments, int] | None:
        """The control segment here and its offset; None where its end is not in memory yet."""
        window = self._window
        end = window.text.find(self._cutter.terminator, window.at)
        whole = end >= 0
        if not whole and window.more():
            return None
        end = end if whole else len(window.text.rstrip(BLANK))
        # An IEA without terminator may be followed by the next interchange: no line break belongs to it.
        cut_short = _LINE_BREAK.search(window.text, window.at, end) if name == "IEA" else None
        if cut_short:
            end, whole = cut_short.start(), False
        text, offset = window.text[window.at : end], window.consumed
        if not whole:
            self._unterminated(text)
        window.at = end + len(self._cutter.terminator) * whole
        return self._cutter.one(text), offset

    def _take(self, name: str, segment: Segments, offset: int) -> Iterator[Part]:
        """Open or close what this control segment opens or closes; a segment that fits nowhere is stray."""
        elements = segment.texts[0].split(self._cutter.delimiters.element)
        match name:
            case "ST" | "SE" | "GS" | "GE" | "TA1" | "ISA" if self._too_long:
                return
            case "ST" if self._group:
                yield from self._close_set(None, offset)
                self._group.stray.close()
                self._set = OpenSet(segment, offset, self._group, self._maps, self._limits)
            case "SE" if self._set:
                yield from self._close_set(segment, offset)
            case "GS":
                yield from self._close_group(None, offset)
                self._interchange.stray.close()
                self._group = OpenGroup(elements, offset, self._interchange, self._maps, self._limits)
            case "GE" if self._group:
                yield from self._close_group(elements, offset)
            case "IEA":
                yield from self._close_group(None, offset)
            case "TA1" if not self._group:
                self._interchange.take_ta1(elements, offset)
            case _:
                self._keep(segment, offset)

    def _close_set(self, se: Segments | None, offset: int) -> Iterator[SetRead]:
        if self._set:
            read, self._set = self._set.close(se, offset), None
            yield read

    def _close_group(self, ge: list[str] | None, offset: int) -> Iterator[SetRead | GroupRead]:
        yield from self._close_set(None, offset)
        if self._group:
            read, self._group = self._group.close(ge, offset), None
            yield read

    def _end(self, iea: Segments | None, offset: int) -> InterchangeRead:
        window = self._window
        elements = iea.texts[0].split(self._cutter.delimiters.element) if iea else None
        size = window.consumed - self._begin
        return self._interchange.close(elements, offset, size, window.digest())
