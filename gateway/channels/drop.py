"""A file that was claimed from a drop folder, and the reading of it that takes no half file for a whole one."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from gateway.channels.completeness import Seen
from gateway.channels.later import later
from gateway.model.finding import Finding
from gateway.model.outcomes import TryLater

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class FolderDrop(msgspec.Struct, frozen=True, kw_only=True):
    """Implements `gateway.ports.Drop`. `path` is where it lies claimed, `seen` how it looked then.

    `sentinel` is where the file lies that vouched for it, where one did. `unreadable` is told why it could not be read.
    """

    channel: str
    source_key: str
    name: str
    findings: tuple[Finding, ...]
    path: Path
    seen: Seen
    sentinel: Path | None = None
    unreadable: Callable[[str], None] = lambda _reason: None

    def open(self) -> BinaryIO:
        """Its bytes, from the start; this, or reading its end, raises TryLater where it is not what was claimed."""
        try:
            return io.BufferedReader(_Unchanged(self))
        except OSError as error:
            raise _unreadable(self, error) from error


def _unreadable(drop: FolderDrop, error: OSError) -> TryLater:
    reason, folder = error.strerror or str(error), f"inbox/{drop.channel}"
    drop.unreadable(reason)
    return later("channel.unreadable", name=drop.name, more="", folder=folder, reason=reason)


class _Unchanged(io.FileIO):
    """A file whose end is told only if it looks as it did when it was claimed: a writer may still hold its handle."""

    def __init__(self, drop: FolderDrop) -> None:
        # Neither a symbolic link nor a pipe put in its place can lead the reader elsewhere or hold it.
        super().__init__(
            drop.path, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
        )
        self._drop = drop
        self._check()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        try:
            count = super().readinto(buffer)
        except OSError as error:  # the sender's disk or share, not ours
            raise _unreadable(self._drop, error) from error
        if not count:
            self._check()
        return count or 0

    def readall(self) -> bytes:
        try:
            content = super().readall()
        except OSError as error:
            raise _unreadable(self._drop, error) from error
        self._check()
        return content or b""

    def _check(self) -> None:
        status = os.fstat(self.fileno())
        if not stat.S_ISREG(status.st_mode) or Seen.of(status) != self._drop.seen:
            self.close()
            raise later("channel.changing", name=self._drop.name)
