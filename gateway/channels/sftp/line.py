"""The private line between the SFTP server and the daemon: whole messages over a stream, none longer than agreed."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Generic, TypeVar

import msgspec

from gateway.channels.sftp.messages import FromDaemon, FromServer

LONGEST_FROM_SERVER = 1 << 14
LONGEST_FROM_DAEMON = 1 << 24  # thousands of accounts

In = TypeVar("In")
_LENGTH = struct.Struct(">I")


class Garbled(Exception):  # noqa: N818 - it names what was heard, and never leaves the two ends of the line
    """What came is no message."""


class Line(Generic[In]):
    """One end. Sending is safe from any thread, hearing is for one."""

    def __init__(self, end: socket.socket, heard: object, longest: int) -> None:
        self._end = end
        self._decoder: msgspec.msgpack.Decoder[In] = msgspec.msgpack.Decoder(heard)
        self._longest = longest
        self._sending = threading.Lock()

    def say(self, message: FromServer | FromDaemon) -> None:
        """Send it; raises OSError where the other end is gone."""
        content = msgspec.msgpack.encode(message)
        with self._sending:
            self._end.sendall(_LENGTH.pack(len(content)) + content)

    def hear(self) -> In | None:
        """The next message; None at the end of the line. Raises Garbled for what is none."""
        length = self._exactly(_LENGTH.size)
        if length is None:
            return None
        size: int = _LENGTH.unpack(length)[0]
        if size > self._longest:
            raise Garbled(f"a message of {size} bytes")
        content = self._exactly(size)
        try:
            return None if content is None else self._decoder.decode(content)
        except msgspec.DecodeError as error:
            raise Garbled(str(error)) from error

    def close(self) -> None:
        """Hang up; whoever hears at either end hears the end."""
        with contextlib.suppress(OSError):  # the other end was quicker
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()

    def _exactly(self, size: int) -> bytes | None:
        content = bytearray()
        while len(content) < size:
            try:
                piece = self._end.recv(size - len(content))
            except OSError:
                return None
            if not piece:
                return None
            content += piece
        return bytes(content)


def daemons_end(end: socket.socket) -> Line[FromServer]:
    """The end that hears the server."""
    return Line(end, FromServer, LONGEST_FROM_SERVER)


def servers_end(end: socket.socket) -> Line[FromDaemon]:
    """The end that hears the daemon."""
    return Line(end, FromDaemon, LONGEST_FROM_DAEMON)
