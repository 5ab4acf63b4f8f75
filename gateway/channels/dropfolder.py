"""One drop folder: what lies in it, and which of that is whole."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

from gateway.channels.claims import Claims
from gateway.channels.completeness import Completeness, Seen
from gateway.channels.names import is_temporary
from gateway.channels.oddities import Odd, Oddities
from gateway.profiles.agreement import Channel

_KINDS = {
    stat.S_IFLNK: "symbolic link",
    stat.S_IFIFO: "named pipe",
    stat.S_IFDIR: "folder",
    stat.S_IFSOCK: "socket",
}


class DropFolder:
    """The folder of one channel as its agreed rule has it. Not for several threads at once."""

    def __init__(
        self, channel: Channel, path: Path, *, odd: Odd, wall: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self.channel = channel
        self.path = path
        self._oddities = Oddities(channel.name, odd)
        self._completeness = Completeness(channel, wall, monotonic)
        self.claims = Claims(channel.name, path, self._completeness, self._oddities, wall)
        self._unfinished = 0

    @property
    def settling(self) -> int:
        """How many files were seen, at the last look, that are not whole yet."""
        return self._unfinished + len(self.claims.restless)

    def usable(self) -> bool:
        """Make the folder where it is missing; whether files can be taken out of it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.claims.make_room()
        except OSError as error:
            self._is_unusable(error)
            return False
        return True

    def whole(self) -> list[tuple[str, Seen]]:
        """Look: the files that are whole, by name and how they look, oldest first."""
        try:
            there = self._there()
        except OSError as error:
            self._is_unusable(error)
            return []
        self._oddities.forget_others(there.keys())
        self._completeness.forget_others(there.keys() | self.claims.restless)
        files = [(name, seen) for name, seen in there.items() if seen]
        whole = [(name, seen) for name, seen in files if self._completeness.whole(name, seen)]
        self._unfinished = len(files) - len(whole)
        return sorted(whole, key=lambda file: (file[1].mtime_ns, file[0]))

    def _is_unusable(self, error: OSError) -> None:
        self._unfinished = 0
        self._oddities.tell("", "channel.folder_unusable", reason=error.strerror)

    def _there(self) -> dict[str, Seen | None]:
        """Everything in the folder under a final name; None for what is not a file, which is told and left alone."""
        there: dict[str, Seen | None] = {}
        with contextlib.suppress(FileNotFoundError), os.scandir(self.path) as entries:
            for entry in entries:
                if not is_temporary(entry.name):
                    with contextlib.suppress(FileNotFoundError):
                        there[entry.name] = self._seen(entry.name, entry.stat(follow_symlinks=False))
        return there

    def _seen(self, name: str, status: os.stat_result) -> Seen | None:
        if stat.S_ISREG(status.st_mode):
            return Seen.of(status)
        self._oddities.tell(name, "channel.not_a_file", what=_KINDS.get(stat.S_IFMT(status.st_mode), "device"))
        return None
