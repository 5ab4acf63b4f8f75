"""The key that signs the trail: made once, for its owner alone, and never made again in silence."""

from __future__ import annotations

import os
from pathlib import Path

from gateway.failpoints import failpoint
from gateway.model.outcomes import Refused, TryLater
from gateway.trail.note import PublicKey, Signer, public_of, read_public

PRIVATE, PUBLIC = "trail.ed25519", "trail.ed25519.pub"


def signer_in(folder: Path, *, signed: bool) -> Signer:
    """The key in this folder; made where there is none yet.

    `signed`: checkpoints exist. Then, or where its public half lies there, a key that is gone is not replaced: raises
    Refused("trail.key_missing"), since a new one would look as if somebody had signed another trail.
    """
    private = folder / PRIVATE
    if not private.exists():
        if signed or (folder / PUBLIC).exists():
            raise Refused("trail.key_missing", path=private)
        _make(private)
        failpoint("trail.key_kept")
    signer = _read(private)
    public = folder / PUBLIC
    if not public.exists():
        _write(public, f"{signer.public.text}\n".encode(), mode=0o644)
    return signer


def public_in(folder: Path) -> PublicKey:
    """The public half, as others know it; raises Refused("trail.no_key") where nothing was signed yet."""
    path = folder / PUBLIC
    try:
        return read_public(path.read_text("utf-8"))
    except FileNotFoundError as error:
        if (folder / PRIVATE).exists():
            return _read(folder / PRIVATE).public
        raise Refused("trail.no_key", path=path) from error
    except (ValueError, OSError) as error:
        raise Refused("trail.key_unreadable", path=path) from error


def _make(private: Path) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - 50 ms that only those who sign should wait
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(private, pem, mode=0o600)


def _read(private: Path) -> Signer:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    try:
        key = serialization.load_pem_private_key(private.read_bytes(), password=None)
    except (ValueError, TypeError, OSError) as error:
        raise Refused("trail.key_unreadable", path=private) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Refused("trail.key_unreadable", path=private)
    return Signer(public=public_of(key.public_key().public_bytes_raw()), private=key)


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Whole and on stable storage, or not there: half a key would be no key for ever."""
    fresh = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123 - the mode is given at its creation
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        failpoint("trail.key_written")
        fresh.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise TryLater(f"the key of the trail could not be kept: {error.strerror} ({path})") from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
