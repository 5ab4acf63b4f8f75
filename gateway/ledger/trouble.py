"""What the database refuses, in the catalogue's words: time will help, or a person must act."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DatabaseError

from gateway.model.catalogue import reasons
from gateway.model.outcomes import Refused, TryLater

PATIENCE: Final = 10.0
"""Seconds that we wait for another program that holds the ledger."""

# What passes by itself, by SQLite's code, the extended one first. Opening a ledger needs room too, for its shared index.
_PASSING: Final = {
    sqlite3.SQLITE_IOERR_SHMSIZE: "ledger.full",
    sqlite3.SQLITE_FULL: "ledger.full",
    sqlite3.SQLITE_BUSY: "ledger.busy",
    sqlite3.SQLITE_LOCKED: "ledger.busy",
}
_PRIMARY: Final = 0xFF  # an extended code holds the primary one in its lowest byte


def unwritten(error: DatabaseError) -> TryLater:
    """A write that did not happen: whoever asked for it comes back."""
    return _later(_passing(error) or "ledger.unwritable", error)


def unread(error: DatabaseError) -> Refused | TryLater:
    """A read that did not happen: only where the database itself is at fault must a person mend it."""
    passing = _passing(error)
    return _later(passing, error) if passing else Refused("ledger.unreadable", why=error.orig)


def _passing(error: DatabaseError) -> str | None:
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return _PASSING.get(code) or _PASSING.get(code & _PRIMARY)


def _later(code: str, error: DatabaseError) -> TryLater:
    return TryLater(reasons()[code].message.format(why=error.orig))
