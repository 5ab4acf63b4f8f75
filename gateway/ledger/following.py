"""Following the ledger: what a window that tells of files as they are settled asks, about many files in one query."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, func, or_, select, union
from sqlalchemy import case as case_

from gateway.ledger import tables
from gateway.ledger.states import OPEN_CASES, OPEN_DELIVERIES
from gateway.ledger.views import CaseRow, DeliveryRow, EventRow, FileRow, SetLine, columns_of, rows_of

_FEW = 6  # of each file

_C, _T, _D, _I, _G, _V, _F, _N, _E = (
    tables.case,
    tables.transmission,
    tables.document,
    tables.interchange,
    tables.functional_group,
    tables.delivery,
    tables.finding,
    tables.target,
    tables.event,
)


def last_file(snapshot: Connection) -> int:
    """The id of the newest file, 0 where there is none."""
    return int(snapshot.execute(select(func.coalesce(func.max(_T.c.id), 0))).scalar_one())


def finished_files(snapshot: Connection, numbers: list[int]) -> list[FileRow]:
    """Those of these files that are read, and of which every debt is paid, given up, tried, or waits for a target that is down."""
    untried = _V.c.state.in_(("provisional", "ready", "in_flight"))
    down = select(_N.c.name).where(_N.c.down_since.is_not(None))
    waiting = select(_V.c.id).where(_V.c.transmission_id == _T.c.id, untried, _V.c.target.not_in(down)).exists()
    query = columns_of(_T, FileRow).where(_T.c.id.in_(numbers), _T.c.state != "received", ~waiting)
    return rows_of(snapshot, query.order_by(_T.c.finished_at, _T.c.id), FileRow)


def file_rows(snapshot: Connection, numbers: list[int]) -> list[FileRow]:
    """These files."""
    return rows_of(snapshot, columns_of(_T, FileRow).where(_T.c.id.in_(numbers)).order_by(_T.c.id), FileRow)


def owing_files(snapshot: Connection, numbers: list[int]) -> set[int]:
    """Those of these files of which a document is not with its ERP yet, and was not given up."""
    query = select(_V.c.transmission_id).where(_V.c.transmission_id.in_(numbers), _V.c.kind == "erp")
    return set(snapshot.execute(query.where(_V.c.state.in_(OPEN_DELIVERIES)).distinct()).scalars())


def all_owing_files(snapshot: Connection) -> set[int]:
    """Every file of which a document is not with its ERP yet."""
    query = select(_V.c.transmission_id).where(_V.c.kind == "erp", _V.c.transmission_id.is_not(None))
    return set(snapshot.execute(query.where(_V.c.state.in_(OPEN_DELIVERIES)).distinct()).scalars())


def partial_files(snapshot: Connection, numbers: list[int]) -> set[int]:
    """Those of these files of which something did not go on: a set, a group, an interchange, or bytes that are none of these."""
    stopped = ("rejected", "held", "duplicate")
    empty_group = (_G.c.ack_code == "R", _G.c.counted == 0)
    lost = (_F.c.interchange_id.is_(None), _F.c.document_id.is_(None), _F.c.severity == "error")
    every = union(
        select(_D.c.transmission_id).where(_D.c.transmission_id.in_(numbers), _D.c.state.in_(stopped)),
        select(_I.c.transmission_id).where(_I.c.transmission_id.in_(numbers), _I.c.state.in_(stopped)),
        select(_I.c.transmission_id).where(
            _I.c.transmission_id.in_(numbers), _G.c.interchange_id == _I.c.id, *empty_group
        ),
        select(_F.c.transmission_id).where(_F.c.transmission_id.in_(numbers), *lost),
    )
    return set(snapshot.execute(every).scalars())


def targets_down(snapshot: Connection) -> set[str]:
    """The targets that do not answer now."""
    return set(snapshot.execute(select(_N.c.name).where(_N.c.down_since.is_not(None))).scalars())


def sets_of_files(snapshot: Connection, numbers: list[int]) -> list[SetLine]:
    """A few sets of each of these files, a rejected one among them where there is any."""
    place = func.row_number().over(
        partition_by=_D.c.transmission_id, order_by=(case_((_D.c.state == "rejected", 0), else_=1), _D.c.id)
    )
    return rows_of(snapshot, _few(_D, SetLine, place, _D.c.transmission_id.in_(numbers)), SetLine)


def deliveries_of_files(snapshot: Connection, numbers: list[int]) -> list[DeliveryRow]:
    """A few debts of each kind because of each of these files."""
    place = func.row_number().over(partition_by=(_V.c.transmission_id, _V.c.kind), order_by=_V.c.id)
    return rows_of(snapshot, _few(_V, DeliveryRow, place, _V.c.transmission_id.in_(numbers)), DeliveryRow)


def cases_of_files(snapshot: Connection, numbers: list[int]) -> list[CaseRow]:
    """The open cases about these files and what is in them."""
    query = columns_of(_C, CaseRow).where(_C.c.transmission_id.in_(numbers), _C.c.state.in_(OPEN_CASES))
    return rows_of(snapshot, query.order_by(_C.c.id).limit(1000), CaseRow)


def news_after(snapshot: Connection, event: int) -> list[EventRow]:
    """What people asked of cases after this event, and whether targets went down or came up."""
    asked = or_(_E.c.what.endswith(".released"), _E.c.what.endswith(".replayed"), _E.c.what.startswith("target."))
    return rows_of(snapshot, columns_of(_E, EventRow).where(_E.c.id > event, asked).order_by(_E.c.id), EventRow)


def _few(table: Any, struct: type[msgspec.Struct], place: Any, which: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's own types are of no use here
    """The rows whose `place` in their group is small."""
    numbered = select(table.c.id, place.label("place")).where(which).subquery()
    few = select(numbered.c.id).where(numbered.c.place <= _FEW)
    return columns_of(table, struct).where(table.c.id.in_(few)).order_by(table.c.id)
