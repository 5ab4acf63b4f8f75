"""A file in which nothing could be read: empty, a workbook, a table nobody agreed on, rubbish. It still ends in a named outcome.

The daemon and `explain` share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gateway.flow.file import File, Format, may_be_table
from gateway.ledger.states import Processing
from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity, Who
from gateway.profiles.agreement import Partner
from gateway.x12.charset import opening, readable
from gateway.x12.reading import Unreadable

_SHOWN: Final = 40  # characters of the file's start that a message shows
_NO_MAP_FITS: Final = frozenset({"table.no_header", "table.columns_missing"})


class Nothing(msgspec.Struct, frozen=True, kw_only=True):
    """Why there was nothing to read, and what becomes of the file."""

    state: Processing
    finding: Finding
    format: Format


def nothing_to_read(file: File, said: Sequence[Finding]) -> Nothing:
    """Decide by the first bytes and by who may have sent it; `said` is what reading it found."""
    found = _why(file, said)
    # What the sender can do nothing about waits for us, and for those we must know before we can answer.
    state = Processing.HELD if found.who is Who.US else Processing.REJECTED
    return Nothing(state=state, finding=found, format="csv" if may_be_table(file) and _tables(file) else file.looks)


def _why(file: File, said: Sequence[Finding]) -> Finding:
    if not file.size:
        return finding("file.empty", name=file.name)
    if file.other is not None:
        return finding(file.other, name=file.name, offset=0)
    first = next((found for found in said if found.severity is Severity.ERROR), None)
    if may_be_table(file):
        return _why_no_table(file, first)
    return first or _no_x12(file)


def _why_no_table(file: File, first: Finding | None) -> Finding:
    partner, known = file.partner, ", ".join(file.tables_of)
    if partner is not None and partner.csv_kinds and (not file.tables or (first and first.code in _NO_MAP_FITS)):
        return _without_map(partner)
    if file.tables and first is not None:
        return first
    if file.looks == "csv" and partner is None and known:
        code = "explain.whose_table" if file.channel is None else "partner.whose_table"
        return finding(code, name=file.name, channel=file.channel, known=known)
    return _no_x12(file) if file.looks == "csv" or first is None else first


def _without_map(partner: Partner) -> Finding:
    kinds = ", ".join(partner.csv_kinds)
    return finding("partner.table_without_map", partner=partner.name, kinds=kinds, kind=partner.csv_kinds[0])


def _no_x12(file: File) -> Finding:
    start = opening(readable(file.start.decode("latin-1")), _SHOWN)
    return finding("file.unreadable", name=file.name, start=start, offset=0)


def _tables(file: File) -> bool:
    """Whether whoever sent it sends tables, or it looks like one."""
    return file.looks == "csv" or bool(file.tables or (file.partner and file.partner.csv_kinds))


def told_once(part: Unreadable, nothing: Nothing) -> Unreadable:
    """All that could not be read of such a file, with the one reason why: two would be two errors for one cause."""
    return part if nothing.finding in part.findings else msgspec.structs.replace(part, findings=(nothing.finding,))
