"""Whether an ERP is up.

While it is down its deliveries wait and spend nothing, one probe at a time asks again, and one case in all stands open.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from sqlalchemy import bindparam, select, update

from gateway.flow.cases import close_cases, open_case_once
from gateway.ledger import tables
from gateway.ledger.states import CLAIMABLE
from gateway.ledger.write import Tx

_G, _D = tables.target, tables.delivery
# So many unknown outcomes without one success between them mean the target, not the document.
_PATIENCE = 5
_CEILING = timedelta(minutes=1)


def is_open(tx: Tx, name: str) -> Literal["open", "probe", "closed"]:
    """Whether deliveries may go to this target now: all, one to try it, or none yet."""
    row = tx.execute(select(_G).where(_G.c.name == name)).one_or_none()
    if row is None or row.down_since is None:
        return "open"
    return "probe" if row.probe_at <= tx.now else "closed"


def succeeded(tx: Tx, name: str) -> None:
    """The target answered. If it was down: give its deliveries back the time that the outage took, and close the case."""
    row = tx.execute(select(_G).where(_G.c.name == name)).one_or_none()
    if row is None or (row.down_since is None and row.failures == 0):
        return
    tx.execute(update(_G).where(_G.c.name == name).values(down_since=None, probe_at=None, failures=0, why=None))
    if row.down_since is not None:
        _give_time_back(tx, name, tx.now - row.down_since)
        close_cases(tx, f"target {name}", f"{name} answers again", reason="target.down")
        tx.event("gateway", "target.up", f"target {name}", down_seconds=(tx.now - row.down_since).total_seconds())


def failed(tx: Tx, name: str, why: str, *, down: bool, after: float | None = None) -> None:
    """The target did not answer as it should: `down` at once, or one more of the few it is allowed."""
    row = tx.execute(select(_G).where(_G.c.name == name)).one_or_none()
    if row is None:
        tx.insert(_G, name=name, failures=0)
    failures = (row.failures if row else 0) + 1
    was_down = row is not None and row.down_since is not None
    values: dict[str, object] = {"failures": failures, "why": why}
    if down or was_down or failures >= _PATIENCE:
        pause = max(min(_CEILING, timedelta(seconds=2 ** min(failures - 1, 6))), timedelta(seconds=after or 0))
        values["probe_at"] = tx.now + pause
        if not was_down:
            values["down_since"] = tx.now
            open_case_once(tx, "target.down", f"target {name}", facts={"target": name, "why": why.rstrip(". ")})
            tx.event("gateway", "target.down", f"target {name}", why=why)
    tx.execute(update(_G).where(_G.c.name == name).values(**values))


def _give_time_back(tx: Tx, name: str, outage: timedelta) -> None:
    waiting = (_D.c.target == name, _D.c.state.in_(CLAIMABLE))
    rows = tx.execute(select(_D.c.id, _D.c.give_up_at).where(*waiting, _D.c.give_up_at.is_not(None))).all()
    if rows:
        tx.execute(
            update(_D).where(_D.c.id == bindparam("b_id")).values(give_up_at=bindparam("b_at")),
            [{"b_id": row.id, "b_at": row.give_up_at + outage} for row in rows],
        )
    # What waited for its own next try waited for the target: it may go now.
    tx.execute(update(_D).where(*waiting, _D.c.due_at > tx.now).values(due_at=tx.now))
