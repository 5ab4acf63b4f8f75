"""The past of a dry run: what came before in the same file and, where the home has a ledger, in it; read-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.flow.past import Earlier, Here, Past, Reserved
from gateway.ledger.states import Processing
from gateway.model.outcomes import Refused

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.flow.seen import History
    from gateway.ledger.write import Tx

_FINGERPRINT = 15  # hex digits of a SHA-256 that tell two contents of one business key apart


class ThisFile:
    """What came before in the file itself; a few bytes for each thing, however many there are, and no dates: all of it is now."""

    def __init__(self) -> None:
        self._contents: dict[int, int] = {}
        self._bytes_seen: set[int] = set()
        self._numbers_seen: set[int] = set()

    def recall(self, control_keys: Iterable[str], duplicate_keys: Iterable[str | None]) -> None:
        """All of it is at hand."""

    def same_bytes(self, here: Here, control_key: str, sha256: str, _days: int) -> Earlier | None:
        """An interchange with this number and these bytes."""
        known = hash((control_key, sha256)) in self._bytes_seen
        return Earlier(file=here.file, same_bytes=True) if known else None

    def same_number(self, here: Here, control_key: str, _days: int) -> Earlier | None:
        """An interchange with this number that was not refused."""
        known = hash(control_key) in self._numbers_seen
        return Earlier(file=here.file, same_bytes=False) if known else None

    def add(self, _here: Here, control_key: str, sha256: str, state: Processing) -> None:
        """Remember what became of an interchange."""
        if state is not Processing.DUPLICATE:
            self._bytes_seen.add(hash((control_key, sha256)))
        if state not in (Processing.DUPLICATE, Processing.REJECTED):
            self._numbers_seen.add(hash(control_key))

    def reserved(self, here: Here, duplicate_key: str, content_sha: str) -> Reserved | None:
        """Whether this file has taken the key."""
        content = self._contents.get(hash(duplicate_key))
        return None if content is None else Reserved(file=here.file, same_content=content == _fingerprint(content_sha))

    def reserve(self, _here: Here, duplicate_key: str, content_sha: str) -> None:
        """This file takes the key."""
        self._contents[hash(duplicate_key)] = _fingerprint(content_sha)


class Ledgered(ThisFile):
    """The same, and what is in a ledger."""

    def __init__(self, tx: Tx) -> None:
        super().__init__()
        self._tx = tx
        self._there = self._history()

    def recall(self, control_keys: Iterable[str], duplicate_keys: Iterable[str | None]) -> None:
        """Look these up; what was looked up before is forgotten, so that it does not add up."""
        self._there = self._history()
        self._there.recall(control_keys, duplicate_keys)

    def same_bytes(self, here: Here, control_key: str, sha256: str, days: int) -> Earlier | None:
        """One of this file, else one in the ledger."""
        in_file = super().same_bytes(here, control_key, sha256, days)
        return in_file or self._history().same_bytes(here, control_key, sha256, days)

    def same_number(self, here: Here, control_key: str, days: int) -> Earlier | None:
        """One of this file, else one in the ledger."""
        return super().same_number(here, control_key, days) or self._history().same_number(here, control_key, days)

    def reserved(self, here: Here, duplicate_key: str, content_sha: str) -> Reserved | None:
        """Who holds the key, here or in the ledger."""
        in_file = super().reserved(here, duplicate_key, content_sha)
        return in_file or self._there.reserved(here, duplicate_key, content_sha)

    def _history(self) -> History:
        from gateway.flow.seen import History  # noqa: PLC0415 - SQLAlchemy only where there is a ledger

        return History(self._tx)


def _fingerprint(sha256: str) -> int:
    """A content's short name."""
    return int(sha256[:_FINGERPRINT], 16)


@contextmanager
def open_past(ledger: Path | None, at: datetime) -> Iterator[Past]:
    """What came before at this moment; raises Refused where there is a ledger that cannot be read."""
    if ledger is None or not ledger.is_file():
        yield ThisFile()
        return
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from gateway.ledger.prepared import Statements  # noqa: PLC0415
    from gateway.ledger.write import Tx  # noqa: PLC0415

    try:
        with _looking_at(ledger) as snapshot:
            # A Tx over a connection that cannot write: the rules ask it questions, nothing else.
            yield Ledgered(Tx(snapshot, Statements(snapshot.dialect), {}, at))
    except SQLAlchemyError as error:
        raise Refused("explain.ledger_unreadable", ledger=ledger, why=error.__class__.__name__) from error


@contextmanager
def _looking_at(ledger: Path) -> Iterator[Connection]:
    """One snapshot, and not even a file left beside the ledger."""
    from sqlalchemy import NullPool, create_engine  # noqa: PLC0415

    # With no log beside it nobody has the ledger open; opening it the usual way would leave one there, owned by whoever
    # runs this, which a daemon of another user could not use.
    mode = "mode=ro" if ledger.with_name(f"{ledger.name}-wal").exists() else "immutable=1"
    uri = f"{ledger.absolute().as_uri()}?{mode}"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True, timeout=10), poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
        connection.exec_driver_sql("BEGIN")
        yield connection
