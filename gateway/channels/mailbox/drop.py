"""A file that was fetched from a mailbox and lies in staging, whole."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import msgspec

from gateway.channels.later import later
from gateway.channels.mailbox.claims import Claim
from gateway.model.finding import Finding


class MailboxDrop(msgspec.Struct, frozen=True, kw_only=True):
    """Implements `gateway.ports.Drop`. `path` is where it is staged, `claim` what it was on the remote host."""

    channel: str
    source_key: str
    name: str
    findings: tuple[Finding, ...]
    path: Path
    claim: Claim

    def open(self) -> BinaryIO:
        """Its bytes, from the start; raises TryLater where our own disk does not give them back."""
        try:
            return self.path.open("rb")
        except OSError as error:
            raise later("archive.source_unreadable", reason=error.strerror) from error
