"""Signed notes, and the checkpoints of the trail in that form (C2SP signed-note and tlog-checkpoint), so that any witness can check them.

edi-gateway/5d41402abc4b2a76       the origin: which trail this is
1024                               how many events
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2   the root over them
at 2026-11-16T12:00:00.000000Z     when it was signed
last event 1061                    the number of the last of them
                                   an empty line, then the signature
— edi-gateway/5d41402abc4b2a76 Wuy0rQ...
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from gateway.trail.leaf import moment

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ED25519 = b"\x01"  # the algorithm's byte in a signed note's key
_NAME = re.compile(r"[^\s+]+")
_CHECKPOINT = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>[0-9]{1,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\nat (?P<at>[^\n]+)\nlast event (?P<last>[0-9]{1,18})\n"
)


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """What checks signatures: the name it signs under, and the 32 bytes of an Ed25519 key."""

    name: str
    raw: bytes

    @property
    def number(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    @property
    def text(self) -> str:
        """The key on one line, as signed notes write it: NAME+NUMBER+KEY."""
        return f"{self.name}+{self.number.hex()}+{base64.b64encode(_ED25519 + self.raw).decode()}"


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """What signs: the public half and the private one."""

    public: PublicKey
    private: Ed25519PrivateKey


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A state of the trail as it was signed."""

    origin: str
    size: int
    root: bytes
    at: datetime
    last_event: int


def public_of(raw: bytes) -> PublicKey:
    """A key under the name that its home's trail has by it: no two homes share one."""
    return PublicKey(name=f"edi-gateway/{hashlib.sha256(raw).hexdigest()[:16]}", raw=raw)


def read_public(text: str) -> PublicKey:
    """A key from its one line; raises ValueError where it is none."""
    name, _, rest = text.strip().partition("+")
    try:
        key = base64.b64decode(rest.partition("+")[2], validate=True)
    except binascii.Error as error:
        raise ValueError(f"no key: {error}") from error
    public = PublicKey(name=name, raw=key[1:])
    if not _NAME.fullmatch(name) or public.text != text.strip() or len(public.raw) != 32:  # noqa: PLR2004 - an Ed25519 key
        raise ValueError("no key of the form NAME+NUMBER+KEY")
    return public


def signed(signer: Signer, text: str) -> str:
    """A note: this text (whole lines) with its signature."""
    signature = base64.b64encode(signer.public.number + signer.private.sign(text.encode())).decode()
    return f"{text}\n— {signer.public.name} {signature}\n"


def opened(note: str, public: PublicKey) -> str:
    """The text of a note that this key signed; raises ValueError where it did not."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - 50 ms that only those who check should wait
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    text, found, signature = note.rpartition(f"\n— {public.name} ")
    try:
        given = base64.b64decode(signature[:-1], validate=True)
        if not found or given[:4] != public.number or f"{base64.b64encode(given).decode()}\n" != signature:
            raise ValueError(f"not signed by {public.name}")
        Ed25519PublicKey.from_public_bytes(public.raw).verify(given[4:], text.encode())
    except (InvalidSignature, binascii.Error) as error:
        raise ValueError(f"the signature of {public.name} does not fit the text") from error
    return text


def written(checkpoint: Checkpoint) -> str:
    """The text of a checkpoint, to be signed."""
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\nat {moment(checkpoint.at)}\nlast event {checkpoint.last_event}\n"


def read_checkpoint(note: str, public: PublicKey) -> Checkpoint:
    """The checkpoint in a note that this key signed; raises ValueError where it is none."""
    match = _CHECKPOINT.fullmatch(opened(note, public))
    if match is None or match["origin"] != public.name:
        raise ValueError("signed, but no checkpoint of this trail")
    return Checkpoint(
        origin=match["origin"],
        size=int(match["size"]),
        root=base64.b64decode(match["root"]),
        at=datetime.fromisoformat(match["at"]),
        last_event=int(match["last"]),
    )
