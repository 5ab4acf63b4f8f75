"""A drop folder and a desk that admits what comes, for tests: real files, a clock that can be set."""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gateway.channels.folder import FolderIntake
from gateway.channels.room import Room
from gateway.model.finding import Finding
from gateway.model.outcomes import TryLater
from gateway.ports import Admission, Admit, Drop
from gateway.profiles.agreement import Channel

RENAME = Channel(name="acme", carries=("acme",), complete="rename")
STABLE = Channel(name="acme", carries=("acme",), complete="stable", stable_seconds=2.0)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Desk:
    """Admits drops as the flow does: reads them to the end, takes what can be read, knows what it has."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.keys: list[str] = []
        self.channels: list[str] = []
        self.batches: list[int] = []
        self.findings: list[Finding] = []
        self.refusing: set[str] = set()
        self.before_reading: Callable[[Drop], None] = lambda _drop: None
        self.after_reading: Callable[[Drop], None] = lambda _drop: None
        self._one = threading.Lock()

    def __call__(self, drops: Sequence[Drop]) -> Sequence[Admission]:
        with self._one:
            self.batches.append(len(drops))
            return [Admission(source_key=drop.source_key, taken=self._take(drop)) for drop in drops]

    def _take(self, drop: Drop) -> bool:
        if drop.name in self.refusing:
            return False
        self.before_reading(drop)
        try:
            with drop.open() as stream:
                content = stream.read(1 << 20) + stream.read()
        except TryLater:
            return False
        self.after_reading(drop)
        self.taken.append((drop.name, content))
        self.keys.append(drop.source_key)
        self.channels.append(drop.channel)
        self.findings.extend(drop.findings)
        return True

    @property
    def names(self) -> list[str]:
        """The names taken, in their order."""
        return [name for name, _ in self.taken]


class Inbox:
    """inbox/ with one intake over it; `pass_time` lets both of its clocks go on."""

    def __init__(self, root: Path, *channels: Channel) -> None:
        self.root = root
        self.channels: list[Channel] = list(channels or (RENAME,))
        self.wall = Clock(time.time())
        self.monotonic = Clock()
        self.told: list[Mapping[str, Sequence[Finding]]] = []
        self.room: Room | None = None
        self.crowded: Callable[[], bool] = lambda: False
        self.desk = Desk()
        self.intake = self.again()

    def again(self) -> FolderIntake:
        """An intake as the next life of the process would have it."""
        self.intake = FolderIntake(
            lambda: self.channels,
            self.root,
            odd=self.told.append,
            room=self.room,
            crowded=lambda: self.crowded(),  # noqa: PLW0108 - a test may set another one later
            wall=self.wall,
            monotonic=self.monotonic,
        )
        return self.intake

    @property
    def odd(self) -> dict[str, list[str]]:
        """What is odd now: by what it is about, the codes."""
        return {about: [found.code for found in findings] for about, findings in self.told[-1].items()}

    def said(self, about: str = "channel acme") -> list[str]:
        """What an operator reads about it now."""
        return [found.message for found in self.told[-1].get(about, ())]

    def drop(self, name: str, content: bytes = b"ISA*", *, channel: str = "acme", age: float = 60.0) -> Path:
        """A file that was last written `age` seconds ago."""
        path = self.root / channel / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (self.wall.now - age, self.wall.now - age))
        return path

    def look(self, admit: Admit | None = None) -> int:
        """One look of the intake."""
        return self.intake.look(admit or self.desk)

    def pass_time(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.wall.now += seconds
        self.monotonic.now += seconds

    def files(self, channel: str = "acme") -> list[str]:
        """Everything below the channel's folder that is not a folder."""
        folder = self.root / channel
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


class Disk:
    """What statvfs says of a disk with so much free space."""

    f_frsize = 1

    def __init__(self, free: int) -> None:
        self.f_bavail = free


def eventually(is_so: Callable[[], bool], within: float = 20.0) -> bool:
    """Wait until it is so; False where it never was."""
    end = time.monotonic() + within
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
