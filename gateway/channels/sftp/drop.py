"""A complete upload, as the daemon offers it to be admitted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import msgspec

from gateway.channels.later import later
from gateway.channels.names import shown
from gateway.channels.sftp.staging import Staged
from gateway.model.catalogue import finding
from gateway.model.finding import Finding


class SftpDrop(msgspec.Struct, frozen=True, kw_only=True):
    """Implements `gateway.ports.Drop`; nobody writes to it any more."""

    channel: str
    source_key: str
    name: str
    path: Path
    findings: tuple[Finding, ...] = ()

    def open(self) -> BinaryIO:
        """Its bytes, from the start; a link in its place leads nowhere."""
        try:
            return open(self.path, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW))
        except OSError as error:
            raise later("sftp.not_readable", name=self.name, reason=error.strerror) from error


def drop_of(staged: Staged) -> SftpDrop:
    """The drop that this upload is."""
    name = shown(staged.name)
    return SftpDrop(
        channel=staged.stages.name,
        source_key=staged.key,
        name=name,
        path=staged.path,
        findings=() if _size(staged.path) else (finding("channel.empty", name=name),),
    )


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
