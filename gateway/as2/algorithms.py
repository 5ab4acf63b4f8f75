"""Digests and ciphers by the names that partners, certificates and CMS give them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec
from cryptography.hazmat.primitives import hashes


class Digest(StrEnum):
    """Digests of signatures and MICs; the value is what settings and records say."""

    SHA1 = "sha1"
    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class Cipher(StrEnum):
    """Content encryption; the value is what settings and records say."""

    AES128_CBC = "aes128-cbc"
    AES192_CBC = "aes192-cbc"
    AES256_CBC = "aes256-cbc"
    AES128_GCM = "aes128-gcm"
    AES192_GCM = "aes192-gcm"
    AES256_GCM = "aes256-gcm"
    TRIPLE_DES = "3des"


class CipherForm(msgspec.Struct, frozen=True, kw_only=True):
    """A cipher in CMS: its OID, bytes of its key and of its block, whether its mode authenticates what it encrypts."""

    oid: str
    key: int
    block: int = 16
    authenticated: bool = False


STRONG_DIGESTS: Final = frozenset({Digest.SHA256, Digest.SHA384, Digest.SHA512})
STRONG_CIPHERS: Final = frozenset(Cipher) - {Cipher.TRIPLE_DES}

HASHES: Final[Mapping[Digest, type[hashes.HashAlgorithm]]] = {
    Digest.SHA1: hashes.SHA1,
    Digest.SHA224: hashes.SHA224,
    Digest.SHA256: hashes.SHA256,
    Digest.SHA384: hashes.SHA384,
    Digest.SHA512: hashes.SHA512,
}

# RFC 3565, 2.5 and RFC 5084, 3.2 for AES; RFC 3370, 5.1 for triple DES.
CIPHERS: Final[Mapping[Cipher, CipherForm]] = {
    Cipher.AES128_CBC: CipherForm(oid="2.16.840.1.101.3.4.1.2", key=16),
    Cipher.AES192_CBC: CipherForm(oid="2.16.840.1.101.3.4.1.22", key=24),
    Cipher.AES256_CBC: CipherForm(oid="2.16.840.1.101.3.4.1.42", key=32),
    Cipher.AES128_GCM: CipherForm(oid="2.16.840.1.101.3.4.1.6", key=16, authenticated=True),
    Cipher.AES192_GCM: CipherForm(oid="2.16.840.1.101.3.4.1.26", key=24, authenticated=True),
    Cipher.AES256_GCM: CipherForm(oid="2.16.840.1.101.3.4.1.46", key=32, authenticated=True),
    Cipher.TRIPLE_DES: CipherForm(oid="1.2.840.113549.3.7", key=24, block=8),
}
CIPHER_OF_OID: Final[Mapping[str, Cipher]] = {form.oid: cipher for cipher, form in CIPHERS.items()}

# RFC 5754, 2 and RFC 3370, 2.1; some peers name the signature's algorithm where the digest's belongs.
DIGEST_OF_OID: Final[Mapping[str, Digest]] = {
    "1.3.14.3.2.26": Digest.SHA1,
    "2.16.840.1.101.3.4.2.4": Digest.SHA224,
    "2.16.840.1.101.3.4.2.1": Digest.SHA256,
    "2.16.840.1.101.3.4.2.2": Digest.SHA384,
    "2.16.840.1.101.3.4.2.3": Digest.SHA512,
    "1.2.840.113549.1.1.5": Digest.SHA1,
    "1.2.840.113549.1.1.14": Digest.SHA224,
    "1.2.840.113549.1.1.11": Digest.SHA256,
    "1.2.840.113549.1.1.12": Digest.SHA384,
    "1.2.840.113549.1.1.13": Digest.SHA512,
    "1.2.840.10045.4.1": Digest.SHA1,
    "1.2.840.10045.4.3.1": Digest.SHA224,
    "1.2.840.10045.4.3.2": Digest.SHA256,
    "1.2.840.10045.4.3.3": Digest.SHA384,
    "1.2.840.10045.4.3.4": Digest.SHA512,
}

OID_OF_DIGEST: Final[Mapping[Digest, str]] = {digest: oid for oid, digest in reversed(tuple(DIGEST_OF_OID.items()))}
"""The digest's own identifier, which comes first above."""

# RFC 5751, 3.4.3.2 for those that are new there; RFC 4130, 7.4.3 for SHA-1, which older peers know without a hyphen.
_MICALG: Final[Mapping[Digest, str]] = {
    Digest.SHA1: "sha1",
    Digest.SHA224: "sha-224",
    Digest.SHA256: "sha-256",
    Digest.SHA384: "sha-384",
    Digest.SHA512: "sha-512",
}
_DECORATION: Final = re.compile(
    r"^(?:rsa|rsassa|ecdsa|id)[-_]|[-_\s\"']|with(?:rsa|rsaencryption|ecdsa)(?:encryption)?$"
)


def micalg(digest: Digest) -> str:
    """What we write in micalg, Received-content-MIC and the options of a request."""
    return _MICALG[digest]


def digest_named(name: str) -> Digest | None:
    """The digest that a peer names: sha1, SHA-256, rsa-sha1, "sha_512"; None where we do not know it."""
    plain = _DECORATION.sub("", name.strip().lower())
    return Digest(plain) if plain in set(Digest) else None


def digest_of(pieces: Iterable[bytes | memoryview], digest: Digest) -> bytes:
    """The digest over these pieces, one after the other."""
    sum_ = hashlib.new(digest, usedforsecurity=False)
    for piece in pieces:
        sum_.update(piece)
    return sum_.digest()
