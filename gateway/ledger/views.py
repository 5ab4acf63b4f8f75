"""Reading the ledger: frozen rows over read-only snapshots, for people and programs; never a write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, func, or_, select
from sqlalchemy import case as case_

from gateway.ledger import tables
from gateway.ledger.states import OPEN_CASES

_FEW = 6  # of each file, where several files are told together

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
    query = _columns_of(_C, CaseRow).where(_C.c.state.in_(OPEN_CASES), _C.c.id > after).order_by(_C.c.id).limit(limit)
    return _rows(snapshot, query, CaseRow)


def every_open_case(snapshot: Connection) -> Iterator[CaseRow]:
    """The whole queue, oldest first, a page at a time."""
    after = 0
    while page := open_cases(snapshot, after=after):
        yield from page
        after = page[-1].id


def case(snapshot: Connection, number: int) -> CaseRow | None:
    """One case, whatever its state."""
    return _one(snapshot, _columns_of(_C, CaseRow).where(_C.c.id == number), CaseRow)


def file(snapshot: Connection, number: int) -> FileRow | None:
    """One file."""
    return _one(snapshot, _columns_of(_T, FileRow).where(_T.c.id == number), FileRow)


def files(snapshot: Connection, *, after: int = 0, limit: int = 1000) -> list[FileRow]:
    """Files in the order in which they came or went."""
    return _rows(snapshot, _columns_of(_T, FileRow).where(_T.c.id > after).order_by(_T.c.id).limit(limit), FileRow)


def last_file(snapshot: Connection) -> int:
    """The id of the newest file, 0 where there is none."""
    return int(snapshot.execute(select(func.coalesce(func.max(_T.c.id), 0))).scalar_one())


def canonical(snapshot: Connection, number: int) -> dict[str, Any] | None:
    """The canonical document of a set."""
    found = snapshot.execute(select(_D.c.canonical).where(_D.c.id == number)).scalar_one_or_none()
    return None if found is None else msgspec.json.decode(found)


def interchanges_of(snapshot: Connection, transmission: int) -> list[InterchangeRow]:
    """The interchanges of a file."""
    query = _columns_of(_I, InterchangeRow).where(_I.c.transmission_id == transmission).order_by(_I.c.ordinal)
    return _rows(snapshot, query, InterchangeRow)


def sets_of(snapshot: Connection, transmission: int, *, after: int = 0, limit: int = 1000) -> list[SetLine]:
    """The sets of a file."""
    query = _columns_of(_D, SetLine).where(_D.c.transmission_id == transmission, _D.c.id > after)
    return _rows(snapshot, query.order_by(_D.c.id).limit(limit), SetLine)


def set_line(snapshot: Connection, number: int) -> SetLine | None:
    """One set."""
    return _one(snapshot, _columns_of(_D, SetLine).where(_D.c.id == number), SetLine)


def finished_files(snapshot: Connection, numbers: list[int]) -> list[FileRow]:
    """Those of these files that are read, and of which every debt is paid, given up, or at least tried."""
    untried = _V.c.state.in_(("provisional", "ready", "in_flight"))
    waiting = select(_V.c.id).where(_V.c.transmission_id == _T.c.id, untried).exists()
    query = _columns_of(_T, FileRow).where(_T.c.id.in_(numbers), _T.c.state != "received", ~waiting)
    return _rows(snapshot, query.order_by(_T.c.finished_at, _T.c.id), FileRow)


def sets_of_files(snapshot: Connection, numbers: list[int]) -> list[SetLine]:
    """A few sets of each of these files, a rejected one among them where there is any."""
    place = func.row_number().over(
        partition_by=_D.c.transmission_id, order_by=(case_((_D.c.state == "rejected", 0), else_=1), _D.c.id)
    )
    return _rows(snapshot, _few(_D, SetLine, place, _D.c.transmission_id.in_(numbers)), SetLine)


def deliveries_of_files(snapshot: Connection, numbers: list[int]) -> list[DeliveryRow]:
    """A few debts of each kind because of each of these files."""
    place = func.row_number().over(partition_by=(_V.c.transmission_id, _V.c.kind), order_by=_V.c.id)
    return _rows(snapshot, _few(_V, DeliveryRow, place, _V.c.transmission_id.in_(numbers)), DeliveryRow)


def cases_of_files(snapshot: Connection, numbers: list[int]) -> list[CaseRow]:
    """The open cases about these files and what is in them."""
    query = _columns_of(_C, CaseRow).where(_C.c.transmission_id.in_(numbers), _C.c.state.in_(OPEN_CASES))
    return _rows(snapshot, query.order_by(_C.c.id).limit(1000), CaseRow)


def deliveries_of(snapshot: Connection, transmission: int, limit: int = 1000) -> list[DeliveryRow]:
    """What is owed, or was, because of a file."""
    query = _columns_of(_V, DeliveryRow).where(_V.c.transmission_id == transmission).order_by(_V.c.id).limit(limit)
    return _rows(snapshot, query, DeliveryRow)


def delivery(snapshot: Connection, number: int) -> DeliveryRow | None:
    """One debt."""
    return _one(snapshot, _columns_of(_V, DeliveryRow).where(_V.c.id == number), DeliveryRow)


def findings_of(snapshot: Connection, transmission: int, limit: int = 1000) -> list[dict[str, Any]]:
    """The findings of a file, as the finding's own JSON with the set they belong to."""
    query = (
        select(_F.c.document_id, _F.c.body).where(_F.c.transmission_id == transmission).order_by(_F.c.id).limit(limit)
    )
    return [msgspec.json.decode(row.body) | {"document_id": row.document_id} for row in snapshot.execute(query)]


def events_about(snapshot: Connection, subjects: list[str]) -> list[EventRow]:
    """What happened to these, in order."""
    return _rows(snapshot, _columns_of(_E, EventRow).where(_E.c.about.in_(subjects)).order_by(_E.c.id), EventRow)


def blobs(snapshot: Connection) -> dict[str, int]:
    """The size of every blob that the ledger took custody of, by sha256."""
    return {row.sha256: row.size for row in snapshot.execute(select(tables.blob.c.sha256, tables.blob.c.size))}


def blobs_referred_to(snapshot: Connection) -> set[str]:
    """The blobs that files, received or sent, consist of."""
    return set(snapshot.execute(select(_T.c.sha256).distinct()).scalars())


def verbs_after(snapshot: Connection, event: int) -> list[EventRow]:
    """What people asked of cases after this event."""
    asked = or_(_E.c.what.endswith(".released"), _E.c.what.endswith(".replayed"))
    return _rows(snapshot, _columns_of(_E, EventRow).where(_E.c.id > event, asked).order_by(_E.c.id), EventRow)


def last_event(snapshot: Connection) -> int:
    """The id of the newest event, 0 where there is none."""
    return int(snapshot.execute(select(func.coalesce(func.max(_E.c.id), 0))).scalar_one())


def _few(table: Any, struct: type[msgspec.Struct], place: Any, which: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's own types are of no use here
    """The rows whose `place` in their group is small."""
    numbered = select(table.c.id, place.label("place")).where(which).subquery()
    few = select(numbered.c.id).where(numbered.c.place <= _FEW)
    return _columns_of(table, struct).where(table.c.id.in_(few)).order_by(table.c.id)


def _columns_of(table: Any, struct: type[msgspec.Struct]) -> Any:  # noqa: ANN401
    return select(*(table.c[name] for name in struct.__struct_fields__))


def _rows(snapshot: Connection, query: Any, struct: type[Row]) -> list[Row]:  # noqa: ANN401
    names = struct.__struct_fields__
    return [struct(**dict(zip(names, row, strict=True))) for row in snapshot.execute(query)]


def _one(snapshot: Connection, query: Any, struct: type[Row]) -> Row | None:  # noqa: ANN401
    return next(iter(_rows(snapshot, query, struct)), None)
