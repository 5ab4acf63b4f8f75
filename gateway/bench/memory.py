"""Memory: a file a hundred times as large must not need much more of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.bench import orders
from gateway.bench.apart import apart
from gateway.bench.figure import Figure
from gateway.bench.validation import explain_summary
from gateway.settings import init

_MB: Final = 1_000_000
_SMALL, _LARGE = 1 * _MB, 100 * _MB


def memory(folder: Path) -> list[Figure]:
    """Peak memory of `gateway explain --summary` on 100 MB, beside that on 1 MB; each in a fresh process."""
    home = init(folder / "memory").root
    return [figure(small=_peak(folder, home, _SMALL), large=_peak(folder, home, _LARGE))]


def figure(*, small: int, large: int) -> Figure:
    """From two peaks in bytes."""
    return Figure(
        what="peak memory, explain --summary of 100 MB",
        value=large / _MB,
        unit="MB",
        beside=small / _MB,
        beside_what="MB for 1 MB",
        promise="at most",
        target=1.5,
        gate=True,
    )


def _peak(folder: Path, home: Path, size: int) -> int:
    file = folder / "large.edi"
    orders.write_of_size(file, size)
    try:
        return apart(explain_summary, file, home)[1]
    finally:
        file.unlink()
