"""One partner's in/: uploads that are under way, broken off, or wait for their rename. What is complete is handed over and gone.

Safe from any thread. Everything a restart must know is in the place of a file (`staging`); the rest is found again by looking.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from gateway.channels.names import is_temporary
from gateway.channels.room import Room
from gateway.channels.sftp.protocol import Attributes, Entry
from gateway.channels.sftp.staging import COMPLETE, PARTIAL, SCATTERED, WAITING, Staged, make_stages, staged_in
from gateway.channels.sftp.upload import Unfinished, Upload
from gateway.failpoints import failpoint
from gateway.model.outcomes import Refused
from gateway.profiles.sftp import MB, SftpServer

HandOver = Callable[[str, str], None]
"""Asks the daemon to make the complete upload of this key and name ours; raises Refused("sftp.not_taken") where it did not."""

_LOOK_AT_DISK = 16 * MB
"""Bytes of one upload between two looks at the free space."""


class Uploads:
    """in/ of one channel. `stages` is its folder under var/sftp, `limits` and `room` are those in force at each call."""

    def __init__(
        self,
        stages: Path,
        hand_over: HandOver,
        limits: Callable[[], SftpServer],
        room: Room,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._stages = stages
        self._hand_over = hand_over
        self.limits = limits
        self._room = room
        self._wall = wall
        self._one = threading.Lock()
        self._files: dict[str, Unfinished] = {}
        self._writing: list[Unfinished] = []  # those whose name another one bears by now among them
        make_stages(stages)
        for worthless in staged_in(stages, SCATTERED):
            worthless.path.unlink(missing_ok=True)
        for stage in (PARTIAL, WAITING):
            for staged in staged_in(stages, stage):
                status = staged.path.stat()
                self._replace(Unfinished(staged, status.st_size, status.st_mtime))

    def listing(self) -> list[Entry]:
        """What lies in in/, without what is being written at this moment."""
        with self._one:
            return [
                Entry(name=name, attributes=file.about, remark="broken-off" if file.broken_off else "unrenamed")
                for name, file in sorted(self._files.items())
                if file.writer is None
            ]

    def about(self, name: str) -> Attributes | None:
        """What is known of an upload of this name: so much of it is here."""
        with self._one:
            file = self._files.get(name)
            return file.about if file else None

    def open(self, name: str, *, anew: bool, only_new: bool = False, append: bool = False) -> Upload:
        """Begin an upload under this name, or go on with the one that broke off; raises Refused."""
        with self._one:
            known = self._files.get(name)
            if known and only_new:
                raise Refused("sftp.exists", name=name)
            if known and known.writer and not anew:
                known.writer.lose()  # its connection hangs, and its sender is back on another one
                self._cut(known.writer)
                known = self._files.get(name)
            if known is None or anew:
                self._check_room(files=1)
                known = Unfinished(Staged.new(self._stages, name), 0, self._wall())
                handle = os.open(known.staged.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
                self._replace(known)
            else:
                self._check_room(files=0)
                known.staged = known.staged.moved(PARTIAL)
                handle = os.open(known.staged.path, os.O_WRONLY | os.O_NOFOLLOW)
                known.size = os.fstat(handle).st_size
            known.writer = upload = Upload(self, known, handle, append=append)
            self._writing.append(known)
            return upload

    def rename(self, old: str, new: str, *, over: bool) -> None:
        """Give a closed upload another name; under a final one it becomes ours before this returns. Raises Refused."""
        with self._one:
            file = self._files.get(old)
            if file is None:
                raise Refused("sftp.no_such_file", name=f"in/{old}")
            if file.writer is not None or file.broken_off:
                raise Refused("sftp.not_finished", name=old)
            target = self._files.get(new)
            if target is not None and target is not file and not (over or target.broken_off):
                raise Refused("sftp.exists", name=new)
            final = not is_temporary(new)
            file.staged = file.staged.moved(COMPLETE if final else WAITING, new)
            del self._files[old]
            self._replace(file, final=final)
        if final:
            self._complete(file, back_to=old)

    def remove(self, name: str) -> None:
        """Throw away an upload that is not complete."""
        with self._one:
            file = self._files.get(name)
            if file is None:
                raise Refused("sftp.no_such_file", name=f"in/{name}")
            if file.writer is not None:
                raise Refused("sftp.not_finished", name=name)
            self._forget(name)

    def expire(self) -> None:
        """Throw away what nobody went on with for as long as is agreed."""
        oldest = self._wall() - self.limits().partial_hours * 3600
        with self._one:
            for name, file in list(self._files.items()):
                if file.writer is None and file.changed < oldest:
                    self._forget(name)

    def grow(self, upload: Upload, size: int) -> None:
        """Let an upload become so large; raises Refused where it may not."""
        limits, file = self.limits(), upload.file
        if size <= file.size:
            return
        if size > limits.max_file_mb * MB:
            raise Refused("sftp.too_large", name=file.staged.name, largest=limits.max_file_mb)
        with self._one:
            if sum(one.size for one in self._all()) - file.size + size > limits.quota_mb * MB:
                raise Refused("sftp.quota_bytes", most=limits.quota_mb)
            if size // _LOOK_AT_DISK != file.size // _LOOK_AT_DISK:
                self._check_disk()
            file.size, file.changed = size, self._wall()

    def closed(self, upload: Upload) -> None:
        """The client closed it: under a temporary name it waits, under a final one it becomes ours. Raises Refused."""
        file = upload.file
        name = file.staged.name
        with self._one:
            if file.writer is not upload:
                raise Refused("sftp.taken_over", name=name)
            gap = upload.coverage.gap()
            if gap:
                self._cut(upload)
                raise Refused("sftp.gap", name=name, start=gap[0], end=gap[1] - 1)
            self._ended(file)
            final = not is_temporary(name)
            file.staged = file.staged.moved(COMPLETE if final else WAITING)
            if not final:
                self._replace(file)
            elif self._files.get(name) is file:
                del self._files[name]
        if final:
            self._complete(file)

    def broken_off(self, upload: Upload) -> None:
        """The client is gone: what came without a gap stays for when it is back."""
        with self._one:
            if upload.file.writer is upload:
                self._cut(upload)

    def scatter(self, upload: Upload) -> None:
        """It has gaps from now on: a crash must not leave it as one that can be resumed."""
        with self._one:
            upload.file.staged = upload.file.staged.moved(SCATTERED)

    def _complete(self, file: Unfinished, back_to: str | None = None) -> None:
        """Hand it over. Where it is known that it was not taken, it is again what it was before the request, or gone."""
        failpoint("sftp.staged")
        try:
            self._hand_over(file.staged.key, file.staged.name)
        except Refused as refused:
            if refused.code == "sftp.not_taken":
                self._take_back(file, back_to)
            raise

    def _take_back(self, file: Unfinished, name: str | None) -> None:
        with self._one:
            if name is None or name in self._files:
                file.staged.path.unlink(missing_ok=True)
            else:
                file.staged = file.staged.moved(WAITING, name)
                self._replace(file)

    def _cut(self, upload: Upload) -> None:
        """Nobody writes to it any more: keep what came without a gap, unless another upload bears its name by now."""
        file = upload.file
        os.truncate(file.staged.path, upload.coverage.reached)
        file.staged, file.size = file.staged.moved(PARTIAL), upload.coverage.reached
        self._ended(file)
        named = self._files.get(file.staged.name) is file
        if named and not file.size:
            del self._files[file.staged.name]
        if not (named and file.size):
            file.staged.path.unlink(missing_ok=True)

    def _check_room(self, *, files: int) -> None:
        limits = self.limits()
        if len(self._all()) + files > limits.quota_files:
            raise Refused("sftp.quota_files", most=limits.quota_files)
        self._check_disk()

    def _all(self) -> list[Unfinished]:
        """Everything unfinished, whether its name shows it or not."""
        return [
            *self._files.values(),
            *(file for file in self._writing if self._files.get(file.staged.name) is not file),
        ]

    def _ended(self, file: Unfinished) -> None:
        """Nobody writes to it any more."""
        file.writer = None
        self._writing.remove(file)

    def _check_disk(self) -> None:
        if not self._room.left():
            raise Refused("sftp.no_room")

    def _replace(self, file: Unfinished, *, final: bool = False) -> None:
        """This one bears its name from now on; an older one of the name is gone, unless it is still written to."""
        if self._files.get(file.staged.name) is not file:
            self._forget(file.staged.name)
        if not final:
            self._files[file.staged.name] = file

    def _forget(self, name: str) -> None:
        file = self._files.pop(name, None)
        if file is not None and file.writer is None:
            file.staged.path.unlink(missing_ok=True)
