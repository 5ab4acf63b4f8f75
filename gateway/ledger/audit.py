"""The trail against its own signatures: every event hashed again, every checkpoint's root and signature recomputed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, String, select, type_coerce

from gateway.ledger import tables
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.trail.leaf import leaf_of, moment
from gateway.trail.note import Checkpoint, PublicKey, read_checkpoint
from gateway.trail.tree import Frontier

_PAGE = 1000
_C, _E = tables.checkpoint, tables.event


class Audit:
    """One walk over the whole trail. What it counted stands in its fields once `faults` is exhausted.

    `held` is a checkpoint that somebody kept elsewhere: the trail must have grown out of it.
    """

    def __init__(self, snapshot: Connection, public: PublicKey | None, held: Checkpoint | None = None) -> None:
        self.events = 0
        self.checkpoints = 0
        self.newest: Checkpoint | None = None
        self.broken: int | None = None  # the size of the checkpoint that does not fit: nothing after it was judged
        self._snapshot = snapshot
        self._public = public
        self._held = held
        # The tree over the leaves as they are stored, and over the leaves as the rows give them: a change in either
        # is named by the other, and the signed root says which of them to go on with.
        self._stored, self._computed = Frontier(), Frontier()
        self._held_root: bytes | None = None

    @property
    def unsigned(self) -> int:
        """How many events stand after the newest checkpoint."""
        return max(self.events - (self.newest.size if self.newest else 0), 0)

    def faults(self) -> Iterator[Finding]:
        """What does not fit, in the order of the events; nothing where all does."""
        events = self._events()
        row = next(events, None)
        columns = (_C.c.size, _C.c.root, _C.c.last_event, _C.c.note, _raw(_C.c.at))
        for kept in self._snapshot.execute(select(*columns).order_by(_C.c.size)):
            first, last = row, None
            while row is not None and row.id <= kept.last_event:
                yield from self._add(row)
                row, last = next(events, None), row
            fault = self._fault_of(kept, first, last)
            if fault is not None:
                self.broken = kept.size
                yield fault
                return  # what comes after stands on this one
            self.checkpoints += 1
        while row is not None:
            yield from self._add(row)
            row = next(events, None)
        yield from self._unlike_held()

    def _events(self) -> Iterator[Any]:
        columns = (_E.c.id, _raw(_E.c.at), _E.c.who, _E.c.what, _E.c.about, _E.c.detail, _E.c.leaf)
        return iter(self._snapshot.execute(select(*columns).order_by(_E.c.id).execution_options(yield_per=_PAGE)))

    def _add(self, row: Any) -> Iterator[Finding]:  # noqa: ANN401 - a row of event
        """One event: whether it still gives its leaf."""
        leaf = _leaf(row)
        if leaf != row.leaf:
            yield finding("trail.event_changed", event=row.id, what=row.what, about=row.about)
        self._stored.add(row.leaf if isinstance(row.leaf, bytes) else b"")
        self._computed.add(leaf)
        self.events += 1
        if self._held is not None and self.events == self._held.size:
            self._held_root = self._stored.root()

    def _fault_of(self, kept: Any, first: Any, last: Any) -> Finding | None:  # noqa: ANN401 - rows of checkpoint and event
        """What is wrong with a checkpoint over all events so far, `first` to `last` of them new."""
        if self._public is None:
            return finding("trail.no_public_key", size=kept.size)
        try:
            checkpoint = read_checkpoint(kept.note, self._public)
        except ValueError as error:
            return finding("trail.checkpoint_note", size=kept.size, why=error)
        said = (kept.size, kept.root, kept.last_event, _moment(kept.at))
        if said != (checkpoint.size, checkpoint.root.hex(), checkpoint.last_event, moment(checkpoint.at)):
            return finding("trail.checkpoint_row", size=kept.size, signed=checkpoint.size)
        before = self.newest
        self.newest = checkpoint
        place: dict[str, Any] = {
            "size": checkpoint.size,
            "first": first.id if first is not None and last is not None else "?",
            "last": checkpoint.last_event,
            "signed": checkpoint.size - (before.size if before else 0),
            "found": self.events - (before.size if before else 0),
        }
        if self.events != checkpoint.size:
            return finding("trail.events_missing" if self.events < checkpoint.size else "trail.events_added", **place)
        if self._stored.root() == checkpoint.root:
            self._computed = self._stored.copy()
        elif self._computed.root() == checkpoint.root:
            self._stored = self._computed.copy()
        else:
            return finding("trail.root", **place)
        return None

    def _unlike_held(self) -> Iterator[Finding]:
        """Whether the trail did not grow out of the checkpoint that was kept elsewhere."""
        if self._held is None:
            return
        if self._held_root is None:
            yield finding("trail.cut", size=self._held.size, events=self.events)
        elif self._held_root != self._held.root:
            yield finding("trail.rewritten", size=self._held.size)


def _leaf(row: Any) -> bytes:  # noqa: ANN401 - a row of event
    """The leaf that a row gives; of a row no gateway would have written, one that fits nothing."""
    try:
        return leaf_of(row.id, _moment(row.at), row.who, row.what, row.about, row.detail)
    except ValueError:
        return b""


def _raw(at: Column[Any]) -> ColumnElement[Any]:
    """A moment as it is stored: somebody may have put there what is none."""
    return type_coerce(at, String).label("at")


def _moment(at: Any) -> str:  # noqa: ANN401 - text on SQLite, a moment on PostgreSQL, or what somebody put there
    return moment(at) if isinstance(at, datetime) else str(at)
