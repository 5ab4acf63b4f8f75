"""The profiles in force while the daemon runs: a saved file takes effect, a broken one leaves the last good version."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from gateway.profiles.agreement import Profiles
from gateway.profiles.assemble import CONFIG
from gateway.profiles.load import Loaded, in_force, partner_files, read_files
from gateway.profiles.mistakes import Mistake
from gateway.profiles.secrets import Keyring

# Younger than this, a file may be half saved, and a second save may bear the same time stamp.
SETTLE_SECONDS = 1.0

# A person mends these outside the settings files, whose stamps then stay as they are.
_MENDED_ELSEWHERE = ("profile.secret_missing", "profile.unreadable")

Stamp = tuple[int, int, int]
"""What changes when a file is saved: time of change, size, inode."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the files brought.

    `taken`: other profiles are in force than before. `broken` and `mended`: files that now have mistakes and had
    none, and the reverse. `mistakes`: all that stand now. `held_files`: those of which no version is in force.
    `sha256`: the version in force.
    """

    taken: bool
    sha256: str
    broken: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    held_files: tuple[str, ...] = ()


class CurrentProfiles:
    """Always some version that is sound. Safe to ask from any thread; `refresh` is called by the clock."""

    def __init__(
        self, home: Path, *, environ: Mapping[str, str] | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._home = home
        self._keyring = Keyring(home=home, environ=os.environ if environ is None else environ)
        self._now = now
        self._turn = threading.Lock()
        self._loaded = Loaded(usable=False)
        self._stamps: dict[str, Stamp] = {}
        self._seen = self._look()
        self._take_over(self._seen)

    def get(self) -> Profiles:
        """The profiles in force; ask once for each file, so that all of it is read with one version."""
        return self._loaded.profiles

    def loaded(self) -> Loaded:
        """The same, with all mistakes that stand, who is held, and what config says for the home."""
        return self._loaded

    def refresh(self) -> Change:
        """Look whether files were saved, and take what is sound; raises nothing for what is not."""
        with self._turn:
            stamps = self._look()
            settled = stamps == self._seen or self._quiet(stamps)
            self._seen = stamps
            before = self._loaded
            if (stamps != self._stamps and settled) or any(one.code in _MENDED_ELSEWHERE for one in before.mistakes):
                self._take_over(stamps)
            return _change(before, self._loaded)

    def _take_over(self, stamps: dict[str, Stamp]) -> None:
        files, unread = read_files(self._home)
        after = in_force(files, self._loaded.files, unread, self._keyring)
        if self._loaded.usable and not after.usable:
            # What is unsound now was sound before without a byte changed (a secret went away): all goes on as it was.
            after = msgspec.structs.replace(self._loaded, mistakes=after.mistakes)
        self._loaded = after
        # The look from before the reading counts: what was saved in between is seen next time.
        self._stamps = {**self._look(), **stamps}

    def _look(self) -> dict[str, Stamp]:
        names = (CONFIG, *partner_files(self._home), *self._loaded.secret_files)
        return {name: stamp for name in names if (stamp := _stamp(self._home / name))}

    def _quiet(self, stamps: Mapping[str, Stamp]) -> bool:
        """Whether every file that changed was left alone long enough to be whole."""
        changed = {name: stamp for name, stamp in stamps.items() if self._stamps.get(name) != stamp}
        return all(self._now() - modified / 1e9 >= SETTLE_SECONDS for modified, _, _ in changed.values())


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _change(before: Loaded, after: Loaded) -> Change:
    was, now = set(before.broken_files), set(after.broken_files)
    held = {f"partners/{name}.toml" for name in after.held} | (set() if after.usable else {CONFIG})
    return Change(
        taken=before is not after and before.profiles != after.profiles,
        sha256=after.profiles.sha256,
        broken=tuple(sorted(now - was)),
        mended=tuple(sorted(was - now)),
        mistakes=after.mistakes,
        held_files=tuple(sorted(held | (now - set(after.files)))),
    )
