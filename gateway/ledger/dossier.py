"""Everything the ledger knows about one received file, for a pack of evidence: rows as they are, and the events about them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from gateway.ledger import tables
from gateway.ledger.views import EventRow
from gateway.trail.tree import Range, consistency_path, inclusion_path, roots_of_ranges

_T, _I, _G, _D, _V, _F, _C, _E = (
    tables.transmission,
    tables.interchange,
    tables.functional_group,
    tables.document,
    tables.delivery,
    tables.finding,
    tables.case,
    tables.event,
)
_PAGE = 500
_OURS = {"owner", "token", "lease_until", "answer", "canonical", "content", "profile_sha", "map_sha", "due_at"}
"""Columns that are the gateway's own business, or bytes that a pack holds beside the rows."""

Row = dict[str, Any]


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """One file and all that came of it, a dict per row; the bytes are read apart."""

    file: Row
    interchanges: list[Row]
    groups: list[Row]
    documents: list[Row]
    deliveries: list[Row]
    findings: list[Row]
    cases: list[Row]

    @property
    def subjects(self) -> list[str]:
        """What events may be about."""
        rows = (("interchange", self.interchanges), ("document", self.documents), ("delivery", self.deliveries))
        more = [f"{label} {row['id']}" for label, of in (*rows, ("case", self.cases)) for row in of]
        return [f"file {self.file['id']}", *more]


def dossier(snapshot: Connection, number: int) -> Dossier | None:
    """What is known about a received file; None where there is none of this number."""
    file = _rows(snapshot, _T, _T.c.id == number, _T.c.direction == "in")
    if not file:
        return None
    interchanges = _rows(snapshot, _I, _I.c.transmission_id == number)
    within = _I.c.transmission_id == number
    groups = _rows(snapshot, _G, _G.c.interchange_id.in_(select(_I.c.id).where(within)))
    findings = _rows(snapshot, _F, _F.c.transmission_id == number)
    return Dossier(
        file=file[0],
        interchanges=interchanges,
        groups=groups,
        documents=_rows(snapshot, _D, _D.c.transmission_id == number),
        deliveries=_rows(snapshot, _V, _V.c.transmission_id == number),
        findings=[row | {"body": msgspec.Raw(row["body"].encode())} for row in findings],
        cases=_rows(snapshot, _C, _C.c.transmission_id == number),
    )


def file_of(snapshot: Connection, kind: str, number: int) -> int | None:
    """The received file that this is, is in, or came of; None where there is no such thing or no such file."""
    if kind == "file":
        row = snapshot.execute(select(_T.c.direction, _T.c.source_key).where(_T.c.id == number)).one_or_none()
        if row is None or row.direction == "in":
            return number if row else None
        kind, _, rest = row.source_key.partition(" ")  # what was sent is known by its delivery
        number = int(rest) if rest.isdigit() else 0
    table = {"interchange": _I, "document": _D, "delivery": _V, "case": _C}.get(kind)
    if table is None:
        return None
    found: int | None = snapshot.execute(
        select(table.c.transmission_id).where(table.c.id == number)
    ).scalar_one_or_none()
    return found


def canonical_lines(snapshot: Connection, number: int) -> Iterator[bytes]:
    """The canonical JSON of each document of a file, a line each, in the order of the rows; an empty line where it has none."""
    query = select(_D.c.canonical).where(_D.c.transmission_id == number).order_by(_D.c.id)
    return ((row.canonical or b"") + b"\n" for row in snapshot.execute(query.execution_options(yield_per=_PAGE)))


def content_of(snapshot: Connection, delivery: int) -> bytes | None:
    """The bytes that a delivery owes; None where it owes a document to an ERP."""
    found: bytes | None = snapshot.execute(select(_V.c.content).where(_V.c.id == delivery)).scalar_one()
    return found


def events_about(snapshot: Connection, subjects: list[str]) -> list[EventRow]:
    """The events about all these, in order; however many they are."""
    found: list[EventRow] = []
    columns = [_E.c[name] for name in EventRow.__struct_fields__]
    asked = iter(subjects)
    while some := list(islice(asked, _PAGE)):
        rows = snapshot.execute(select(*columns).where(_E.c.about.in_(some)))
        found += [EventRow(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented name
    return sorted(found, key=lambda event: event.id)


class Proofs(msgspec.Struct, frozen=True, kw_only=True):
    """Where events stand in a tree and what proves it, by their number; and how the tree grew out of an earlier one."""

    included: dict[int, tuple[int, list[bytes]]]
    consistent: list[bytes]


def prove(snapshot: Connection, numbers: set[int], size: int, *, since: int = 0) -> Proofs:
    """The proofs for those of these events that are among the first `size`; two walks over them, little held at once."""
    ids = snapshot.execute(select(_E.c.id).order_by(_E.c.id).limit(size).execution_options(yield_per=_PAGE))
    places = {row.id: index for index, row in enumerate(ids) if row.id in numbers}
    paths = {number: inclusion_path(index, size) for number, index in places.items()}
    grown: list[Range] = consistency_path(since, size) if since else []
    leaves = snapshot.execute(select(_E.c.leaf).order_by(_E.c.id).limit(size).execution_options(yield_per=_PAGE))
    roots = roots_of_ranges(
        (row.leaf for row in leaves), {place for path in (*paths.values(), grown) for place in path}
    )
    return Proofs(
        included={number: (places[number], [roots[place] for place in path]) for number, path in paths.items()},
        consistent=[roots[place] for place in grown],
    )


def _rows(snapshot: Connection, table: Any, *which: Any) -> list[Row]:  # noqa: ANN401 - SQLAlchemy's own types are of no use here
    columns = [column for column in table.c if column.name not in _OURS]
    query = select(*columns).where(*which).order_by(table.c.id)
    return [dict(row._mapping) for row in snapshot.execute(query)]  # noqa: SLF001
