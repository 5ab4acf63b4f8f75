"""Who sends: the API key of a request opens one channel, or the request goes no further. Nothing of its body is read before."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import Depends, Request

from gateway.api.edge import edge_of
from gateway.api.problem import Problem
from gateway.profiles.agreement import Channel
from gateway.profiles.http import HttpAccount


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, what was agreed about it, and the name of the key that opened it, for logs."""

    channel: str
    account: HttpAccount
    key_name: str


async def sender_of(request: Request) -> Sender:
    """The sender whose key this request brings; raises Problem."""
    key = _presented(request)
    if not key:
        raise Problem("http.no_key")
    channels = edge_of(request).channels()
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    found = _opened(channels, digest)
    if found is None:
        # A channel whose file is broken since the start has lost its keys: this one may be good.
        raise Problem("http.settings_unread" if any(channel.held for channel in channels) else "http.key_unknown")
    return found


def _presented(request: Request) -> str:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    return request.headers.get("x-api-key", "").strip()


def _opened(channels: Sequence[Channel], digest: str) -> Sender | None:
    """All keys are compared, each in constant time: how long it takes tells nothing of any of them."""
    opened = None
    for channel in channels:
        for key in channel.http.keys if channel.http else ():
            if key.sha256 and hmac.compare_digest(key.sha256, digest) and channel.http:
                opened = Sender(channel=channel.name, account=channel.http, key_name=key.name)
    return opened


Known = Annotated[Sender, Depends(sender_of)]
"""A parameter of every endpoint that is a partner's."""
