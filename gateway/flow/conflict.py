"""Conflict: where a number came with other content, what differs, for the person who decides."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from sqlalchemy import select

from gateway.documents.difference import Difference, differences
from gateway.flow.sets import SetRow
from gateway.ledger import tables
from gateway.ledger.states import Processing
from gateway.ledger.write import Tx
from gateway.model.catalogue import phrases

_SHOWN: Final = 4  # differences: enough to see whether it is a correction or another document
_D = tables.document


def what_differs(tx: Tx, row: SetRow) -> str:
    """The fields in which this document says something else than the accepted one of its key; empty where none is known."""
    last = (_D.c.duplicate_key == row.duplicate_key, _D.c.state == Processing.TRANSLATED)
    query = select(_D.c.canonical).where(*last, _D.c.id != row.id).order_by(_D.c.revision.desc()).limit(1)
    earlier = tx.execute(query).scalar_one_or_none()
    now = row.canonical or tx.execute(select(_D.c.canonical).where(_D.c.id == row.id)).scalar_one_or_none()
    return _told(differences(earlier, now)) if earlier and now else ""


def _told(found: Iterator[Difference]) -> str:
    say = phrases("queue")
    listed = [_one(each) for each in islice(found, _SHOWN)]
    if more := sum(1 for _ in found):
        listed.append(say["more_differences"].format(count=more))
    return say["differs"].format(listed="; ".join(listed)) if listed else ""


def _one(each: Difference) -> str:
    say = phrases("queue")
    earlier, now = each.earlier or say["nothing"], each.now or say["nothing"]
    return say["difference"].format(field=each.field, earlier=earlier, now=now)
