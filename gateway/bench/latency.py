"""One file that comes while nothing else happens: how long until the ERP has booked it and its answer lies in the outbox."""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from gateway.bench import orders
from gateway.bench.burst import CHANNEL, home_for
from gateway.bench.figure import Figure
from gateway.bench.running import Running, running
from gateway.model.outcomes import TryLater
from gateway.settings import init
from gateway.wiring import start_lab

FILES: Final = 100
_PAUSE: Final = 0.05  # between two files, so that each finds the gateway idle
_LOOK: Final = 0.001
_LONGEST: Final = 30.0
_FLOOR: Final = "ms for one fsync + one HTTP call"


def latency(folder: Path) -> list[Figure]:
    """Milliseconds of each of a hundred files, one after another; the floor is taken before and after."""
    before = _floor(folder / "floor-before")
    home = home_for(folder / "latency", FILES)
    with running(home, lab=True) as daemon:
        took = list(_each(daemon))
    return figures(took, before + _floor(folder / "floor-after"))


def figures(took: Sequence[float], floor: Sequence[float]) -> list[Figure]:
    """From seconds of each file and of each floor."""
    what = "one file while idle, to booked and answered"
    return [
        Figure(what=f"{what}, p50", value=_ms(took, 50), unit="ms", beside=_ms(floor, 50), beside_what=_FLOOR),
        Figure(what=f"{what}, p99", value=_ms(took, 99), unit="ms", promise="at most", target=150),
        Figure(what="its floor, one fsync + one HTTP call, p99", value=_ms(floor, 99), unit="ms"),
    ]


def _ms(seconds: Sequence[float], percent: int) -> float:
    return 1000 * statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


def _each(daemon: Running) -> Iterator[float]:
    """How long each file takes, from the moment it has its name in the inbox."""
    home = daemon.home
    inbox, outbox = home.inbox / CHANNEL, home.outbox / CHANNEL
    with closing(sqlite3.connect(f"file:{home.lab}?mode=ro", uri=True)) as booked:
        for number, file in enumerate(sorted((home.root / "waiting").iterdir()), start=1):
            time.sleep(_PAUSE)
            began = time.perf_counter()
            file.rename(inbox / file.name)
            while _answers(outbox) < number or _effects(booked) < number:
                _wait(since=began)
            yield time.perf_counter() - began


def _wait(*, since: float) -> None:
    if time.perf_counter() - since > _LONGEST:
        raise TryLater(f"a file was not through after {_LONGEST:.0f} s")
    time.sleep(_LOOK)


def _answers(outbox: Path) -> int:
    return sum(1 for entry in outbox.iterdir() if not entry.name.startswith("."))


def _effects(booked: sqlite3.Connection) -> int:
    count: int = booked.execute("SELECT count(*) FROM effect").fetchone()[0]
    return count


def _floor(root: Path) -> list[float]:
    """What no gateway can do without: the file on the disk, and a document booked by the same simulator."""
    body = b"".join(orders.interchange(1))
    with start_lab(init(root)) as simulator:
        connection = HTTPConnection("127.0.0.1", simulator.port)
        return [_once(root / "floor.edi", body, connection) for _ in range(FILES // 2)]


def _once(file: Path, body: bytes, connection: HTTPConnection) -> float:
    key = f"floor-{time.monotonic_ns()}"
    order = {"business_key": key, "revision": 0, "partner": CHANNEL, "document": {"as_sent": body.decode()}}
    began = time.perf_counter()
    with file.open("wb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
    connection.request("POST", "/documents/850", json.dumps(order), {"Idempotency-Key": key})
    connection.getresponse().read()
    return time.perf_counter() - began
