"""The ISA segment: the one that declares how all others are read."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from gateway.model.identifiers import PartyId
from gateway.x12.reading import Delimiters, InterchangeHeader, element_offset

# ISA01-ISA16, X12.5: the only segment of fixed width, 106 characters from "ISA" to its terminator.
WIDTHS: Final = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
WIDTH: Final = 106
# An ISA that was neither padded nor cut stays well below this; more than this is something else that begins with "ISA".
LONGEST: Final = 256
# From this version of the control segments on, ISA11 is the repetition separator.
_REPETITION_SINCE: Final = "00402"
_LONGEST_SUFFIX: Final = 4

START: Final = re.compile(r"ISA[^A-Za-z0-9 \r\n]")
_SEPARATOR: Final = re.compile(r"[^A-Za-z0-9 ]")
_LINE_BREAKS: Final = "\r\n"
# Stands for the component separator where none was declared: no value holds it.
_UNDECLARED: Final = "\x1f"
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")


class Isa(msgspec.Struct, frozen=True, kw_only=True):
    """An ISA as it stands: `elements[1]` is ISA01 with its padding, `size` its bytes up to and with the terminator."""

    elements: tuple[str, ...]
    delimiters: Delimiters
    size: int

    @property
    def odd_widths(self) -> tuple[str, ...]:
        """The elements that do not have their fixed width, e.g. ("ISA06",)."""
        measured = zip(self.elements[1:], WIDTHS, strict=True)
        return tuple(f"ISA{place:02}" for place, (value, width) in enumerate(measured, 1) if len(value) != width)

    def header(self, ordinal: int, offset: int) -> InterchangeHeader:
        """What it says, without padding."""
        trimmed = [element.strip() for element in self.elements]
        offsets = [element_offset(self.elements, offset, place) for place in range(len(trimmed))]
        return InterchangeHeader(
            ordinal=ordinal,
            offset=offset,
            control=trimmed[13],
            sender=PartyId(trimmed[5], trimmed[6]),
            receiver=PartyId(trimmed[7], trimmed[8]),
            date=trimmed[9],
            time=trimmed[10],
            version=trimmed[12],
            usage=trimmed[15],
            ack_requested=trimmed[14] == "1",
            delimiters=self.delimiters,
            element_offsets=tuple(offsets),
        )


class NoIsa(msgspec.Struct, frozen=True):
    """Why what begins with "ISA" declares no separators, in words that follow "but"."""

    fault: str


def parse_isa(text: str, at: int) -> Isa | NoIsa:
    """The ISA that begins at text[at:], by its 16 separators; LONGEST more characters tell everything about it."""
    element = text[at + 3 : at + 4]
    if not element or not _SEPARATOR.match(element):
        return NoIsa("no separator follows it")
    if "\x80" <= text[at + 4 : at + 5] < "\xc0" <= element:
        return NoIsa("its element separator takes more than one byte")
    values = text[at : at + LONGEST].split(element, 16)
    if len(values) <= 16:  # noqa: PLR2004 - ISA has 16 elements
        return NoIsa("it has fewer than 16 elements")
    if any(map(_UNPRINTABLE.search, values[1:11])):
        return NoIsa("it holds characters that no header holds")
    end = at + sum(map(len, values[:16])) + 16  # where ISA16 stands: 16 values and 16 separators come before it
    return _with_separators(text, at, end, element, values[:16])


def _with_separators(text: str, at: int, end: int, element: str, values: list[str]) -> Isa | NoIsa:
    component, segment = text[end : end + 1], text[end + 1 : end + 2]
    if end + 2 - at != WIDTH and _left_out(text, end, component, segment):
        component, segment, end = _UNDECLARED, component, end - 1
    if "\xc2" <= component < "\xf5" and "\x80" <= segment < "\xc0":  # in UTF-8 these two are one character
        return NoIsa("its component separator takes more than one byte")
    declared = [component, segment]
    if not all(_SEPARATOR.match(mark) for mark in declared):
        return NoIsa("no component separator and segment terminator follow its 15th element")
    if len({element, *declared}) != len(declared) + 1:
        return NoIsa("two of its separators are the same")
    delimiters = Delimiters(
        element=element,
        component=component,
        segment=segment,
        repetition=_repetition(values[11], values[12], {element, *declared}),
        suffix=_suffix(text, end + 2, segment),
    )
    size = end + 1 + len(terminator(delimiters)) - at
    return Isa(elements=(*values, component), delimiters=delimiters, size=size)


def _left_out(text: str, end: int, component: str, segment: str) -> bool:
    """Whether ISA16 was left out: then the terminator takes its place, and ends the next line as well."""
    next_line = text[end + 1 : end + LONGEST].lstrip(_LINE_BREAKS).split("\n")[0].rstrip(_LINE_BREAKS)
    return segment in _LINE_BREAKS and next_line.endswith(component)


def _repetition(standards_id: str, version: str, taken: set[str]) -> str | None:
    usable = len(standards_id) == 1 and _SEPARATOR.match(standards_id) and standards_id not in taken
    return standards_id if usable and version >= _REPETITION_SINCE else None


def _suffix(text: str, at: int, segment: str) -> str:
    """What follows each terminator: a line break, or the other bytes of a terminator that takes several in UTF-8."""
    pattern = r"[\x80-\xbf]+" if segment >= "\xc0" else r"[\r\n]*"
    found = re.compile(pattern).match(text, at, at + _LONGEST_SUFFIX)
    return found.group() if found else ""


def terminator(delimiters: Delimiters) -> str:
    """What ends a segment: one character, or the bytes of one that takes several."""
    return delimiters.segment + (delimiters.suffix if delimiters.suffix >= "\x80" else "")
