"""A file with no interchange in it: empty, a spreadsheet, rubbish. It still ends in a named outcome that a person can find.

The daemon and `explain` share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from gateway.ledger.states import Processing
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.profiles.agreement import Partner, Profiles
from gateway.x12.reading import Unreadable

START = 2048  # bytes that tell a table from rubbish
_SHOWN = 24  # bytes of the file's start that a message shows
_BETWEEN_COLUMNS = b",;\t|"

Format = Literal["x12", "csv", "unknown"]


class File(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of it without reading on: its name, its size, its first START bytes, and whose it must be if anybody's."""

    name: str
    size: int
    start: bytes
    partner: Partner | None


class Nothing(msgspec.Struct, frozen=True, kw_only=True):
    """Why there was nothing to read, and what becomes of the file."""

    state: Processing
    finding: Finding
    format: Format


def nothing_to_read(file: File, said: Sequence[Finding]) -> Nothing:
    """Decide by the first bytes and by who uses this channel; `said` is what reading it as X12 found."""
    partner = file.partner
    if not file.size:
        return Nothing(state=Processing.REJECTED, finding=finding("file.empty", name=file.name), format="unknown")
    if partner is not None and partner.csv_kinds:
        held = finding("partner.csv_not_built", partner=partner.name)
        return Nothing(state=Processing.HELD, finding=held, format="csv")
    looks = _format(file.start)
    if looks == "csv" or not said:
        shown = file.start[:_SHOWN].decode("latin-1")
        no_x12 = finding("file.unreadable", name=file.name, start=shown, offset=0)
        return Nothing(state=Processing.REJECTED, finding=no_x12, format=looks)
    return Nothing(state=Processing.REJECTED, finding=said[0], format=looks)


def told_once(part: Unreadable, nothing: Nothing) -> Unreadable:
    """All that could not be read of such a file, with the one reason why: two would be two errors for one cause."""
    return part if nothing.finding in part.findings else msgspec.structs.replace(part, findings=(nothing.finding,))


def alone_on(channel: str, profiles: Profiles) -> Partner | None:
    """The one partner of this channel, where there is just one."""
    found = profiles.channel(channel)
    return profiles.partner(found.carries[0]) if found is not None and len(found.carries) == 1 else None


def _format(start: bytes) -> Format:
    """What a file without a readable interchange looks like, by its first bytes."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"ISA") and not text[3:4].isalnum():
        return "x12"
    lines = text.splitlines()
    if len(lines) < 2 or any(byte < 0x20 and byte not in b"\t\r\n" for byte in text):  # noqa: PLR2004 - header and row
        return "unknown"
    marks = [mark for mark in _BETWEEN_COLUMNS if 0 < lines[0].count(mark) <= lines[1].count(mark)]
    return "csv" if marks else "unknown"
