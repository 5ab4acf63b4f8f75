"""What a file of a partner tells about it: who signs, for whom, which kinds, how it is written; or the rows of its table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import msgspec

from gateway.documents import KINDS
from gateway.flatfile.rows import Delimited, Dialect
from gateway.flatfile.text import Text, text_of
from gateway.flow.file import START, File, between, may_be_table
from gateway.model.catalogue import reasons
from gateway.model.finding import Finding
from gateway.model.identifiers import PartyId
from gateway.model.limits import Limits
from gateway.model.outcomes import Refused
from gateway.terminal.dryrun import open_file
from gateway.terminal.onboarding.columns import Table
from gateway.x12.charset import printable
from gateway.x12.maps import Maps
from gateway.x12.read import read
from gateway.x12.reading import Delimiters, GroupRead, InterchangeRead, Loop, Segment, SetRead, Unreadable

_ROWS: Final = 200  # below the header: enough to tell days and numbers by
_LOOKED_AT: Final = 1 << 20  # bytes of a table that a proposal is made from
_MOST: Final = 20  # of each fact: a file that names more senders or kinds than this is no sample
_READ: Final = tuple(kind.kind for kind in KINDS)
# Who sends a kind, as N101 has it: their name in a set is a title to propose.
_SENDERS: Final = {"850": ("BY",), "855": ("SE", "SF"), "856": ("SF", "SE"), "810": ("SE", "RE", "SF")}


class X12Sample(msgspec.Struct, kw_only=True):
    """What the interchanges of a file say of their sender; each fact once, in the order in which it came."""

    name: str
    senders: list[PartyId] = []
    receivers: list[PartyId] = []
    group_senders: list[str] = []
    group_receivers: list[str] = []
    kinds: list[str] = []
    unknown_kinds: list[str] = []
    versions: list[str] = []
    usages: list[str] = []
    delimiters: Delimiters | None = None
    title: str | None = None


class TableSample(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows of a table."""

    name: str
    table: Table


Sample = X12Sample | TableSample


def read_sample(file: Path, maps: Maps, limits: Limits) -> Sample:
    """What this file tells; raises Refused where it is neither X12 nor a table with a header."""
    with open_file(file) as stream:
        start = stream.read(START)
        size = stream.seek(0, 2)
        stream.seek(0)
        looked = File(name=file.name, size=size, start=start, at=datetime.now(UTC))
        if looked.other:
            raise Refused("onboarding.not_a_sample", file=file.name, why=reasons()[looked.other].title)
        if may_be_table(looked) and looked.looks != "unknown":
            return _table(file.name, stream, limits)
        return _x12(file.name, stream, maps, limits)


def _x12(name: str, stream: BinaryIO, maps: Maps, limits: Limits) -> X12Sample:
    sample = X12Sample(name=name)
    wrong: Finding | None = None
    for part in read(stream, maps, limits):
        if isinstance(part, SetRead):
            _note(sample.kinds if part.set_id in _READ else sample.unknown_kinds, printable(part.set_id))
            sample.title = sample.title or _title(part)
        elif isinstance(part, GroupRead):
            _note(sample.group_senders, part.group.sender)
            _note(sample.group_receivers, part.group.receiver)
            _note(sample.versions, part.group.version)
        elif isinstance(part, InterchangeRead):
            header = part.interchange
            _note(sample.senders, header.sender)
            _note(sample.receivers, header.receiver)
            _note(sample.usages, header.usage)
            sample.delimiters = sample.delimiters or header.delimiters
        elif isinstance(part, Unreadable):
            wrong = wrong or next(iter(part.findings), None)
    if not sample.senders:
        raise Refused("onboarding.not_a_sample", file=name, why=wrong.message if wrong else "it is empty.")
    return sample


Fact = TypeVar("Fact")


def _note(facts: list[Fact], fact: Fact) -> None:
    """Take it in, unless it is there or the file tries to say too much."""
    if fact not in facts and len(facts) < _MOST:
        facts.append(fact)


def _title(found: SetRead) -> str | None:
    """The name under which the sender stands in its own set."""
    roles = _SENDERS.get(found.set_id, ())
    named = {each.get(1): each.get(2) for each in _segments(found.tree, "N1") if each.get(2)}
    title = next((named[role] for role in roles if role in named), None)
    return printable(title)[:80].strip() or None if title else None


def _segments(loop: Loop, wanted: str) -> Iterator[Segment]:
    for entries in loop.values():
        for entry in entries:
            if isinstance(entry, Segment):
                yield from (entry,) if entry.elements[0] == wanted else ()
            else:
                yield from _segments(entry, wanted)


def _table(name: str, stream: BinaryIO, limits: Limits) -> TableSample:
    content = stream.read(_LOOKED_AT + 1)
    whole = len(content) <= _LOOKED_AT
    if not whole:
        content = content[: max(content.rfind(b"\n") + 1, 1)]
    text = text_of(content, "auto")
    if not isinstance(text, Text):
        raise Refused("onboarding.not_a_sample", file=name, why=text.message)
    begin = text.characters.find("\n") + 1 if text.characters.startswith("sep=") else 0
    delimiter = between(text.characters[begin : begin + START].encode("utf-8", "replace")) or ","
    cutter = Delimited(text, Dialect(delimiter, '"', begin), limits)
    rows = [tuple(cell.strip() for cell in cells) for _, _, cells in islice(cutter.rows(), _ROWS + 1)]
    if cutter.broken is not None:
        raise Refused("onboarding.not_a_sample", file=name, why=cutter.broken.message)
    names = [cell for cell in rows[0] if cell] if rows else []
    worded = [cell for cell in names if any(map(str.isalpha, cell))]
    if len(rows) < 2 or len(worded) < len(names) / 2 or len(worded) < 2:  # noqa: PLR2004 - a header and a row, of two columns
        raise Refused("onboarding.no_header", file=name)
    if len(set(names)) < len(names):
        twice = next(cell for cell in names if names.count(cell) > 1)
        raise Refused("onboarding.header_twice", file=name, column=printable(twice)[:60])
    header = tuple(cell or f"(column {place} without a name)" for place, cell in enumerate(rows[0], 1))
    return TableSample(name=name, table=Table(header=header, rows=tuple(rows[1:]), delimiter=delimiter))
