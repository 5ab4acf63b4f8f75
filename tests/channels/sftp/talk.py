"""One session without a network: requests as packets, replies taken apart."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import msgspec

from gateway.channels.room import Room as DiskRoom
from gateway.channels.sftp.protocol import Flags, Kind, Status, string
from gateway.channels.sftp.session import Room, Session
from gateway.channels.sftp.shelf import Shelf
from gateway.channels.sftp.staging import COMPLETE, Staged
from gateway.channels.sftp.uploads import Uploads
from gateway.model.outcomes import Refused
from gateway.profiles.sftp import SftpServer
from tests.channels.inbox import Clock

NEW = Flags.WRITE | Flags.CREATE | Flags.TRUNCATE
RESUME = Flags.WRITE | Flags.CREATE


class NotDone(Exception):  # noqa: N818 - what the server said
    """A request that did not end well."""

    def __init__(self, status: Status, text: str) -> None:
        super().__init__(f"{status.name}: {text}")
        self.status = status
        self.text = text


class Talk:
    """A client of the folders of one account; `admitted` is what its daemon took, `refusing` why it does not."""

    def __init__(self, root: Path, **limits: object) -> None:
        self.root = root
        self.limits = msgspec.structs.replace(SftpServer(), **limits)
        self.admitted: list[tuple[str, bytes]] = []
        self.keys: list[str] = []
        self.refusing: Refused | None = None
        self.during: Callable[[], None] = lambda: None
        self.told: list[str] = []
        self.reserve_mb = 0
        self.clock = Clock()
        self.start()

    def start(self) -> None:
        """A new life of the server."""
        disk = DiskRoom(self.root, lambda: self.reserve_mb)
        uploads = Uploads(self.root / "acme", self._hand_over, lambda: self.limits, disk, self.clock)
        shelf = Shelf(self.root / "out box", self.told.append, lambda: self.limits, self.clock)
        self.room = Room(uploads, shelf)
        self.again()

    def again(self) -> Session:
        """A new connection; the old one hangs."""
        self.session = Session(self.room, "acme")
        return self.session

    def _hand_over(self, key: str, name: str) -> None:
        self.during()
        if self.refusing:
            raise self.refusing
        path = Staged(self.root / "acme", COMPLETE, key, name).path
        self.admitted.append((name, path.read_bytes()))
        self.keys.append(key)
        path.unlink()

    def ask(self, kind: Kind, *content: bytes) -> tuple[Kind, bytes]:
        """The kind and content of the reply; raises NotDone for a status that is not OK."""
        reply = self.session.answer(memoryview(struct.pack(">BI", kind, 7) + b"".join(content)))
        size, answered, request = struct.unpack(">IBI", reply[:9])
        assert (size, request) == (len(reply) - 4, 7)
        if answered == Kind.STATUS and reply[12] != Status.OK:
            length = int.from_bytes(reply[13:17], "big")
            raise NotDone(Status(reply[12]), reply[17 : 17 + length].decode())
        return Kind(answered), reply[9:]

    def open(self, path: str | bytes, flags: int = NEW) -> bytes:
        """A handle, as it is passed on."""
        return self.ask(Kind.OPEN, _path(path), struct.pack(">II", flags, 0))[1]

    def write(self, handle: bytes, offset: int, content: bytes) -> None:
        """Write there."""
        self.ask(Kind.WRITE, handle, struct.pack(">Q", offset), string(content))

    def close(self, handle: bytes) -> None:
        """Close it."""
        self.ask(Kind.CLOSE, handle)

    def put(self, path: str | bytes, content: bytes = b"ISA*") -> None:
        """A whole upload."""
        handle = self.open(path)
        self.write(handle, 0, content)
        self.close(handle)

    def read(self, handle: bytes, offset: int, count: int) -> bytes:
        """Bytes from there."""
        return self.ask(Kind.READ, handle, struct.pack(">QI", offset, count))[1][4:]

    def get(self, path: str) -> bytes:
        """A whole download."""
        handle = self.open(path, Flags.READ)
        content = b""
        try:
            while True:
                content += self.read(handle, len(content), 32768)
        except NotDone as end:
            if end.status is not Status.EOF:
                raise
        self.close(handle)
        return content

    def rename(self, old: str, new: str, *, over: bool = False) -> None:
        """Plain, or OpenSSH's that overwrites."""
        if over:
            self.ask(Kind.EXTENDED, string(b"posix-rename@openssh.com"), _path(old), _path(new))
        else:
            self.ask(Kind.RENAME, _path(old), _path(new))

    def remove(self, path: str) -> None:
        """Remove it."""
        self.ask(Kind.REMOVE, _path(path))

    def size(self, path: str) -> int:
        """What STAT says."""
        return int.from_bytes(self.ask(Kind.STAT, _path(path))[1][4:12], "big")

    def names(self, path: str) -> list[str]:
        """What lies there."""
        handle = self.ask(Kind.OPENDIR, _path(path))[1]
        found = []
        try:
            while True:
                found += _names(self.ask(Kind.READDIR, handle)[1])
        except NotDone as end:
            if end.status is not Status.EOF:
                raise
        self.close(handle)
        return found

    def real_path(self, path: str) -> str:
        """Where a path leads."""
        return _names(self.ask(Kind.REALPATH, _path(path))[1])[0]

    def lay(self, path: str, content: bytes) -> Path:
        """What the daemon puts out."""
        place = self.root / "out box" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return place

    def staged(self) -> list[str]:
        """What lies staged, as stage/name."""
        return sorted(
            f"{path.parent.name}/{path.name[37:]}" for path in (self.root / "acme").rglob("*") if path.is_file()
        )


def _path(path: str | bytes) -> bytes:
    return string(path.encode() if isinstance(path, str) else path)


def _names(content: bytes) -> list[str]:
    count, rest, found = int.from_bytes(content[:4], "big"), content[4:], []
    for _ in range(count):
        for nth in range(2):
            size = int.from_bytes(rest[:4], "big")
            if nth == 0:
                found.append(rest[4 : 4 + size].decode())
            rest = rest[4 + size :]
        rest = rest[24:]
    return found
