"""What we owe on an SFTP channel: put where its partner finds it, outbox/<channel>/out, ack or error, in one step."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from gateway.channels.later import later
from gateway.channels.names import safe
from gateway.channels.outbox import FolderOutlet
from gateway.channels.sftp.jail import ACK, ERROR, FOLDERS, IN, OUT
from gateway.model.outcomes import Refused, TryLater
from gateway.ports import Parcel, Sent


class SftpOutlet:
    """Implements `gateway.ports.Outlet`. `read` opens bytes of the archive, for the copy of a refused file beside its answer."""

    def __init__(self, root: Path, read: Callable[[str], BinaryIO], flushing: Executor | None = None) -> None:
        self._root = root
        self._read = read
        self._folders = {folder: FolderOutlet(root / folder, flushing) for folder in FOLDERS if folder != IN}

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Sent | Refused | TryLater]:
        """Put each into its folder: documents into out/, answers into ack/, those to a refused file into error/, beside it."""
        outcomes: dict[int, Sent | Refused | TryLater] = {}
        for folder, outlet in self._folders.items():
            here = [parcel for parcel in parcels if _folder(parcel) == folder]
            for parcel, outcome in zip(here, outlet.send(here) if here else (), strict=True):
                outcomes[parcel.delivery] = _in(folder, outcome)
        for parcel in parcels:
            if parcel.refused and isinstance(outcomes[parcel.delivery], Sent):
                try:
                    self._lay_beside(parcel.refused.name, parcel.refused.sha256)
                except (OSError, Refused) as error:
                    outcomes[parcel.delivery] = later("sftp.no_copy", name=parcel.refused.name, reason=str(error))
        return [outcomes[parcel.delivery] for parcel in parcels]

    def _lay_beside(self, name: str, sha256: str) -> None:
        """A copy of the refused file, under its own name; the last one of a name is the one that lies there."""
        folder = self._root / ERROR
        temporary = folder / f".{safe(name)}.{uuid4().hex}.tmp"
        try:
            with self._read(sha256) as source, temporary.open("xb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
            temporary.rename(folder / safe(name))
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _folder(parcel: Parcel) -> str:
    if parcel.refused:
        return ERROR
    return ACK if parcel.acknowledgment else OUT


def _in(folder: str, outcome: Sent | Refused | TryLater) -> Sent | Refused | TryLater:
    return Sent(name=f"{folder}/{outcome.name}") if isinstance(outcome, Sent) else outcome
