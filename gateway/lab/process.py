"""The simulator seen by whoever starts it: a child process that ends with its parent, and three calls to it."""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

import gateway
from gateway.model.outcomes import Refused

_START_SECONDS = 15.0
_STOP_SECONDS = 5.0
_CALL_SECONDS = 30.0


class Simulator:
    """A running ERP simulator; as a context it stops at the end. `busy` is the wanted port, where it was taken."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, busy: int | None) -> None:
        self._process = process
        self.port = port
        self.busy = busy
        self.url = f"http://127.0.0.1:{port}"

    @classmethod
    def start(cls, effects: Path, port: int = 0) -> Self:
        """Start one that keeps its effects in this file, and its errors beside it in `.log`; listening on return.

        Raises Refused("erp.lab_not_started"), with the log's last words.
        """
        effects.parent.mkdir(parents=True, exist_ok=True)
        log = effects.with_suffix(".log")
        with log.open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "gateway.lab", "--effects", str(effects), "--port", str(port)],
                stdin=subprocess.PIPE,  # our end of it closes when we are gone, however we go
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "PYTHONPATH": _import_path()},
                start_new_session=True,  # Ctrl-C is for us; it ends after us
            )
        try:
            said = json.loads(_first_line(process))
            return cls(process, said["port"], said.get("busy"))
        except ValueError as error:
            process.kill()
            _reap(process)
            raise Refused("erp.lab_not_started", log=log.name, said=_last_words(log)) from error

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def running(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it, if it has not ended, and wait for it; what it booked is kept."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        _reap(self._process)

    def effects(self) -> list[dict[str, Any]]:
        """Every effect it booked, in order, as `GET /effects` says."""
        effects: list[dict[str, Any]] = self._call("GET", "/effects")
        return effects

    def fault(self, scenario: str, **how: object) -> None:
        """Ask for a fault: `count`, `seconds`, `retry_after`, `kind` as in faults.py."""
        self._call("POST", "/faults", {"scenario": scenario, **how})

    def heal(self) -> None:
        """Take all faults away."""
        self._call("DELETE", "/faults")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _call(self, method: str, path: str, content: object = None) -> Any:  # noqa: ANN401 - JSON
        body = None if content is None else json.dumps(content).encode()
        call = Request(self.url + path, body, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - our own
        with urlopen(call, timeout=_CALL_SECONDS) as answer:  # noqa: S310
            return json.load(answer)


def _import_path() -> str:
    """The child finds this very package, whether it is installed or a checkout."""
    here = str(Path(gateway.__file__).parent.parent)
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """What it says when it listens; empty where it ended or said nothing in time."""
    stdout = process.stdout
    if stdout is None:
        return b""
    line = b""
    until = time.monotonic() + _START_SECONDS
    with stdout:
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([stdout], [], [], max(0.0, until - time.monotonic()))
            piece = os.read(stdout.fileno(), 4096) if ready else b""
            if not piece:
                return b""
            line += piece
    return line


def _reap(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


def _last_words(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else "nothing"
