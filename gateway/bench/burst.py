"""A burst of files from the drop folder to the ERP and the outbox, through a real daemon and the bundled simulator."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway.bench import orders
from gateway.bench.figure import Figure
from gateway.bench.floors import commits_per_second
from gateway.bench.running import Running, running
from gateway.bench.syncs import Counter, counter
from gateway.ledger.balance import Line, balance
from gateway.ledger.write import Ledger
from gateway.model.outcomes import TryLater
from gateway.settings import Home, init

FILES: Final = 2_000
_RUNS: Final = 2
CHANNEL: Final = "northclinic"
_LOOK: Final = 0.1
_LONGEST: Final = 180.0
_STABLE: Final = 'complete = "stable"\nstable_seconds = 2'
_RENAME: Final = 'complete = "rename"'


def burst(folder: Path) -> list[Figure]:
    """Files a second beside the disk's commits a second, each the best of its runs; flushes per file, from a run of their own."""
    floor, passes = [commits_per_second(folder)], []
    for run in range(_RUNS):
        with running(home_for(folder / f"burst-{run}", FILES), lab=True) as daemon:
            passes.append(_pass(daemon))
        floor.append(commits_per_second(folder))
    spent, cpu = min(passes, key=lambda one: one[0])
    found = [rate(FILES / spent, max(floor))]
    if cpu is not None:
        found.append(Figure(what="CPU of the daemon per file", value=1000 * cpu / FILES, unit="ms"))
    counting = counter(folder)
    return [*found, *([_flushes(folder, counting)] if counting else [])]


def rate(files_per_second: float, commits: float) -> Figure:
    """The end-to-end rate beside the floor."""
    return Figure(
        what=f"burst of {FILES:,} files, end to end",
        value=files_per_second,
        unit="files/s",
        beside=commits,
        beside_what="SQLite FULL commits/s",
        target=0.04,
    )


def _flushes(folder: Path, counting: Counter) -> Figure:
    with running(home_for(folder / "counted", FILES), lab=True, counting=counting) as daemon:
        since = counting.so_far()
        _pass(daemon)
        files = counting.files(since)
    return flushes(files, FILES, counting.way)


def flushes(synced: list[str], files: int, way: str) -> Figure:
    """The daemon's flushes per file; what the simulator flushes is the ERP's affair."""
    ours = [path for path in synced if not Path(path).name.startswith("lab.db")]
    return Figure(
        what=f"fsync and fdatasync per file (counted with {way})",
        value=len(ours) / files,
        unit="calls",
        promise="at most",
        target=3.3,
        gate=True,
    )


def home_for(root: Path, files: int) -> Home:
    """A home whose buyer's files are whole as soon as they have their name, with so many ready beside its inbox."""
    home = init(root)
    page = home.partners / f"{CHANNEL}.toml"
    text = page.read_text("utf-8")
    if _STABLE not in text:
        raise ValueError(f"the sample {page.name} has changed: it no longer says {_STABLE!r}")
    page.write_text(text.replace(_STABLE, _RENAME), "utf-8")
    waiting = root / "waiting"
    waiting.mkdir()
    for number in range(1, files + 1):
        orders.write(waiting / f"order-{number:05d}.edi", 1, control=number)
    return home


def _pass(daemon: Running) -> tuple[float, float | None]:
    """Seconds from the first file in the inbox to the last debt paid, and the daemon's CPU seconds in between."""
    home, before, began = daemon.home, daemon.cpu(), time.monotonic()
    for file in sorted((home.root / "waiting").iterdir()):
        file.rename(home.inbox / CHANNEL / file.name)
    ledger = Ledger(f"sqlite:///{home.ledger}", lambda: datetime.now(UTC))
    try:
        while not _done(home, ledger):
            if time.monotonic() - began > _LONGEST:
                raise TryLater(f"the burst was not through after {_LONGEST:.0f} s")
            time.sleep(_LOOK)
    finally:
        ledger.close()
    spent, after = time.monotonic() - began, daemon.cpu()
    return spent, None if before is None or after is None else after - before


def _done(home: Home, ledger: Ledger) -> bool:
    """Whether every answer lies in the outbox and every document is posted; the ledger is asked only near the end."""
    answers = sum(1 for entry in (home.outbox / CHANNEL).iterdir() if not entry.name.startswith("."))
    if answers < FILES:
        return False
    with ledger.read() as snapshot:
        return settled(balance(snapshot))


def settled(lines: list[Line]) -> bool:
    """Whether the ledger says so too: as many files translated, as many orders posted, as many answers sent."""
    translated = sum(line.parts.get("translated", 0) for line in lines if line.what == "files")
    paid = sum(line.parts.get("done", 0) for line in lines if line.what == "deliveries")
    return translated == FILES and paid == 2 * FILES
