"""How commands reach the one process that writes: a lock that says who it is, and a socket that it answers on."""

from __future__ import annotations

import fcntl
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec
import structlog

from gateway.model.outcomes import Refused, TryLater
from gateway.settings import Home

log = structlog.get_logger()
_LONGEST = 1 << 16  # a request is a line of at most this many bytes
_PATIENCE = 30.0  # seconds that either side waits for the other


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A verb with its arguments; under the same `id` it is done once and answered the same, however often it is asked."""

    verb: str
    arguments: dict[str, Any]
    id: str = msgspec.field(default_factory=lambda: uuid.uuid4().hex)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: `done`, or the code, text and cure of a refusal."""

    done: dict[str, Any] | None = None
    code: str | None = None
    text: str | None = None
    fix: str | None = None


Handle = Callable[[Request], Answer]


@contextmanager
def only_writer(home: Home) -> Iterator[None]:
    """Be the one process that writes to this home; raises Refused where another is. The kernel frees a dead one's lock."""
    home.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    with home.lock.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise Refused("control.running", home=str(home.root), pid=lock.read().strip() or "?") from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


class Listener:
    """Answers requests on the home's socket, one at a time, from a thread of its own."""

    def __init__(self, home: Home, handle: Handle) -> None:
        self._home = home
        self._handle = handle
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> None:
        """Take the place of a dead process's socket: the lock says that there is no live one."""
        self._home.open_socket_folder()
        fresh = self._home.socket.with_suffix(".new")
        with suppress(FileNotFoundError):
            fresh.unlink()
        self._socket.bind(str(fresh))
        fresh.chmod(0o600)
        self._socket.listen(16)
        fresh.rename(self._home.socket)  # seen only once it is ours alone and answers
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=_PATIENCE)
        with suppress(FileNotFoundError):
            self._home.socket.unlink()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(_PATIENCE)
                connection.sendall(msgspec.json.encode(self._answer(_line(connection))) + b"\n")

    def _answer(self, line: bytes) -> Answer:
        try:
            return self._handle(msgspec.json.decode(line, type=Request))
        except msgspec.DecodeError:
            return Answer(code="control.garbled", text="the request is no JSON of the form {verb, arguments, id}")
        except Exception as error:
            log.exception("control.failed")
            return Answer(code="control.failed", text=f"{type(error).__name__}: {error}")


def ask(home: Home, request: Request) -> Answer | None:
    """Ask the daemon of this home; None where none is running. A dropped answer is asked for once more."""
    for attempt in (1, 2):
        try:
            return _ask(home, request)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError as error:
            if attempt == 2:  # noqa: PLR2004 - the second and last
                raise TryLater(f"the daemon did not answer: {error}") from error
    return None


def _ask(home: Home, request: Request) -> Answer:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE)
        connection.connect(str(home.socket))
        connection.sendall(msgspec.json.encode(request) + b"\n")
        line = _line(connection)
    if not line:
        raise ConnectionResetError("it closed the connection without an answer")
    return msgspec.json.decode(line, type=Answer)


def _line(connection: socket.socket) -> bytes:
    """One line, without its end; what is longer than any request is cut, and so garbled."""
    received = b""
    while b"\n" not in received and len(received) < _LONGEST:
        more = connection.recv(4096)
        if not more:
            break
        received += more
    return received.partition(b"\n")[0]
