"""The balance: three equations over one snapshot that must hold at all times, per partner and kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, cast, func, literal, null, select, union_all

from gateway.documents import KINDS
from gateway.ledger import tables
from gateway.ledger.states import OPEN_DELIVERIES, Delivering, Processing

_T, _D, _V, _G, _I, _E = (
    tables.transmission,
    tables.document,
    tables.delivery,
    tables.functional_group,
    tables.interchange,
    tables.event,
)
_FILES = {
    Processing.TRANSLATED: "translated",
    Processing.REJECTED: "rejected",
    Processing.DUPLICATE: "duplicate",
    Processing.HELD: "held",
    Processing.RECEIVED: "in work",
}
_SETS = {
    Processing.TRANSLATED: "documents",
    Processing.TAKEN: "acknowledgments taken",
    Processing.REJECTED: "rejected",
    Processing.DUPLICATE: "duplicate",
    Processing.HELD: "held",
    Processing.RECEIVED: "in work",
}
_DELIVERIES = {Delivering.DONE: "done", Delivering.DEAD: "dead", Delivering.CANCELLED: "cancelled"} | dict.fromkeys(
    OPEN_DELIVERIES, "open"
)


# A set of X12 is counted by its group, which names its kind in letters (element 479); a table by its kind: one name for both.
_CALLED: Final = {kind.functional_id: kind.kind for kind in KINDS} | {"FA": "997/999"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One equation for one partner and kind: `total` = the sum of `parts`, or something is lost or counted twice."""

    what: str  # files | sets | deliveries
    partner: str
    kind: str
    total: int
    parts: dict[str, int]

    @property
    def holds(self) -> bool:
        """Whether both sides agree."""
        return self.total == sum(self.parts.values())


def balance(snapshot: Connection) -> list[Line]:
    """Every equation, per partner and kind.

    The left side is counted where it began: in the trail of events for what was received and what was owed, in the
    groups' own counts for the sets that were read (and in the trail again, that no interchange is gone with its groups).
    """
    return [
        *_lines("files", snapshot, _files_received(), _files(), _FILES),
        *_lines("sets", snapshot, _sets_read(), _sets(), _SETS, _CALLED),
        *_lines("deliveries", snapshot, _owed(), _deliveries(), _DELIVERIES),
    ]


def _files_received() -> Select[Any]:
    began = select(_T.c.partner, _T.c.format, func.count())
    began = began.select_from(_E.outerjoin(_T, _T.c.id == _number("file "))).where(_E.c.what == "file.received")
    return began.group_by(_T.c.partner, _T.c.format)


def _files() -> Select[Any]:
    rows = select(_T.c.partner, _T.c.format, _T.c.state, func.count()).where(_T.c.direction == "in")
    return rows.group_by(_T.c.partner, _T.c.format, _T.c.state)


def _sets_read() -> Select[Any]:
    """As the groups counted them; of an interchange that is not read to its end, what is written down so far.

    One that the trail tells of and that is gone with all it held counts as a set of nobody, and so never balances.
    """
    counted = select(_I.c.partner.label("p"), _G.c.functional_id.label("k"), _G.c.counted.label("n"))
    counted = counted.select_from(_G.join(_I, _G.c.interchange_id == _I.c.id))
    alone = select(_D.c.partner, _D.c.kind, literal(1)).where(
        (_D.c.kind == "TA1") | (_D.c.state == Processing.RECEIVED)
    )
    settled = _E.c.what.in_([f"interchange.{state}" for state in Processing])
    gone = select(null(), null(), literal(1)).select_from(_E.outerjoin(_I, _I.c.id == _number("interchange ")))
    every = union_all(counted, alone, gone.where(settled, _I.c.id.is_(None))).subquery()
    return select(every.c.p, every.c.k, func.sum(every.c.n)).group_by(every.c.p, every.c.k)


def _sets() -> Select[Any]:
    of_group = (_G.c.interchange_id == _D.c.interchange_id) & (_G.c.ordinal == _D.c.group_ordinal)
    kind = func.coalesce(_G.c.functional_id, _D.c.kind)
    rows = select(_D.c.partner, kind, _D.c.state, func.count()).select_from(_D.outerjoin(_G, of_group))
    return rows.group_by(_D.c.partner, kind, _D.c.state)


def _owed() -> Select[Any]:
    began = select(_V.c.partner, _kind(), func.count())
    began = began.select_from(_E.outerjoin(_V, _V.c.id == _number("delivery "))).where(_E.c.what == "delivery.owed")
    return began.group_by(_V.c.partner, _kind())


def _deliveries() -> Select[Any]:
    return select(_V.c.partner, _kind(), _V.c.state, func.count()).group_by(_V.c.partner, _kind(), _V.c.state)


def _number(prefix: str) -> ColumnElement[int]:
    """The id in what an event is about: a number, so that the database finds the row by its key."""
    return cast(func.substr(_E.c.about, len(prefix) + 1), BigInteger)


def _kind() -> ColumnElement[str]:
    return func.coalesce(_V.c.document_kind, _V.c.acknowledgment_kind)


def _lines(  # noqa: PLR0913 - both sides of an equation, and what its parts are called
    what: str,
    snapshot: Connection,
    left: Select[Any],
    right: Select[Any],
    names: dict[Any, str],
    called: Mapping[str, str] = {},
) -> list[Line]:
    def place(partner: str | None, kind: str | None) -> tuple[str, str]:
        return partner or "?", called.get(kind or "?", kind or "?")

    totals: dict[tuple[str, str], int] = defaultdict(int)
    parts: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(names.values(), 0))
    for partner, kind, n in snapshot.execute(left):
        totals[place(partner, kind)] += n
    for partner, kind, state, n in snapshot.execute(right):
        parts[place(partner, kind)][names[state]] += n
    places = sorted(totals.keys() | parts.keys())
    return [Line(what=what, partner=p, kind=k, total=totals[p, k], parts=parts[p, k]) for p, k in places]
