"""A mailbox, an intake and an outlet over it, and a desk that admits; clocks that a test sets, pauses that take no time."""

import os
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from gateway.channels.mailbox.intake import MailboxIntake
from gateway.channels.mailbox.outlet import MailboxOutlet
from gateway.channels.room import Room
from gateway.model.finding import Finding
from gateway.ports import Admission, Drop, Ticked
from gateway.profiles.agreement import Channel
from gateway.profiles.mailbox import Mailbox, SecretPlace
from tests.channels.inbox import Clock, Desk

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""A Monday."""


class Times:
    """What a ledger would remember, in memory."""

    def __init__(self, first: datetime = NOON - timedelta(days=30)) -> None:
        self.first = first
        self.last_done: datetime | None = None
        self.file: datetime | None = None
        self.all_missed: list[datetime] = []

    def of(self, mailbox: str) -> Ticked:
        assert mailbox == "acme"
        return Ticked(first=self.first, done=self.last_done, file=self.file)

    def done(self, mailbox: str, at: datetime) -> None:
        assert mailbox == "acme"
        self.last_done = at

    def missed(self, mailbox: str, due: datetime) -> None:
        assert mailbox == "acme"
        if due not in self.all_missed:
            self.all_missed.append(due)


class Ledger(Desk):
    """A desk that knows what it has by its source_key, as the ledger does; every reading is remembered all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def __call__(self, drops: Sequence[Drop]) -> Sequence[Admission]:
        self.read += [drop.name for drop in drops]
        new = [drop for drop in drops if drop.source_key not in self.keys]
        known = [drop for drop in drops if drop.source_key in self.keys]
        return [*super().__call__(new), *(Admission(source_key=drop.source_key, taken=True) for drop in known)]


class Post:
    """One partner's mailbox as the gateway has it; `again` is the next life of the process."""

    def __init__(self, home: Path, mailbox: Mailbox, **channel: Any) -> None:  # noqa: ANN401 - settings of any type
        self.home = home
        self.channel = Channel(name="acme", carries=("acme",), **({"complete": "rename"} | channel), mailbox=mailbox)
        self.monotonic = Clock()
        self.wall = NOON
        self.times = Times()
        self.desk = Ledger()
        self.room: Room | None = None
        self.crowded = False
        self.told: list[tuple[Mapping[str, Sequence[Finding]], Collection[str]]] = []
        self.pauses: list[float] = []
        self.again()

    @property
    def mailbox(self) -> Mailbox:
        """Its settings."""
        assert self.channel.mailbox
        return self.channel.mailbox

    def set(self, **settings: Any) -> None:  # noqa: ANN401 - settings of any type
        """Change settings of the mailbox, as a saved file does."""
        self.channel = msgspec.structs.replace(self.channel, mailbox=msgspec.structs.replace(self.mailbox, **settings))

    def again(self) -> None:
        """An intake that knows only what is on disk."""
        self.intake = MailboxIntake(
            lambda: [self.channel],
            self.home,
            secret=_secret,
            ticks=self.times,
            tell=lambda standing, unknown: self.told.append((standing, unknown)),
            room=self.room,
            crowded=lambda: self.crowded,
            now=lambda: self.wall,
            monotonic=self.monotonic,
            pause=self.pause,
        )

    def pause(self, seconds: float) -> None:
        """A pause within a visit."""
        self.pauses.append(seconds)
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.wall += timedelta(seconds=seconds)
        self.monotonic.now += seconds

    def look(self, *, later: float = 0.0) -> int:
        """One look, `later` seconds from now."""
        self.pass_time(later)
        return self.intake.look(self.desk)

    def outlet(self) -> MailboxOutlet:
        """The way out, as a new process has it."""
        return MailboxOutlet(lambda: self.mailbox, self.home / "acme", _secret)

    @property
    def odd(self) -> list[str]:
        """The codes of what is odd now."""
        return [found.code for found in self.told[-1][0].get("mailbox acme", ())] if self.told else []

    def said(self, code: str) -> str:
        """What is told under this code now."""
        return next(found.message for found in self.told[-1][0]["mailbox acme"] if found.code == code)


def _secret(place: SecretPlace) -> str | None:
    return Path(place.file).read_text("utf-8") if place.file else os.environ.get(place.env or "")
