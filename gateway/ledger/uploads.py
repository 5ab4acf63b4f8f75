"""What a partner who posts files may ask: what came under its key, what became of it, and the answers to it."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, select

from gateway.ledger import tables
from gateway.ledger.views import FileRow, columns_of, rows_of

_T, _V = tables.transmission, tables.delivery
_OWED_FOR_CERTAIN = _V.c.state != "provisional"


class AnswerRow(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that we owe, or owed, to a channel because of a file; without the bytes."""

    id: int
    kind: str
    acknowledgment_kind: str | None
    name: str | None
    reference: str | None
    state: str


def number_under(snapshot: Connection, channel: str, source_key: str) -> tuple[int, str] | None:
    """The number and the SHA-256 of the transmission that came under this key; None where none did."""
    query = select(_T.c.id, _T.c.sha256).where(_T.c.channel == channel, _T.c.source_key == source_key)
    row = snapshot.execute(query).one_or_none()
    return (row.id, row.sha256) if row else None


def file_from(snapshot: Connection, channel: str, number: int) -> FileRow | None:
    """This file, where it came through this channel."""
    mine = (_T.c.id == number, _T.c.channel == channel, _T.c.direction == "in")
    return next(iter(rows_of(snapshot, columns_of(_T, FileRow).where(*mine), FileRow)), None)


def answers_to(snapshot: Connection, channel: str, number: int) -> list[AnswerRow]:
    """What we answer to this file through this channel, in order."""
    query = columns_of(_V, AnswerRow).where(*_answers(channel, number)).order_by(_V.c.id)
    return rows_of(snapshot, query, AnswerRow)


def answer_content(snapshot: Connection, channel: str, number: int, answer: int) -> bytes | None:
    """The bytes of one of them."""
    query = select(_V.c.content).where(_V.c.id == answer, *_answers(channel, number))
    found: bytes | None = snapshot.execute(query).scalar_one_or_none()
    return found


def _answers(channel: str, number: int) -> tuple[Any, ...]:
    return (_V.c.transmission_id == number, _V.c.target == f"channel:{channel}", _OWED_FOR_CERTAIN)
