"""The server's host keys: made once, kept under var/keys, never made anew in silence, exchanged as planned.

Each kind has a private file (0600) and its public half beside it. A public half without its private one says that a key
was lost, which a person must know: every partner pinned it. `.next` is what partners learn in advance, `.old` what was.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import stat
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from gateway.model.outcomes import Refused

KINDS = ("ed25519", "rsa")
_RSA_BITS = 3072


class HostKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key: `path` is its private file, `public` its public half as "type base64"."""

    kind: str
    path: Path
    public: str

    @property
    def blob(self) -> bytes:
        """The public half as the wire has it."""
        return base64.b64decode(self.public.split()[1])

    @property
    def fingerprint(self) -> str:
        """As ssh-keygen and every client show it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")


def ensure(keys: Path) -> tuple[HostKey, ...]:
    """The keys in force; made where there never were any. Raises Refused where one was lost or changed."""
    return tuple(_known(_path(keys, kind)) or _made(_path(keys, kind)) for kind in KINDS)


def upcoming(keys: Path) -> tuple[HostKey, ...]:
    """The keys that will be in force next, where they are made already."""
    return tuple(key for kind in KINDS if (key := _known(_next(keys, kind))))


def prepare_keys(keys: Path) -> tuple[HostKey, ...]:
    """Make the next keys, unless they are made."""
    return tuple(_known(_next(keys, kind)) or _made(_next(keys, kind)) for kind in KINDS)


def exchange_keys(keys: Path) -> tuple[HostKey, ...]:
    """Put the next keys in force and keep the old ones beside them; raises Refused where none were prepared."""
    if not upcoming(keys):
        raise Refused("sftp.no_next_key")
    for key in upcoming(keys):
        path = _path(keys, key.kind)
        # At every step there is a private file, from which a missing public half is written again.
        _public_file(path).unlink(missing_ok=True)
        if path.exists():
            old = path.with_name(path.name + ".old")
            old.unlink(missing_ok=True)
            old.hardlink_to(path)
        key.path.replace(path)
        _public_file(key.path).unlink()
    return ensure(keys)


def _path(keys: Path, kind: str) -> Path:
    return keys / f"sftp_host_{kind}"


def _next(keys: Path, kind: str) -> Path:
    return keys / f"sftp_host_{kind}.next"


def _public_file(path: Path) -> Path:
    return path.with_name(path.name + ".pub")


def _known(path: Path) -> HostKey | None:
    """The key in this file; None where there never was one."""
    public_file = _public_file(path)
    try:
        found = path.stat()
    except FileNotFoundError as error:
        if public_file.exists():
            raise Refused("sftp.host_key_lost", file=path) from error
        return None
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise Refused("sftp.host_key_open", file=path)
    try:
        private = load_ssh_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise Refused("sftp.host_key_unreadable", file=path, reason=str(error)) from error
    if not isinstance(private, Ed25519PrivateKey | RSAPrivateKey):
        raise Refused("sftp.host_key_unreadable", file=path, reason="it is of another kind")
    public = _public(private)
    if not public_file.exists():
        _write(public_file, f"{public}\n".encode())
    elif public_file.read_text("utf-8").split()[:2] != public.split():
        raise Refused("sftp.host_key_changed", file=path)
    return HostKey(kind=_kind(path), path=path, public=public)


def _made(path: Path) -> HostKey:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kind = _kind(path)
    private = Ed25519PrivateKey.generate() if kind == "ed25519" else generate_private_key(65537, _RSA_BITS)
    _write(path, private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    public = _public(private)
    _write(_public_file(path), f"{public}\n".encode())
    return HostKey(kind=kind, path=path, public=public)


def _kind(path: Path) -> str:
    return next(kind for kind in KINDS if path.name.startswith(f"sftp_host_{kind}"))


def _public(private: Ed25519PrivateKey | RSAPrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _write(path: Path, content: bytes) -> None:
    """In one step, on stable storage, for us alone."""
    fresh = path.with_name(f"{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as file:  # noqa: PTH123 - it is open already
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
