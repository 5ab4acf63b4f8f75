"""The SFTP protocol, version 3 (draft-ietf-secsh-filexfer-02), as bytes: requests are taken apart, replies put together. No I/O."""

from __future__ import annotations

import stat
import struct
import time
from enum import IntEnum

import msgspec

VERSION = 3
LONGEST_PACKET = 256 * 1024
LONGEST_DATA = LONGEST_PACKET - 1024

_INT, _LONG = struct.Struct(">I"), struct.Struct(">Q")
_SIZE, _OWNER, _MODE, _TIMES, _EXTENDED = 0x1, 0x2, 0x4, 0x8, 0x80000000


class Kind(IntEnum):
    """What a packet is."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    SETSTAT = 9
    FSETSTAT = 10
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RMDIR = 15
    REALPATH = 16
    STAT = 17
    RENAME = 18
    READLINK = 19
    SYMLINK = 20
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


class Status(IntEnum):
    """How a request ended."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4
    BAD_MESSAGE = 5
    OP_UNSUPPORTED = 8


class Flags(IntEnum):
    """How a file is opened."""

    READ = 0x1
    WRITE = 0x2
    APPEND = 0x4
    CREATE = 0x8
    TRUNCATE = 0x10
    EXCLUSIVE = 0x20


class Broken(ValueError):  # noqa: N818 - it names what the packet is
    """A packet that is shorter than what it says."""


class Reader:
    """The fields of one packet, in their order; raises Broken beyond its end."""

    def __init__(self, packet: memoryview) -> None:
        self._rest = packet

    def byte(self) -> int:
        """One byte."""
        return self._take(1)[0]

    def number(self) -> int:
        """32 bits."""
        value: int = _INT.unpack(self._take(4))[0]
        return value

    def long(self) -> int:
        """64 bits."""
        value: int = _LONG.unpack(self._take(8))[0]
        return value

    def view(self) -> memoryview:
        """A string, not copied."""
        return self._take(self.number())

    def string(self) -> bytes:
        """A string."""
        return bytes(self.view())

    def size(self) -> int | None:
        """The size in file attributes, where they hold one; whatever else they hold is passed over."""
        flags = self.number()
        size = self.long() if flags & _SIZE else None
        for flag in (_OWNER, _TIMES):
            if flags & flag:
                self._take(8)
        if flags & _MODE:
            self._take(4)
        return size

    def _take(self, count: int) -> memoryview:
        if count > len(self._rest):
            raise Broken
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken


class Attributes(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is told of a file or folder; `changed` is in seconds since 1970."""

    size: int = 0
    folder: bool = False
    writable: bool = False
    changed: float = 0.0

    @property
    def mode(self) -> int:
        """Kind and permissions."""
        if self.folder:
            return stat.S_IFDIR | (0o770 if self.writable else 0o550)
        return stat.S_IFREG | (0o660 if self.writable else 0o440)

    def packed(self) -> bytes:
        """As the wire has them."""
        seconds = int(self.changed) & 0xFFFFFFFF
        return struct.pack(">IQIII", _SIZE | _MODE | _TIMES, self.size, self.mode, seconds, seconds)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a listing; `remark` is shown to people in place of an owner."""

    name: str
    attributes: Attributes
    remark: str = "gateway"

    def packed(self) -> bytes:
        """As the wire has it, with a line such as `ls -l` writes."""
        about = self.attributes
        day = time.strftime("%b %d %H:%M", time.gmtime(about.changed))
        line = f"{stat.filemode(about.mode)} 1 {self.remark:<10} gateway {about.size:>12} {day} {self.name}"
        return string(self.name.encode()) + string(line.encode()) + about.packed()


def string(content: bytes) -> bytes:
    """A string with its length."""
    return _INT.pack(len(content)) + content


def packet(kind: Kind, request: int, *content: bytes) -> bytes:
    """A whole reply to the request of this id."""
    size = 5 + sum(map(len, content))
    return b"".join((struct.pack(">IBI", size, kind, request), *content))


def status(request: int, code: Status, text: str = "") -> bytes:
    """How it ended, in words too."""
    return packet(Kind.STATUS, request, _INT.pack(code), string(text.encode()[:1000]), string(b"en"))


def names(request: int, entries: list[Entry]) -> bytes:
    """Lines of a listing."""
    return packet(Kind.NAME, request, _INT.pack(len(entries)), *(entry.packed() for entry in entries))


def version(extensions: dict[bytes, bytes]) -> bytes:
    """The answer to INIT, which bears no id."""
    content = b"".join(string(name) + string(value) for name, value in extensions.items())
    return struct.pack(">IBI", 5 + len(content), Kind.VERSION, VERSION) + content


def limits(request: int, handles: int) -> bytes:
    """The answer to limits@openssh.com."""
    content = struct.pack(">QQQQ", LONGEST_PACKET, LONGEST_DATA, LONGEST_DATA, handles)
    return packet(Kind.EXTENDED_REPLY, request, content)
