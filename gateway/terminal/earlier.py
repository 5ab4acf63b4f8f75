"""What came before: earlier in the same file and, where the home has a ledger, in it; read-only, by the rules of `gateway.flow.seen`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gateway.ledger.states import Processing
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Agreement
from gateway.x12.reading import InterchangeHeader

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.flow.seen import History
    from gateway.ledger.write import Tx

_NONE_OF_ITS_OWN = 0  # the interchange in hand has no row in the ledger
_FINGERPRINT = 15  # hex digits of a SHA-256 that tell two contents of one business key apart


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """The interchange that came before under the same control number: in which file, and whether its bytes were the same."""

    file: str
    same_bytes: bool


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A business key that is taken: in which file, and the fingerprint of what has it."""

    file: str
    content: int


def fingerprint(sha256: str) -> int:
    """A content's short name."""
    return int(sha256[:_FINGERPRINT], 16)


class ThisFile:
    """What came before in the file itself, which messages call `name`; a few bytes for each thing, however many there are."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._keys: dict[int, int] = {}
        self._bytes_seen: set[int] = set()
        self._numbers_seen: set[int] = set()

    def interchange(self, header: InterchangeHeader, sha256: str, agreement: Agreement) -> Earlier | None:
        """The one that counts: the same bytes first, else another one that was not refused."""
        number = _control(header)
        if hash((number, sha256)) in self._bytes_seen:
            return Earlier(file=self._name, same_bytes=True)
        known = hash(number) in self._numbers_seen and not agreement.reuses_control_numbers
        return Earlier(file=self._name, same_bytes=False) if known else None

    def settled(self, header: InterchangeHeader, sha256: str, state: Processing) -> None:
        """Remember what became of an interchange."""
        number = _control(header)
        if state is not Processing.DUPLICATE:
            self._bytes_seen.add(hash((number, sha256)))
            if state is not Processing.REJECTED:
                self._numbers_seen.add(hash(number))

    def taken(self, keys: list[str]) -> dict[str, Taken]:
        """Which of these business keys are taken, and by what."""
        found = ((key, self._keys.get(hash(key))) for key in keys)
        return {key: Taken(file=self._name, content=content) for key, content in found if content is not None}

    def take(self, key: str, content: int) -> Taken:
        """This file takes the key."""
        self._keys[hash(key)] = content
        return Taken(file=self._name, content=content)


class Ledgered(ThisFile):
    """The same, and what is in a ledger."""

    def __init__(self, name: str, tx: Tx) -> None:
        super().__init__(name)
        self._tx = tx

    def interchange(self, header: InterchangeHeader, sha256: str, agreement: Agreement) -> Earlier | None:
        """The one that counts, here or in the ledger."""
        here = super().interchange(header, sha256, agreement)
        if here is not None and here.same_bytes:
            return here
        row = self._history().earlier(header, sha256, _NONE_OF_ITS_OWN, agreement)
        there = Earlier(file=str(row.transmission), same_bytes=row.same_bytes) if row else None
        return there if there is not None and there.same_bytes else here or there

    def taken(self, keys: list[str]) -> dict[str, Taken]:
        """Which of these business keys are taken, here or in the ledger."""
        history = self._history()
        history.recall((), keys)
        found = ((key, history.reserved(key)) for key in keys)
        there = {
            key: Taken(file=str(row.transmission), content=fingerprint(row.content_sha)) for key, row in found if row
        }
        return there | super().taken(keys)

    def _history(self) -> History:
        from gateway.flow.seen import History  # noqa: PLC0415 - SQLAlchemy only where there is a ledger

        return History(self._tx)


def _control(header: InterchangeHeader) -> str:
    """As `gateway.flow.seen.control_key`."""
    control = header.control.strip()
    number = control.lstrip("0") or "0" if control.isdigit() else control
    return f"{header.sender} {header.receiver} {header.usage} {number}"


@contextmanager
def open_past(name: str, ledger: Path | None, at: datetime) -> Iterator[ThisFile]:
    """What came before at this moment; raises Refused where there is a ledger that cannot be read."""
    if ledger is None or not ledger.is_file():
        yield ThisFile(name)
        return
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from gateway.ledger.write import Tx  # noqa: PLC0415

    try:
        with _looking_at(ledger) as snapshot:
            # A Tx over a connection that cannot write: the rules ask it questions, nothing else.
            yield Ledgered(name, Tx(snapshot, {}, at))
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
