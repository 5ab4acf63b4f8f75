"""Reading the ledger: frozen rows over read-only snapshots, for people and programs; never a write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, func, select

from gateway.ledger import tables
from gateway.ledger.states import OPEN_CASES

Row = TypeVar("Row", bound=msgspec.Struct)
_C, _T, _D, _I, _V, _F, _E = (
    tables.case,
    tables.transmission,
    tables.document,
    tables.interchange,
    tables.delivery,
    tables.finding,
    tables.event,
)


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One queue item."""

    id: int
    subject: str
    reason: str
    sentence: str
    location: str | None
    fix: str | None
    owner: str
    value: str | None
    partner: str | None
    kind: str | None
    number: str | None
    transmission_id: int | None
    state: str
    opened_at: datetime
    closed_at: datetime | None
    outcome: str | None

    @property
    def told(self) -> str:
        """Its sentence, and where that is unless the sentence says so itself."""
        here = self.location or ""
        return self.sentence if here.lower() in self.sentence.lower() else f"{self.sentence} ({here})"


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """One file, received or sent."""

    id: int
    direction: str
    channel: str
    name: str
    sha256: str
    size: int
    partner: str | None
    format: str | None
    received_at: datetime
    finished_at: datetime | None
    state: str
    reason: str | None
    attempts: int


class SetLine(msgspec.Struct, frozen=True, kw_only=True):
    """One set or document, without its content."""

    id: int
    transmission_id: int
    interchange_id: int | None
    kind: str
    control: str | None
    verdict: str | None
    partner: str | None
    usage: str | None
    number: str | None
    revision: int
    value: str | None
    state: str
    reason: str | None


class InterchangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One interchange."""

    id: int
    transmission_id: int
    ordinal: int
    partner: str | None
    sender: str
    receiver: str
    control: str
    usage: str
    state: str
    reason: str | None
    ta1_code: str | None
    acknowledgment: str


class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One debt."""

    id: int
    kind: str
    target: str
    partner: str | None
    document_kind: str | None
    transmission_id: int | None
    document_id: int | None
    revision: int
    idempotency_key: str | None
    acknowledgment_kind: str | None
    name: str | None
    state: str
    attempts: int
    doubtful: bool
    due_at: datetime
    reference: str | None
    last_error: str | None
    done_at: datetime | None


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the audit trail; `detail` is JSON text."""

    id: int
    at: datetime
    who: str
    what: str
    about: str
    detail: str


def open_cases(snapshot: Connection, *, after: int = 0, limit: int = 1000) -> list[CaseRow]:
    """The queue, oldest first; `after` is the last id of the page before."""
    query = columns_of(_C, CaseRow).where(_C.c.state.in_(OPEN_CASES), _C.c.id > after).order_by(_C.c.id).limit(limit)
    return rows_of(snapshot, query, CaseRow)


def every_open_case(snapshot: Connection) -> Iterator[CaseRow]:
    """The whole queue, oldest first, a page at a time."""
    after = 0
    while page := open_cases(snapshot, after=after):
        yield from page
        after = page[-1].id


def case(snapshot: Connection, number: int) -> CaseRow | None:
    """One case, whatever its state."""
    return _one(snapshot, columns_of(_C, CaseRow).where(_C.c.id == number), CaseRow)


def file(snapshot: Connection, number: int) -> FileRow | None:
    """One file."""
    return _one(snapshot, columns_of(_T, FileRow).where(_T.c.id == number), FileRow)


def files(snapshot: Connection, *, after: int = 0, limit: int = 1000) -> list[FileRow]:
    """Files in the order in which they came or went."""
    return rows_of(snapshot, columns_of(_T, FileRow).where(_T.c.id > after).order_by(_T.c.id).limit(limit), FileRow)


def canonical(snapshot: Connection, number: int) -> dict[str, Any] | None:
    """The canonical document of a set."""
    found = snapshot.execute(select(_D.c.canonical).where(_D.c.id == number)).scalar_one_or_none()
    return None if found is None else msgspec.json.decode(found)


def interchanges_of(snapshot: Connection, transmission: int) -> list[InterchangeRow]:
    """The interchanges of a file."""
    query = columns_of(_I, InterchangeRow).where(_I.c.transmission_id == transmission).order_by(_I.c.ordinal)
    return rows_of(snapshot, query, InterchangeRow)


def sets_of(snapshot: Connection, transmission: int, *, after: int = 0, limit: int = 1000) -> list[SetLine]:
    """The sets of a file."""
    query = columns_of(_D, SetLine).where(_D.c.transmission_id == transmission, _D.c.id > after)
    return rows_of(snapshot, query.order_by(_D.c.id).limit(limit), SetLine)


def every_set_of(snapshot: Connection, transmission: int) -> Iterator[SetLine]:
    """All sets of a file, a page at a time."""
    after = 0
    while page := sets_of(snapshot, transmission, after=after):
        yield from page
        after = page[-1].id


def set_line(snapshot: Connection, number: int) -> SetLine | None:
    """One set."""
    return _one(snapshot, columns_of(_D, SetLine).where(_D.c.id == number), SetLine)


def deliveries_of(snapshot: Connection, transmission: int, limit: int = 1000) -> list[DeliveryRow]:
    """What is owed, or was, because of a file."""
    query = columns_of(_V, DeliveryRow).where(_V.c.transmission_id == transmission).order_by(_V.c.id).limit(limit)
    return rows_of(snapshot, query, DeliveryRow)


def delivery(snapshot: Connection, number: int) -> DeliveryRow | None:
    """One debt."""
    return _one(snapshot, columns_of(_V, DeliveryRow).where(_V.c.id == number), DeliveryRow)


def findings_of(snapshot: Connection, transmission: int, limit: int = 1000) -> list[dict[str, Any]]:
    """The findings of a file, as the finding's own JSON with the set they belong to."""
    return _findings(snapshot, _F.c.transmission_id == transmission, limit)


def findings_of_document(snapshot: Connection, document: int, limit: int = 1000) -> list[dict[str, Any]]:
    """The same of one set."""
    return _findings(snapshot, _F.c.document_id == document, limit)


def _findings(snapshot: Connection, which: Any, limit: int) -> list[dict[str, Any]]:  # noqa: ANN401 - SQLAlchemy's own types are of no use here
    query = select(_F.c.document_id, _F.c.body).where(which).order_by(_F.c.id).limit(limit)
    return [msgspec.json.decode(row.body) | {"document_id": row.document_id} for row in snapshot.execute(query)]


def events_about(snapshot: Connection, subjects: list[str]) -> list[EventRow]:
    """What happened to these, in order."""
    return rows_of(snapshot, columns_of(_E, EventRow).where(_E.c.about.in_(subjects)).order_by(_E.c.id), EventRow)


def blobs(snapshot: Connection) -> dict[str, int]:
    """The size of every blob that the ledger took custody of, by sha256."""
    return {row.sha256: row.size for row in snapshot.execute(select(tables.blob.c.sha256, tables.blob.c.size))}


def blobs_referred_to(snapshot: Connection) -> set[str]:
    """The blobs that files, received or sent, consist of."""
    return set(snapshot.execute(select(_T.c.sha256).distinct()).scalars())


def last_event(snapshot: Connection) -> int:
    """The id of the newest event, 0 where there is none."""
    return int(snapshot.execute(select(func.coalesce(func.max(_E.c.id), 0))).scalar_one())


def columns_of(table: Any, struct: type[msgspec.Struct]) -> Any:  # noqa: ANN401 - SQLAlchemy's own types are of no use here
    """A SELECT of the columns that are the fields of this struct."""
    return select(*(table.c[name] for name in struct.__struct_fields__))


def rows_of(snapshot: Connection, query: Any, struct: type[Row]) -> list[Row]:  # noqa: ANN401
    """What such a SELECT finds."""
    names = struct.__struct_fields__
    return [struct(**dict(zip(names, row, strict=True))) for row in snapshot.execute(query)]


def _one(snapshot: Connection, query: Any, struct: type[Row]) -> Row | None:  # noqa: ANN401
    return next(iter(rows_of(snapshot, query, struct)), None)
