"""When a dropped file is whole: the one rule, apart from everything that moves files.

rename: it appeared under its final name in one step (temporary names are not looked at), so it is whole as seen.
stable: two equal looks at least a second apart, and untouched for as long as the channel says.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Set as AbstractSet

import msgspec

from gateway.profiles.agreement import Channel

APART = 1.0
"""Seconds between two looks that count as two."""


class Seen(msgspec.Struct, frozen=True):
    """How a file looked; two equal looks mean that nobody wrote in between, as far as a file system tells."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Seen:
        """From what lstat or fstat said."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


class Completeness:
    """Remembers how each file of one folder looked, and tells which are whole.

    `wall` (seconds since 1970) is compared with the files' own times, `monotonic` measures between looks. A file
    from the future, or from a share whose clock is wrong, becomes whole by the looks alone.
    """

    def __init__(self, channel: Channel, wall: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._at_sight = channel.complete == "rename"
        self._seconds = 0.0 if self._at_sight else channel.stable_seconds
        self._wall = wall
        self._monotonic = monotonic
        self._first: dict[str, tuple[Seen, float]] = {}

    def whole(self, name: str, seen: Seen) -> bool:
        """Whether the file is whole by the channel's rule, with this look."""
        return self._at_sight or self.quiet(name, seen)

    def quiet(self, name: str, seen: Seen) -> bool:
        """Whether two looks were equal and the file is untouched for long enough, whatever the channel's rule."""
        now = self._monotonic()
        first, since = self._first.get(name, (None, now))
        if first != seen:
            self._first[name] = (seen, now)
            return False
        untouched = max(now - since, self._wall() - seen.mtime_ns / 1e9)
        return now - since >= APART and untouched >= self._seconds

    def forget_others(self, names: AbstractSet[str]) -> None:
        """Forget every file but these: what left the folder starts anew when it returns."""
        self._first = {name: look for name, look in self._first.items() if name in names}
