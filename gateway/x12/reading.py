"""What reading an X12 file yields: sets, then their group, then their interchange, each closed by its trailer."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.model.finding import Finding
from gateway.model.identifiers import PartyId


class Delimiters(msgspec.Struct, frozen=True):
    """The separators one ISA declares, each one character (a byte read as latin-1); `suffix` is what stands after a terminator."""

    element: str
    component: str
    segment: str
    repetition: str | None = None
    suffix: str = ""


class Segment(msgspec.Struct, gc=False):
    """One segment: `elements[0]` is its id and `elements[3]` its third element, verbatim.

    `position` is its ordinal in the set (ST = 1), `offset` the byte in the file where it starts.
    """

    position: int
    offset: int
    elements: list[str]

    def get(self, element: int) -> str:
        """The element at this place, or an empty string where the segment ends before it."""
        return self.elements[element] if element < len(self.elements) else ""


def element_offset(elements: Sequence[str], offset: int, element: int) -> int:
    """The byte at which an element of the segment at `offset` begins; the segment's end where it ends before that element."""
    before = elements[:element]
    return offset + sum(map(len, before)) + len(before) - (element >= len(elements))


# One loop instance: a segment id (or, for a loop, its trigger's id + "_loop") to what was found there, in order.
Loop = dict[str, "list[Segment] | list[Loop]"]


class InterchangeHeader(msgspec.Struct, frozen=True, kw_only=True):
    """ISA, elements without padding and control number verbatim; `ordinal` counts from 1 in the file.

    `element_offsets` are the bytes in the file at which ISA itself, ISA01 and the others begin.
    """

    ordinal: int
    offset: int
    control: str
    sender: PartyId
    receiver: PartyId
    date: str
    time: str
    version: str
    usage: str
    ack_requested: bool
    delimiters: Delimiters
    element_offsets: tuple[int, ...] = ()

    def offset_of(self, element: int) -> int:
        """The byte at which this element begins."""
        return self.element_offsets[element] if element < len(self.element_offsets) else self.offset


class GroupHeader(msgspec.Struct, frozen=True, kw_only=True):
    """GS verbatim; `release` is the folder of maps that reads it (004010 for 004010VICS), None where we have none."""

    ordinal: int
    offset: int
    functional_id: str
    sender: str
    receiver: str
    date: str
    time: str
    control: str
    agency: str
    version: str
    release: str | None


class SetRead(msgspec.Struct, kw_only=True):
    """One transaction set as read: `segments` counts ST and SE; `tree` is the ST loop, empty where no map could read it."""

    interchange: InterchangeHeader
    group: GroupHeader
    ordinal: int
    offset: int
    set_id: str
    control: str
    implementation: str | None
    segments: int
    complete: bool
    tree: Loop
    findings: tuple[Finding, ...]


class GroupRead(msgspec.Struct, frozen=True, kw_only=True):
    """One functional group, after its last set: `claimed` is GE01 verbatim (None without GE), `counted` the STs seen."""

    interchange: InterchangeHeader
    group: GroupHeader
    claimed: str | None
    counted: int
    complete: bool
    findings: tuple[Finding, ...]


class Ta1Read(msgspec.Struct, frozen=True, kw_only=True):
    """A TA1 that the partner sent about an interchange of ours, verbatim."""

    control: str
    date: str
    time: str
    code: str
    note: str


class InterchangeRead(msgspec.Struct, frozen=True, kw_only=True):
    """One interchange, after its last group: `sha256` is over its bytes from ISA up to and with IEA's terminator."""

    interchange: InterchangeHeader
    claimed: str | None
    counted: int
    complete: bool
    size: int
    sha256: str
    ta1: tuple[Ta1Read, ...]
    findings: tuple[Finding, ...]


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that belong to no interchange (or to one whose ISA cannot be read), `size` of them from `offset` on."""

    offset: int
    size: int
    findings: tuple[Finding, ...]


Part = SetRead | GroupRead | InterchangeRead | Unreadable
