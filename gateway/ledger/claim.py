"""Claiming work: one statement per table, the same on SQLite and PostgreSQL (which alone honours SKIP LOCKED)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, exists, or_, select, update

from gateway.ledger import tables
from gateway.ledger.states import CLAIMABLE, Delivering, Processing
from gateway.ledger.write import Tx

LEASE = timedelta(minutes=15)
_T, _D = tables.transmission, tables.delivery


class TransmissionWork(msgspec.Struct, frozen=True, kw_only=True):
    """A file to read. `attempts` counts this one; `token` proves that the claim is still ours."""

    id: int
    channel: str
    name: str
    sha256: str
    size: int
    received_at: datetime
    attempts: int
    token: int


class DeliveryWork(msgspec.Struct, frozen=True, kw_only=True):
    """A debt to pay. `doubtful`: an earlier try may have succeeded, so look it up before asking again."""

    id: int
    kind: str
    target: str
    partner: str | None
    document_kind: str | None
    transmission_id: int | None
    interchange_id: int | None
    document_id: int | None
    business_key: str | None
    revision: int
    idempotency_key: str | None
    acknowledgment_kind: str | None
    name: str | None
    content: bytes | None
    attempts: int
    token: int
    doubtful: bool
    give_up_at: datetime | None
    created_at: datetime


def claim_transmissions(tx: Tx, owner: str, n: int) -> list[TransmissionWork]:
    """Take one file that was tried before, or else up to `n` that were not: a file that kills us takes no others along.

    Of those tried the least tried comes first: whoever is killed at every start does not blame the same file each time.
    """
    again = _claim_transmissions(tx, owner, _T.c.attempts > 0, 1, _T.c.attempts)
    return again or _claim_transmissions(tx, owner, _T.c.attempts == 0, n)


def _claim_transmissions(
    tx: Tx, owner: str, which: ColumnElement[bool], n: int, *first: ColumnElement[int]
) -> list[TransmissionWork]:
    ready = and_(_T.c.state == Processing.RECEIVED, _T.c.due_at <= tx.now, which, _free(_T, tx.now))
    chosen = select(_T.c.id).where(ready).order_by(*first, _T.c.due_at, _T.c.id).limit(n)
    statement = _take(_T, chosen, owner, tx.now).returning(*_columns(_T, TransmissionWork))
    return sorted((_struct(TransmissionWork, row) for row in tx.execute(statement)), key=lambda work: work.id)


def claim_deliveries(tx: Tx, owner: str, target: str, n: int) -> list[DeliveryWork]:
    """Take up to `n` due debts to one target; of a lane only the oldest, so that a stuck one blocks its own lane alone."""
    mine, ahead = tables.lane.alias("mine"), tables.lane.alias("ahead")
    blocked = exists().where(
        mine.c.delivery_id == _D.c.id, ahead.c.name == mine.c.name, ahead.c.delivery_id < mine.c.delivery_id
    )
    ready = and_(_D.c.state.in_(CLAIMABLE), _D.c.target == target, _D.c.due_at <= tx.now, ~blocked)
    chosen = select(_D.c.id).where(ready).order_by(_D.c.due_at, _D.c.id).limit(n)
    statement = (
        _take(_D, chosen, owner, tx.now)
        .values(state=str(Delivering.IN_FLIGHT), doubtful=case((_D.c.state == Delivering.IN_DOUBT, True), else_=False))
        .returning(*_columns(_D, DeliveryWork))
    )
    return sorted((_struct(DeliveryWork, row) for row in tx.execute(statement)), key=lambda work: work.id)


def canonical_of(tx: Tx, documents: list[int | None]) -> dict[int | None, bytes]:
    """The canonical JSON of these documents, by their number."""
    table = tables.document
    rows = tx.execute(select(table.c.id, table.c.canonical).where(table.c.id.in_(documents))) if documents else ()
    return {row.id: row.canonical for row in rows}


def release_claims(tx: Tx, owner: str | None = None) -> None:
    """Give back what was claimed by `owner`, or at start by anybody: what was in flight then is in doubt."""
    held = _T.c.owner.is_not(None) if owner is None else _T.c.owner == owner
    tx.execute(update(_T).where(held, _T.c.state == Processing.RECEIVED).values(owner=None, lease_until=None))
    flying = _D.c.state == Delivering.IN_FLIGHT
    mine = flying if owner is None else and_(flying, _D.c.owner == owner)
    tx.execute(update(_D).where(mine).values(state=str(Delivering.IN_DOUBT), owner=None, lease_until=None))


def expire_claims(tx: Tx) -> int:
    """What was in flight longer than any lease is in doubt: whoever held it could not write down what came of it."""
    stale = and_(_D.c.state == Delivering.IN_FLIGHT, _D.c.lease_until < tx.now)
    values = {"state": str(Delivering.IN_DOUBT), "owner": None, "lease_until": None, "due_at": tx.now}
    return tx.execute(update(_D).where(stale).values(**values)).rowcount


def _free(table: Any, now: datetime) -> ColumnElement[bool]:  # noqa: ANN401 - any table that carries work
    return or_(table.c.owner.is_(None), table.c.lease_until < now)


def _take(table: Any, chosen: Select[Any], owner: str, now: datetime) -> Any:  # noqa: ANN401
    return (
        update(table)
        .where(table.c.id.in_(chosen.with_for_update(skip_locked=True)))
        .values(owner=owner, token=table.c.token + 1, attempts=table.c.attempts + 1, lease_until=now + LEASE)
    )


def _columns(table: Any, struct: type[msgspec.Struct]) -> list[Any]:  # noqa: ANN401
    return [table.c[name] for name in struct.__struct_fields__]


def _struct(struct: Any, row: Any) -> Any:  # noqa: ANN401 - a row becomes its typed value here and nowhere else
    return struct(**dict(zip(struct.__struct_fields__, row, strict=True)))
