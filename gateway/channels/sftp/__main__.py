"""`python -m gateway.channels.sftp --line FD ...`: the SFTP server, until the daemon that started it is gone."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from structlog.typing import EventDict

from gateway.channels.sftp.line import servers_end
from gateway.channels.sftp.link import Daemon
from gateway.channels.sftp.messages import Configure
from gateway.channels.sftp.server import Places, Server

log = structlog.get_logger()
_OF_STRANGERS = frozenset({"sftp.turned_away", "sftp.login_failed"})
_LINES_A_MINUTE = 120
_AGAIN = 1.0  # seconds until a port that is taken is tried again: it may be our predecessor's


def main() -> int:
    """Hear what is in force, listen, serve, end with the daemon."""
    asked = _arguments()
    _log_to_stderr()
    heard: queue.SimpleQueue[Configure] = queue.SimpleQueue()
    daemon = Daemon(servers_end(socket.socket(fileno=asked.line)))
    server: list[Server] = []

    def configure(configured: Configure) -> None:
        heard.put(configured)  # first: whoever is about to make the server looks here afterwards
        if server:
            server[0].configure(configured)

    threading.Thread(target=_hear, args=(daemon, configure), daemon=True).start()
    configured = heard.get()
    places = Places(staging=asked.staging, outbox=asked.outbox, keys=asked.keys)
    places.staging.mkdir(mode=0o700, parents=True, exist_ok=True)
    server.append(Server(daemon, places, configured))
    while not heard.empty():
        server[0].configure(heard.get())
    listener = _listening(configured, daemon)
    server[0].serve(listener)
    return 0


def _hear(daemon: Daemon, configure: Callable[[Configure], None]) -> None:
    """Whatever we are at, without the daemon nothing can be taken into custody: break off, all is where a restart finds it."""
    daemon.hear(configure)
    os._exit(0)


def _listening(configured: Configure, daemon: Daemon) -> socket.socket:
    """Listen at the address agreed; as long as that cannot be, the daemon knows why."""
    wanted, told = configured.server, ""
    while True:
        try:
            family = socket.AF_INET6 if ":" in wanted.address else socket.AF_INET
            listener = socket.create_server((wanted.address, wanted.port), family=family, backlog=128)
        except OSError as error:
            why = "another program listens there" if error.errno == errno.EADDRINUSE else str(error.strerror)
            if why != told:
                daemon.listening(0, why)
            told = why
            time.sleep(_AGAIN)
        else:
            port = listener.getsockname()[1]
            log.info("sftp.listening", address=wanted.address, port=port)
            daemon.listening(port)
            return listener


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m gateway.channels.sftp", description="Started by the daemon.")
    parser.add_argument("--line", type=int, required=True, help="the inherited end of the private line")
    for place, what in (("staging", "var/sftp"), ("outbox", "outbox"), ("keys", "var/keys")):
        parser.add_argument(f"--{place}", type=Path, required=True, help=what)
    return parser.parse_args()


def _log_to_stderr() -> None:
    """Facts, one JSON object a line; our parent keeps them in var/sftp.log. What strangers make paramiko say is noise."""
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            _Sparing(),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


class _Sparing:
    """Lets through so many lines a minute of those that any stranger can cause: nobody shall fill the disk with them."""

    def __init__(self) -> None:
        self._minute, self._lines = 0, 0

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        if event["event"] in _OF_STRANGERS:
            minute = int(time.monotonic() // 60)
            self._minute, self._lines = minute, self._lines + 1 if minute == self._minute else 1
            if self._lines > _LINES_A_MINUTE:
                raise structlog.DropEvent
        return event


if __name__ == "__main__":
    sys.exit(main())
