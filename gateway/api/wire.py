"""HTTP/1.1 on the wire: uvicorn's own protocol over h11, which waits for a request only so long."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0
"""Seconds until the head of a request must be here, from the connection's start or the end of the request before."""


class Wire(H11Protocol):
    """Closes a connection whose next request does not come, or comes a byte at a time, or never ends after its refusal."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        self._expect_request()

    def on_response_complete(self) -> None:
        """A request is answered; what is left of its body is thrown away meanwhile."""
        super().on_response_complete()
        self._expect_request()

    def _expect_request(self) -> None:
        self.loop.call_later(HEAD_SECONDS, self._close_unless_asked, self.cycle)

    def _close_unless_asked(self, before: object) -> None:
        if self.cycle is before:
            self.timeout_keep_alive_handler()
