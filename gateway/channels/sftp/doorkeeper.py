"""Who comes in: keys and passwords are checked, and of all that SSH can do only the SFTP subsystem is there.

What is not overridden here paramiko refuses: shells, commands, terminals, environment, X11, agents, forwarding either way.
"""

from __future__ import annotations

import ipaddress
import struct
import threading
import time
from collections.abc import Callable, Sequence

import argon2
import paramiko
import structlog

from gateway.channels.sftp.guard import Guard
from gateway.channels.sftp.messages import Login
from gateway.profiles.sftp import SftpAccount, SftpServer

log = structlog.get_logger()

CHANNELS_AT_MOST = 4
"""Channels of one connection at once: clients that share one open a few."""

CHANNELS_IN_ALL = 256
"""Channels of one connection over its life: paramiko remembers each."""

LONGEST_PASSWORD = 1024
PROVE = "hostkeys-prove-00@openssh.com"

_HASHING = threading.BoundedSemaphore(2)  # each takes tens of megabytes
_NOBODYS = (  # the hash of what nobody knows: an account that is not there takes as long as one that is
    "$argon2id$v=19$m=65536,t=3,p=4$N+4ME0BQTzCiJzMVagTdjg$bCCI0HMXs2LPN32D3aiCOdsM/f3x5i1iloNSXIG91cg"
)


class Doorkeeper(paramiko.ServerInterface):  # type: ignore[misc] # paramiko has no types
    """One connection's. `login` looks up an account, `open_sftp` starts a session on a channel for one; both hold for now."""

    def __init__(  # noqa: PLR0913 - what surrounds it, each by its name
        self,
        transport: paramiko.Transport,
        address: str,
        *,
        guard: Guard,
        limits: SftpServer,
        login: Callable[[str], Login | None],
        passwords: bool,
        next_keys: Sequence[paramiko.PKey],
        open_sftp: Callable[[paramiko.Channel, Login], bool],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = transport
        self._address = address
        self._guard = guard
        self._limits = limits
        self._login = login
        self._passwords = passwords
        self._next_keys = next_keys
        self._open_sftp = open_sftp
        self._pause = pause
        self._asked_for_nothing = False
        self._channels = 0
        self.entered = False
        self.failures = 0
        self.credential: str | None = None
        self.account: str | None = None

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 - the same for everybody, there or not
        """The ways in."""
        return "publickey,password" if self._passwords else "publickey"

    def check_auth_none(self, username: str) -> int:
        """Never; the first time it is only how clients ask for the ways in."""
        if self._asked_for_nothing:
            return self._failed(username)
        self._asked_for_nothing = True
        return int(paramiko.AUTH_FAILED)

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        """Whether this key opens this account; paramiko then checks that the client has its private half."""
        login = self._found(username)
        credential = f"{key.get_name()} {key.get_base64()}"
        if login is None or credential not in login.account.keys:
            return self._failed(username)
        self.account, self.credential = username, credential
        return int(paramiko.AUTH_SUCCESSFUL)

    def check_auth_password(self, username: str, password: str | bytes) -> int:
        """Whether this password opens this account."""
        login = self._found(username)
        hashed = login.account.password if login else None
        if isinstance(password, bytes) or len(password) > LONGEST_PASSWORD or not self._passwords:
            return self._failed(username)
        with _HASHING:
            try:
                argon2.PasswordHasher().verify(hashed or _NOBODYS, password)
            except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
                hashed = None
        if hashed is None or not password:
            return self._failed(username)
        self.account, self.credential = username, hashed
        return int(paramiko.AUTH_SUCCESSFUL)

    def check_auth_interactive(self, username: str, submethods: str) -> int:  # noqa: ARG002 - not offered
        """Never."""
        return self._failed(username)

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002 - paramiko's signature
        """A session, and not many."""
        open_now = len(self._transport._channels)  # noqa: SLF001 - paramiko tells it in no other way
        if kind != "session" or open_now >= CHANNELS_AT_MOST or self._channels >= CHANNELS_IN_ALL:
            return int(paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)
        self._channels += 1
        self.entered = True
        return int(paramiko.OPEN_SUCCEEDED)

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        """SFTP, for the account that logged in."""
        login = self.login()
        return name == "sftp" and login is not None and self._open_sftp(channel, login)

    def check_global_request(self, kind: str, msg: paramiko.Message) -> bool | tuple[bytes, ...]:
        """Prove that the next host keys are ours, so that clients may learn them."""
        if kind != PROVE:
            return False
        proofs: list[bytes] = []
        while msg.get_remainder():
            blob = msg.get_string()
            key = next((key for key in self._next_keys if key.asbytes() == blob), None)
            if key is None or len(proofs) > len(self._next_keys):
                return False
            proofs.append(_proof(key, blob, self._transport))
        return tuple(proofs)

    def login(self) -> Login | None:
        """The account that logged in, as long as what it logged in with is good."""
        login = self._login(self.account) if self.account and self._transport.is_authenticated() else None
        return login if login and self.credential in (*login.account.keys, login.account.password) else None

    def _found(self, username: str) -> Login | None:
        login = self._login(username)
        return login if login and _from_there(login.account, self._address) else None

    def _failed(self, username: str) -> int:
        self.failures += 1
        log.warning("sftp.login_failed", address=self._address, account=username[:64], tries=self.failures)
        if self.failures >= self._limits.auth_tries:
            # paramiko hangs up by itself, after answering, when it counts ten.
            self._transport.auth_handler.auth_fail_count = 9
        self._pause(self._guard.delay(self._address, username))
        return int(paramiko.AUTH_FAILED)


def _from_there(account: SftpAccount, address: str) -> bool:
    there = ipaddress.ip_address(address)
    there = getattr(there, "ipv4_mapped", None) or there
    networks = [ipaddress.ip_network(network) for network in account.networks]
    return not networks or any(there in network for network in networks)


def _proof(key: paramiko.PKey, blob: bytes, transport: paramiko.Transport) -> bytes:
    """The signature of OpenSSH's PROTOCOL section 2.5 over this connection and key."""
    signed = b"".join(struct.pack(">I", len(part)) + part for part in (PROVE.encode(), transport.session_id, blob))
    used = transport.host_key_type
    rsa = used if used.startswith("rsa-") else "rsa-sha2-512"
    signature: bytes = key.sign_ssh_data(signed, rsa if key.get_name() == "ssh-rsa" else None).asbytes()
    return signature
