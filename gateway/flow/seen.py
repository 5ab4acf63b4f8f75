"""What came before, as the ledger knows it: whether an interchange, or a business document, is here already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, select

from gateway.flow.past import Earlier, Here, Reserved
from gateway.ledger import tables
from gateway.ledger.states import Processing
from gateway.ledger.write import Tx

UNDONE = "a person"
"""Why an interchange has no answer: a person rejected what waited. For its sender it never came, so it may come again."""

_I, _D = tables.interchange, tables.document


class History:
    """What came before, as far as one commit asks: looked up once for all its files, and told what they add."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._interchanges: dict[str, list[_Settled]] = {}
        self._reserved: dict[str, _Accepted | None] = {}

    def recall(self, control_keys: Iterable[str], duplicate_keys: Iterable[str | None]) -> None:
        """Look these up together; what was looked up before stays as it is."""
        controls = [key for key in dict.fromkeys(control_keys) if key not in self._interchanges]
        duplicates = [key for key in dict.fromkeys(duplicate_keys) if key is not None and key not in self._reserved]
        self._interchanges.update({key: [] for key in controls})
        self._reserved.update(dict.fromkeys(duplicates))
        for row in self._tx.execute(_settled_under(controls)) if controls else ():
            self._interchanges[row.control_key].append(
                _Settled(row.id, row.transmission_id, row.sha256, row.state, row.settled_at)
            )
        for row in self._tx.execute(_accepted_under(duplicates)) if duplicates else ():
            self._reserved[row.duplicate_key] = _Accepted(row.transmission_id, row.content_sha)

    def same_bytes(self, here: Here, control_key: str, sha256: str, days: int) -> Earlier | None:
        """The latest interchange with this number and these bytes in so many days."""
        found = next((one for one in self._before(here, control_key, days) if one.sha256 == sha256), None)
        return None if found is None else Earlier(file=found.file, same_bytes=True, interchange=found.id)

    def same_number(self, here: Here, control_key: str, days: int) -> Earlier | None:
        """The latest interchange with this number in so many days that was not refused."""
        found = next((one for one in self._before(here, control_key, days) if one.state != Processing.REJECTED), None)
        return None if found is None else Earlier(file=found.file, same_bytes=False, interchange=found.id)

    def add(self, here: Here, control_key: str, sha256: str, state: Processing) -> None:
        """This interchange is settled in this commit."""
        if state is not Processing.DUPLICATE:
            settled = _Settled(here.interchange, here.file, sha256, state, self._tx.now)
            self._interchanges.setdefault(control_key, []).append(settled)

    def reserved(self, _here: Here, duplicate_key: str, content_sha: str) -> Reserved | None:
        """Who holds this business key."""
        held = self._reserved[duplicate_key]
        return None if held is None else Reserved(file=held.file, same_content=held.content_sha == content_sha)

    def reserve(self, here: Here, duplicate_key: str, content_sha: str) -> None:
        """It is taken in this commit."""
        self._reserved[duplicate_key] = _Accepted(here.file, content_sha)

    def _before(self, here: Here, control_key: str, days: int) -> Iterator[_Settled]:
        """The others under this number, the latest first."""
        self.recall([control_key], ())
        since = self._tx.now - timedelta(days=days)
        before = reversed(self._interchanges[control_key])
        return (one for one in before if one.id != here.interchange and one.settled_at >= since)


class _Settled(msgspec.Struct, frozen=True):
    """An interchange of the past."""

    id: int
    file: int | str
    sha256: str | None
    state: str
    settled_at: datetime


class _Accepted(msgspec.Struct, frozen=True):
    """A document that holds its business key."""

    file: int | str
    content_sha: str | None


def _settled_under(keys: list[str]) -> Select[Any]:
    columns = (_I.c.control_key, _I.c.id, _I.c.transmission_id, _I.c.sha256, _I.c.state, _I.c.settled_at)
    settled = (_I.c.settled_at.is_not(None), _I.c.state != Processing.DUPLICATE)
    counts = _I.c.no_ack_reason.is_distinct_from(UNDONE)
    return select(*columns).where(_I.c.control_key.in_(keys), *settled, counts).order_by(_I.c.id)


def _accepted_under(keys: list[str]) -> Select[Any]:
    columns = (_D.c.duplicate_key, _D.c.transmission_id, _D.c.content_sha)
    accepted = _D.c.state == Processing.TRANSLATED
    return select(*columns).where(_D.c.duplicate_key.in_(keys), accepted).order_by(_D.c.revision)
