"""The SFTP server: takes connections, as many as agreed, watches over them, and gives each login its folders."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from functools import partial
from pathlib import Path

import msgspec
import paramiko
import structlog

from gateway.channels.room import Room as DiskRoom
from gateway.channels.sftp import protocol, ssh
from gateway.channels.sftp.doorkeeper import Doorkeeper
from gateway.channels.sftp.guard import Guard
from gateway.channels.sftp.link import Daemon
from gateway.channels.sftp.messages import Configure, Login
from gateway.channels.sftp.offered import OfferedKeys, announce
from gateway.channels.sftp.session import Room, Session
from gateway.channels.sftp.shelf import Shelf
from gateway.channels.sftp.uploads import Uploads
from gateway.profiles.sftp import SftpServer

log = structlog.get_logger()

_WATCH = 0.5  # seconds between two looks at all connections
_TIDY = 60.0  # seconds between two looks for what has lain long enough
_UNREAD_AT_MOST = 8 << 20  # bytes that a client may send ahead: four times what SSH lets it


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything lies: var/sftp, outbox/, var/keys."""

    staging: Path
    outbox: Path
    keys: Path


class Connection(msgspec.Struct, eq=False):
    """One connection, from its first byte."""

    transport: paramiko.Transport
    door: Doorkeeper
    address: str
    since: float
    channels: list[paramiko.Channel] = msgspec.field(default_factory=list)
    quiet_since: float = 0.0

    @property
    def authenticated(self) -> bool:
        """Whether somebody logged in."""
        return bool(self.transport.is_authenticated())


class Server:
    """Everything the child process does, besides hearing its daemon."""

    def __init__(self, daemon: Daemon, places: Places, configured: Configure) -> None:
        self._daemon = daemon
        self._places = places
        self._configured = configured
        self._guard = Guard(lambda: self._configured.server)
        self._rooms: dict[str, Room] = {}
        self._connections: set[Connection] = set()
        self._one = threading.Lock()
        self._keys = OfferedKeys(places.keys)

    def configure(self, configured: Configure) -> None:
        """This is in force from now on; who logged in with what is no longer good is put out."""
        self._configured = configured
        for connection in self._now():
            if connection.authenticated and connection.door.login() is None:
                log.info("sftp.put_out", account=connection.door.account)
                _hang_up(connection)

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        threading.Thread(target=self._watch, name="watch", daemon=True).start()
        while True:
            try:
                client, (address, *_) = listener.accept()
            except OSError:
                if listener.fileno() < 0:
                    return
                time.sleep(_WATCH)  # out of handles for now: sessions that end give theirs back
                continue
            try:
                self._take(client, address)
            except Exception:  # one client must not end all
                log.exception("sftp.connection_failed", address=address)
                client.close()

    def _take(self, client: socket.socket, address: str) -> None:
        why = self._guard.knock(address) or self._crowded(address)
        if why:
            log.warning("sftp.turned_away", address=address, why=why)
            client.close()
            return
        transport = ssh.open_transport(client, self._keys.current())
        door = Doorkeeper(
            transport,
            address,
            guard=self._guard,
            limits=self._configured.server,
            login=self._login,
            passwords=any(login.account.password for login in self._configured.logins),
            next_keys=self._keys.upcoming(),
            open_sftp=partial(self._open_sftp, transport),
        )
        connection = Connection(transport, door, address, time.monotonic())
        with self._one:
            self._connections.add(connection)
        transport.start_server(event=threading.Event(), server=door)

    def _crowded(self, address: str) -> str | None:
        limits, now = self._configured.server, self._now()
        if len(now) >= limits.connections:
            return "as many connections as there may be"
        if sum(not one.authenticated for one in now) >= limits.unauthenticated:
            return "too many connections before login"
        if sum(one.address == address for one in now) >= limits.per_address:
            return "too many connections from there"
        return None

    def _login(self, account: str) -> Login | None:
        return next((login for login in self._configured.logins if login.account.account == account), None)

    def _open_sftp(self, transport: paramiko.Transport, channel: paramiko.Channel, login: Login) -> bool:
        """Start a session in a thread of its own; False where the account has as many connections as it may."""
        connection = next(one for one in self._now() if one.transport is transport)
        of_account = sum(one.door.account == login.account.account and one.authenticated for one in self._now())
        if channel in connection.channels or of_account > self._configured.server.per_account:
            log.warning("sftp.turned_away", account=login.account.account, why="too many connections of the account")
            return False
        connection.channels.append(channel)
        threading.Thread(target=self._speak, args=(connection, channel, login), name="session", daemon=True).start()
        return True

    def _speak(self, connection: Connection, channel: paramiko.Channel, login: Login) -> None:
        """One session, from the first request to the last."""
        session = Session(self._room(login.channel), who=login.account.account)
        log.info("sftp.session", account=login.account.account, address=connection.address)
        ended = 1
        try:
            announce(connection.transport, self._keys.upcoming())
            channel.settimeout(self._configured.server.idle_seconds)
            ended = _converse(session, channel)
        except (OSError, EOFError, paramiko.SSHException):
            pass  # the client is gone, or was silent for too long
        except Exception:
            log.exception("sftp.session_failed", account=login.account.account)
        finally:
            session.end()
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                channel.send_exit_status(ended)  # scp waits for it
                channel.close()
            connection.channels.remove(channel)
            connection.quiet_since = time.monotonic()

    def _room(self, channel: str) -> Room:
        with self._one:
            if channel not in self._rooms:
                disk = DiskRoom(self._places.staging, lambda: self._configured.reserve_mb)
                uploads = Uploads(
                    self._places.staging / channel, partial(self._daemon.hand_over, channel), self._limits, disk
                )
                shelf = Shelf(self._places.outbox / channel, partial(self._daemon.fetched, channel), self._limits)
                self._rooms[channel] = Room(uploads, shelf)
            return self._rooms[channel]

    def _limits(self) -> SftpServer:
        return self._configured.server

    def _now(self) -> list[Connection]:
        with self._one:
            return list(self._connections)

    def _watch(self) -> None:
        """Close what has been here too long without login or without a word, forget what is gone, tidy up."""
        tidy_at = time.monotonic()
        while True:
            time.sleep(_WATCH)
            for connection in self._now():
                self._look_at(connection)
            if time.monotonic() >= tidy_at:
                tidy_at = time.monotonic() + _TIDY
                self._tidy()

    def _look_at(self, connection: Connection) -> None:
        now, limits = time.monotonic(), self._configured.server
        if not connection.transport.is_active():
            with self._one:
                self._connections.discard(connection)
            if connection.door.failures and not connection.door.entered:
                self._guard.failed(connection.address)
            return
        silent = now - max(connection.since, connection.quiet_since)
        if (
            silent > (limits.idle_seconds if connection.authenticated else limits.login_seconds)
            and not connection.channels
        ):
            _hang_up(connection)
        elif any(len(channel.in_buffer) > _UNREAD_AT_MOST for channel in list(connection.channels)):
            log.warning("sftp.flooded", account=connection.door.account)
            _hang_up(connection)

    def _tidy(self) -> None:
        for login in self._configured.logins:
            try:
                room = self._room(login.channel)
                room.uploads.expire()
                room.shelf.expire()
            except OSError:
                log.exception("sftp.not_tidied", channel=login.channel)


def _hang_up(connection: Connection) -> None:
    """Close it; paramiko waits for its own thread, which may be slow with a guess, so nobody waits for paramiko."""
    threading.Thread(target=connection.transport.close, name="hang up", daemon=True).start()


def _converse(session: Session, channel: paramiko.Channel) -> int:
    """Answer until the client is through; the exit status: 0 where it ended between two requests."""
    received = bytearray()
    while True:
        while len(received) >= 4:  # noqa: PLR2004 - the length of a length
            size = int.from_bytes(received[:4], "big")
            if not 0 < size <= protocol.LONGEST_PACKET:
                log.warning("sftp.garbled", size=size)
                return 1
            if len(received) < 4 + size:
                break
            packet = bytes(received[4 : 4 + size])
            del received[: 4 + size]
            try:
                channel.sendall(session.answer(memoryview(packet)))
            except protocol.Broken:
                return 1
        piece = channel.recv(1 << 18)
        if not piece:
            return 1 if received else 0
        received += piece
