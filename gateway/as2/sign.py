"""A signature over a MIME part, made: a SignedData without its content (RFC 5652, 5; RFC 5751, 3.4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from gateway.as2.algorithms import HASHES, OID_OF_DIGEST, Digest, digest_of
from gateway.as2.certificates import Credential, PrivateKey
from gateway.as2.der import EXPLICIT, NULL, OCTETS, SEQUENCE, SET, content_info, integer, object_identifier, value
from gateway.as2.pieces import Pieces
from gateway.as2.signature import SIGNED_DATA
from gateway.model.outcomes import Refused

_DATA: Final = "1.2.840.113549.1.7.1"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_GENERALIZED_FROM = 2050

# RFC 3370, 3.2: rsaEncryption is what every reader knows; RFC 5754, 3.3 for elliptic curves.
_RSA: Final = "1.2.840.113549.1.1.1"
_ECDSA: Final[Mapping[Digest, str]] = {
    Digest.SHA1: "1.2.840.10045.4.1",
    Digest.SHA224: "1.2.840.10045.4.3.1",
    Digest.SHA256: "1.2.840.10045.4.3.2",
    Digest.SHA384: "1.2.840.10045.4.3.3",
    Digest.SHA512: "1.2.840.10045.4.3.4",
}


def sign(content: Pieces, credential: Credential, digest: Digest, at: datetime) -> tuple[Pieces, bytes]:
    """A detached SignedData over this content, with its certificate; and the content's digest.

    Raises Refused("as2.key_missing") where the credential is not ours.
    """
    certificate = credential.certificate
    if credential.private_key is None:
        raise Refused("as2.key_missing", subject=certificate.subject)
    digested = digest_of(content, digest)
    attributes = _attributes(digested, at)
    scheme, signature = _signed(value(SET, *attributes), credential.private_key, digest)
    one, algorithm = integer(1), value(SEQUENCE, object_identifier(OID_OF_DIGEST[digest]), NULL)
    tagged = value(EXPLICIT, *attributes)
    signer = value(SEQUENCE, one, certificate.identity, algorithm, tagged, scheme, value(OCTETS, signature))
    nothing = value(SEQUENCE, object_identifier(_DATA))
    certificates = value(EXPLICIT, certificate.der)
    signed = value(SEQUENCE, one, value(SET, algorithm), nothing, certificates, value(SET, signer))
    return content_info(SIGNED_DATA, signed), digested


def _signed(attributes: bytes, key: PrivateKey, digest: Digest) -> tuple[bytes, bytes]:
    """The signature's AlgorithmIdentifier, and the signature."""
    hash_ = HASHES[digest]()
    if isinstance(key, RSAPrivateKey):
        scheme = value(SEQUENCE, object_identifier(_RSA), NULL)
        return scheme, key.sign(attributes, padding.PKCS1v15(), hash_)
    return value(SEQUENCE, object_identifier(_ECDSA[digest])), key.sign(attributes, ec.ECDSA(hash_))


def _attributes(digested: bytes, at: datetime) -> list[bytes]:
    """Content type and digest are a must (RFC 5652, 11), the time is a should (RFC 5751, 2.5); in the order of a DER SET."""
    said = {
        _CONTENT_TYPE: object_identifier(_DATA),
        _SIGNING_TIME: _time(at.astimezone(UTC)),
        _MESSAGE_DIGEST: value(OCTETS, digested),
    }
    return sorted(value(SEQUENCE, object_identifier(kind), value(SET, each)) for kind, each in said.items())


def _time(at: datetime) -> bytes:
    """RFC 5652, 11.3: UTCTime, and GeneralizedTime from 2050 on."""
    if at.year < _GENERALIZED_FROM:
        return value(_UTC_TIME, f"{at:%y%m%d%H%M%S}Z".encode())
    return value(_GENERALIZED_TIME, f"{at:%Y%m%d%H%M%S}Z".encode())
