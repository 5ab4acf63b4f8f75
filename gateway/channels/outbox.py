"""An outbox folder as a way out: written under a temporary name, flushed, renamed, so that nobody sees half a file."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import threading
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from gateway.channels.later import later
from gateway.channels.names import numbered, safe
from gateway.failpoints import failpoint
from gateway.model.outcomes import Refused, TryLater
from gateway.ports import Parcel, Sent

SAME_NAME_AT_MOST = 1000
"""Files of one name with different content that may wait in an outbox."""

_SYNC_THREADS = 8
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{32}\.tmp", re.DOTALL)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FolderOutlet:
    """Implements `gateway.ports.Outlet` over one folder, outbox/<channel>/, in which nobody else creates files."""

    def __init__(self, root: Path, flushing: Executor | None = None) -> None:
        """`flushing` runs the flushes of several outlets; without it this one has threads of its own."""
        self._root = root
        self._flushing = flushing or ThreadPoolExecutor(_SYNC_THREADS, thread_name_prefix="outbox")
        self._sending = threading.Lock()
        with contextlib.suppress(OSError):  # no folder yet, or not ours: sending says so
            for path in root.iterdir():
                if _TEMPORARY.fullmatch(path.name):
                    path.unlink()  # left by a crash before its rename

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Sent | Refused | TryLater]:
        """Put each under its name, made safe; "-2", "-3" ... where other bytes have it. An outcome for each, in order.

        A parcel whose bytes are there already is sent: a repeat after a crash changes nothing. Sent is on stable storage.
        """
        with self._sending:
            with contextlib.suppress(OSError):  # writing says what is wrong with it
                self._root.mkdir(parents=True, exist_ok=True)
            written = [self._write(parcel) for parcel in parcels]
            flushed = _flush(parcels, written, self._flushing)
            failpoint("outbox.written")
            outcomes = [self._place(parcel, file) for parcel, file in zip(parcels, flushed, strict=True)]
            failpoint("outbox.renamed")
            return self._settled(parcels, outcomes)

    def _write(self, parcel: Parcel) -> BinaryIO | TryLater:
        """The parcel in a temporary file, still open."""
        temporary = self._root / f".{safe(parcel.name)}.{uuid4().hex}.tmp"
        try:
            with contextlib.ExitStack() as on_failure:
                file = temporary.open("xb")
                on_failure.callback(_discard, file)
                file.write(parcel.content)
                file.flush()
                on_failure.pop_all()
        except OSError as error:
            return _later(parcel, error)
        return file

    def _place(self, parcel: Parcel, written: Path | TryLater) -> Sent | Refused | TryLater:
        """Rename it to the first of its names that is free, or that holds the same bytes."""
        if isinstance(written, TryLater):
            return written
        try:
            for n in range(1, SAME_NAME_AT_MOST + 1):
                name = numbered(safe(parcel.name), n)
                path = self._root / name
                if not os.path.lexists(path):
                    written.rename(path)
                    return Sent(name=name)
                if _holds(path, parcel.content):
                    return Sent(name=name)
        except OSError as error:
            return _later(parcel, error)
        finally:
            written.unlink(missing_ok=True)
        return Refused("channel.outbox_crowded", name=safe(parcel.name), tried=SAME_NAME_AT_MOST)

    def _settled(
        self, parcels: Sequence[Parcel], outcomes: list[Sent | Refused | TryLater]
    ) -> list[Sent | Refused | TryLater]:
        """The outcomes, once the names are on stable storage: one flush for all of them."""
        if not any(isinstance(outcome, Sent) for outcome in outcomes):
            return outcomes
        try:
            handle = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            return [
                _later(parcel, error) if isinstance(outcome, Sent) else outcome
                for parcel, outcome in zip(parcels, outcomes, strict=True)
            ]
        return outcomes


def _flush(
    parcels: Sequence[Parcel], written: Sequence[BinaryIO | TryLater], flushing: Executor
) -> list[Path | TryLater]:
    """Flush and close the files, several at a time; where that fails, the file is gone."""
    outcomes: list[Path | TryLater] = [TryLater("not flushed")] * len(parcels)

    def flush(parcel: Parcel, file: BinaryIO | TryLater) -> Path | TryLater:
        if isinstance(file, TryLater):
            return file
        try:
            with file:
                os.fsync(file.fileno())
        except OSError as error:
            _discard(file)
            return _later(parcel, error)
        return Path(file.name)

    def flush_share(first: int) -> None:
        for place in range(first, len(parcels), _SYNC_THREADS):
            outcomes[place] = flush(parcels[place], written[place])

    # A share for each thread: handing over every single flush costs more than many a flush.
    list(flushing.map(flush_share, range(min(_SYNC_THREADS, len(parcels)))))
    return outcomes


def _discard(file: BinaryIO) -> None:
    with contextlib.suppress(OSError):
        file.close()
    with contextlib.suppress(OSError):
        Path(file.name).unlink(missing_ok=True)


def _holds(path: Path, content: bytes) -> bool:
    """Whether this is a plain file of just these bytes."""
    return (
        not path.is_symlink()
        and path.is_file()
        and path.stat().st_size == len(content)
        and path.read_bytes() == content
    )


def _later(parcel: Parcel, error: OSError) -> TryLater:
    code = "channel.outbox_full" if error.errno in _FULL else "channel.outbox_unwritable"
    return later(code, name=safe(parcel.name), reason=error.strerror)
