"""Where something is due now, and whether more is than can be done soon."""

from __future__ import annotations

from sqlalchemy import func, select

from gateway.flow.route import Route
from gateway.ledger import tables
from gateway.ledger.states import CLAIMABLE, Processing

_D, _T = tables.delivery, tables.transmission


def due_targets(route: Route) -> list[str]:
    """The targets that have a debt whose time has come, ERPs that are down and not to be probed yet left out."""
    now = route.ledger.now()
    target = tables.target
    waiting = select(target.c.name).where(target.c.down_since.is_not(None), target.c.probe_at > now)
    due = select(_D.c.target).where(_D.c.state.in_(CLAIMABLE), _D.c.due_at <= now, _D.c.target.not_in(waiting))
    with route.ledger.read() as snapshot:
        return list(snapshot.execute(due.distinct().order_by(_D.c.target)).scalars())


def is_crowded(route: Route, files: int) -> bool:
    """Whether so many files wait to be read that a door should take in no more for now."""
    waiting = (_T.c.state == Processing.RECEIVED, _T.c.due_at <= route.ledger.now())
    some = select(_T.c.id).where(*waiting).limit(files).subquery()
    with route.ledger.read() as snapshot:
        return snapshot.execute(select(func.count()).select_from(some)).scalar_one() >= files
