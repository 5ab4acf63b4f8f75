"""The archive on a local disk: write-once files named by their SHA-256, one folder per calendar month.

    tmp/<uuid>              on its way in
    2026-11/<sha256>        kept, read-only

A month is one folder, so that a batch costs one directory flush however many files it has; a folder per hash
prefix would cost one for nearly every file. A crash leaves temporaries (swept) or blobs nobody refers to, never
half a blob under its name.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, overload

from gateway.archive.staging import PIECE, SYNC_THREADS, Staged, Staging, reading, sync_folder, writing
from gateway.failpoints import failpoint
from gateway.model.outcomes import Refused
from gateway.ports import Blob

_NAME = re.compile(r"[0-9a-f]{64}")
_MONTH = re.compile(r"\d{4}-\d{2}")


def _now() -> datetime:
    return datetime.now(tz=UTC)


class LocalArchive:
    """Keeps bytes under one folder; implements `gateway.ports.Archive`. Threads may share it."""

    def __init__(self, root: Path, *, clock: Callable[[], datetime] = _now) -> None:
        self._root = root
        self._temporary = root / "tmp"
        self._clock = clock
        self._placing = threading.Lock()
        self._flushing = ThreadPoolExecutor(SYNC_THREADS, thread_name_prefix="archive")
        self._durable_months: set[Path] = set()
        with writing():
            _make_durable(self._temporary)

    @contextmanager
    def keeping(self) -> Iterator[Callable[[BinaryIO], Blob]]:
        """`with archive.keeping() as keep: blob = keep(stream)`: when the block ends well, all kept is on stable storage.

        Raises TryLater where the disk is full or fails, from `keep` or at the end; nothing is kept where the block raises.
        """
        staging = Staging(self._temporary, self._flushing)
        try:
            yield staging.keep
            staging.sync()
            failpoint("archive.flushed")
            self._place(staging.staged)
            failpoint("archive.kept")
        finally:
            staging.discard()

    def open(self, sha256: str) -> BinaryIO:
        """Read a blob back, from the start; raises Refused("archive.missing"), or TryLater where the disk fails."""
        with reading():
            for month in self._likely():
                with suppress(FileNotFoundError):
                    return (month / _checked(sha256)).open("rb")
        raise Refused("archive.missing", sha256=sha256)

    def verify(self, sha256: str) -> bool:
        """Whether the blob still is what its name says, read anew from the disk; raises as `open` does."""
        digest = hashlib.sha256()
        with reading(), self.open(sha256) as stream:
            while piece := stream.read(PIECE):
                digest.update(piece)
        return digest.hexdigest() == sha256

    def blobs(self) -> Sequence[Blob]:
        """All that is kept, newest month first; walked anew, and lazily, by each iteration."""
        return _Blobs(self._months)

    def sweep(self, older_than: timedelta = timedelta(0)) -> int:
        """Remove what crashes left on its way in; call it at start, before anything is kept. Returns how many."""
        oldest = (self._clock() - older_than).timestamp()
        left = [path for path in self._temporary.iterdir() if path.stat().st_mtime <= oldest]
        for path in left:
            path.unlink()
            failpoint("archive.swept")
        return len(left)

    def _place(self, staged: list[Staged]) -> None:
        """Give every blob its name and take it off the list, then flush each folder that holds one of them, once."""
        touched = set()
        with writing():
            with self._placing:
                months = list(dict.fromkeys([self._durable(self._month()), *self._months()]))
                while staged:
                    touched.add(self._put(staged[-1], months))
                    staged.pop()
            failpoint("archive.placed")
            for folder in touched:
                sync_folder(folder)

    def _put(self, staged: Staged, months: Sequence[Path]) -> Path:
        """The folder in which this blob now is: of `months` the first, or where it was already, if it still is what its name says."""
        sha256 = staged.blob.sha256
        there = self._find(sha256, months)
        if there is not None:
            if self.verify(sha256):
                staged.temporary.unlink()
                # Its name may not be durable yet, where another thread has just placed it: its folder is flushed too.
                return self._durable(there.parent)
            there.rename(there.with_name(f"{sha256}.damaged"))  # kept as evidence, out of the way of the good bytes
        staged.temporary.rename(months[0] / sha256)
        return months[0]

    def _durable(self, month: Path) -> Path:
        """A month whose own name is on stable storage."""
        if month not in self._durable_months:
            # Once per process even where it exists: the process that made it may have died before its flush.
            month.mkdir(mode=0o750, exist_ok=True)
            failpoint("archive.month")
            sync_folder(self._root)
            self._durable_months.add(month)
        return month

    def _months(self) -> list[Path]:
        return sorted((path for path in self._root.iterdir() if _MONTH.fullmatch(path.name)), reverse=True)

    def _month(self) -> Path:
        """The folder of what is kept now."""
        now = self._clock()
        return self._root / f"{now.year}-{now.month:02}"

    def _likely(self) -> Iterator[Path]:
        """Every month, this one first: most of what is read was kept just now, and is found without a listing."""
        yield self._month()
        yield from self._months()

    def _find(self, sha256: str, months: Iterable[Path]) -> Path | None:
        name = _checked(sha256)
        return next((path for month in months if (path := month / name).is_file()), None)


class _Blobs(Sequence[Blob]):
    """The blobs in these folders as a sequence that holds none of them."""

    def __init__(self, months: Callable[[], list[Path]]) -> None:
        self._months = months

    def __iter__(self) -> Iterator[Blob]:
        with reading():
            for month in self._months():
                with os.scandir(month) as entries:
                    yield from (
                        Blob(entry.name, entry.stat().st_size) for entry in entries if _NAME.fullmatch(entry.name)
                    )

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, index: int) -> Blob: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Blob]: ...
    def __getitem__(self, index: int | slice) -> Blob | Sequence[Blob]:
        if isinstance(index, slice):
            return tuple(self)[index]
        return next(itertools.islice(self, range(len(self))[index], None))


def _checked(sha256: str) -> str:
    if not _NAME.fullmatch(sha256):
        raise Refused("archive.not_a_name", value=sha256[:80])
    return sha256


def _make_durable(folder: Path) -> None:
    """Make a folder and those above it that are missing, each name on stable storage."""
    if folder.is_dir():
        return
    _make_durable(folder.parent)
    folder.mkdir(mode=0o750, exist_ok=True)
    sync_folder(folder.parent)
