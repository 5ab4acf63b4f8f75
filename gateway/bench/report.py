"""Runs the measurements one after the other and prints what came of them, with a word on the machine."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from gateway.bench.as2 import as2
from gateway.bench.burst import burst
from gateway.bench.figure import Figure
from gateway.bench.idle import idle
from gateway.bench.latency import latency
from gateway.bench.memory import memory
from gateway.bench.tables import tables
from gateway.bench.validation import validation

# The burst comes first: some file systems make new files slowly for a while after many were removed.
MEASUREMENTS: Final[dict[str, Callable[[Path], list[Figure]]]] = {
    "burst": burst,
    "latency": latency,
    "idle": idle,
    "validation": validation,
    "tables": tables,
    "memory": memory,
    "as2": as2,
}
_VERDICTS: Final = {None: "", True: "met", False: "missed"}
_HEADINGS: Final = ("", "here", "beside it, in the same run", "ratio", "target", "")
_NOT_COUNTED: Final = "fsyncs per file: not counted; neither strace nor a C compiler works here."


def run(only: str | None = None, *, as_json: bool = False) -> int:
    """Measure and print; 1 where a gate fails. `only` is a name of MEASUREMENTS."""
    began, load = time.monotonic(), os.getloadavg()[0]
    names = [only] if only else list(MEASUREMENTS)
    with _folder() as folder:
        figures = list(_measured(names, folder))
    about = machine(load, time.monotonic() - began)
    if as_json:
        print(msgspec.json.encode({"machine": about, "figures": [as_row(figure) for figure in figures]}).decode())
    else:
        print("\n".join([*table(figures), "", *words(figures, about, burst_ran="burst" in names)]))
    return 1 if any(figure.broken for figure in figures) else 0


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder on the disk we work on: the system's own for temporary files may lie in memory."""
    build = Path.cwd() / "build"
    build.mkdir(exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=build) as folder:
            yield Path(folder)
    finally:
        with suppress(OSError):  # it holds something else
            build.rmdir()


def _measured(names: Sequence[str], folder: Path) -> Iterator[Figure]:
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        yield from MEASUREMENTS[name](folder)


def machine(load: float, seconds: float) -> dict[str, Any]:
    """What the figures were measured on, and how busy it was before."""
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load_before": round(load, 2),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "seconds": round(seconds),
    }


def as_row(figure: Figure) -> dict[str, Any]:
    """For programs: what was measured and what follows from it."""
    return {**msgspec.structs.asdict(figure), "ratio": figure.ratio, "met": figure.met}


def table(figures: Sequence[Figure]) -> Iterator[str]:
    """For people: a line per figure, in columns."""
    rows = [_HEADINGS, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(figure: Figure) -> tuple[str, ...]:
    """The cells of one figure."""
    sign = {"at least": ">=", "at most": "<="}[figure.promise]
    ratio = figure.ratio
    return (
        figure.what,
        f"{_number(figure.value)} {figure.unit}",
        "" if figure.beside is None else f"{_number(figure.beside)} {figure.beside_what}",
        "" if ratio is None else f"{_number(ratio)}x",
        "" if figure.target is None else f"{sign} {figure.target:g}{'' if ratio is None else 'x'}",
        "FAILS" if figure.broken else _VERDICTS[figure.met],
    )


def _number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits


def words(figures: Sequence[Figure], about: dict[str, Any], *, burst_ran: bool) -> Iterator[str]:
    """How to read the table."""
    yield (
        f"Measured in {about['seconds']} s on {about['cores']} cores, {about['system']}, Python {about['python']}, "
        f"SQLite {about['sqlite']}; load before: {about['load_before']}."
    )
    yield "Read the ratios: absolute figures are this machine's, and a busy one is slower in both columns."
    if burst_ran and not any(figure.what.startswith("fsync") for figure in figures):
        yield _NOT_COUNTED
    missed = [figure.what for figure in figures if figure.met is False]
    yield f"Missed: {'; '.join(missed)}." if missed else "Every target is met."
