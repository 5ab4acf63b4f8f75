"""The times of mailboxes, in the ledger: a look that was due while nobody was there to look is noticed at the next start."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from gateway.flow.route import Route
from gateway.ledger import tables
from gateway.ports import Ticked

_S, _T = tables.schedule_tick, tables.transmission
_FIRST, _DONE, _MISSED = "first", "done", "missed"
_MISSED_KEPT = timedelta(days=90)


class LedgerTicks:
    """What a mailbox wants remembered: rows of schedule_tick, one that is "first", one that is "done", and each "missed"."""

    def __init__(self, route: Route) -> None:
        self._route = route

    def of(self, mailbox: str) -> Ticked:
        """What is remembered of this mailbox; from now on it is known."""
        rows = select(_S.c.state, _S.c.due_at).where(_S.c.schedule.in_([_of(mailbox, _FIRST), _of(mailbox, _DONE)]))
        files = select(_T.c.received_at).where(_T.c.channel == mailbox, _T.c.direction == "in")
        with self._route.ledger.read() as snapshot:
            known: dict[str, datetime] = {row.state: row.due_at for row in snapshot.execute(rows)}
            file = snapshot.execute(files.order_by(_T.c.id.desc()).limit(1)).scalar_one_or_none()
        if _FIRST not in known:
            with self._route.ledger.write() as tx:
                known[_FIRST] = tx.now
                tx.insert(_S, schedule=_of(mailbox, _FIRST), due_at=tx.now, state=_FIRST)
        return Ticked(first=known[_FIRST], done=known.get(_DONE), file=file)

    def done(self, mailbox: str, at: datetime) -> None:
        """A look succeeded at this time."""
        with self._route.ledger.write() as tx:
            tx.execute(delete(_S).where(_S.c.schedule == _of(mailbox, _DONE)))
            tx.insert(_S, schedule=_of(mailbox, _DONE), due_at=at, state=_DONE)

    def missed(self, mailbox: str, due: datetime) -> None:
        """No look succeeded in the time that began here: a row, and once an event of the trail."""
        schedule = _of(mailbox, _MISSED)
        with self._route.ledger.read() as snapshot:
            if snapshot.execute(select(_S).where(_S.c.schedule == schedule, _S.c.due_at == due)).first():
                return
        with self._route.ledger.write() as tx:
            tx.execute(delete(_S).where(_S.c.schedule == schedule, _S.c.due_at < tx.now - _MISSED_KEPT))
            tx.insert(_S, schedule=schedule, due_at=due, state=_MISSED)
            tx.event("gateway", "mailbox.missed", f"mailbox {mailbox}", due=due.isoformat())


def _of(mailbox: str, state: str) -> str:
    return f"mailbox {mailbox} {state}"
