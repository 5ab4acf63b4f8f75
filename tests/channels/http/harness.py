"""The HTTP server over a desk that admits what comes, and clients of the standard library on real sockets."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from gateway.api.app import create
from gateway.api.edge import Edge
from gateway.api.server import HttpDoor
from gateway.api.spool import Spool
from gateway.channels.http.intake import HttpIntake
from gateway.ledger.schema import bring_up_to_date
from gateway.ledger.write import Ledger
from gateway.model.finding import Finding
from gateway.ports import Admission, Drop
from gateway.profiles.agreement import Channel
from gateway.profiles.http import HttpAccount, HttpKey, HttpServer
from tests.channels.contract import MortalDesk
from tests.channels.inbox import eventually

KEY = "k" * 32
PATH = "/api/v1/transmissions"
WITHIN = 20.0
Body = bytes | Iterable[bytes]
LENIENT = HttpServer(port=0, bodies=64, bodies_per_channel=64)


class Answer(NamedTuple):
    """What a client got: the status, the JSON, and the headers in small letters."""

    status: int
    said: dict[str, Any]
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The catalogue's code of a problem, which must be one in every respect."""
        assert self.headers["content-type"] == "application/problem+json"
        assert self.said["status"] == self.status
        assert {"type", "title", "detail", "fix"} <= self.said.keys()
        return str(self.said["code"])


class NumberingDesk(MortalDesk):
    """A desk that gives numbers, and knows under which key and bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[str, tuple[int, str]] = {}

    def __call__(self, drops: Sequence[Drop]) -> Sequence[Admission]:
        before = len(self.keys)
        admissions = super().__call__(drops)
        for key, (_, content) in zip(self.keys[before:], self.taken[before:], strict=True):
            self.numbers.setdefault(key, (len(self.numbers) + 1, hashlib.sha256(content).hexdigest()))
        return [
            Admission(source_key=one.source_key, taken=one.taken, transmission=self.numbers[one.source_key][0])
            if one.taken
            else one
            for one in admissions
        ]


class Site:
    """An HTTP channel `acme` (and `bolt`), whose server and settings a test may change."""

    def __init__(self, root: Path, server: HttpServer | None = LENIENT) -> None:
        self.root = root
        self.reset(server)
        bring_up_to_date(f"sqlite:///{root}/ledger.db")
        self.ledger = Ledger(f"sqlite:///{root}/ledger.db", lambda: datetime.now(UTC))
        self.intake = HttpIntake(lambda _channel, key: self.desk.numbers.get(key))
        self.door = HttpDoor(lambda: self.wanted, self._app, odd=lambda standing: self.told.append(standing))  # noqa: PLW0108 - a reset brings another list

    def reset(self, server: HttpServer | None = LENIENT) -> None:
        """As if nothing had come yet."""
        self.wanted = server
        self.free = 1 << 40
        self.channels = [channel("acme"), channel("bolt", key="b" * 32)]
        self.desk = NumberingDesk()
        self.told: list[Mapping[str, Sequence[Finding]]] = []

    def _app(self) -> object:
        spool = Spool(self.root / "http", lambda: self.free, lambda: self.wanted or LENIENT)
        spool.open()
        return create(
            Edge(
                channels=lambda: self.channels,
                spool=spool,
                room=lambda: self.free,
                desk=self.intake,
                read=self.ledger.read,
                fetched=lambda _channel, _name: None,
            )
        )

    def start(self) -> None:
        self.intake.start(lambda drops: self.desk(drops))  # noqa: PLW0108 - a reset brings another one
        self.door.start()
        assert eventually(lambda: self.door.port != 0)

    def stop(self) -> None:
        self.door.stop()
        self.intake.stop()

    @contextmanager
    def running(self) -> Iterator[None]:
        self.start()
        try:
            yield
        finally:
            self.stop()
            self.ledger.close()

    @property
    def spooled(self) -> list[Path]:
        """What lies in the spool."""
        return list((self.root / "http").glob("*"))

    def post(
        self, body: Body = b"ISA*", *, key: str | None = None, name: str | None = "a.edi", **headers: str
    ) -> Answer:
        """Post a file; a header's name has _ for -."""
        more = {header.replace("_", "-"): value for header, value in headers.items()}
        if key is not None:
            more["Idempotency-Key"] = key
        path = PATH if name is None else f"{PATH}?name={quote(name, safe='')}"
        return ask(self.door.port, "POST", path, body, {"Authorization": f"Bearer {KEY}", **more})

    def raw(self, content: bytes) -> socket.socket:
        """A connection that said this much."""
        connection = socket.create_connection(("127.0.0.1", self.door.port), WITHIN)
        connection.sendall(content)
        return connection


def head(*lines: str, key: str = KEY) -> bytes:
    """The head of a POST with these headers besides the key."""
    return "\r\n".join(
        [f"POST {PATH}?name=a.edi HTTP/1.1", "Host: gateway", f"Authorization: Bearer {key}", *lines, "", ""]
    ).encode("latin-1")


def channel(name: str, key: str = KEY, content_types: tuple[str, ...] = ()) -> Channel:
    known = HttpKey(name="first", sha256=hashlib.sha256(key.encode()).hexdigest())
    return Channel(name=name, carries=(name,), http=HttpAccount(keys=(known,), content_types=content_types))


def ask(
    port: int, method: str, path: str, body: Body | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request of http.client, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN)
    try:
        connection.request(method, path, body, dict(headers or {}))
        return read(connection.getresponse())
    finally:
        connection.close()


def read(response: http.client.HTTPResponse) -> Answer:
    content = response.read()
    said = json.loads(content) if "json" in (response.getheader("Content-Type") or "") else {"content": content}
    return Answer(response.status, said, {name.lower(): value for name, value in response.getheaders()})


def heard(connection: socket.socket) -> Answer:
    """The answer on a raw connection."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return read(response)


def at_once(count: int, work: Callable[[int], Answer]) -> list[Answer]:
    """What `work(n)` returned, from so many threads at the same time."""
    results: dict[int, Answer] = {}
    ready = threading.Barrier(count)

    def one(n: int) -> None:
        ready.wait()
        results[n] = work(n)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[n] for n in range(count)]
