"""An SSH connection to a mailbox: only to a host whose key was pinned, with timeouts everywhere, ended for certain.

paramiko speaks SSH. Its `AutoAddPolicy` and known_hosts play no part: the key that the host shows is compared before
anything of ours (a name, a key, a password) is sent.
"""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from paramiko import (
    AuthenticationException,
    Channel,
    ECDSAKey,
    Ed25519Key,
    PasswordRequiredException,
    PKey,
    RSAKey,
    SSHException,
    Transport,
)

from gateway.channels.mailbox.around import SecretOf
from gateway.channels.mailbox.session import Session
from gateway.channels.mailbox.trouble import Unreachable, said
from gateway.model.catalogue import finding
from gateway.profiles.mailbox import Mailbox, fingerprint
from gateway.profiles.secrets import NotKept

KEEPALIVE: Final = 15
"""Seconds between signs of life of ours, so that no firewall forgets the connection while a file is taken in."""

CIPHERS: Final = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MACS: Final = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)
HOST_KEYS: Final = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""What is offered of all that paramiko knows: no CBC, 3DES, MD5 or SHA-1 (its key exchanges have none left)."""

_LOG: Final = "paramiko.mailbox"


@contextmanager
def connected(mailbox: Mailbox, secret: SecretOf, ended: threading.Event | None = None) -> Iterator[Session]:
    """A session with this mailbox; raises Unreachable, which says what a person may read of it.

    Whatever the host does, or does not do, after `visit_seconds` it is over; so it is soon after `ended` is set.
    """
    credentials = _Credentials(mailbox, secret)
    transport = _reached(mailbox)
    over = _Over(transport, mailbox.visit_seconds, ended)
    try:
        with over:
            with _trouble(mailbox, over):
                _let_in(transport, mailbox, credentials)
                session = Session(_channel(transport, mailbox))
            try:
                yield session
            except Unreachable as told:
                raise told if told.found and not over.why else _unreachable(mailbox, over.why or str(told)) from told
    finally:
        transport.close()
        transport.sock.close()
        if transport.is_alive():
            transport.join(1.0)


class _Credentials:
    """The key or password to log in with, looked up anew for each visit: a renewed one holds at once."""

    def __init__(self, mailbox: Mailbox, secret: SecretOf) -> None:
        self.password: str | None = None
        self.key: PKey | None = None
        try:
            phrase = secret(mailbox.passphrase) if mailbox.passphrase else None
            if mailbox.password:
                self.password = secret(mailbox.password)
            elif mailbox.key:
                self.key = _private_key(secret(mailbox.key) or "", phrase)
        except NotKept as missing:
            why = f"it is kept in {missing.place}, and {missing.detail}"
            raise Unreachable(
                finding("mailbox.key_unusable", host=mailbox.address, why=why), hopeless=True
            ) from missing
        except PasswordRequiredException as locked:
            why = "it is protected by a passphrase, and none is set"
            raise Unreachable(finding("mailbox.key_unusable", host=mailbox.address, why=why), hopeless=True) from locked
        except (SSHException, ValueError) as error:
            why = "it is no private key that can be read, or its passphrase is another"
            raise Unreachable(finding("mailbox.key_unusable", host=mailbox.address, why=why), hopeless=True) from error


def _private_key(text: str, phrase: str | None) -> PKey:
    problem: Exception = ValueError("no private key")
    for kind in (Ed25519Key, ECDSAKey, RSAKey):
        try:
            return kind.from_private_key(io.StringIO(f"{text.strip()}\n"), phrase)
        except PasswordRequiredException:
            raise
        except Exception as error:  # noqa: BLE001 - of another kind, or broken in one of many ways
            problem = error
    raise ValueError(str(problem)) from problem


def _reached(mailbox: Mailbox) -> Transport:
    try:
        sock = socket.create_connection((mailbox.host, mailbox.port), timeout=mailbox.connect_seconds)
    except OSError as error:
        raise _unreachable(mailbox, error) from error
    try:
        transport = Transport(sock)
    except BaseException:
        sock.close()
        raise
    logger = logging.getLogger(_LOG)
    if not logger.handlers:  # its lines would reach the terminal otherwise; what matters is told as a case
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
    transport.set_log_channel(_LOG)
    transport.daemon = True
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = mailbox.connect_seconds
    transport.channel_timeout = transport.clear_to_send_timeout = mailbox.reply_seconds
    options = transport.get_security_options()
    options.ciphers, options.digests = CIPHERS, MACS
    options.key_types = _preferred(mailbox)
    return transport


def _preferred(mailbox: Mailbox) -> tuple[str, ...]:
    """The kinds of host key, pinned ones first: a host with several shows one that can be compared."""
    pinned = {key.partition(" ")[0] for key in mailbox.host_keys}

    def is_strange(kind: str) -> bool:
        return (kind if not kind.startswith("rsa-") else "ssh-rsa") not in pinned

    return tuple(sorted(HOST_KEYS, key=is_strange))


def _let_in(transport: Transport, mailbox: Mailbox, credentials: _Credentials) -> None:
    transport.start_client(timeout=mailbox.connect_seconds)
    if not transport.initial_kex_done:
        raise TimeoutError
    transport.set_keepalive(KEEPALIVE)
    _compare(transport.get_remote_server_key(), mailbox)
    try:
        if credentials.key:
            left = transport.auth_publickey(mailbox.user, credentials.key)
        else:
            left = transport.auth_password(mailbox.user, credentials.password or "")
    except AuthenticationException as refused:
        why = said(str(refused))
        raise Unreachable(
            finding("mailbox.not_let_in", host=mailbox.address, user=mailbox.user, why=why), hopeless=True
        ) from refused
    if left:
        why = f"it asks for {', '.join(left)} besides"
        raise Unreachable(
            finding("mailbox.not_let_in", host=mailbox.address, user=mailbox.user, why=why), hopeless=True
        )


def _compare(key: PKey, mailbox: Mailbox) -> None:
    """Refuse a host that shows a key nobody pinned, before it learns anything of us."""
    shown = f"{key.get_name()} {key.get_base64()}"
    if shown not in mailbox.host_keys:
        found = finding(
            "mailbox.unknown_host_key",
            host=mailbox.address,
            shown=fingerprint(shown),
            pinned=" and ".join(fingerprint(pinned) for pinned in mailbox.host_keys),
            line=shown,
        )
        raise Unreachable(found, hopeless=True)


def _channel(transport: Transport, mailbox: Mailbox) -> Channel:
    channel = transport.open_session(timeout=mailbox.reply_seconds)
    channel.settimeout(mailbox.reply_seconds)
    channel.invoke_subsystem("sftp")
    return channel


class _Over:
    """Ends a connection for certain: when its time is up, or when somebody else says so. `why` tells which."""

    def __init__(self, transport: Transport, seconds: float, ended: threading.Event | None) -> None:
        self.why: str | None = None
        self._transport = transport
        self._seconds = seconds
        self._ended = ended or threading.Event()
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._run, name="mailbox-end", daemon=True)

    def __enter__(self) -> None:
        self._watch.start()

    def __exit__(self, *_exc: object) -> None:
        self._done.set()
        self._watch.join()

    def _run(self) -> None:
        left = self._seconds
        while left > 0 and not self._ended.is_set():
            if self._done.wait(min(left, 0.2)):
                return
            left -= 0.2
        self.why = "the gateway stops" if left > 0 else f"the visit took more than {self._seconds:g} seconds"
        self._transport.close()
        with contextlib.suppress(OSError):  # a read that hangs in the handshake ends with its socket
            self._transport.sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def _trouble(mailbox: Mailbox, over: _Over) -> Iterator[None]:
    """Whatever keeps the connection from coming about, said as one thing: a host may send anything, and paramiko trip over it."""
    try:
        yield
    except Unreachable as told:
        raise told if told.found and not over.why else _unreachable(mailbox, over.why or str(told)) from told
    except Exception as error:
        raise _unreachable(mailbox, over.why or error) from error


def _unreachable(mailbox: Mailbox, why: Exception | str) -> Unreachable:
    if isinstance(why, TimeoutError):
        why = "it did not answer in time"
    text = why if isinstance(why, str) else (getattr(why, "strerror", None) or str(why) or type(why).__name__)
    return Unreachable(finding("mailbox.unreachable", host=mailbox.address, why=said(text).rstrip(".")))
