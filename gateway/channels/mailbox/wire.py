"""SFTP requests and answers over paramiko's client: several at a time, bounded, names as bytes, and only a yes taken for one.

paramiko's own listing takes names for UTF-8 and has no bound, its attributes are read as often as a host says, its
reads ahead hold as much as a host sends out of order, and it takes any answer to a removal for a yes.
"""

from __future__ import annotations

import errno
import stat
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec
from paramiko import Message, SFTPClient
from paramiko.sftp import (
    CMD_DATA,
    CMD_STATUS,
    SFTP_EOF,
    SFTP_NO_SUCH_FILE,
    SFTP_OK,
    SFTP_PERMISSION_DENIED,
    SFTPError,
)
from paramiko.sftp_attr import SFTPAttributes

from gateway.channels.mailbox.trouble import said

AHEAD: Final = 64
"""Requests under way at a time, as OpenSSH's client has them; so much of a file at most lies in memory."""

_EXTENSIONS: Final = 16


class Entry(msgspec.Struct, frozen=True):
    """One entry of a remote folder. `size` (bytes) and `mtime` (seconds since 1970) are what the host says."""

    name: bytes
    size: int | None
    mtime: int
    mode: int | None

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file, as far as the host tells."""
        return self.mode is None or stat.S_IFMT(self.mode) in (0, stat.S_IFREG)


class Client(SFTPClient):  # type: ignore[misc]  # paramiko has no types
    """paramiko's client, as a way to ask: its own methods take any answer for a yes, and names for UTF-8."""

    def ask(self, kind: int, *words: object) -> tuple[int, Message]:
        """Send a request, wait for its answer; raises what an answer of status says."""
        answer: tuple[int, Message] = self._request(kind, *words)
        return answer

    def ask_many(self, requests: Iterable[tuple[object, ...]]) -> Generator[tuple[int, Message], None, None]:
        """The answers to these requests, in their order; some are under way at any time, so that a distant host is not waited for."""
        answers = _Answers()
        numbers: deque[int] = deque()
        left = iter(requests)
        while True:
            for request in islice(left, AHEAD - len(numbers)):
                numbers.append(self._async_request(answers, *request))
            if not numbers:
                return
            while numbers[0] not in answers.there:
                self._read_response()
            yield answers.there.pop(numbers.popleft())

    def agreed(self, kind: int, reply: Message) -> None:
        """Raise what an answer of status says, unless it says yes; nothing else is a yes."""
        if kind != CMD_STATUS:
            raise SFTPError("an answer of another kind than was asked for")
        reply.rewind()
        reply.get_int()  # the request's number
        self._convert_status(reply)

    def _convert_status(self, msg: Message) -> None:
        code, text = msg.get_int(), said(msg.get_string().decode("utf-8", "replace"))
        if code == SFTP_OK:
            return
        if code == SFTP_EOF:
            raise EOFError(text)
        if code == SFTP_NO_SUCH_FILE:
            raise OSError(errno.ENOENT, text or "No such file")
        if code == SFTP_PERMISSION_DENIED:
            raise OSError(errno.EACCES, text or "Permission denied")
        raise OSError(errno.EREMOTEIO, text or f"SFTP status {code}")


class _Answers:
    """Takes the answers to requests that are under way, as paramiko's client hands them out."""

    def __init__(self) -> None:
        self.there: dict[int, tuple[int, Message]] = {}

    def _async_response(self, kind: int, reply: Message, number: int) -> None:
        self.there[number] = kind, reply


def expected(kind: int, wanted: int, reply: Message) -> Message:
    """The answer, where it is of the kind that was wanted."""
    if kind != wanted:
        raise SFTPError("an answer of another kind than was asked for")
    return reply


def entries(reply: Message, at_most: int) -> Iterator[Entry]:
    """The entries of one answer. Its count is whatever the host says: an entry without a name is past its end."""
    for _ in range(min(reply.get_int(), at_most)):
        name = reply.get_string()
        if not name:
            return
        reply.get_string()  # the line of `ls -l`, for people
        yield attributes(reply, name)


def attributes(reply: Message, name: bytes) -> Entry:
    """draft-ietf-secsh-filexfer-02 section 5. paramiko's own reader loops as often as the host says."""
    flags = reply.get_int()
    size = reply.get_int64() if flags & SFTPAttributes.FLAG_SIZE else None
    if flags & SFTPAttributes.FLAG_UIDGID:
        reply.get_int64()
    mode = reply.get_int() if flags & SFTPAttributes.FLAG_PERMISSIONS else None
    mtime = 0
    if flags & SFTPAttributes.FLAG_AMTIME:
        reply.get_int()
        mtime = reply.get_int()
    if flags & SFTPAttributes.FLAG_EXTENDED:
        count = reply.get_int()
        if count > _EXTENSIONS:
            raise SFTPError("more extended attributes than any host has")
        for _ in range(2 * count):
            reply.get_string()
    return Entry(name, size, mtime, mode)


def data(kind: int, reply: Message, *, at_most: int) -> bytes:
    """The bytes that an answer to a read brings, at most so many; none at the end of the file."""
    if kind == CMD_STATUS:
        code = reply.get_int()
        if code == SFTP_EOF:
            return b""
        raise OSError(errno.EREMOTEIO, reply.get_string().decode("utf-8", "replace") or f"SFTP status {code}")
    piece: bytes = expected(kind, CMD_DATA, reply).get_string()
    if not 0 < len(piece) <= at_most:
        raise SFTPError("more or less bytes than a read may bring")
    return piece
