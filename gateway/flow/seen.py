"""What came before: whether an interchange, or a business document, is here already. The agreement decides what follows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import select

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
    """The accepted document that holds a business key, with the highest revision under it."""

    transmission: int
    content_sha: str
    revision: int


def control_key(header: InterchangeHeader) -> str:
    """ISA05-08 + ISA15 + ISA13 as a number: what makes an interchange the same one again."""
    control = header.control.strip()
    number = control.lstrip("0") or "0" if control.isdigit() else control
    return f"{header.sender} {header.receiver} {header.usage} {number}"


def earlier_interchange(tx: Tx, header: InterchangeHeader, sha256: str, own: int, agreement: Agreement) -> Earlier | None:
    """The one that counts: the same bytes first, else the latest other one that was not refused, within the window."""
    since = tx.now - timedelta(days=agreement.duplicate_window_days)
    query = (
        select(_I.c.id, _I.c.transmission_id, _I.c.sha256, _I.c.state)
        .where(_I.c.control_key == control_key(header), _I.c.id != own, _I.c.settled_at >= since)
        .where(_I.c.state != Processing.DUPLICATE)
        .order_by(_I.c.id.desc())
    )
    rows = tx.execute(query).all()
    same = next((row for row in rows if row.sha256 == sha256), None)
    other = next((row for row in rows if row.state != Processing.REJECTED), None)
    row = same or (None if agreement.reuses_control_numbers else other)
    if row is None:
        return None
    return Earlier(
        id=row.id, transmission=row.transmission_id, same_bytes=row.sha256 == sha256, state=row.state
    )


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


def reserved(tx: Tx, keys: Iterable[str | None]) -> dict[str, Reserved]:
    """Which of these business keys are taken, and by whom."""
    wanted = [key for key in keys if key is not None]
    if not wanted:
        return {}
    query = (
        select(_D.c.duplicate_key, _D.c.transmission_id, _D.c.content_sha, _D.c.revision)
        .where(_D.c.duplicate_key.in_(wanted), _D.c.state == Processing.TRANSLATED)
        .order_by(_D.c.revision)
    )
    return {row.duplicate_key: _reserved(row) for row in tx.execute(query)}


def _reserved(row: Any) -> Reserved:  # noqa: ANN401 - a row of document
    return Reserved(transmission=row.transmission_id, content_sha=row.content_sha, revision=row.revision)
