"""The SFTP server seen by the daemon that starts it: a child process at the other end of a private line."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import subprocess
import sys
import threading
from pathlib import Path

import msgspec

import gateway
from gateway.channels.sftp.line import Garbled, daemons_end
from gateway.channels.sftp.messages import Configure, FromDaemon, FromServer

_STOP_SECONDS = 5.0
_LARGEST_LOG = 64 << 20  # bytes; a larger one becomes the old one at the next start


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything of one home lies: var/sftp, outbox/, var/keys, and the child's log."""

    staging: Path
    outbox: Path
    keys: Path
    log: Path


class Child:
    """A running server. What it says is in `heard`, None when it is gone."""

    def __init__(self, where: Where, configured: Configure) -> None:
        """Start it; raises OSError where no process can be had."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.configured = configured
        self.heard: queue.SimpleQueue[FromServer | None] = queue.SimpleQueue()
        where.log.parent.mkdir(parents=True, exist_ok=True)
        if where.log.exists() and where.log.stat().st_size > _LARGEST_LOG:
            where.log.replace(where.log.with_suffix(".log.old"))
        with contextlib.ExitStack() as on_failure, theirs, where.log.open("ab") as log:
            on_failure.enter_context(ours)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway.channels.sftp", "--line", str(theirs.fileno()), *_places(where)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": _import_path()},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C is for us; it ends when we hang up, or are gone
            )
            on_failure.pop_all()
        self._line = daemons_end(ours)
        threading.Thread(target=self._hear, name="sftp line", daemon=True).start()
        self.say(configured)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def say(self, message: FromDaemon) -> None:
        """Tell it; where it is gone, `heard` says so."""
        if isinstance(message, Configure):
            self.configured = message
        with contextlib.suppress(OSError):
            self._line.say(message)

    def stop(self) -> None:
        """Hang up, which ends it, and wait for it."""
        self._line.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _hear(self) -> None:
        try:
            while (message := self._line.hear()) is not None:
                self.heard.put(message)
        except Garbled:
            pass  # whoever speaks so is not to be trusted with files: it is ended
        self.heard.put(None)


def _places(where: Where) -> list[str]:
    return ["--staging", str(where.staging), "--outbox", str(where.outbox), "--keys", str(where.keys)]


def _import_path() -> str:
    """The child finds this very package, whether it is installed or a checkout."""
    here = str(Path(gateway.__file__).parent.parent)
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
