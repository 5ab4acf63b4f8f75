"""What surrounds a mailbox: who looks up its secrets, remembers its times, hears of what is odd. Loads no SSH."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Protocol

import msgspec

from gateway.channels.room import Room
from gateway.model.finding import Finding
from gateway.ports import Ticked
from gateway.profiles.mailbox import SecretPlace

SecretOf = Callable[[SecretPlace], str | None]
"""Looks a secret up; raises NotKept."""

Tell = Callable[[Mapping[str, Sequence[Finding]], Collection[str]], None]
"""Told of what stands: by what it is about ("mailbox acme"), each cause once; and of which mailboxes nothing is known yet."""


class Ticks(Protocol):
    """The durable side of a mailbox's calendar: what the ledger remembers, so that a restart knows what was missed."""

    def of(self, mailbox: str) -> Ticked:
        """What is remembered of this mailbox; from now on it is known."""

    def done(self, mailbox: str, at: datetime) -> None:
        """A look succeeded at this time."""

    def missed(self, mailbox: str, due: datetime) -> None:
        """No look succeeded in the time that began here; told once, however often it is said."""


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds one mailbox. `staging` is a folder of its own; `ended` is set when its visits shall end."""

    staging: Path
    secret: SecretOf
    room: Room | None = None
    crowded: Callable[[], bool] = lambda: False
    monotonic: Callable[[], float] = time.monotonic
    pause: Callable[[float], object] = time.sleep
    ended: Event = msgspec.field(default_factory=Event)
