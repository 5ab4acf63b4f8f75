"""The SFTP server as a way in: what it staged is admitted here, and only then its client hears OK.

What lies complete without having been admitted (somebody died in between) is offered again under the same key.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import structlog

from gateway.channels.oddities import Odd
from gateway.channels.sftp.child import Child, Where
from gateway.channels.sftp.drop import SftpDrop, drop_of
from gateway.channels.sftp.hostkeys import ensure
from gateway.channels.sftp.messages import Answer, Configure, Fetched, FromServer, Listening, Offer
from gateway.channels.sftp.staging import COMPLETE, KEY, Staged, staged_in
from gateway.failpoints import failpoint
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.outcomes import Refused
from gateway.ports import Admit

log = structlog.get_logger()

BATCH = 64
"""Offers admitted at once, so that one commit pays for many clients."""

_LOOK = 0.5  # seconds between looks at the settings
_AGAIN = 5.0  # seconds until what was not admitted is offered again
_LONGEST_REST = 30.0  # seconds until a server that dies again and again is started again
_LASTING = 60.0  # seconds after which a server that runs is no longer one that dies again and again

ABOUT = "SFTP server"
"""What the cases about the server are about."""


class SftpIntake:
    """Implements `gateway.ports.Intake`. `wanted` is what the server shall be told now, None for no server.

    `fetched` is told of the channel and the name of what was downloaded completely, and writes it down. `odd` is told of
    all that is odd with the server, whenever that changes.
    """

    def __init__(
        self,
        wanted: Callable[[], Configure | None],
        where: Where,
        *,
        fetched: Callable[[str, str], None],
        odd: Odd,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wanted = wanted
        self._where = where
        self._fetched = fetched
        self._odd = odd
        self._monotonic = monotonic
        self._child: Child | None = None
        self._started_at = self._start_at = self._again_at = float("-inf")
        self._rest = 0.0
        self._left: list[SftpDrop] = []
        self._trouble: Finding | None = None
        self._told: object = ()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.port = 0

    @property
    def pid(self) -> int | None:
        """The server's process, where it runs."""
        return self._child.pid if self._child else None

    def start(self, admit: Admit) -> None:
        """Begin: first what was left is offered, then the server is started."""
        self._thread = threading.Thread(target=self._run, args=(admit,), name="sftp", daemon=True)
        self._thread.start()

    def look(self, admit: Admit) -> int:
        """Offer what lies complete, from this thread; how many were taken. No server is started for that."""
        return self._offer_left(admit, self._all_left()) if self._child is None else 0

    def waiting(self) -> int:
        """How many complete uploads were not admitted yet."""
        return len(self._left)

    def stop(self) -> None:
        """End the server and the thread; whoever uploads at this moment can resume at the next start."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._hang_up()
        self._ended.clear()

    def _run(self, admit: Admit) -> None:
        while not self._ended.is_set():
            try:
                self._attend(admit)
                self._tell()
                self._serve(admit)
            except Exception:  # nobody else could restart the intake
                log.exception("intake.failed")
                self._ended.wait(_LOOK)

    def _attend(self, admit: Admit) -> None:
        """Have a server where one is wanted, as it is wanted; offer again what waits."""
        wanted = self._wanted()
        child = self._child
        if child and (wanted is None or not _same_door(wanted, child.configured)):
            self._hang_up()
        elif child and wanted is not None and wanted != child.configured:
            child.say(wanted)
        if self._child is None and self._monotonic() >= self._start_at:
            self._left = self._all_left()
            self._again_at = float("-inf")
            if wanted is None:
                self._start_at = self._monotonic() + _AGAIN
        if self._left and self._monotonic() >= self._again_at:
            self._again_at = self._monotonic() + _AGAIN
            self._offer_left(admit, self._left)
        if wanted is not None and self._child is None and self._monotonic() >= self._start_at:
            self._start_server(wanted)
        if wanted is None:
            self._trouble, self._rest = None, 0.0

    def _start_server(self, wanted: Configure) -> None:
        self._rest = min(max(1.0, self._rest * 2), _LONGEST_REST)
        self._started_at, self._start_at = self._monotonic(), self._monotonic() + self._rest
        try:
            ensure(self._where.keys)
            self._child = Child(self._where, wanted)
        except Refused as refused:
            facts: dict[str, Any] = refused.facts
            self._trouble = finding(refused.code, **facts)
        except OSError as error:
            self._trouble = finding("sftp.not_started", reason=error.strerror)

    def _serve(self, admit: Admit) -> None:
        """Do what the server asks, as much as came, or wait a little for it."""
        child = self._child
        if child is None:
            self._ended.wait(_LOOK)
            return
        heard = list(_batch(child.heard))
        self._admit(admit, child, [message for message in heard if isinstance(message, Offer)])
        for message in heard:
            if isinstance(message, Fetched):
                child.say(self._written_down(message))
            elif isinstance(message, Listening):
                self._listens(child, message)
            elif message is None:
                self._died(child)

    def _admit(self, admit: Admit, child: Child, offers: Sequence[Offer]) -> None:
        channels = {login.channel for login in child.configured.logins}
        drops = [drop_of(staged) for offer in offers if (staged := self._staged(offer, channels))]
        taken, why = self._taken(admit, drops)
        for offer in offers:
            done = offer.key in taken
            child.say(Answer(id=offer.id, done=done, why="" if done else why))

    def _staged(self, offer: Offer, channels: AbstractSet[str]) -> Staged | None:
        """Where it lies. The server speaks with strangers: what it says is believed of its own folders alone."""
        staged = Staged(self._where.staging / offer.channel, COMPLETE, offer.key, offer.name)
        ours = offer.channel in channels and KEY.fullmatch(offer.key) and "/" not in offer.name
        if not ours or staged.path.is_symlink() or not staged.path.is_file():
            log.error("sftp.strange_offer", channel=offer.channel, key=offer.key)
            return None
        return staged

    def _taken(self, admit: Admit, drops: Sequence[SftpDrop]) -> tuple[set[str], str]:
        """The keys of those that were taken, their staged files removed; and why others were not."""
        taken: set[str] = set()
        why = "it cannot be kept at this moment"
        try:
            taken = {admission.source_key for admission in admit(drops) if admission.taken} if drops else set()
            failpoint("intake.admitted")
        except Exception as error:  # told to whoever waits, who sends it again; and what is left, is offered again
            log.exception("intake.failed")
            why = f"it could not be written down ({type(error).__name__})"
            if len(drops) > 1:  # one bad drop holds up no other
                return {key for drop in drops for key in self._taken(admit, [drop])[0]}, why
        for drop in drops:
            if drop.source_key in taken:
                drop.path.unlink(missing_ok=True)
                failpoint("intake.released")
        return taken, why

    def _offer_left(self, admit: Admit, left: Sequence[SftpDrop]) -> int:
        """Offer what nobody waits for any more, one by one, so that one bad drop holds up no other."""
        taken: set[str] = set()
        for drop in left:
            taken |= self._taken(admit, [drop])[0]
        self._left = [drop for drop in left if drop.source_key not in taken]
        return len(taken)

    def _all_left(self) -> list[SftpDrop]:
        """Every complete upload of every channel; only while no server is running, which might be about to ask."""
        folders = sorted(self._where.staging.iterdir()) if self._where.staging.is_dir() else []
        return [drop_of(staged) for folder in folders for staged in staged_in(folder, COMPLETE)]

    def _written_down(self, message: Fetched) -> Answer:
        try:
            self._fetched(message.channel, message.name)
        except Exception as error:  # the server asks again at the next download
            log.exception("fetched.not_written_down")
            return Answer(id=message.id, done=False, why=str(error))
        return Answer(id=message.id, done=True)

    def _listens(self, child: Child, message: Listening) -> None:
        self.port = message.port
        server = child.configured.server
        refused = finding("sftp.not_listening", address=server.address, port=server.port, reason=message.why)
        self._trouble = None if message.port else refused
        log.info("sftp.listening", address=server.address, port=message.port, why=message.why)

    def _died(self, child: Child) -> None:
        """Start it again: at once the first time, then ever more seldom."""
        log.error("sftp.died", pid=child.pid)
        self._hang_up()
        if self._monotonic() - self._started_at > _LASTING:
            self._rest = 0.0
            self._start_at = self._monotonic()
        else:
            self._trouble = finding("sftp.died", log=self._where.log.name)

    def _hang_up(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child, self.port = None, 0
            self._start_at = min(self._start_at, self._monotonic() + self._rest)

    def _tell(self) -> None:
        standing = {ABOUT: [self._trouble]} if self._trouble else {}
        if standing != self._told:
            self._odd(standing)
            self._told = standing


def _batch(heard: queue.SimpleQueue[FromServer | None]) -> Iterator[FromServer | None]:
    """What was said: wait a little for the first, then as many as are there."""
    try:
        yield heard.get(timeout=_LOOK)
        for _ in range(BATCH - 1):
            yield heard.get_nowait()
    except queue.Empty:
        return


def _same_door(one: Configure, other: Configure) -> bool:
    return (one.server.address, one.server.port) == (other.server.address, other.server.port)
