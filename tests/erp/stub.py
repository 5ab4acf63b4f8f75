"""An ERP that says what a test tells it to, byte for byte."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from gateway.erp.http_json import HttpJson

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Stub:
    """A server that gives every caller the same bytes, in pieces, and keeps what it was sent."""

    def __init__(self, *pieces: bytes, pause: float = 0, tls: ssl.SSLContext | None = None) -> None:
        self.asked = b""
        self.connections = 0
        self._pieces = pieces
        self._ended, self._pause, self._tls = threading.Event(), pause, tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            wire, _ = self._listener.accept()
            with wire:
                if self._ended.is_set():
                    return
                self.connections += 1
                self._answer(wire)

    def _answer(self, wire: socket.socket) -> None:
        wire.settimeout(5)
        try:
            talk = self._tls.wrap_socket(wire, server_side=True) if self._tls else wire
            while not self._whole() and (piece := talk.recv(65536)):
                self.asked += piece
            for piece in self._pieces:
                talk.sendall(piece)
                self._ended.wait(self._pause)
        except OSError:
            return  # the caller had enough

    def _whole(self) -> bool:
        head, end, body = self.asked.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        return bool(end) and len(body) >= int(lengths[0] if lengths else 0)

    def stop(self) -> None:
        self._ended.set()
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()


@contextmanager
def answering(*pieces: bytes, pause: float = 0, timeout: float = 5) -> Iterator[tuple[HttpJson, Stub]]:
    """The profile, and a server that answers it with these pieces, `pause` seconds after each."""
    stub = Stub(*pieces, pause=pause)
    try:
        with HttpJson("erp", stub.url, token="s3cret", timeout=timeout, now=lambda: NOW) as erp:
            yield erp, stub
    finally:
        stub.stop()


def http(status: int, content: object = None, *, headers: str = "", body: bytes | None = None) -> bytes:
    """An answer on the wire; `headers` are whole lines."""
    body = json.dumps(content).encode() if body is None else body
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode("latin-1") + body
