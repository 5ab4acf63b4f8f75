"""Bytes on their way into the archive: written to temporary files beside it, hashed as they pass, made durable together."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import msgspec

from gateway.failpoints import failpoint
from gateway.model.catalogue import reasons
from gateway.model.outcomes import TryLater
from gateway.ports import Blob, Unkept

PIECE = 1 << 20
"""How much is read and written at a time; a large file never lies in memory whole."""

SYNC_THREADS = 8
"""Real disks take many flushes at once: 8 threads were measured 4 to 9 times as fast as one."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """A temporary file that holds a blob, not yet under its name."""

    blob: Blob
    temporary: Path


class Staging:
    """One batch on its way in; `discard` leaves nothing of it behind, whatever happened.

    Its files stay open until they are flushed: a flush through a later handle may not hear of an earlier write that
    failed. Batches are therefore of some dozens, not of thousands.
    """

    def __init__(self, folder: Path, pool: Executor) -> None:
        self._folder = folder
        self._pool = pool
        self._open: list[BinaryIO] = []
        self.staged: list[Staged] = []

    def keep(self, stream: BinaryIO) -> Blob:
        """Copy a stream to its end; raises TryLater where it cannot be read or written, and then keeps nothing of it."""
        temporary = self._folder / uuid4().hex
        try:
            blob = self._write(stream, temporary)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        self.staged.append(Staged(blob=blob, temporary=temporary))
        return blob

    def sync(self) -> None:
        """Put the content of every file on stable storage."""
        failpoint("archive.written")
        if not self._open:
            return
        handles = [file.fileno() for file in self._open]
        with writing():
            # A share for each thread: handing over every single flush costs more than many a flush.
            list(self._pool.map(_sync_all, (handles[n::SYNC_THREADS] for n in range(min(SYNC_THREADS, len(handles))))))
        while self._open:
            self._open.pop().close()

    def discard(self) -> None:
        """Close what is open and remove the temporaries that did not find their place."""
        for file in self._open:
            with contextlib.suppress(OSError):  # the file is not wanted any more
                file.close()
        self._open.clear()
        for one in self.staged:
            one.temporary.unlink(missing_ok=True)

    def _write(self, stream: BinaryIO, temporary: Path) -> Blob:
        digest, size = hashlib.sha256(), 0
        with writing(), contextlib.ExitStack() as on_failure:
            file = temporary.open("xb")
            on_failure.callback(file.close)
            for piece in _pieces(stream):
                digest.update(piece)
                size += file.write(piece)
            file.flush()
            os.fchmod(file.fileno(), 0o440)
            on_failure.pop_all()
        self._open.append(file)
        return Blob(digest.hexdigest(), size)


def _sync_all(handles: list[int]) -> None:
    for handle in handles:
        os.fsync(handle)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces; a source that fails is not taken for an archive that fails."""
    try:
        while piece := stream.read(PIECE):
            yield piece
    except OSError as error:
        raise TryLater(_words("archive.source_unreadable", error)) from error


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Turn what a disk says while it is written to into Unkept, in words."""
    try:
        yield
    except OSError as error:
        code = "archive.full" if error.errno in _FULL else "archive.unwritable"
        raise Unkept(_words(code, error), code=code, reason=_reason(error)) from error


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """The same for a disk that is read."""
    try:
        yield
    except OSError as error:
        raise TryLater(_words("archive.unreadable", error)) from error


def _words(code: str, error: OSError) -> str:
    """The catalogue's, with what the system said; no path is told."""
    return reasons()[code].message.format(reason=_reason(error))


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on stable storage."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
