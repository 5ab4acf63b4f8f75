"""When a dropped file is whole: the one rule, apart from everything that moves files.

rename: it appeared under its final name in one step (temporary names are not looked at), so it is whole as seen.
stable: two equal looks at least a second apart, and untouched for as long as the channel says.
sentinel: a second file, its name and a suffix more, says that it is.
Whatever the rule, an empty file waits: most are the first moment of a longer one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Set as AbstractSet

import msgspec

from gateway.profiles.agreement import Channel

APART = 1.0
"""Seconds between two looks that count as two."""

EMPTY = 300.0
"""Seconds for which a file must be empty to count as meant so."""


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
        self._stable = channel.complete == "stable"
        self._seconds = channel.stable_seconds if self._stable else 0.0
        self._sentinel = channel.sentinel if channel.complete == "sentinel" else None
        self._wall = wall
        self._monotonic = monotonic
        self._first: dict[str, tuple[Seen, float]] = {}

    def vouches(self, name: str) -> str | None:
        """The name of the file that one of this name says is whole; None where it is no sentinel."""
        if self._sentinel is None or not name.lower().endswith(self._sentinel.lower()):
            return None
        return name[: -len(self._sentinel)] or None

    def missing(self, name: str) -> str | None:
        """The name of the sentinel that must lie beside a file of this name; None where none must."""
        return self._sentinel and name + self._sentinel

    def whole(self, name: str, seen: Seen, *, vouched: bool) -> bool:
        """Whether the file is whole by the channel's rule, with this look; `vouched` where its sentinel is there."""
        if self._sentinel and not vouched:
            return False
        if seen.size and not self._stable:
            return True
        return self.quiet(name, seen)

    def soon(self, seen: Seen) -> bool:
        """Whether a file that is not whole may become so in seconds, if it is left alone."""
        return self._stable and seen.size > 0

    def quiet(self, name: str, seen: Seen) -> bool:
        """Whether two looks were equal and the file is untouched for long enough, whatever the channel's rule."""
        now = self._monotonic()
        first, since = self._first.get(name, (None, now))
        if first != seen:
            self._first[name] = (seen, now)
            return False
        untouched = max(now - since, self._wall() - seen.mtime_ns / 1e9)
        return now - since >= APART and untouched >= (self._seconds if seen.size else max(self._seconds, EMPTY))

    def forget_others(self, names: AbstractSet[str]) -> None:
        """Forget every file but these: what left the folder starts anew when it returns."""
        self._first = {name: look for name, look in self._first.items() if name in names}
