"""What the SFTP server and the daemon say to each other."""

from __future__ import annotations

import msgspec

from gateway.profiles.sftp import SftpAccount, SftpServer


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """An account, and the channel it opens."""

    channel: str
    account: SftpAccount


class Configure(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The daemon says what is in force, at the start and whenever it changes."""

    server: SftpServer
    logins: tuple[Login, ...]
    reserve_mb: int = 0


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The daemon answers the request of this id; `why` says in words why it was not done."""

    id: int
    done: bool
    why: str = ""


class Listening(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The server says at which port it listens; 0 where it cannot, and why."""

    port: int
    why: str = ""


class Offer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The server says: this staged file is complete, admit it."""

    id: int
    channel: str
    key: str
    name: str


class Fetched(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The server says: the partner has downloaded all of this ("out/850-7.edi")."""

    id: int
    channel: str
    name: str


FromServer = Listening | Offer | Fetched
FromDaemon = Configure | Answer
