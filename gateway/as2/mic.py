"""The message integrity check: what both sides must have hashed alike (RFC 4130, 7.3.1 and 7.4.3)."""

from __future__ import annotations

import base64
import binascii

import msgspec

from gateway.as2.algorithms import Digest, digest_named, digest_of, micalg
from gateway.as2.pieces import Pieces


class Mic(msgspec.Struct, frozen=True, kw_only=True):
    """A digest and its algorithm; of a partner's, `digest` is None where we do not know the algorithm it names."""

    value: bytes
    digest: Digest | None

    def __str__(self) -> str:
        """As Received-Content-MIC says it."""
        return f"{base64.b64encode(self.value).decode()}, {micalg(self.digest) if self.digest else 'unknown'}"


def mic_of(pieces: Pieces, digest: Digest) -> Mic:
    """The MIC over these bytes."""
    return Mic(value=digest_of(pieces, digest), digest=digest)


def read_mic(text: str | None) -> Mic | None:
    """What a Received-Content-MIC says, however it spaces and spells it; None where it says nothing that can be compared."""
    value, _, name = (text or "").partition(",")
    try:
        octets = binascii.a2b_base64(value.strip(), strict_mode=True)
    except ValueError:  # binascii.Error, and characters beyond ASCII
        return None
    return Mic(value=octets, digest=digest_named(name)) if octets else None


def same(ours: Mic, theirs: Mic) -> bool:
    """Whether both hashed the same bytes; an algorithm that is not named, or oddly, is told by the value itself."""
    return ours.value == theirs.value and theirs.digest in {ours.digest, None}
