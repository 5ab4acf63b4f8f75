"""What came before: whether an interchange, or a business document, is here already. The agreement decides what follows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, select

from gateway.ledger import tables
from gateway.ledger.states import Processing
from gateway.ledger.write import Tx
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.profiles.agreement import Agreement, OnDuplicate
from gateway.x12.reading import InterchangeHeader

_I, _D = tables.interchange, tables.document


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """The interchange that came before under the same control number, and whether its bytes were the same."""

    id: int
    transmission: int
    same_bytes: bool
    state: str


class Reserved(msgspec.Struct, frozen=True, kw_only=True):
    """The accepted document that holds a business key."""

    transmission: int
    content_sha: str


def control_key(header: InterchangeHeader) -> str:
    """ISA05-08 + ISA15 + ISA13 as a number: what makes an interchange the same one again."""
    control = header.control.strip()
    number = control.lstrip("0") or "0" if control.isdigit() else control
    return f"{header.sender} {header.receiver} {header.usage} {number}"


def on_duplicate_interchange(agreement: Agreement, earlier: Earlier, usage: str) -> OnDuplicate:
    """What was agreed for this one."""
    if earlier.same_bytes:
        return agreement.on_duplicate_file
    return agreement.on_duplicate_interchange_test if usage == "T" else agreement.on_duplicate_interchange


def said_of_interchange(header: InterchangeHeader, earlier: Earlier) -> Finding:
    """The finding that says so."""
    code = "duplicate.interchange" if earlier.same_bytes else "duplicate.control_number"
    return finding(
        code,
        control=header.control,
        sender=header.sender,
        earlier=earlier.transmission,
        segment="ISA",
        element=13,
        offset=header.offset,
        value=header.control,
    )


class History:
    """What came before, as far as one commit asks: looked up once for all its files, and told what they add."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._interchanges: dict[str, list[_Settled]] = {}
        self._reserved: dict[str, Reserved | None] = {}

    def recall(self, control_keys: Iterable[str], duplicate_keys: Iterable[str | None]) -> None:
        """Look these up together; what was looked up before stays as it is."""
        controls = [key for key in dict.fromkeys(control_keys) if key not in self._interchanges]
        duplicates = [key for key in dict.fromkeys(duplicate_keys) if key is not None and key not in self._reserved]
        self._interchanges.update({key: [] for key in controls})
        self._reserved.update(dict.fromkeys(duplicates))
        for row in self._tx.execute(_settled_under(controls)) if controls else ():
            self._interchanges[row.control_key].append(
                _Settled(row.id, row.transmission_id, row.sha256, row.state, row.settled_at)
            )
        for row in self._tx.execute(_accepted_under(duplicates)) if duplicates else ():
            self._reserved[row.duplicate_key] = Reserved(transmission=row.transmission_id, content_sha=row.content_sha)

    def earlier(self, header: InterchangeHeader, sha256: str, own: int, agreement: Agreement) -> Earlier | None:
        """The one that counts: the same bytes first, else the latest other one that was not refused, in the window."""
        key = control_key(header)
        self.recall([key], ())
        since = self._tx.now - timedelta(days=agreement.duplicate_window_days)
        before = [one for one in reversed(self._interchanges[key]) if one.id != own and one.settled_at >= since]
        same = next((one for one in before if one.sha256 == sha256), None)
        other = next((one for one in before if one.state != Processing.REJECTED), None)
        found = same or (None if agreement.reuses_control_numbers else other)
        if found is None:
            return None
        return Earlier(
            id=found.id, transmission=found.transmission, same_bytes=found.sha256 == sha256, state=found.state
        )

    def add(self, header: InterchangeHeader, sha256: str, own: int, transmission: int, state: str) -> None:
        """This interchange is settled in this commit."""
        if state != Processing.DUPLICATE:
            settled = _Settled(own, transmission, sha256, state, self._tx.now)
            self._interchanges.setdefault(control_key(header), []).append(settled)

    def reserved(self, duplicate_key: str) -> Reserved | None:
        """Who holds this business key."""
        return self._reserved[duplicate_key]

    def reserve(self, duplicate_key: str, transmission: int, content_sha: str) -> None:
        """It is taken in this commit."""
        self._reserved[duplicate_key] = Reserved(transmission=transmission, content_sha=content_sha)


class _Settled(msgspec.Struct, frozen=True):
    """An interchange of the past."""

    id: int
    transmission: int
    sha256: str | None
    state: str
    settled_at: datetime


def _settled_under(keys: list[str]) -> Select[Any]:
    columns = (_I.c.control_key, _I.c.id, _I.c.transmission_id, _I.c.sha256, _I.c.state, _I.c.settled_at)
    settled = (_I.c.settled_at.is_not(None), _I.c.state != Processing.DUPLICATE)
    return select(*columns).where(_I.c.control_key.in_(keys), *settled).order_by(_I.c.id)


def _accepted_under(keys: list[str]) -> Select[Any]:
    columns = (_D.c.duplicate_key, _D.c.transmission_id, _D.c.content_sha)
    accepted = _D.c.state == Processing.TRANSLATED
    return select(*columns).where(_D.c.duplicate_key.in_(keys), accepted).order_by(_D.c.revision)
