"""The HTTP server's thread: it listens where [http] says so, moves when that changes, and is idle where there is none."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog

from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.profiles.http import HttpServer

if TYPE_CHECKING:
    import uvicorn

log = structlog.get_logger()

ABOUT = "HTTP server"
"""What the cases about the server are about."""

_LOOK = 0.25  # seconds between looks at the settings
_AGAIN = 2.0  # seconds until an address that could not be listened at is tried again
_GRACE = 10  # seconds that requests under way have when the server stops
_KEEP_ALIVE = 15  # seconds that an idle connection is kept
_LARGEST_HEAD = 32 * 1024  # bytes of a request's line and headers

App = Callable[[], Any]
"""Makes the ASGI app; called when the server first listens, so that nothing of the web is loaded where none is wanted."""


class HttpDoor:
    """A door of the daemon. `wanted` is what the server shall be now, None for none; `odd` is told what is wrong with it."""

    def __init__(
        self,
        wanted: Callable[[], HttpServer | None],
        app: App,
        *,
        odd: Callable[[Mapping[str, Sequence[Finding]]], None],
    ) -> None:
        self._wanted = wanted
        self._app = app
        self._odd = odd
        self._told: object = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.port = 0

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more connections, let requests under way end, and end the thread."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._ended.clear()

    def _run(self) -> None:
        while not self._ended.is_set():
            trouble: Finding | None = None
            wanted = self._wanted()
            if wanted is not None:
                try:
                    trouble = self._serve(wanted)
                except Exception as error:  # nobody else could start it again
                    log.exception("http.died")
                    trouble = finding("http.died", reason=type(error).__name__)
            self._tell(trouble)
            self._ended.wait(_AGAIN if trouble else _LOOK)

    def _serve(self, wanted: HttpServer) -> Finding | None:
        """Serve until something else is wanted; what is wrong where it cannot listen."""
        try:
            family = socket.AF_INET6 if ":" in wanted.address else socket.AF_INET
            listening = socket.create_server((wanted.address, wanted.port), family=family, backlog=wanted.connections)
        except OSError as error:
            return finding("http.not_listening", address=wanted.address, port=wanted.port, reason=error.strerror)
        with listening:
            asyncio.run(self._listen(wanted, listening))
        return None

    async def _listen(self, wanted: HttpServer, listening: socket.socket) -> None:
        server = _server(self._app(), wanted)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        self.port = int(listening.getsockname()[1])
        log.info("http.listening", address=wanted.address, port=self.port)
        self._tell(None)
        try:
            while not (serving.done() or self._ended.is_set()) and _same_server(self._wanted(), wanted):
                await asyncio.wait([serving], timeout=_LOOK)
            server.should_exit = True
            await serving
        finally:
            self.port = 0

    def _tell(self, trouble: Finding | None) -> None:
        standing = {ABOUT: [trouble]} if trouble else {}
        if standing != self._told:
            with suppress(Exception):  # a busy ledger: told at the next turn
                self._odd(standing)
                self._told = standing


def _server(app: Any, wanted: HttpServer) -> uvicorn.Server:  # noqa: ANN401 - an ASGI app
    import uvicorn  # noqa: PLC0415 - loaded where it serves

    from gateway.api.wire import Wire  # noqa: PLC0415

    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Wire,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=wanted.connections,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_GRACE,
            h11_max_incomplete_event_size=_LARGEST_HEAD,
        )
    )


def _same_server(now: HttpServer | None, then: HttpServer) -> bool:
    """Whether what listens serves for this too; limits of bodies are asked anew for each."""
    return now is not None and (now.address, now.port, now.connections) == (then.address, then.port, then.connections)
