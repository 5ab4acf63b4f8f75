"""One upload: what is known of it while it is not complete, and the handle that writes to it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import msgspec

from gateway.channels.sftp.coverage import Coverage
from gateway.channels.sftp.protocol import Attributes
from gateway.channels.sftp.staging import PARTIAL, Staged
from gateway.model.outcomes import Refused

if TYPE_CHECKING:
    from gateway.channels.sftp.uploads import Uploads


class Unfinished(msgspec.Struct):
    """One upload that is not complete; `writer` is the handle it belongs to now."""

    staged: Staged
    size: int
    changed: float
    writer: Upload | None = None

    @property
    def broken_off(self) -> bool:
        """Whether its client went before it was closed."""
        return self.writer is None and self.staged.stage == PARTIAL

    @property
    def about(self) -> Attributes:
        """What a client is told of it."""
        return Attributes(size=self.size, writable=True, changed=self.changed)


class Upload:
    """A file open for writing: one handle of one session. Not for several threads at once."""

    def __init__(self, uploads: Uploads, file: Unfinished, handle: int, *, append: bool) -> None:
        self._uploads = uploads
        self._handle = handle
        self._append = append
        self._lost = False
        self._begun = False
        self.file = file
        self.coverage = Coverage(file.size)

    def write(self, offset: int, content: memoryview) -> None:
        """Put these bytes there; raises Refused where they may not be put."""
        if self._lost:
            raise Refused("sftp.taken_over", name=self.file.staged.name)
        if self._append:
            offset = self.coverage.reached
        elif offset == 0 and not self._begun:
            self._again()
        self._begun, end = True, offset + len(content)
        self._uploads.grow(self, end)
        before = self.coverage.scattered
        if not self.coverage.add(offset, end):
            raise Refused("sftp.too_scattered", name=self.file.staged.name)
        if self.coverage.scattered and not before:
            self._uploads.scatter(self)
        self._write(offset, content)

    def cut(self, size: int) -> None:
        """Cut it to this size; raises Refused where that would make it longer."""
        if self._lost or size > self.coverage.reached or self.coverage.scattered:
            raise Refused("sftp.not_offered", what="making a file longer without writing to it")
        os.ftruncate(self._handle, size)
        self.coverage, self.file.size = Coverage(size), size

    def about(self) -> Attributes:
        """What is known of it."""
        return self.file.about

    def close(self) -> None:
        """The client says that this is all; raises Refused."""
        os.close(self._handle)
        self._uploads.closed(self)

    def break_off(self) -> None:
        """The client went without a word."""
        os.close(self._handle)
        self._uploads.broken_off(self)

    def lose(self) -> None:
        """Another handle goes on with this upload."""
        self._lost = True

    def _write(self, offset: int, content: memoryview) -> None:
        try:
            while content:
                written = os.pwrite(self._handle, content, offset)
                offset, content = offset + written, content[written:]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Refused("sftp.no_room") from error
            raise

    def _again(self) -> None:
        """It is written from the start: nothing of what came before may be left behind its new end."""
        os.ftruncate(self._handle, 0)
        self.coverage, self.file.size = Coverage(), 0
