"""A file before it is read: what it is, by its first bytes and by who may have sent it. How it is read is decided here alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import BinaryIO, Final, Literal

import msgspec

from gateway.flow.from_table import interpret_table
from gateway.flow.interpret import Found, interpret
from gateway.model.limits import Limits
from gateway.profiles.agreement import Agreement, Partner, Profiles
from gateway.x12.maps import Maps

START: Final = 4096  # bytes that tell a table from rubbish, and a workbook from other archives

Format = Literal["x12", "csv", "unknown"]

_MARK: Final = b"\xef\xbb\xbf"
_BETWEEN_COLUMNS: Final = b",;\t|"

# What people send in place of text: by its first bytes, then by what else stands at its start or how its name ends.
_OTHERS: Final = (
    (bytes(8), b"", (), "file.zeros"),
    (b"%PDF", b"", (), "file.pdf"),
    (b"PK\x03\x04", b"xl/", (".xlsx", ".xlsm", ".xlsb"), "file.excel_workbook"),
    (b"PK\x03\x04", b"word/", (".docx", ".docm"), "file.word_document"),
    (b"PK\x03\x04", b"", (), "file.compressed"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", (".doc", ".dot"), "file.word_document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", (), "file.excel_workbook"),
    (b"{\\rtf", b"", (), "file.word_document"),
    (b"\x1f\x8b", b"", (), "file.compressed"),
    (b"BZh", b"1AY&SY", (), "file.compressed"),
    (b"\xfd7zXZ\0", b"", (), "file.compressed"),
    (b"7z\xbc\xaf\x27\x1c", b"", (), "file.compressed"),
    (b"Rar!\x1a\x07", b"", (), "file.compressed"),
    (b"\x89PNG\r\n", b"", (), "file.image"),
    (b"\xff\xd8\xff", b"", (), "file.image"),
    (b"GIF8", b"", (), "file.image"),
    (b"II*\0", b"", (), "file.image"),
    (b"MM\0*", b"", (), "file.image"),
)


class File(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What is known of a file without reading on: `start` are its first START bytes, `at` is when it came.

    `channel` is the door it came through, None where that is not asked. `partner` is whose it must be, if anybody's;
    `tables_of` are those who may have sent it if it is a table.
    """

    name: str
    size: int
    start: bytes
    at: datetime
    channel: str | None = None
    partner: Partner | None = None
    tables_of: tuple[str, ...] = ()

    @cached_property
    def tables(self) -> tuple[Agreement, ...]:
        """What was agreed, at whatever time, about reading it as a table; nothing where it is to be read as X12."""
        return () if self.partner is None or not may_be_table(self) else self.partner.tables()

    @property
    def format(self) -> Format:
        """How it is read."""
        return "csv" if self.tables else "x12"

    @property
    def looks(self) -> Format:
        """What it looks like, whoever sent it."""
        return _looks(self.start)

    @property
    def delimiter(self) -> str:
        """What seems to stand between its cells, if it is a table."""
        return between(self.start)

    @property
    def other(self) -> str | None:
        """The code that says what it is in place of text, where it shows."""
        return next((code for *signs, code in _OTHERS if _is(self, *signs)), None)


def file_of(  # noqa: PLR0913 - what tells files apart
    *,
    name: str,
    size: int,
    start: bytes,
    at: datetime,
    profiles: Profiles,
    channel: str | None = None,
    partner: Partner | None = None,
) -> File:
    """The file, with whose it must be: the one partner of its channel, or there the one that sends tables if it may be one.

    `partner` is known to be the sender; with neither that nor a channel it may be anybody's.
    """
    file = File(name=name, size=size, start=start, at=at, channel=channel, partner=partner)
    if partner is None:
        carried = _carried(channel, profiles)
        tables_of = [one for one in carried if one.tables() or one.csv_kinds]
        likely = carried if channel is None or len(carried) == 1 or not may_be_table(file) else tables_of
        partner = likely[0] if channel is not None and len(likely) == 1 else None
        file = msgspec.structs.replace(file, partner=partner, tables_of=tuple(one.name for one in tables_of))
    return file


def read_file(file: File, stream: BinaryIO, *, profiles: Profiles, maps: Maps, limits: Limits) -> Iterator[Found]:
    """Read a file to its end, one set in memory at a time, as X12 or as a table."""
    if file.partner is not None and (agreed := file.tables):
        return interpret_table(stream, file.partner, agreed, profiles=profiles, maps=maps, limits=limits, at=file.at)
    return interpret(stream, profiles=profiles, maps=maps, limits=limits, at=file.at, channel=file.channel)


def may_be_table(file: File) -> bool:
    """Whether nothing speaks against it: it begins with no ISA, and is nothing but text as far as one sees."""
    return bool(file.size) and file.looks != "x12" and file.other is None


def between(start: bytes) -> str:
    """The sign between the cells of a table that begins like this: often and equally often in its first two lines; "" for none."""
    lines = [line for line in start.splitlines() if line.strip()][:2]
    counts = {mark: [line.count(mark) for line in lines] for mark in _BETWEEN_COLUMNS}
    likely = [mark for mark, counted in counts.items() if all(counted) and counted]
    best = max(likely, key=lambda mark: (len(set(counts[mark])) == 1, counts[mark][0]), default=None)
    return "" if best is None else chr(best)


def alone_on(channel: str, profiles: Profiles) -> Partner | None:
    """The one partner of this channel, where there is just one."""
    carried = _carried(channel, profiles)
    return carried[0] if len(carried) == 1 else None


def _carried(channel: str | None, profiles: Profiles) -> tuple[Partner, ...]:
    """The partners whose files may come through this channel; through none, all."""
    if channel is None:
        return profiles.partners
    found = profiles.channel(channel)
    partners = map(profiles.partner, found.carries if found is not None else ())
    return tuple(partner for partner in partners if partner is not None)


def _is(file: File, begins: bytes, holds: bytes, endings: tuple[str, ...]) -> bool:
    if not file.start.startswith(begins):
        return False
    return not (holds or endings) or (bool(holds) and holds in file.start) or file.name.lower().endswith(endings)


def _looks(start: bytes) -> Format:
    text = start.removeprefix(_MARK).lstrip()
    if text.startswith(b"ISA") and not text[3:4].isalnum():
        return "x12"
    lines = text.splitlines()
    if len(lines) < 2 or any(byte < 0x20 and byte not in b"\t\r\n" for byte in text):  # noqa: PLR2004 - header and row
        return "unknown"
    marks = [mark for mark in _BETWEEN_COLUMNS if 0 < lines[0].count(mark) <= lines[1].count(mark)]
    return "csv" if marks else "unknown"
