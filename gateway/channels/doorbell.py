"""A doorbell: the operating system tells that something happened in a folder. It only wakes; the scan decides.

Events get lost by the thousand in a burst (measured: half of 10,000) and do not exist on network shares, so nothing may
depend on them; where they cannot be had at all, the timer alone is slower and as right.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection
from pathlib import Path

from watchdog.events import (
    DirDeletedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

# A file renamed into the folder from outside it comes as "created"; a folder that is deleted must be watched anew.
_RINGS: list[type[FileSystemEvent]] = [FileClosedEvent, FileMovedEvent, FileCreatedEvent, DirDeletedEvent]

_Identity = tuple[int, int]


class Doorbell:
    """Sets `woken` when something is finished in, moved into or happens to a folder, once after each `watch`.

    Whoever was woken looks anyway: to hear of every single file of a burst would cost a tenth of all its work.
    """

    def __init__(self, woken: threading.Event) -> None:
        self._woken = woken
        self._observer = _observer()
        self._watches: dict[Path, tuple[ObservedWatch, _Identity]] = {}

    def watch(self, folders: Collection[Path]) -> None:
        """Watch exactly these folders from now on; one that rang, or was removed and made again, is watched anew."""
        if self._observer is None:
            return
        alive = {emitter.watch for emitter in list(self._observer.emitters) if emitter.is_alive()}
        for folder, (watch, identity) in list(self._watches.items()):
            if folder not in folders or watch not in alive or identity != _identity(folder):
                del self._watches[folder]
                _unwatch(self._observer, watch)
        for folder in folders:
            if folder not in self._watches:
                ring = _Ring(folder, self._observer, self._woken)
                try:
                    self._observer.schedule(ring, str(folder), event_filter=_RINGS)
                except FileNotFoundError:
                    self._woken.set()  # gone again, just now: nothing else would ring for it
                except OSError:
                    pass  # out of watches: the timer does until the next try
                else:
                    self._watches[folder] = ring.watch, _identity(folder)

    def leave(self, folders: Collection[Path]) -> None:
        """Stop watching these until the next `watch`: files are about to be renamed out of them.

        Watchdog keeps back whatever follows such a rename for half a second, in the hope of its other half.
        """
        for folder in folders:
            known = self._watches.pop(folder, None)
            if known and self._observer is not None:
                _unwatch(self._observer, known[0])

    def silence(self) -> None:
        """Stop watching."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()


class _Ring(FileSystemEventHandler):
    """What one folder rings with."""

    def __init__(self, folder: Path, observer: BaseObserver, woken: threading.Event) -> None:
        self.watch = ObservedWatch(str(folder), recursive=False, event_filter=_RINGS)
        self._observer = observer
        self._woken = woken

    def on_any_event(self, event: FileSystemEvent) -> None:  # noqa: ARG002 - what it was does not matter
        """Ring, and be still; still first, so that whoever is woken finds that this folder must be watched anew."""
        _unwatch(self._observer, self.watch)
        self._woken.set()


def _unwatch(observer: BaseObserver, watch: ObservedWatch) -> None:
    with contextlib.suppress(KeyError):  # it rang meanwhile
        observer.unschedule(watch)


def _observer() -> BaseObserver | None:
    try:
        observer = Observer()
        observer.start()
    except OSError:  # no inotify instance to be had
        return None
    return observer


def _identity(folder: Path) -> _Identity:
    try:
        status = folder.stat()
    except OSError:
        return (0, 0)
    return (status.st_dev, status.st_ino)
