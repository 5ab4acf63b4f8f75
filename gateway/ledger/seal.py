"""Sealing the trail: what it grew by becomes leaves of the tree, and a signed checkpoint says so.

Leaves stand in the order of their events' numbers. One writer hands the numbers out within its commits, so that no
event can come in below one that is sealed; numbers that a rollback left out are no leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from gateway.failpoints import failpoint
from gateway.ledger import tables
from gateway.ledger.write import Ledger
from gateway.model.outcomes import Refused
from gateway.trail.note import Checkpoint, Signer, read_checkpoint, signed, written
from gateway.trail.tree import Frontier

EVERY = 1000
"""A checkpoint covers at most this many new events."""

AT_MOST = timedelta(seconds=10)
"""No event waits longer than this for its checkpoint, while the gateway runs."""

_PAGES = 32  # checkpoints in one commit
_HASH = 32
_C, _E = tables.checkpoint, tables.event


class Tip(msgspec.Struct, frozen=True, kw_only=True):
    """Where the sealed part of the trail ends, and how its tree grows on."""

    last_event: int
    frontier: Frontier


def is_signed(snapshot: Connection) -> bool:
    """Whether there is any checkpoint."""
    return snapshot.execute(select(_C.c.size).limit(1)).one_or_none() is not None


def newest_note(snapshot: Connection) -> str | None:
    """The newest checkpoint as it was signed; None where nothing was signed yet."""
    found: str | None = snapshot.execute(select(_C.c.note).order_by(_C.c.size.desc()).limit(1)).scalar_one_or_none()
    return found


def tip_of(snapshot: Connection, signer: Signer) -> Tip:
    """The end of the sealed part; raises Refused where the newest checkpoint is not ours, or was changed."""
    newest = snapshot.execute(
        select(_C.c.size, _C.c.note, _C.c.peaks).order_by(_C.c.size.desc()).limit(1)
    ).one_or_none()
    if newest is None:
        return Tip(last_event=0, frontier=Frontier())
    try:
        checkpoint = read_checkpoint(newest.note, signer.public)
    except ValueError as error:
        raise Refused("trail.key_other", size=newest.size, why=error) from error
    peaks = newest.peaks or b""
    try:
        frontier = Frontier(checkpoint.size, [peaks[at : at + _HASH] for at in range(0, len(peaks), _HASH)])
    except ValueError as error:
        raise Refused("trail.peaks", size=newest.size) from error
    if frontier.root() != checkpoint.root:
        raise Refused("trail.peaks", size=newest.size)
    return Tip(last_event=checkpoint.last_event, frontier=frontier)


def seal(ledger: Ledger, signer: Signer, tip: Tip, *, everything: bool = False) -> Tip:
    """Sign what is due: every full thousand, and the rest once it waited long enough, or `everything`. The new end."""
    due = _due(ledger, tip, everything=everything)
    if not due:
        return tip
    frontier, at = tip.frontier.copy(), ledger.now()
    checkpoints = [_grow(frontier, due[start : start + EVERY], signer, at) for start in range(0, len(due), EVERY)]
    failpoint("trail.due")
    with ledger.write() as tx:
        for row in checkpoints:
            tx.insert(_C, **row)
        # Only the newest is grown on; the others need not carry what nobody reads.
        tx.execute(update(_C).where(_C.c.size < frontier.size, _C.c.peaks.is_not(None)).values(peaks=None))
        failpoint("trail.inserted")
    failpoint("trail.sealed")
    return Tip(last_event=due[-1].id, frontier=frontier)


def _due(ledger: Ledger, tip: Tip, *, everything: bool) -> Sequence[Any]:
    """The events to seal now, by number and leaf."""
    with ledger.read() as snapshot:
        younger = select(_E.c.id, _E.c.leaf).where(_E.c.id > tip.last_event).order_by(_E.c.id)
        rows = snapshot.execute(younger.limit(EVERY * _PAGES)).all()
        whole = len(rows) // EVERY * EVERY
        if everything or len(rows) == whole:
            return rows
        oldest = snapshot.execute(select(_E.c.at).where(_E.c.id == rows[whole].id)).scalar_one()
    return rows if oldest <= ledger.now() - AT_MOST else rows[:whole]


def _grow(frontier: Frontier, page: Sequence[Any], signer: Signer, at: datetime) -> dict[str, Any]:
    """The checkpoint after these events, as a row."""
    for row in page:
        frontier.add(row.leaf)
    root, last = frontier.root(), page[-1].id
    checkpoint = Checkpoint(origin=signer.public.name, size=frontier.size, root=root, at=at, last_event=last)
    note = signed(signer, written(checkpoint))
    peaks = b"".join(frontier.peaks)
    return {"size": frontier.size, "root": root.hex(), "note": note, "at": at, "last_event": last, "peaks": peaks}
