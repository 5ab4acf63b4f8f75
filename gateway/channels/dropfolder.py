"""One drop folder: what lies in it, and which of that is whole."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from gateway.channels.claims import Claims, NotTaken
from gateway.channels.completeness import Completeness, Seen
from gateway.channels.drop import FolderDrop
from gateway.channels.names import is_temporary, shown
from gateway.channels.oddities import Oddities
from gateway.channels.tries import Tries
from gateway.profiles.agreement import Channel

_KINDS = {
    stat.S_IFLNK: "symbolic link",
    stat.S_IFIFO: "named pipe",
    stat.S_IFDIR: "folder",
    stat.S_IFSOCK: "socket",
}


class Whole(msgspec.Struct, frozen=True):
    """A file that is whole: its name, how it looks, and the name of the sentinel that goes with it."""

    name: str
    seen: Seen
    sentinel: str | None = None


class DropFolder:
    """The folder of one channel as its agreed rule has it. Not for several threads at once."""

    def __init__(
        self, channel: Channel, path: Path, *, wall: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self.channel = channel
        self.path = path
        self.oddities = Oddities(channel.name, monotonic)
        self._tries = Tries(monotonic)
        self._completeness = Completeness(channel, wall, monotonic)
        self.claims = Claims(channel.name, path, self._completeness, self.oddities, wall)
        self._identity: tuple[int, int] | None = None
        self._unfinished = 0

    @property
    def settling(self) -> int:
        """How many files were seen, at the last look, that will be whole soon if nobody writes to them."""
        return self._unfinished + len(self.claims.restless)

    def usable(self) -> bool:
        """Make the folder where it is missing; whether files can be taken out of it."""
        self.oddities.begin("folder")
        try:
            made = self._made()
            self.claims.make_room()
            identity = _identity_of(self.path)
        except OSError as error:
            self._is_unusable(error)
            return False
        if self._identity and (made or identity != self._identity):
            self.oddities.tell("folder", "channel.folder_replaced")
        self._identity = identity
        return True

    def whole(self) -> list[Whole]:
        """Look: the files that are whole and may be tried, oldest first; everything else that is odd is told."""
        try:
            there = self._there()
        except OSError as error:
            self._is_unusable(error)
            return []
        self._tries.forget_others(there.keys())
        self._completeness.forget_others(there.keys() | self.claims.restless)
        self._unfinished = 0
        files = sorted(self._whole_of(there), key=lambda file: (file.seen.mtime_ns, file.name))
        for file in files:
            if trouble := self._tries.trouble(file.name):
                self.oddities.tell("folder", trouble.code, file.name, **trouble.facts)
        return [file for file in files if self._tries.may(file.name)]

    def take(self, file: Whole) -> FolderDrop | None:
        """Claim it; None where it is gone, cannot be had now, or is another one by now."""
        taken = self.claims.take(file.name, file.seen, file.sentinel)
        if isinstance(taken, NotTaken):
            self._tries.failed(file.name, taken.code, reason=taken.reason)
            self.oddities.tell("folder", taken.code, file.name, reason=taken.reason)
            return None
        self._tries.succeeded(file.name)
        return taken

    def _made(self) -> bool:
        try:
            self.path.mkdir(parents=True)
        except FileExistsError:  # nearly always; where it is no folder, making room in it fails
            return False
        return True

    def _is_unusable(self, error: OSError) -> None:
        self._unfinished = 0
        self.oddities.tell("folder", "channel.folder_unusable", reason=error.strerror)

    def _there(self) -> dict[str, Seen]:
        """Every file in the folder under a final name; what is not a file is told and left alone."""
        there: dict[str, Seen] = {}
        with contextlib.suppress(FileNotFoundError), os.scandir(self.path) as entries:
            for entry in entries:
                if self._is_final(entry.name):
                    with contextlib.suppress(FileNotFoundError):
                        self._look_at(entry.name, entry.stat(follow_symlinks=False), there)
        return there

    def _is_final(self, name: str) -> bool:
        if not is_temporary(self._completeness.vouches(name) or name):
            return True
        if not name.startswith("."):
            self._is_unfinished(name, "its name says that it is not finished")
        return False

    def _look_at(self, name: str, status: os.stat_result, there: dict[str, Seen]) -> None:
        if stat.S_ISREG(status.st_mode):
            there[name] = Seen.of(status)
        else:
            what = _KINDS.get(stat.S_IFMT(status.st_mode), "device")
            self.oddities.tell("folder", "channel.not_a_file", name, what=what)

    def _whole_of(self, there: dict[str, Seen]) -> Iterator[Whole]:
        sentinels = {file: name for name in there if (file := self._completeness.vouches(name))}
        for name, seen in there.items():
            if vouched := self._completeness.vouches(name):
                if vouched not in there:
                    self.oddities.tell("folder", "channel.sentinel_alone", name, file=shown(vouched))
            elif self._completeness.whole(name, seen, vouched=name in sentinels):
                yield Whole(name, seen, sentinels.get(name))
            elif self._completeness.soon(seen):
                self._unfinished += 1
                self._is_unfinished(name, "it is still written to")
            elif name not in sentinels and (missing := self._completeness.missing(name)):
                self._is_unfinished(name, f"no file '{shown(missing)}' lies beside it")

    def _is_unfinished(self, name: str, why: str) -> None:
        self.oddities.tell("folder", "channel.not_complete", name, why=why)


def _identity_of(folder: Path) -> tuple[int, int]:
    """What a folder keeps as long as it is the same one."""
    status = folder.stat()
    return status.st_dev, status.st_ino
