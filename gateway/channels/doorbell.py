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


class Doorbell(FileSystemEventHandler):
    """Sets `woken` whenever something is finished in, moved into or happens to a watched folder."""

    def __init__(self, woken: threading.Event) -> None:
        self._woken = woken
        self._observer = _observer()
        self._watches: dict[Path, tuple[ObservedWatch, _Identity]] = {}

    def on_any_event(self, event: FileSystemEvent) -> None:  # noqa: ARG002 - what it was does not matter
        """Ring."""
        self._woken.set()

    def watch(self, folders: Collection[Path]) -> None:
        """Watch exactly these folders; one that was removed and made again is watched anew."""
        if self._observer is None:
            return
        alive = {emitter.watch for emitter in self._observer.emitters if emitter.is_alive()}
        for folder, (watch, identity) in list(self._watches.items()):
            if folder not in folders or watch not in alive or identity != _identity(folder):
                del self._watches[folder]
                self._observer.unschedule(watch)
        for folder in folders:
            if folder not in self._watches:
                # Out of watches, or the folder is gone again: the timer does until the next try.
                with contextlib.suppress(OSError):
                    watch = self._observer.schedule(self, str(folder), event_filter=_RINGS)
                    self._watches[folder] = watch, _identity(folder)

    def silence(self) -> None:
        """Stop watching."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()


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
