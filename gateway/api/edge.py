"""What the endpoints need from the rest of the gateway, gathered once by the wiring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec
from fastapi import Request
from sqlalchemy import Connection

from gateway.api.spool import Spool
from gateway.ports import Spooled
from gateway.profiles.agreement import Channel


class Desk(Protocol):
    """Where a whole body becomes ours (gateway.channels.http)."""

    def take(self, channel: str, key: str, name: str, body: Spooled) -> int | None:
        """Its number, after the commit; raises Refused and TryLater."""


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """The rest of the gateway, as the endpoints see it.

    `channels` are those in force now, `room` is how many bytes may be taken in now, `read` opens a snapshot of the
    ledger, `fetched` writes down that a channel has an answer, by its reference.
    """

    channels: Callable[[], Sequence[Channel]]
    spool: Spool
    room: Callable[[], int]
    desk: Desk
    read: Callable[[], AbstractContextManager[Connection]]
    fetched: Callable[[str, str], None]


def edge_of(request: Request) -> Edge:
    """The edge of the app that serves this request."""
    edge: Edge = request.app.state.edge
    return edge
