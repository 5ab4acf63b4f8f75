"""The trail against the rows it tells of: what an event said is what its row says, and no row is there that no event told of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, String, Table, cast, func, literal, select

from gateway.ledger import tables
from gateway.ledger.columns import Instant
from gateway.ledger.states import CaseState, Delivering, Processing
from gateway.ledger.told import Move, findings_told, moves, sets_told
from gateway.model.catalogue import finding
from gateway.model.finding import Finding

_PAGE = 500
_T, _I, _V, _C, _E = tables.transmission, tables.interchange, tables.delivery, tables.case, tables.event
_Facts = Callable[[Connection, Any], dict[str, Any]]


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """Events that fix something: which, about what, and how the row they are about says the same today."""

    which: ColumnElement[bool]
    label: str
    table: Table
    facts: _Facts


def contradictions(snapshot: Connection) -> Iterator[Finding]:
    """Every event whose row is gone or says something else, then every row that its events do not account for."""
    for told in _told(moves(snapshot)):
        yield from _differing(snapshot, told)
    for label, table, which, what in _accounted():
        yield from _untold(snapshot, label, table, which, what)


def _told(moved: Mapping[int, Move]) -> tuple[_Told, ...]:
    interchange = partial(_interchange, moved)
    return (
        _Told(which=_E.c.what == "file.received", label="file", table=_T, facts=_file),
        _Told(which=_newest("file", "findings"), label="file", table=_T, facts=_findings),
        _Told(which=_newest("interchange", "sets"), label="interchange", table=_I, facts=interchange),
        _Told(which=_E.c.what == "delivery.owed", label="delivery", table=_V, facts=_debt),
        _Told(which=_E.c.what.endswith(".delivered"), label="delivery", table=_V, facts=_debt),
        _Told(which=_E.c.what == "case.opened", label="case", table=_C, facts=_case),
        _Told(which=_newest("case", "state"), label="case", table=_C, facts=_course),
    )


def _file(_snapshot: Connection, row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of transmission
    return {"channel": row.channel, "name": row.name, "sha256": row.sha256, "size": row.size}


def _findings(snapshot: Connection, row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of transmission
    return {"findings": findings_told(snapshot, [row.id])[row.id]}


def _case(_snapshot: Connection, row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of case
    return {"subject": row.subject, "reason": row.reason}


def _course(_snapshot: Connection, row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of case
    return {"state": row.state, "outcome": row.outcome}


def _debt(_snapshot: Connection, row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of delivery
    return {
        "kind": row.document_kind or row.acknowledgment_kind,
        "document": row.document_id,
        "target": row.target,
        "key": row.idempotency_key,
        "name": row.name,
        "reference": row.reference,
        # The bytes themselves, not what the row says of them.
        "sha256": None if row.content is None else hashlib.sha256(_bytes(row.content) or b"").hexdigest(),
    }


def _interchange(moved: Mapping[int, Move], snapshot: Connection, row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of interchange
    fixed = {name: getattr(row, name) for name in ("control", "sender", "receiver", "usage", "partner", "sha256")}
    return fixed | sets_told(snapshot, row.id, moved)


def _newest(label: str, key: str) -> ColumnElement[bool]:
    """Of the events about a thing that say this the newest holds; none while it is read again, since all of it is new then."""
    # A quote within a text is escaped in JSON, so that nobody's text looks like this key.
    later, says = _E.alias("later"), f'"{key}":'
    over = later.c.detail.contains(says) | (later.c.what == f"{label}.read_again")
    there = select(later.c.id).where(later.c.about == _E.c.about, later.c.id > _E.c.id, over).exists()
    return _E.c.what.startswith(f"{label}.") & _E.c.detail.contains(says) & ~there


def _differing(snapshot: Connection, told: _Told) -> Iterator[Finding]:
    number = cast(func.substr(_E.c.about, len(told.label) + 2), BigInteger)
    columns = (_E.c.id.label("event"), _E.c.what, _E.c.about, _E.c.detail, *_plain(told.table))
    query = select(*columns).select_from(_E.outerjoin(told.table, told.table.c.id == number)).where(told.which)
    for row in snapshot.execute(query.order_by(_E.c.id).execution_options(yield_per=_PAGE)):
        if row.id is None:
            yield finding("trail.row_gone", event=row.event, what=row.what, about=row.about)
            continue
        now = told.facts(snapshot, row)
        for name, said in _decoded(row.detail).items():
            if name in now and said != now[name]:
                place = {"event": row.event, "about": row.about, "column": name}
                yield finding("trail.row_differs", **place, said=said, found=now[name])


def _decoded(detail: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(detail, type=dict[str, Any])
    except (msgspec.DecodeError, TypeError):
        return {}  # a changed event: the tree names it


def _plain(table: Table) -> list[ColumnElement[Any]]:
    """Its columns but the moments: nothing here asks for one, and somebody may have put there what is none."""
    return [column for column in table.c if not isinstance(column.type, Instant)]


def _bytes(value: Any) -> bytes | None:  # noqa: ANN401 - what a column of bytes holds, or what somebody put there
    return value if value is None or isinstance(value, bytes) else str(value).encode()


def _accounted() -> Iterator[tuple[str, Table, ColumnElement[bool], ColumnElement[str]]]:
    """For rows of this kind in this state: the event there must be about each of them."""
    inward = _T.c.direction == "in"
    yield "file", _T, inward, literal("file.received")
    yield "file", _T, inward & (_T.c.state != Processing.RECEIVED), "file." + _T.c.state
    yield "interchange", _I, _I.c.state != Processing.RECEIVED, "interchange." + _I.c.state
    again = inward & (_T.c.state == Processing.RECEIVED) & _settled("file", _T, "findings")
    yield "file", _T, again, literal("file.read_again")
    again = (_I.c.state == Processing.RECEIVED) & _settled("interchange", _I, "sets")
    yield "interchange", _I, again, literal("interchange.read_again")
    yield "case", _C, _C.c.id > 0, literal("case.opened")
    yield "case", _C, _C.c.state != CaseState.OPEN, "case." + _C.c.state
    yield "delivery", _V, _V.c.id > 0, literal("delivery.owed")
    yield "delivery", _V, _V.c.state == Delivering.DONE, _V.c.kind + ".delivered"
    yield "delivery", _V, _V.c.state == Delivering.DEAD, literal("delivery.dead")
    yield "delivery", _V, _V.c.state == Delivering.CANCELLED, literal("delivery.rejected")


def _settled(label: str, table: Table, key: str) -> ColumnElement[bool]:
    """Whether an event says what came of such a row, and none that it is read again since."""
    about = literal(f"{label} ") + cast(table.c.id, String)
    return select(_E.c.id).where(_E.c.about == about, _newest(label, key)).exists()


def _untold(
    snapshot: Connection, label: str, table: Table, which: ColumnElement[bool], what: ColumnElement[str]
) -> Iterator[Finding]:
    about = literal(f"{label} ") + cast(table.c.id, String)
    there = select(_E.c.id).where(_E.c.about == about, _E.c.what == what).exists()
    query: Select[Any] = select(table.c.id, what.label("what")).where(which, ~there).order_by(table.c.id)
    for row in snapshot.execute(query.execution_options(yield_per=_PAGE)):
        yield finding("trail.row_untold", about=f"{label} {row.id}", what=row.what)
