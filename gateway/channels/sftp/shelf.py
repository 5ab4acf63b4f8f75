"""What a partner fetches: the files in its out/, ack/ and error/, and which of them it has downloaded completely.

The daemon puts files there in one step (`outlet`). A mark, `.fetched/<name>` beside the files, says since when one is fetched:
it stays for the agreed days after that, and its partner may remove it sooner.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.channels.names import shown
from gateway.channels.sftp.coverage import Coverage
from gateway.channels.sftp.jail import ERROR, FOLDERS, IN
from gateway.channels.sftp.protocol import Attributes, Entry
from gateway.model.outcomes import Refused
from gateway.profiles.sftp import SftpServer

FETCHED = ".fetched"
_LISTED_AT_MOST = 50_000
_REMEMBERED_AT_MOST = 1000

Tell = Callable[[str], None]
"""Tells the daemon that all of this file ("out/850-7.edi") was downloaded; returns once that is written down. Raises Refused."""


class Shelf:
    """out/, ack/ and error/ of one channel. `root` is its folder under outbox/. Safe from any thread."""

    def __init__(
        self, root: Path, tell: Tell, limits: Callable[[], SftpServer], wall: Callable[[], float] = time.time
    ) -> None:
        self._root = root
        self._tell = tell
        self._limits = limits
        self._wall = wall
        self._one = threading.Lock()
        self._read: dict[tuple[str, str, int], Coverage] = {}  # so that a download may go on in a later session

    def listing(self, folder: str) -> list[Entry]:
        """What lies in this folder."""
        return [
            Entry(
                name=name, attributes=_about(status), remark="fetched" if self._since(folder, name, status) else "new"
            )
            for name, status in sorted(self._files(folder))
        ]

    def about(self, folder: str, name: str) -> Attributes | None:
        """What is known of this file; None where there is none."""
        status = self._status(folder, name)
        return _about(status) if status else None

    def open(self, folder: str, name: str) -> Download:
        """Open it for reading; raises Refused."""
        try:
            handle = os.open(self._root / folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise Refused("sftp.no_such_file", name=f"{folder}/{shown(name)}") from error
        status = os.fstat(handle)
        if _hidden(name) or not stat.S_ISREG(status.st_mode):
            os.close(handle)
            raise Refused("sftp.no_such_file", name=f"{folder}/{shown(name)}")
        with self._one:
            if len(self._read) >= _REMEMBERED_AT_MOST:
                self._read.clear()
            read = self._read.setdefault((folder, name, status.st_ino), Coverage())
        return Download(self, f"{folder}/{name}", handle, status, read)

    def fetched(self, path: str) -> None:
        """Its partner has all of it: told once, then marked."""
        folder, name = path.split("/", 1)
        status = self._status(folder, name)
        if status is None or self._since(folder, name, status):
            return
        self._tell(path)
        mark = self._mark(folder, name)
        mark.parent.mkdir(mode=0o700, exist_ok=True)
        mark.touch(mode=0o600)

    def remove(self, folder: str, name: str) -> None:
        """Remove what was fetched; raises Refused for what was not: it is owed still."""
        status = self._status(folder, name)
        if status is None:
            raise Refused("sftp.no_such_file", name=f"{folder}/{shown(name)}")
        if not self._since(folder, name, status):
            raise Refused("sftp.not_fetched", name=f"{folder}/{shown(name)}")
        self._discard(folder, name)

    def expire(self) -> None:
        """Remove what was fetched long enough ago; of error/, which nobody need fetch, what has lain there so long."""
        oldest = self._wall() - self._limits().keep_days * 86_400
        for folder in FOLDERS:
            for name, status in list(self._files(folder)):
                since = self._since(folder, name, status) or (status.st_mtime if folder == ERROR else oldest)
                if since < oldest:
                    self._discard(folder, name)

    def _files(self, folder: str) -> Iterator[tuple[str, os.stat_result]]:
        if folder == IN:
            return
        try:
            with os.scandir(self._root / folder) as entries:
                for count, entry in enumerate(entries):
                    if count >= _LISTED_AT_MOST:
                        return
                    status = self._status(folder, entry.name)
                    if status:
                        yield entry.name, status
        except OSError:
            return  # nothing was put there yet

    def _status(self, folder: str, name: str) -> os.stat_result | None:
        if folder == IN or _hidden(name):
            return None
        try:
            status = (self._root / folder / name).lstat()
        except OSError:
            return None
        return status if stat.S_ISREG(status.st_mode) else None

    def _mark(self, folder: str, name: str) -> Path:
        return self._root / folder / FETCHED / name

    def _since(self, folder: str, name: str, status: os.stat_result) -> float | None:
        """When it was fetched; a mark that is older than the file was another one's of its name."""
        try:
            marked = self._mark(folder, name).stat().st_mtime
        except OSError:
            return None
        return marked if marked >= status.st_mtime else None

    def _discard(self, folder: str, name: str) -> None:
        (self._root / folder / name).unlink(missing_ok=True)
        self._mark(folder, name).unlink(missing_ok=True)


class Download:
    """A file open for reading: one handle of one session. Not for several threads at once."""

    def __init__(self, shelf: Shelf, path: str, handle: int, status: os.stat_result, read: Coverage) -> None:
        self._shelf = shelf
        self._path = path
        self._handle = handle
        self._status = status
        self._read = read

    def read(self, offset: int, count: int) -> bytes:
        """Bytes from there on, at most so many; empty at the end."""
        content = os.pread(self._handle, count, min(offset, self._status.st_size))
        self._read.add(offset, offset + len(content))
        return content

    def about(self) -> Attributes:
        """What is known of it."""
        return _about(self._status)

    def close(self) -> None:
        """The client has what it wanted."""
        os.close(self._handle)
        if self._read.reached >= self._status.st_size:
            with contextlib.suppress(Refused):  # the daemon is not there to hear it; the client has its file
                self._shelf.fetched(self._path)

    def break_off(self) -> None:
        """The client went without a word: whether the last bytes reached it nobody knows."""
        os.close(self._handle)


def _hidden(name: str) -> bool:
    return name.startswith(".") or "/" in name or "\0" in name


def _about(status: os.stat_result) -> Attributes:
    return Attributes(size=status.st_size, changed=status.st_mtime)
