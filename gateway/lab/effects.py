"""What the simulated ERP has booked: one row per idempotency key, in an SQLite file of its own."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import NamedTuple

# The number every kind of effect carries in the ERP; another kind gets DOC.
_PREFIXES = {"850": "PO", "855": "OR", "856": "ASN", "810": "INV"}

_TABLE = """
CREATE TABLE IF NOT EXISTS effect (
    number       INTEGER PRIMARY KEY,
    kind         TEXT NOT NULL,
    key          TEXT NOT NULL UNIQUE,
    business_key TEXT NOT NULL,
    revision     INTEGER NOT NULL,
    partner      TEXT NOT NULL,
    sha256       TEXT NOT NULL,
    booked_at    TEXT NOT NULL,
    posts        INTEGER NOT NULL DEFAULT 1
)
"""
# One statement books or recognises, so that no interleaving of two posts can make two effects.
_BOOK = """
INSERT INTO effect (kind, key, business_key, revision, partner, sha256, booked_at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET posts = posts + 1
RETURNING *
"""
_PAGE = 500


class Order(NamedTuple):
    """What a post asks to be booked; `sha256` is that of its whole body."""

    kind: str
    key: str
    business_key: str
    revision: int
    partner: str
    sha256: str


class Effect(NamedTuple):
    """One thing the ERP did; `posts` counts every post that came with this key, the first one and refused ones too."""

    number: int
    kind: str
    key: str
    business_key: str
    revision: int
    partner: str
    sha256: str
    booked_at: str
    posts: int

    @property
    def id(self) -> str:
        """The ERP's own number for it, "PO-000001"; numbers are counted over all kinds."""
        return f"{_PREFIXES.get(self.kind, 'DOC')}-{self.number:06d}"

    def is_of(self, order: Order) -> bool:
        """Whether this order asks for this very effect: same kind, same body."""
        return (self.kind, self.sha256) == (order.kind, order.sha256)


class Effects:
    """Every effect booked, ever; they outlive the process. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.execute("PRAGMA journal_mode = WAL")
        # A killed process loses nothing with NORMAL; only a power cut may, and this is a simulator.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(_TABLE)

    def book(self, order: Order) -> Effect:
        """The effect under this key: a new one where `posts` is 1, else the one booked before, whatever it was for."""
        row = (order.kind, order.key, order.business_key, order.revision, order.partner, order.sha256, _now())
        return self._rows(_BOOK, *row)[0]

    def under(self, key: str) -> Effect | None:
        """The effect booked with this key."""
        return next(iter(self._rows("SELECT * FROM effect WHERE key = ?", key)), None)

    def of_document(self, kind: str, business_key: str) -> Effect | None:
        """The first effect booked for this business document, whatever its key."""
        found = self._rows(
            "SELECT * FROM effect WHERE kind = ? AND business_key = ? ORDER BY number LIMIT 1", kind, business_key
        )
        return next(iter(found), None)

    def after(self, number: int) -> Iterator[list[Effect]]:
        """All effects numbered above this one, in order, a page at a time."""
        while page := self._rows("SELECT * FROM effect WHERE number > ? ORDER BY number LIMIT ?", number, _PAGE):
            yield page
            number = page[-1].number

    def count(self) -> int:
        """How many effects there are."""
        with self._lock:
            (count,) = self._db.execute("SELECT count(*) FROM effect").fetchone()
        return int(count)

    def close(self) -> None:
        """Let go of the file, once the statement in work is done."""
        with self._lock:
            self._db.close()

    def _rows(self, statement: str, *values: str | int) -> list[Effect]:
        with self._lock:
            return [Effect(*row) for row in self._db.execute(statement, values)]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
