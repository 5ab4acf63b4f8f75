"""Notes on disk about what is under way on a remote server, each a small file: durable before the step that it is about."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

NoteT = TypeVar("NoteT", bound=msgspec.Struct)
_TEMPORARY = ".tmp"


class Notes(Generic[NoteT]):
    """The notes of one kind in one folder, by their keys (safe as file names). Not for several threads at once.

    What is no note of this kind (a file cut by a full disk, say) is passed over, as if there were none.
    """

    def __init__(self, folder: Path, kind: type[NoteT]) -> None:
        self._folder = folder
        self._kind = kind

    def all(self) -> dict[str, NoteT]:
        """Every note, by its key."""
        with contextlib.suppress(FileNotFoundError):
            names = [path.name for path in self._folder.iterdir() if not path.name.endswith(_TEMPORARY)]
            return {name: note for name in names if (note := self.get(name))}
        return {}

    def get(self, key: str) -> NoteT | None:
        """The note under this key."""
        try:
            return msgspec.json.decode((self._folder / key).read_bytes(), type=self._kind)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def put(self, key: str, note: NoteT) -> None:
        """Write it down, on stable storage; raises OSError where that cannot be."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._folder / f"{key}{_TEMPORARY}"
        with temporary.open("wb") as file:
            file.write(msgspec.json.encode(note))
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(self._folder / key)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def drop(self, key: str) -> None:
        """What it was about is done with."""
        (self._folder / key).unlink(missing_ok=True)

    def drop_older(self, seconds: float) -> None:
        """Drop those that nobody wrote for so long."""
        with contextlib.suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                if time.time() - path.stat().st_mtime > seconds:
                    path.unlink(missing_ok=True)
