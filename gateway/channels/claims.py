"""The files of one folder that we claimed: `.processing/<uuid>/<name>`, where the uuid is the source_key.

The claim is a rename within one file system: a file is claimed once, and whatever was claimed is found again under
the same source_key, in this life of the process or the next.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

from gateway.channels.completeness import Completeness, Seen
from gateway.channels.drop import FolderDrop
from gateway.channels.names import shown
from gateway.channels.oddities import Oddities
from gateway.failpoints import failpoint
from gateway.model.catalogue import finding
from gateway.model.finding import Finding

PROCESSING = ".processing"

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_SPARE_AT_MOST = 64
"""Emptied places kept for the next claims of a folder: a batch."""

_AHEAD = 2.0
"""Seconds that a file's time may be ahead of ours without a word: file systems round."""


class Claims:
    """What is claimed from one folder and not released yet. Not for several threads at once."""

    def __init__(
        self, channel: str, folder: Path, completeness: Completeness, oddities: Oddities, wall: Callable[[], float]
    ) -> None:
        self._channel = channel
        self._folder = folder
        self._processing = folder / PROCESSING
        self._completeness = completeness
        self._oddities = oddities
        self._wall = wall
        self._spare: list[Path] = []  # emptied places, renamed for the next claims: a new folder costs far more
        self._keys: set[str] = set()
        self._restless: set[str] = set()  # changed since their claim: they must come to rest before they are offered
        self._grown: set[str] = set()  # changed after they were taken: this is the whole of them

    @property
    def unadmitted(self) -> int:
        """How many claimed files were not taken yet."""
        return len(self._keys)

    @property
    def restless(self) -> frozenset[str]:
        """The names under which completeness knows those that changed after their claim."""
        return frozenset(map(_place, self._restless))

    def make_room(self) -> None:
        """Make `.processing`; raises OSError where that cannot be."""
        self._processing.mkdir(mode=0o700, exist_ok=True)
        # Senders may write into this folder: a link of this name would let them move files anywhere.
        if not stat.S_ISDIR(self._processing.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, f"{PROCESSING} is not a plain folder")

    def take(self, name: str, seen: Seen) -> FolderDrop | None:
        """Claim a file that looked like this; None where it is gone, cannot be had, or is another one by now."""
        if not self._readable(name):
            return None
        key = str(uuid4())
        place = self._processing / key
        try:
            self._make(place)
            (self._folder / name).rename(place / name)
        except OSError as error:
            with contextlib.suppress(OSError):
                place.rmdir()
            if not isinstance(error, FileNotFoundError):
                self._oddities.tell(name, "channel.not_takable", reason=error.strerror)
            return None
        failpoint("intake.claimed")
        return self._drop(key, name, seen)

    def left(self) -> list[FolderDrop]:
        """What was claimed and not taken yet and may be offered again, oldest first."""
        self._keys = set()
        drops = [drop for key in self._listed() if (drop := self._drop_of(key))]
        self._restless &= self._keys
        self._grown &= self._keys
        return sorted(drops, key=lambda drop: (drop.seen.mtime_ns, drop.name))

    def hold(self, drop: FolderDrop) -> None:
        """It was not taken: it stays claimed, and is offered again once it is what it was, or has come to rest."""
        with contextlib.suppress(FileNotFoundError):
            if Seen.of(drop.path.lstat()) != drop.seen:
                self._restless.add(drop.source_key)

    def release(self, drop: FolderDrop) -> None:
        """It was taken: remove it. Where it was written to since, the whole of it becomes a drop of its own."""
        place = drop.path.parent
        try:
            if Seen.of(drop.path.lstat()) == drop.seen:
                drop.path.unlink()
                self._spare_or_remove(place)
            else:
                key = str(uuid4())
                place.rename(place.with_name(key))
                for known in (self._keys, self._restless, self._grown):
                    known.add(key)
        except FileNotFoundError:
            pass  # somebody removed it: gone is what it should be
        except OSError as error:
            self._oddities.tell(_place(drop.source_key), "channel.not_released", reason=error.strerror)
        for known in (self._keys, self._restless, self._grown):
            known.discard(drop.source_key)

    def _make(self, place: Path) -> None:
        """The place of a new claim."""
        if self._spare:
            with contextlib.suppress(OSError):
                self._spare.pop().rename(place)
                return
        place.mkdir(mode=0o700)

    def _spare_or_remove(self, place: Path) -> None:
        if len(self._spare) < _SPARE_AT_MOST:
            self._spare.append(place)
        else:
            place.rmdir()

    def _readable(self, name: str) -> bool:
        path = self._folder / name
        if os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
            return True
        if os.path.lexists(path):
            self._oddities.tell(name, "channel.unreadable", reason=os.strerror(errno.EACCES))
        return False

    def _listed(self) -> list[str]:
        try:
            spare = {place.name for place in self._spare}
            return [path.name for path in self._processing.iterdir() if path.name not in spare]
        except FileNotFoundError:
            return []  # the folder was removed since it was made; it is made anew
        except OSError as error:
            self._oddities.tell(PROCESSING, "channel.folder_unusable", reason=error.strerror)
            return []

    def _drop_of(self, key: str) -> FolderDrop | None:
        """The drop in one claim, if it holds just that; an empty one (we died between two steps) is removed."""
        place = self._processing / key
        ours = _KEY.fullmatch(key) and place.is_dir() and not place.is_symlink()
        try:
            names = [path.name for path in place.iterdir()] if ours else []
            if len(names) == 1:
                return self._drop(key, names[0])
            place.rmdir()
        except FileNotFoundError:
            pass  # released meanwhile by another process
        except OSError:
            self._oddities.tell(_place(key), "channel.claim_disturbed")
        return None

    def _drop(self, key: str, name: str, expected: Seen | None = None) -> FolderDrop | None:
        """A claimed file as it looks now; None where it is gone, is no file, or has yet to come to rest."""
        path = self._processing / key / name
        try:
            status = path.lstat()
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(status.st_mode):
            self._oddities.tell(_place(key), "channel.claim_disturbed")
            return None
        self._keys.add(key)
        seen = Seen.of(status)
        if expected not in (None, seen):
            self._restless.add(key)  # between the look and the claim it was written to, or another took its name
        if key in self._restless and not self._completeness.quiet(_place(key), seen):
            return None
        return FolderDrop(
            channel=self._channel,
            source_key=key,
            name=shown(name),
            findings=tuple(self._findings(key, shown(name), seen)),
            path=path,
            seen=seen,
        )

    def _findings(self, key: str, name: str, seen: Seen) -> Iterator[Finding]:
        ahead = seen.mtime_ns / 1e9 - self._wall()
        if not seen.size:
            yield finding("channel.empty", name=name)
        if ahead > _AHEAD:
            yield finding("channel.from_the_future", name=name, ahead=ahead)
        if key in self._grown:
            yield finding("channel.grew", name=name)


def _place(key: str) -> str:
    return f"{PROCESSING}/{key}"
