"""What this disk can do at most: the floor beside which the gateway's own rate is read."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Final

_SLICES: Final = 8
_SECONDS: Final = 0.25  # of one slice
_BODY: Final = "x" * 200


def commits_per_second(folder: Path, seconds: float = _SECONDS) -> float:
    """One-row commits a second of SQLite with WAL and synchronous=FULL, one connection, as the ledger is set.

    The best of some slices: what others do on this machine meanwhile must not lower the floor we are read against.
    """
    path = folder / "floor.db"
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body TEXT)")
        return max(_slice(connection, seconds) for _ in range(_SLICES))
    finally:
        connection.close()


def _slice(connection: sqlite3.Connection, seconds: float) -> float:
    commits, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO row (body) VALUES (?)", (_BODY,))
        connection.execute("COMMIT")
        commits += 1
    return commits / spent
