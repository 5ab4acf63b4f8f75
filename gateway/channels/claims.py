"""The files of one folder that we claimed: `.processing/<uuid>/<name>`, where the uuid is the source_key.

The claim is a rename within one file system: a file is claimed once, and whatever was claimed is found again under
the same source_key, in this life of the process or the next. A sentinel comes before its file and goes before it: a
claim that holds a sentinel alone never came about, and no sentinel is left to vouch for the next file of that name.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import msgspec

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


class NotTaken(msgspec.Struct, frozen=True):
    """Why a file could not be claimed, in the catalogue's terms."""

    code: str
    reason: str | None


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
        self._unreadable: dict[str, str] = {}  # why the last reading failed
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
        self._processing.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Senders may write into this folder: a link of this name would let them move files anywhere.
        if not stat.S_ISDIR(self._processing.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, f"{PROCESSING} is not a plain folder")

    def take(self, name: str, seen: Seen, sentinel: str | None = None) -> FolderDrop | NotTaken | None:
        """Claim a file that looked like this, and its sentinel; None where it is gone, or is another one by now."""
        if not self._readable(name):
            there = os.path.lexists(self._folder / name)
            return NotTaken("channel.unreadable", os.strerror(errno.EACCES)) if there else None
        key = str(uuid4())
        place = self._processing / key
        try:
            self._make(place)
            if sentinel:
                (self._folder / sentinel).rename(place / sentinel)
                failpoint("intake.vouched")
            (self._folder / name).rename(place / name)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._undo(place, sentinel)
            return None if isinstance(error, FileNotFoundError) else NotTaken("channel.not_takable", error.strerror)
        failpoint("intake.claimed")
        drop = self._drop(key, name, seen, sentinel)
        if drop and self._ahead(drop.seen) > _AHEAD:
            self._oddities.tell("folder", "channel.clock_ahead")
        return drop

    def left(self) -> list[FolderDrop]:
        """What was claimed and not taken yet and may be offered again, oldest first."""
        self._oddities.begin("claims")
        self._keys = set()
        drops = [drop for key in self._listed() if (drop := self._drop_of(key))]
        self._restless &= self._keys
        self._grown &= self._keys
        return sorted(drops, key=lambda drop: (drop.seen.mtime_ns, drop.name))

    def hold(self, drop: FolderDrop) -> None:
        """It was not taken: it stays claimed, and is offered again once it is what it was, or has come to rest."""
        reason = self._unreadable.pop(drop.source_key, None)
        with contextlib.suppress(FileNotFoundError):
            if Seen.of(drop.path.lstat()) != drop.seen:
                self._restless.add(drop.source_key)
            elif reason:
                self._oddities.tell("claims", "channel.unreadable", _place(drop.source_key), reason=reason)

    def release(self, drop: FolderDrop) -> None:
        """It was taken: remove it. Where it was written to since, the whole of it becomes a drop of its own."""
        place = drop.path.parent
        try:
            if Seen.of(drop.path.lstat()) == drop.seen:
                if drop.sentinel:
                    drop.sentinel.unlink(missing_ok=True)
                    failpoint("intake.unvouched")
                drop.path.unlink()
                failpoint("intake.released")
                self._spare_or_remove(place)
            else:
                key = str(uuid4())
                place.rename(place.with_name(key))
                for known in (self._keys, self._restless, self._grown):
                    known.add(key)
        except FileNotFoundError:
            pass  # somebody removed it: gone is what it should be
        except OSError as error:
            self._oddities.tell("claims", "channel.not_released", _place(drop.source_key), reason=error.strerror)
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

    def _undo(self, place: Path, sentinel: str | None) -> None:
        """A claim that did not come about: its sentinel goes back, unless there is a newer one."""
        if sentinel and (place / sentinel).exists():
            if (self._folder / sentinel).exists():
                (place / sentinel).unlink()
            else:
                (place / sentinel).rename(self._folder / sentinel)
        place.rmdir()

    def _readable(self, name: str) -> bool:
        path = self._folder / name
        return os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids)

    def _listed(self) -> list[str]:
        try:
            spare = {place.name for place in self._spare}
            return [path.name for path in self._processing.iterdir() if path.name not in spare]
        except FileNotFoundError:
            return []  # the folder was removed since it was made; it is made anew
        except OSError as error:
            self._oddities.tell("claims", "channel.folder_unusable", PROCESSING, reason=error.strerror)
            return []

    def _drop_of(self, key: str) -> FolderDrop | None:
        """The drop in one claim, if it holds just that; an empty one (we died between two steps) is removed."""
        place = self._processing / key
        ours = _KEY.fullmatch(key) and place.is_dir() and not place.is_symlink()
        try:
            names = sorted((path.name for path in place.iterdir()), key=len) if ours else []
            match names:
                case [name] if not self._completeness.vouches(name):
                    return self._drop(key, name)
                case [name, sentinel] if sentinel.startswith(f"{name}."):
                    return self._drop(key, name, sentinel=sentinel)
                case _:
                    self._undo(place, names[0] if len(names) == 1 else None)
        except FileNotFoundError:
            pass  # released meanwhile by another process
        except OSError:
            self._oddities.tell("claims", "channel.claim_disturbed", _place(key))
        return None

    def _drop(
        self, key: str, name: str, expected: Seen | None = None, sentinel: str | None = None
    ) -> FolderDrop | None:
        """A claimed file as it looks now; None where it is gone, is no file, or has yet to come to rest."""
        path = self._processing / key / name
        try:
            status = path.lstat()
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(status.st_mode):
            self._oddities.tell("claims", "channel.claim_disturbed", _place(key))
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
            sentinel=path.with_name(sentinel) if sentinel else None,
            unreadable=partial(self._unreadable.__setitem__, key),
        )

    def _findings(self, key: str, name: str, seen: Seen) -> Iterator[Finding]:
        ahead = self._ahead(seen)
        if not seen.size:
            yield finding("channel.empty", name=name)
        if ahead > _AHEAD:
            yield finding("channel.from_the_future", name=name, ahead=ahead)
        if key in self._grown:
            yield finding("channel.grew", name=name)

    def _ahead(self, seen: Seen) -> float:
        return seen.mtime_ns / 1e9 - self._wall()


def _place(key: str) -> str:
    return f"{PROCESSING}/{key}"
