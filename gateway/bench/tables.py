"""Reading CSV: the whole work on a partner's table, beside Python's csv module reading the same file into named cells."""

from __future__ import annotations

import csv
import gc
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

from gateway.bench import invoices
from gateway.bench.apart import apart
from gateway.bench.figure import Figure
from gateway.settings import init

INVOICES: Final = 5_000
ROWS: Final = INVOICES * invoices.LINES
_RUNS: Final = 5
_PASSES: Final = 5  # so that Python's reader is as long at work as we are, and a busy machine strikes both alike


def tables(folder: Path) -> list[Figure]:
    """Rows per second of process CPU, each the best of some runs in fresh processes that take turns."""
    file, home = folder / "invoices.csv", init(folder / "tables").root
    invoices.write(file, INVOICES)
    whole, named, plain = zip(*(_round(file, home) for _ in range(_RUNS)), strict=True)
    return figures(whole=ROWS / min(whole), named=ROWS / min(named), plain=ROWS / min(plain))


def _round(file: Path, home: Path) -> tuple[float, float, float]:
    return (
        apart(seconds_to_interpret, file, home, INVOICES),
        apart(seconds_of_csv, file, named=True),
        apart(seconds_of_csv, file),
    )


def figures(*, whole: float, named: float, plain: float) -> list[Figure]:
    """From three rates in rows per second."""
    what = "CSV, whole work: read, checked, documents"
    return [
        _figure(what, whole, named, "rows/CPU-s of csv.DictReader alone", 0.15),
        _figure(f"{what}; beside bare lists", whole, plain, "rows/CPU-s of csv.reader alone", None),
    ]


def _figure(what: str, rate: float, peer: float, peer_is: str, target: float | None) -> Figure:
    return Figure(what=what, value=rate, unit="rows/CPU-s", beside=peer, beside_what=peer_is, target=target)


def seconds_to_interpret(file: Path, home: Path, documents: int) -> float:
    """CPU seconds from the file to its documents and verdicts, as `gateway explain` makes them.

    Raises ValueError where it is not found to hold so many, all of them sound.
    """
    from gateway.flow.from_table import interpret_table  # noqa: PLC0415 - in the fresh process alone
    from gateway.flow.interpret import SetFound  # noqa: PLC0415
    from gateway.profiles.load import load  # noqa: PLC0415
    from gateway.terminal.explain import OBJECTS_BETWEEN_LOOKS  # noqa: PLC0415
    from gateway.x12.maps import Maps  # noqa: PLC0415

    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    loaded = load(home, secrets=False)
    partner = loaded.profiles.partner(invoices.PARTNER)
    if partner is None:
        raise ValueError(f"the sample partner {invoices.PARTNER} is gone")
    at, read, faults = datetime.now(UTC), 0, 0
    began = time.process_time()
    with file.open("rb") as stream:
        found = interpret_table(
            stream, partner, partner.tables(), profiles=loaded.profiles, maps=Maps(), limits=loaded.limits, at=at
        )
        for part in found:
            if isinstance(part, SetFound):
                read, faults = read + (part.document is not None), faults + len(part.findings)
    spent = time.process_time() - began
    if read != documents or faults:
        raise ValueError(
            f"{file.name}: {read} invoices with {faults} findings, where {documents} sound ones were written"
        )
    return spent


def seconds_of_csv(file: Path, *, named: bool = False) -> float:
    """CPU seconds of Python's csv module for every row of the file: its cells by their names in the header, or as lists."""
    reader: Callable[[TextIO], Iterable[Any]] = csv.DictReader if named else csv.reader
    began = time.process_time()
    for _ in range(_PASSES):
        with file.open(encoding="utf-8", newline="") as text:
            for _row in reader(text):
                pass
    return (time.process_time() - began) / _PASSES
