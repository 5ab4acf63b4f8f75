"""A running SFTP server with a desk that admits what comes, and clients: paramiko's, and OpenSSH's as processes."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import paramiko

from gateway.channels.sftp.child import Where
from gateway.channels.sftp.intake import SftpIntake
from gateway.channels.sftp.messages import Configure, Login
from gateway.model.finding import Finding
from gateway.profiles.sftp import SftpAccount, SftpServer
from tests.channels.inbox import Desk, eventually

WITHIN = 30.0
LENIENT = SftpServer(port=0, connections_per_minute=10_000, idle_seconds=60.0)


class Site:
    """var/ and outbox/ of a home, with an intake over them. `wanted` is what the server is told; tests may change it."""

    def __init__(self, root: Path, server: SftpServer = LENIENT) -> None:
        self.root = root
        self.where = Where(
            staging=root / "var" / "sftp", outbox=root / "outbox", keys=root / "keys", log=root / "sftp.log"
        )
        self.key = root / "id_ed25519"
        if not self.key.exists():
            root.mkdir(parents=True, exist_ok=True)
            make_key(self.key)
        self.wanted: Configure | None = Configure(server=server, logins=(self.login("acme"),))
        self.desk = Desk()
        self.fetched: list[tuple[str, str]] = []
        self.told: list[Mapping[str, Sequence[Finding]]] = []
        self.intake = self.again()

    def again(self) -> SftpIntake:
        """An intake as the next life of the daemon would have it."""
        self.intake = SftpIntake(
            lambda: self.wanted,
            self.where,
            fetched=lambda channel, name: self.fetched.append((channel, name)),
            odd=self.told.append,
        )
        return self.intake

    def login(self, name: str, **more: object) -> Login:
        """An account that this site's key opens."""
        known = SftpAccount(account=name, keys=(public_of(self.key),))
        return Login(channel=name, account=msgspec.structs.replace(known, **more))

    def serve(self, **limits: object) -> None:
        """Change what is in force."""
        assert self.wanted
        server = msgspec.structs.replace(self.wanted.server, **limits)
        self.wanted = msgspec.structs.replace(self.wanted, server=server)

    @contextmanager
    def running(self) -> Iterator[int]:
        """The intake's thread with its server, until the block ends; the port."""
        self.intake.start(self.desk)
        try:
            assert eventually(lambda: self.intake.port != 0, WITHIN), self.said()
            yield self.intake.port
        finally:
            self.intake.stop()

    def said(self) -> str:
        """What the server logged."""
        return self.where.log.read_text() if self.where.log.exists() else ""

    def staged(self, channel: str = "acme") -> list[str]:
        """What lies staged, as stage/name."""
        folder = self.where.staging / channel
        return sorted(f"{path.parent.name}/{path.name[37:]}" for path in folder.rglob("*") if path.is_file())

    @contextmanager
    def client(self, account: str = "acme") -> Iterator[paramiko.SFTPClient]:
        """A session of paramiko's client."""
        with self.transport() as transport:
            transport.auth_publickey(account, paramiko.Ed25519Key.from_private_key_file(str(self.key)))
            sftp = paramiko.SFTPClient.from_transport(transport)
            assert sftp
            sftp.get_channel().settimeout(WITHIN)
            yield sftp

    @contextmanager
    def transport(self) -> Iterator[paramiko.Transport]:
        """A connection of paramiko's client, before login."""
        transport = paramiko.Transport(socket.create_connection(("127.0.0.1", self.intake.port), timeout=WITHIN))
        try:
            transport.start_client(timeout=WITHIN)
            yield transport
        finally:
            transport.close()

    def options(self, *more: str) -> list[str]:
        """How OpenSSH's clients are told where to go and that nobody is there to ask."""
        settings = {
            "Port": self.intake.port,
            "IdentityFile": self.key,
            "IdentitiesOnly": "yes",
            "StrictHostKeyChecking": "accept-new",
            "UserKnownHostsFile": self.root / "known_hosts",
            "BatchMode": "yes",
            "LogLevel": "ERROR",
        }
        return [
            "-F",
            "/dev/null",
            *(word for key, value in settings.items() for word in ("-o", f"{key}={value}")),
            *more,
        ]

    def sftp(self, commands: str, account: str = "acme") -> subprocess.CompletedProcess[str]:
        """OpenSSH's sftp with these commands."""
        return subprocess.run(
            ["sftp", *self.options("-b", "-"), f"{account}@127.0.0.1"],  # noqa: S607 - the system's
            input=commands,
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )


def make_key(path: Path) -> None:
    """A key pair of a client."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)  # noqa: S607 - the system's


def public_of(path: Path) -> str:
    """The public half, as settings hold it."""
    return " ".join(path.with_suffix(".pub").read_text().split()[:2])


def at_once(count: int, work: object) -> list[BaseException]:
    """Run `work(n)` in so many threads; what went wrong."""
    troubles: list[BaseException] = []

    def one(n: int) -> None:
        try:
            work(n)  # type: ignore[operator]
        except BaseException as trouble:  # noqa: BLE001 - told by the test
            troubles.append(trouble)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return troubles
