"""A real daemon, started as people start it, in a home made for the measurement."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from gateway.bench.syncs import Counter
from gateway.model.outcomes import TryLater
from gateway.settings import Home

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 60.0
_LOOK: Final = 0.01


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """The daemon of this home: its process, and how many seconds it took until it answered on its socket."""

    home: Home
    pid: int
    seconds_to_start: float

    def cpu(self) -> float | None:
        """CPU seconds it has spent so far; None where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        user, system = 11, 12  # proc(5): fields 14 and 15, of which two and the name are cut off
        return (int(fields[user]) + int(fields[system])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int | None:
        """Bytes of memory it holds now; None where the system does not tell."""
        try:
            lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        except OSError:
            return None
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


@contextmanager
def running(home: Home, *, lab: bool, counting: Counter | None = None) -> Iterator[Running]:
    """The daemon while the block runs; raises TryLater where it does not start."""
    before, environment = (counting.before, counting.environment) if counting else ((), {})
    command = [
        *before,
        sys.executable,
        "-m",
        "gateway.cli",
        "run",
        "--home",
        str(home.root),
        *(["--lab"] if lab else []),
    ]
    began = time.monotonic()
    with (home.root / "terminal.txt").open("wb") as terminal:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, env={**os.environ, **environment}
        )
    try:
        _wait(home, process, began)
        # Under strace the process we started is strace; the lock names the daemon.
        yield Running(home=home, pid=_pid(home), seconds_to_start=time.monotonic() - began)
    finally:
        _stop(home, process)


def _wait(home: Home, process: subprocess.Popen[bytes], began: float) -> None:
    while not _answers(home):
        if process.poll() is not None or time.monotonic() - began > _START_SECONDS:
            raise TryLater(f"the daemon did not start: {(home.root / 'terminal.txt').read_text()[-500:]}")
        time.sleep(_LOOK)


def _answers(home: Home) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(home.socket)) == 0


def _pid(home: Home) -> int:
    return int(home.lock.read_text())


def _stop(home: Home, process: subprocess.Popen[bytes]) -> None:
    """Ask it to end; what does not is killed."""
    if process.poll() is None:
        os.kill(_pid(home), signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
