"""What of a listing is whole and may be fetched; everything else that is odd is told. The rules are those of drop folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator

import msgspec

from gateway.channels.completeness import Completeness, Seen
from gateway.channels.mailbox.session import Listing
from gateway.channels.mailbox.wire import Entry
from gateway.channels.names import is_temporary, shown
from gateway.channels.oddities import Oddities
from gateway.profiles.agreement import Channel

_NAME_AT_MOST = 255


class Found(msgspec.Struct, frozen=True):
    """A file that may be fetched, and the name of the sentinel that goes with it."""

    entry: Entry
    sentinel: bytes | None = None


class Looks:
    """Remembers the looks at one mailbox. Not for several threads at once.

    The host's clock is not ours: a file is at rest by two equal looks as far apart as the channel says, whatever its
    time. `monotonic` is a clock in seconds.
    """

    def __init__(self, channel: Channel, monotonic: Callable[[], float], oddities: Oddities) -> None:
        self._completeness = Completeness(channel, wall=lambda: 0.0, monotonic=monotonic)
        self._oddities = oddities
        mailbox = channel.mailbox
        done = mailbox.done.rpartition("/")[2] if mailbox and mailbox.done else ""
        self._ignored = {name.encode() for name in (*(mailbox.ignore if mailbox else ()), done)}
        self.settling = 0

    def whole(self, listing: Listing, claimed: Callable[[Entry], bool]) -> list[Found]:
        """The files that are whole, oldest first. One that is `claimed` was whole before, whatever it looks like now."""
        there = {os.fsdecode(entry.name): entry for entry in listing.entries if self._is_file(entry)}
        self._completeness.forget_others(there.keys())
        self.settling = 0
        found = self._whole_of(there, claimed)
        return sorted(found, key=lambda one: (one.entry.mtime, one.entry.name))

    def _is_file(self, entry: Entry) -> bool:
        """Whether it may be a file for us; what may not is told, but for names that are nobody's business."""
        name = os.fsdecode(entry.name)
        if entry.name in self._ignored:
            return False
        if b"/" in entry.name or b"\0" in entry.name or len(entry.name) > _NAME_AT_MOST:
            self._oddities.tell("folder", "mailbox.strange_name", name[:_NAME_AT_MOST])
            return False
        if not entry.is_file:
            what = "symbolic link" if stat.S_ISLNK(entry.mode or 0) else "folder"
            what = what if stat.S_ISDIR(entry.mode or 0) or stat.S_ISLNK(entry.mode or 0) else "special file"
            self._oddities.tell("folder", "channel.not_a_file", name, what=what)
            return False
        if is_temporary(self._completeness.vouches(name) or name):
            if not name.startswith("."):
                self._is_unfinished(name, "its name says that it is not finished")
            return False
        return True

    def _whole_of(self, there: dict[str, Entry], claimed: Callable[[Entry], bool]) -> Iterator[Found]:
        sentinels = {file: name for name in there if (file := self._completeness.vouches(name))}
        for name, entry in there.items():
            sentinel = sentinels.get(name)
            seen = Seen(entry.size or 0, entry.mtime * 10**9, 0)
            if vouched := self._completeness.vouches(name):
                if vouched not in there:
                    self._oddities.tell("folder", "channel.sentinel_alone", name, file=shown(vouched))
            elif entry.size is None:
                self._oddities.tell("folder", "mailbox.not_whole", name, why="the host does not tell its size")
            elif claimed(entry) or self._completeness.whole(name, seen, vouched=sentinel is not None):
                yield Found(entry, os.fsencode(sentinel) if sentinel else None)
            elif self._completeness.soon(seen):
                self.settling += 1
                self._is_unfinished(name, "it is still written to")
            elif sentinel is None and (missing := self._completeness.missing(name)):
                self._is_unfinished(name, f"no file '{shown(missing)}' lies beside it")

    def _is_unfinished(self, name: str, why: str) -> None:
        self._oddities.tell("folder", "channel.not_complete", name, why=why)
