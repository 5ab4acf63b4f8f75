"""Where uploads lie before they are ours: `var/sftp/<channel>/<stage>/<uuid> <name>`, where the uuid is the source_key.

An upload moves from stage to stage by one rename, so that a process that dies leaves it in the one or the other:

- scattered: being written, with gaps; worthless after a crash
- partial: being written, or broken off; without gaps, so that it can be resumed
- waiting: closed under a temporary name; its sender will rename it
- complete: closed, or renamed, under its final name; the daemon has it or will have it under this key
"""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import msgspec

SCATTERED, PARTIAL, WAITING, COMPLETE = "scattered", "partial", "waiting", "complete"
STAGES = (SCATTERED, PARTIAL, WAITING, COMPLETE)

LONGEST_NAME = 200
"""Bytes of a name that a sender may give: with the key before it, it stays below the 255 of a file system."""

KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STAGED = re.compile(rf"({KEY.pattern}) (.+)", re.DOTALL)


class Staged(msgspec.Struct, frozen=True):
    """One upload on disk. `stages` is the folder of its channel."""

    stages: Path
    stage: str
    key: str
    name: str

    @classmethod
    def new(cls, stages: Path, name: str) -> Staged:
        """A new upload, not on disk yet."""
        return cls(stages, PARTIAL, str(uuid4()), name)

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.stages / self.stage / f"{self.key} {self.name}"

    def moved(self, stage: str, name: str | None = None) -> Staged:
        """Move it to this stage, under another name where one is given; raises OSError."""
        there = Staged(self.stages, stage, self.key, name or self.name)
        if there != self:
            self.path.rename(there.path)
        return there


def make_stages(stages: Path) -> None:
    """The folders of one channel."""
    for stage in STAGES:
        (stages / stage).mkdir(mode=0o700, parents=True, exist_ok=True)


def staged_in(stages: Path, stage: str) -> list[Staged]:
    """What lies in one stage, oldest first; what is not ours is passed over."""
    found = []
    try:
        for path in (stages / stage).iterdir():
            named = _STAGED.fullmatch(path.name)
            if named and path.is_file() and not path.is_symlink():
                found.append((path.stat().st_mtime_ns, Staged(stages, stage, named[1], named[2])))
    except OSError:
        pass  # not made yet, or something vanished: the next look sees the rest
    return [staged for _, staged in sorted(found, key=lambda one: (one[0], one[1].key))]
