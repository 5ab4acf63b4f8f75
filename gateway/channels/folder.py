"""Drop folders as a way in: one thread for all of them. The scan decides; watchdog only wakes it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import structlog

from gateway.channels.doorbell import Doorbell
from gateway.channels.drop import FolderDrop
from gateway.channels.dropfolder import DropFolder, Whole
from gateway.channels.oddities import Odd
from gateway.channels.room import Room
from gateway.channels.turns import batches, in_turns
from gateway.failpoints import failpoint
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.ports import Admit
from gateway.profiles.agreement import Channel

log = structlog.get_logger()

BATCH = 64
"""Drops offered at once over all folders, so that one commit pays for many."""

UNADMITTED_AT_MOST = 256
"""Claims of one folder that may wait for admission; beyond that its files stay where their sender sees them."""

_LIVELY, _IDLE = 1.0, 5.0
"""Seconds between looks while something settles, and otherwise."""

_AGAIN = 5.0
"""Seconds until what was not admitted is offered again."""

_LONGEST_TURN = 1.0
"""Seconds after which the thread looks anew, so that a backlog does not hide what arrives meanwhile."""

_REST = 4.0
"""After a look the thread rests this many times as long as the look took: a full folder costs a fifth of a core."""

_BREATH = 0.05
"""Seconds until the thread looks whether what it took in was worked off."""


class _Turn(msgspec.Struct):
    """What came of one pass over the folders; `room` is how many bytes may still be taken in."""

    room: int = sys.maxsize
    full: bool = False
    taken: int = 0
    looking: float = 0.0
    more: bool = False
    crowded: bool = False
    troubles: list[Exception] = msgspec.field(default_factory=list)

    def has_room(self, size: int) -> bool:
        """Whether a file of this size may be taken in; it is then, and what does not fit is told."""
        if size >= self.room:
            self.full = True
            return False
        self.room -= size
        return True


class FolderIntake:
    """Implements `gateway.ports.Intake` over `inbox/<channel>/`, for the channels in force at each look.

    `odd` is told of everything odd that stands, whenever that changes. `room` says how much may still be taken in.
    While it is `crowded` (what was taken waits to be read) the rest stays where it is, so that in the next turn every
    folder has its share. `wall` and `monotonic` are clocks in seconds.
    """

    def __init__(  # noqa: PLR0913 - what surrounds it, each by its name
        self,
        channels: Callable[[], Sequence[Channel]],
        inbox: Path,
        *,
        odd: Odd,
        room: Room | None = None,
        crowded: Callable[[], bool] = lambda: False,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channels = channels
        self._inbox = inbox
        self._odd = odd
        self._told: dict[str, list[Finding]] | None = None
        self._room = room
        self._crowded = crowded
        self._wall = wall
        self._monotonic = monotonic
        self._folders: dict[str, DropFolder] = {}
        self._passing = threading.Lock()  # one pass at a time: in a pass, what is claimed is either offered or left
        self._again_at = float("-inf")
        self._singly = False
        self._ended = threading.Event()
        self._woken = threading.Event()
        self._bell: Doorbell | None = None
        self._thread: threading.Thread | None = None

    def look(self, admit: Admit) -> int:
        """Offer what was left, then all that is whole at this look; how many were taken. Raises what `admit` raised."""
        with self._passing:
            turn = self._pass(admit, self._usable(), again=True, enough=lambda: False)
            self._tell(turn)
        if turn.troubles:
            raise turn.troubles[0]
        return turn.taken

    def waiting(self) -> int:
        """How many files were seen at the last look that are not whole yet."""
        return sum(folder.settling for folder in list(self._folders.values()))

    def start(self, admit: Admit) -> None:
        """Begin to offer, from a thread of its own."""
        self._thread = threading.Thread(target=self._run, args=(admit,), name="scan", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the batch in hand."""
        self._ended.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()
        self._ended.clear()

    def _run(self, admit: Admit) -> None:
        bell = self._bell = Doorbell(self._woken)
        try:
            while not self._ended.is_set():
                self._woken.clear()
                turn = self._round(admit, bell)
                rest = min(_REST * turn.looking, _LIVELY)
                if turn.crowded:
                    self._ended.wait(max(rest, _BREATH))
                elif not turn.more and not self._ended.wait(rest) and not turn.taken:
                    self._woken.wait(_LIVELY if self.waiting() or turn.troubles else _IDLE)
        finally:
            self._bell = None
            bell.silence()

    def _round(self, admit: Admit, bell: Doorbell) -> _Turn:
        """One pass of the thread; whatever goes wrong is logged, and the thread goes on."""
        turn = _Turn()
        with self._passing:
            try:
                folders = self._usable()
                bell.watch([folder.path for folder in folders])  # before the look: nothing falls between the two
                deadline = time.monotonic() + _LONGEST_TURN
                again = self._monotonic() >= self._again_at
                turn = self._pass(
                    admit, folders, again=again, enough=lambda: self._ended.is_set() or time.monotonic() > deadline
                )
                self._tell(turn)
            except Exception as error:  # noqa: BLE001 - nobody else could restart the intake
                turn.troubles.append(error)
        for trouble in turn.troubles:
            log.error("intake.failed", exc_info=trouble)
        return turn

    def _usable(self) -> list[DropFolder]:
        """The folders of the channels in force that can be looked into."""
        folders = {}
        for channel in self._channels():
            known = self._folders.get(channel.name)
            folders[channel.name] = known if known and known.channel == channel else self._folder(channel)
        self._folders = folders
        return [folder for folder in self._folders.values() if folder.usable()]

    def _folder(self, channel: Channel) -> DropFolder:
        path = self._inbox / channel.name
        return DropFolder(channel, path, wall=self._wall, monotonic=self._monotonic)

    def _pass(self, admit: Admit, folders: Sequence[DropFolder], *, again: bool, enough: Callable[[], bool]) -> _Turn:
        turn = _Turn(room=self._room.left() if self._room else sys.maxsize)
        if again and turn.room:
            self._offer_left(admit, folders, turn)
        began = time.monotonic()
        found = list(in_turns([[(folder, file) for file in folder.whole()] for folder in folders]))
        turn.looking = time.monotonic() - began
        for batch in batches(found, BATCH):
            turn.more = enough()
            turn.crowded = self._crowded()
            if turn.more or turn.crowded:
                break
            if self._bell:
                self._bell.leave({folder.path for folder, _ in batch})
            troubles = len(turn.troubles)
            self._offer(admit, list(_claimed(batch, turn)), turn)
            if len(turn.troubles) > troubles:
                break  # it may be the disk or the ledger: claim no more for now
        return turn

    def _offer_left(self, admit: Admit, folders: Sequence[DropFolder], turn: _Turn) -> None:
        """Offer again what was claimed and not taken; one by one after trouble, so that one bad drop holds up no other."""
        self._again_at = self._monotonic() + _AGAIN
        left = (
            drop for drop in in_turns([folder.claims.left() for folder in folders]) if turn.has_room(drop.seen.size)
        )
        for batch in batches(left, 1 if self._singly else BATCH):
            if self._ended.is_set():
                break
            self._offer(admit, batch, turn)
        self._singly = bool(turn.troubles)

    def _tell(self, turn: _Turn) -> None:
        """Tell what is odd now, where that is not what was told last."""
        standing = {
            f"channel {name}": found for name, folder in self._folders.items() if (found := folder.oddities.standing())
        }
        if self._room and (turn.full or not turn.room):
            standing["channels"] = [finding("channel.disk_reserve", reserve=self._room.reserve_mb)]
        if standing != self._told:
            self._odd(standing)
            self._told = standing

    def _offer(self, admit: Admit, drops: Sequence[FolderDrop], turn: _Turn) -> None:
        """Offer a batch: what was taken is released, everything else stays claimed for later."""
        if not drops:
            return
        taken: set[str] = set()
        try:
            taken = {admission.source_key for admission in admit(drops) if admission.taken}
            failpoint("intake.admitted")
        except Exception as error:  # noqa: BLE001 - told by the caller; these drops stay claimed
            turn.troubles.append(error)
        for drop in drops:
            claims = self._folders[drop.channel].claims
            if drop.source_key in taken:
                claims.release(drop)
            else:
                claims.hold(drop)
        turn.taken += len(taken)


def _claimed(batch: Sequence[tuple[DropFolder, Whole]], turn: _Turn) -> Iterator[FolderDrop]:
    """What could be claimed of these files: those there is room for, of folders that have not too many waiting."""
    for folder, file in batch:
        if folder.claims.unadmitted < UNADMITTED_AT_MOST and turn.has_room(file.seen.size):
            drop = folder.take(file)
            if drop:
                yield drop
