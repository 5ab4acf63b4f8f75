"""What can be asked of a mailbox: a listing, a look, a file, a name. Each is bounded, and compared where it can be."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

import msgspec
from paramiko import Channel
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_FSTAT,
    CMD_HANDLE,
    CMD_LSTAT,
    CMD_NAME,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_REMOVE,
    CMD_RENAME,
    CMD_WRITE,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_READ,
    SFTP_FLAG_TRUNC,
    SFTP_FLAG_WRITE,
    int64,
)
from paramiko.sftp_attr import SFTPAttributes

from gateway.channels.mailbox.trouble import Absent, Changed, Unreachable, asking
from gateway.channels.mailbox.wire import Client, Entry, attributes, data, entries, expected

LISTED_AT_MOST: Final = 100_000
"""Entries read of a listing; the gateway holds them in memory."""

PIECE: Final = 32 << 10
"""Bytes of one read or write: every host takes so many."""


class Listing(msgspec.Struct, frozen=True):
    """What lies in a folder; `whole` False where more lies there than was read."""

    entries: list[Entry]
    whole: bool


class Session:
    """What can be asked of a mailbox. Raises Declined or Absent for an answer, Unreachable for the end of the connection."""

    def __init__(self, channel: Channel) -> None:
        with asking():
            self._client = Client(channel)

    def listing(self, folder: bytes, at_most: int = LISTED_AT_MOST) -> Listing:
        """What lies in a folder, in the host's order."""
        found: list[Entry] = []
        with asking():
            kind, reply = self._client.ask(CMD_OPENDIR, folder)
            handle = expected(kind, CMD_HANDLE, reply).get_binary()
            whole = False
            while len(found) < at_most and not whole:
                try:
                    kind, reply = self._client.ask(CMD_READDIR, handle)
                except EOFError:
                    whole = True
                else:
                    found += entries(expected(kind, CMD_NAME, reply), at_most - len(found))
            self._client.ask(CMD_CLOSE, handle)
        return Listing([entry for entry in found if entry.name not in (b".", b"..")], whole)

    def look(self, path: bytes) -> Entry | None:
        """What lies there, a link not followed; None where nothing does."""
        try:
            with asking():
                kind, reply = self._client.ask(CMD_LSTAT, path)
                return attributes(expected(kind, CMD_ATTRS, reply), path.rpartition(b"/")[2])
        except Absent:
            return None

    def fetch(self, path: bytes, seen: Entry, into: BinaryIO) -> None:
        """Copy the file to its end; raises Changed where it is not just the bytes that `seen` announces, before, while or after."""
        size = seen.size or 0
        with self._opened(path, SFTP_FLAG_READ) as handle:
            with asking():
                kind, reply = self._client.ask(CMD_FSTAT, handle)
                _same(seen, attributes(expected(kind, CMD_ATTRS, reply), seen.name))
            copied = 0
            for piece in self._pieces(handle, size + 1):
                copied += len(piece)
                if copied > size:
                    raise Changed(f"it goes on after its {size} bytes")
                into.write(piece)
            if copied < size:
                raise Changed(f"it ends after {copied} of {size} bytes")
        after = self.look(path)
        if after is None:
            raise Changed("it was removed meanwhile")
        _same(seen, after)

    def put(self, path: bytes, content: bytes) -> None:
        """Write these bytes there, replacing what is there."""
        starts = range(0, len(content), PIECE)
        with self._opened(path, SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | SFTP_FLAG_TRUNC) as handle, asking():
            writes = ((CMD_WRITE, handle, int64(start), content[start : start + PIECE]) for start in starts)
            for kind, reply in self._client.ask_many(writes):
                self._client.agreed(kind, reply)

    def holds(self, path: bytes, content: bytes) -> bool | None:
        """Whether there is a plain file of just these bytes; None where there is nothing."""
        there = self.look(path)
        if there is None:
            return None
        if not there.is_file or there.size != len(content):
            return False
        with self._opened(path, SFTP_FLAG_READ) as handle:
            return b"".join(self._pieces(handle, len(content) + 1)) == content

    def rename(self, path: bytes, new: bytes) -> None:
        """Give it another name. `new` must be free: most hosts refuse to replace a file, and no host is asked to."""
        with asking():
            self._client.agreed(*self._client.ask(CMD_RENAME, path, new))

    def remove(self, path: bytes) -> None:
        """Remove the file."""
        with asking():
            self._client.agreed(*self._client.ask(CMD_REMOVE, path))

    @contextmanager
    def _opened(self, path: bytes, how: int) -> Iterator[bytes]:
        with asking():
            kind, reply = self._client.ask(CMD_OPEN, path, how, SFTPAttributes())
            handle = expected(kind, CMD_HANDLE, reply).get_binary()
        reached = True
        try:
            yield handle
        except Unreachable:
            reached = False
            raise
        finally:
            if reached:
                with contextlib.suppress(Exception):  # it tells nothing new: sizes are looked at afterwards
                    self._client.ask(CMD_CLOSE, handle)

    def _pieces(self, handle: bytes, size: int) -> Iterator[bytes]:
        """The first `size` bytes, or those until the file's end. A host may give less than is asked for, as often as it likes."""
        start = 0
        while start < size:
            starts = range(start, size, PIECE)
            reads = ((CMD_READ, handle, int64(at), min(PIECE, size - at)) for at in starts)
            answers = self._client.ask_many(reads)
            with contextlib.closing(answers):
                for at in starts:
                    with asking():
                        piece = data(*next(answers), at_most=min(PIECE, size - at))
                    if not piece:
                        return
                    yield piece
                    start = at + len(piece)
                    if len(piece) < min(PIECE, size - at):
                        break  # what was asked for beyond is asked for anew, from here


def path_in(folder: str | None, name: bytes) -> bytes:
    """The path of a name in this folder; None is the account's own."""
    return name if folder in (None, ".") else os.fsencode(folder or "").rstrip(b"/") + b"/" + name


def _same(seen: Entry, now: Entry) -> None:
    if now.size != seen.size:
        raise Changed(f"the listing says {seen.size} bytes, the file {now.size}")
    if now.mtime != seen.mtime:
        raise Changed("it was written to meanwhile")
