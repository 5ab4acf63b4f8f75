"""An SFTP server in memory that answers as a test says: it refuses, lies, hangs, hangs up or sends nonsense."""

import contextlib
import socket
import stat
import struct
import threading
from collections.abc import Callable
from io import StringIO
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paramiko import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_SUCCEEDED,
    Channel,
    Ed25519Key,
    Message,
    PKey,
    ServerInterface,
    Transport,
)
from paramiko.server import SubsystemHandler

INIT, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT = 1, 3, 4, 5, 6, 7, 8
OPENDIR, READDIR, REMOVE, STAT, RENAME = 11, 12, 13, 17, 18
KINDS = {OPEN: "open", READ: "read", WRITE: "write", LSTAT: "lstat", FSTAT: "fstat", OPENDIR: "opendir"}
KINDS |= {READDIR: "readdir", REMOVE: "remove", STAT: "stat", RENAME: "rename", CLOSE: "close"}
VERSION, STATUS, HANDLE, DATA, NAME, ATTRS = 2, 101, 102, 103, 104, 105
OK, EOF, NO_FILE, DENIED, FAILURE = 0, 1, 2, 3, 4
CUT, HANG, DONE_AND_CUT = "cut", "hang", "done and cut"

REGULAR = stat.S_IFREG | 0o644


class Stored(NamedTuple):
    """A file there; `listed` is the size that listings tell instead of its own."""

    content: bytes
    mtime: int = 1_700_000_000
    mode: int = REGULAR
    listed: int | None = None


class Faulty:
    """The server. `files` by whole path; `react` says what to do instead of a request: a (status, text), CUT, HANG or None."""

    def __init__(self) -> None:
        self.files: dict[bytes, Stored] = {}
        self.react: Callable[[str, bytes], Any] = lambda _kind, _path: None
        self.serve: Callable[[bytes, int, int], bytes | None] = lambda _path, _offset, _size: None
        self.endless = False
        self.asked: list[tuple[str, bytes]] = []
        self.password = "secret"
        self.sessions = 0
        self._key = _new_key()
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._sock.getsockname()[1]
        self._open: list[Transport] = []
        self._released = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def host_key(self) -> str:
        """What it shows."""
        return f"{self._key.get_name()} {self._key.get_base64()}"

    def new_host_key(self) -> None:
        """Show another from now on."""
        self._key = _new_key()

    def stop(self) -> None:
        """End it and all its sessions."""
        self._released.set()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        self._thread.join()
        for transport in self._open:
            transport.close()
            transport.join(5)

    def hang(self) -> None:
        """Wait until the test is over."""
        self._released.wait(60)

    def _listen(self) -> None:
        while True:
            try:
                sock, _ = self._sock.accept()
            except OSError:
                return
            self.sessions += 1
            transport = Transport(sock)
            transport.set_log_channel("paramiko.mailbox")
            transport.daemon = True
            transport.add_server_key(self._key)
            transport.set_subsystem_handler("sftp", _Sftp, self)
            self._open.append(transport)
            with contextlib.suppress(Exception):
                transport.start_server(server=_Door(self), event=threading.Event())


class _Door(ServerInterface):  # type: ignore[misc]  # paramiko has no types
    def __init__(self, faulty: Faulty) -> None:
        self._faulty = faulty

    def check_auth_password(self, _username: str, password: str) -> int:
        result: int = AUTH_SUCCESSFUL if password == self._faulty.password else AUTH_FAILED
        return result

    def get_allowed_auths(self, _username: str) -> str:
        return "password"

    def check_channel_request(self, _kind: str, _number: int) -> int:
        result: int = OPEN_SUCCEEDED
        return result


class _Sftp(SubsystemHandler):  # type: ignore[misc]  # paramiko has no types
    def __init__(self, channel: Channel, name: str, server: ServerInterface, faulty: Faulty) -> None:
        super().__init__(channel, name, server)
        self._faulty = faulty
        self._handles: dict[bytes, bytes] = {}
        self._listed: dict[bytes, list[bytes]] = {}

    def start_subsystem(self, _name: str, transport: Transport, channel: Channel) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                kind, message = self._received(channel)
                if kind == INIT:
                    self._send(channel, VERSION, struct.pack(">I", 3))
                elif not self._handle(transport, channel, kind, message):
                    return

    def _received(self, channel: Channel) -> tuple[int, Message]:
        size = struct.unpack(">I", _exactly(channel, 4))[0]
        packet = _exactly(channel, size)
        return packet[0], Message(packet[1:])

    def _handle(self, transport: Transport, channel: Channel, kind: int, message: Message) -> bool:
        number, first = message.get_int(), message.get_string()
        path = self._handles.get(first, first)
        self._faulty.asked.append((KINDS.get(kind, str(kind)), path))
        reaction = self._faulty.react(KINDS.get(kind, str(kind)), path)
        if reaction == HANG:
            self._faulty.hang()
        if reaction in (CUT, HANG):
            transport.close()
            return False
        if isinstance(reaction, tuple):
            answer = STATUS, _status(*reaction)
        elif isinstance(reaction, bytes):
            answer = reaction[0], reaction[1:]
        else:
            answer = self._answer(kind, first, path, message)
        if reaction == DONE_AND_CUT:
            transport.close()
            return False
        self._send(channel, answer[0], struct.pack(">I", number) + answer[1])
        return True

    def _answer(self, kind: int, first: bytes, path: bytes, message: Message) -> tuple[int, bytes]:  # noqa: C901, PLR0911 - a table of answers
        files = self._faulty.files
        if kind in (LSTAT, STAT, FSTAT):
            return (ATTRS, _attributes(files[path])) if path in files else (STATUS, _status(NO_FILE))
        if kind == OPENDIR:
            self._listed[first] = [each for each in files if each.rpartition(b"/")[0] == path]
            return HANDLE, _string(first)
        if kind == READDIR:
            return self._names(path)
        if kind == OPEN:
            if message.get_int() & 2:
                files[path] = Stored(b"")
            elif path not in files:
                return STATUS, _status(NO_FILE)
            handle = b"h%d" % len(self._handles)
            self._handles[handle] = path
            return HANDLE, _string(handle)
        if kind == READ:
            offset, size = message.get_int64(), message.get_int()
            served = self._faulty.serve(path, offset, size)
            piece = files[path].content[offset : offset + size] if served is None else served
            return (DATA, _string(piece)) if piece else (STATUS, _status(EOF))
        if kind == WRITE:
            offset, piece = message.get_int64(), message.get_string()
            files[path] = Stored(files[path].content[:offset] + piece)
        elif kind == REMOVE:
            if files.pop(path, None) is None:
                return STATUS, _status(NO_FILE)
        elif kind == RENAME:
            new = message.get_string()
            if path not in files or new in files:
                return STATUS, _status(NO_FILE if path not in files else FAILURE)
            files[new] = files.pop(path)
        return STATUS, _status(OK)

    def _names(self, path: bytes) -> tuple[int, bytes]:
        names = self._listed.get(path, [])
        if self._faulty.endless:
            names = [b"/out/endless-%d" % n for n in range(100)]
        some, self._listed[path] = names[:100], names[100:]
        if not some:
            return STATUS, _status(EOF)
        listed = [(name, self._faulty.files.get(name, Stored(b"x"))) for name in some]
        entries = [
            _string(name[len(path) + 1 :] if name.startswith(path) else name) + _string(b"-") + _attributes(file)
            for name, file in listed
        ]
        return NAME, struct.pack(">I", len(entries)) + b"".join(entries)

    def _send(self, channel: Channel, kind: int, body: bytes) -> None:
        channel.sendall(struct.pack(">IB", len(body) + 1, kind) + body)


def _new_key() -> PKey:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return Ed25519Key.from_private_key(StringIO(pem.decode()))


def _exactly(channel: Channel, size: int) -> bytes:
    whole = b""
    while len(whole) < size:
        piece = channel.recv(size - len(whole))
        if not piece:
            raise EOFError
        whole += piece
    return whole


def _string(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def _status(code: int, text: bytes = b"as the test says") -> bytes:
    return struct.pack(">I", code) + _string(text) + _string(b"")


def _attributes(file: Stored) -> bytes:
    size = len(file.content) if file.listed is None else file.listed
    return struct.pack(">IQIII", 1 | 4 | 8, size, file.mode, file.mtime, file.mtime)
