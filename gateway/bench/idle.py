"""What the daemon costs while nothing happens: the time to start, CPU and memory."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from gateway.bench.figure import Figure
from gateway.bench.running import running
from gateway.settings import init

_SECONDS: Final = 10.0
_SETTLE: Final = 2.0


def idle(folder: Path) -> list[Figure]:
    """Without the simulator; the second start, because the first one makes the ledger."""
    home = init(folder / "idle")
    with running(home, lab=False) as first:
        found = [Figure(what="first start, which makes the ledger", value=first.seconds_to_start, unit="s")]
    with running(home, lab=False) as daemon:
        found.append(
            Figure(what="start until it answers", value=daemon.seconds_to_start, unit="s", promise="at most", target=2)
        )
        time.sleep(_SETTLE)
        before = daemon.cpu()
        time.sleep(_SECONDS)
        after, memory = daemon.cpu(), daemon.memory()
    if before is not None and after is not None:
        share = 100 * (after - before) / _SECONDS
        found.append(Figure(what="idle CPU over 10 s", value=share, unit="% of a core", promise="at most", target=1))
    if memory is not None:
        found.append(Figure(what="idle memory", value=memory / 1e6, unit="MB", promise="at most", target=150))
    return found
