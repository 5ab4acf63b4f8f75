"""Mailboxes as a way in: a thread for each, so that a host that is slow or hangs holds up nobody but itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from gateway.channels.mailbox.around import Around, SecretOf, Tell, Ticks
from gateway.channels.room import Room
from gateway.model.finding import Finding
from gateway.ports import Admit
from gateway.profiles.agreement import Channel

if TYPE_CHECKING:
    from gateway.channels.mailbox.rounds import Rounds

log = structlog.get_logger()

_LOOK = 2.0
"""Seconds between looks whether a mailbox was added, changed or removed."""

_TELL = 30.0
"""Seconds between looks at the calendar of a mailbox that is not due."""

_AT_ONCE = 16
"""Mailboxes visited at a time in one pass from the calling thread."""


class MailboxIntake:
    """Implements `gateway.ports.Intake` over the mailboxes among the channels in force.

    `staging` is a folder in which each mailbox has one of its own; `secret` looks up keys and passwords. `tell` hears
    what is odd, `ticks` remembers times. `crowded` is asked before each file: while it is, the rest stays there.
    `ended` is set by `stop`, for whoever must hear of it too.
    """

    def __init__(  # noqa: PLR0913 - what surrounds it, each by its name
        self,
        channels: Callable[[], Sequence[Channel]],
        staging: Path,
        *,
        secret: SecretOf,
        ticks: Ticks,
        tell: Tell,
        room: Room | None = None,
        crowded: Callable[[], bool] = lambda: False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] | None = None,
        ended: threading.Event | None = None,
    ) -> None:
        self._channels = channels
        self._staging = staging
        self._secret = secret
        self._ticks = ticks
        self._tell = tell
        self._room = room
        self._crowded = crowded
        self._now = now
        self._monotonic = monotonic
        self._pause = pause
        self._ended = ended or threading.Event()
        self._telling = threading.Lock()
        self._told: tuple[dict[str, list[Finding]], AbstractSet[str]] | None = None
        self._rounds: dict[str, Rounds] = {}
        self._stops: dict[str, threading.Event] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._keeper: threading.Thread | None = None

    def look(self, admit: Admit) -> int:
        """Visit every mailbox that is due, several at a time; how many files were taken."""
        self._refresh()
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="mailbox") as pool:
            taken: int = sum(pool.map(lambda rounds: rounds.turn(admit), list(self._rounds.values())))
        self._tell_of_all()
        return taken

    def waiting(self) -> int:
        """How many files were seen that have yet to come to rest."""
        return sum(rounds.waiting for rounds in list(self._rounds.values()))

    def start(self, admit: Admit) -> None:
        """Begin to visit, from threads of its own."""
        self._keeper = threading.Thread(target=self._keep, args=(admit,), name="mailboxes", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """End the threads; a visit in hand is broken off, and what it took is ours."""
        self._ended.set()
        if self._keeper is not None:
            self._keeper.join()
        for stop in list(self._stops.values()):
            stop.set()
        for thread in list(self._threads.values()):
            thread.join()

    def _keep(self, admit: Admit) -> None:
        """Have a thread for each mailbox there is."""
        while not self._ended.is_set():
            try:
                self._refresh()
                for name, rounds in self._rounds.items():
                    thread = self._threads.get(name)
                    if thread is None or not thread.is_alive():
                        run = partial(self._run, rounds, self._stops[name], admit)
                        self._threads[name] = threading.Thread(target=run, name=f"mailbox {name}", daemon=True)
                        self._threads[name].start()
                self._tell_of_all()
            except Exception:
                log.exception("mailboxes.failed")
            self._ended.wait(_LOOK)

    def _refresh(self) -> None:
        """The rounds of the mailboxes in force: one that changed begins anew, when the visit in hand is over."""
        wanted = {channel.name: channel for channel in self._channels() if _is_fetched(channel) and not channel.held}
        for name, rounds in list(self._rounds.items()):
            if wanted.get(name) != rounds.box.channel:
                self._stops[name].set()
                thread = self._threads.get(name)
                if thread is None or not thread.is_alive():
                    del self._rounds[name], self._stops[name]
        for name, channel in wanted.items():
            if name not in self._rounds:
                self._stops[name] = threading.Event()
                self._rounds[name] = self._begun(channel, self._stops[name])

    def _begun(self, channel: Channel, ended: threading.Event) -> Rounds:
        from gateway.channels.mailbox.box import Box  # noqa: PLC0415 - loads SSH, for homes that have a mailbox
        from gateway.channels.mailbox.rounds import Rounds  # noqa: PLC0415 - the same

        assert channel.mailbox is not None  # noqa: S101 - asked by the caller
        around = Around(
            staging=self._staging / channel.name,
            secret=self._secret,
            room=self._room,
            crowded=self._crowded,
            monotonic=self._monotonic,
            pause=self._pause or ended.wait,
            ended=ended,
        )
        return Rounds(Box(channel, channel.mailbox, around), self._ticks, self._now)

    def _run(self, rounds: Rounds, stop: threading.Event, admit: Admit) -> None:
        while not stop.is_set():
            try:
                rounds.turn(admit, ended=stop.is_set)
                self._tell_of_all()
            except Exception:
                log.exception("mailbox.failed", mailbox=rounds.box.channel.name)
                stop.wait(_TELL)
            stop.wait(min(rounds.wait(), _TELL))

    def _tell_of_all(self) -> None:
        """Tell what is odd, where that is not what was told last; of a mailbox not tried yet nothing is known."""
        with self._telling:
            known = {f"mailbox {name}": rounds for name, rounds in list(self._rounds.items())}
            standing = {about: rounds.standing for about, rounds in known.items() if rounds.known}
            odd = {about: found for about, found in standing.items() if found}
            unknown = known.keys() - standing.keys()
            if (odd, unknown) != self._told:
                self._tell(odd, unknown)
                self._told = (odd, unknown)


def _is_fetched(channel: Channel) -> bool:
    return channel.mailbox is not None and channel.mailbox.take_from is not None
