"""For whom an encrypted part is, and its content key: KeyTransRecipientInfo (RFC 5652, 6.2.1), written and opened.

A recipient is matched by name before anything is decrypted. Trying keys until one fits cannot work: RSA as OpenSSL does it
answers a wrong key with random bytes instead of an error, so that nobody learns from the difference (pitfall 3).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from asn1crypto import algos, cms
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from gateway.as2.algorithms import DIGEST_OF_OID, HASHES, Digest
from gateway.as2.certificates import Certificate, Credential
from gateway.as2.der import NULL, OCTETS, SEQUENCE, integer, object_identifier, value
from gateway.as2.identifier import Identifier, identifier_of, in_words
from gateway.model.outcomes import Refused

_PKCS1: Final = "1.2.840.113549.1.1.1"
_OAEP: Final = "1.2.840.113549.1.1.7"


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient; `oaep` are the digests of label and mask, None for PKCS #1 v1.5; `known` whether we know the wrapping."""

    who: Identifier
    key: bytes
    known: bool
    oaep: tuple[Digest, Digest] | None = None


def recipients_of(infos: Any) -> tuple[Recipient, ...]:  # noqa: ANN401 - asn1crypto has no types
    """Those to whom the key is sent by RSA; its caller stands within `reading`."""
    chosen = [info.chosen for info in infos]
    return tuple(_recipient(each) for each in chosen if isinstance(each, cms.KeyTransRecipientInfo))


def _recipient(info: Any) -> Recipient:  # noqa: ANN401
    algorithm = info["key_encryption_algorithm"]
    oid = algorithm["algorithm"].dotted
    oaep = _oaep(algorithm["parameters"]) if oid == _OAEP else None
    return Recipient(
        who=identifier_of(info["rid"]),
        key=info["encrypted_key"].native,
        known=oid == _PKCS1 or oaep is not None,
        oaep=oaep,
    )


def _oaep(parameters: Any) -> tuple[Digest, Digest] | None:  # noqa: ANN401
    """RFC 4055, 4.1: any digest, SHA-1 where none is said; a label other than the empty one is unknown to S/MIME."""
    encoded = parameters.dump() if parameters else b""
    said = algos.RSAESOAEPParams.load(encoded) if encoded[:1] == b"\x30" else algos.RSAESOAEPParams()
    digest = DIGEST_OF_OID.get(said["hash_algorithm"]["algorithm"].dotted)
    mask = DIGEST_OF_OID.get(said["mask_gen_algorithm"]["parameters"]["algorithm"].dotted)
    return (digest, mask) if digest and mask else None


def content_key(recipients: Sequence[Recipient], keys: Sequence[Credential], length: int) -> tuple[bytes, Credential]:
    """The key of the content, `length` bytes, and ours that opened it.

    Raises Refused("as2.not_for_us") where no recipient is one of ours, ("as2.cipher_unsupported") where the wrapping is
    unknown. A key that does not open becomes a random one: what it opens fails later, as any damaged content does, and
    nobody learns at which step (RFC 3218, 2.3.2).
    """
    for recipient in recipients:
        for ours in keys:
            if recipient.who.names(ours.certificate) and isinstance(ours.private_key, RSAPrivateKey):
                return _opened(recipient, ours.private_key, length), ours
    raise Refused("as2.not_for_us", recipients=in_words([each.who for each in recipients]))


def _opened(recipient: Recipient, key: RSAPrivateKey, length: int) -> bytes:
    if not recipient.known:
        raise Refused("as2.cipher_unsupported", what="wrapping of the key")
    try:
        opened = key.decrypt(recipient.key, _padding(recipient.oaep))
    except (ValueError, UnsupportedAlgorithm):
        opened = b""
    return opened if len(opened) == length else os.urandom(length)


def _padding(oaep: tuple[Digest, Digest] | None) -> padding.AsymmetricPadding:
    if oaep is None:
        return padding.PKCS1v15()
    digest, mask = oaep
    return padding.OAEP(padding.MGF1(HASHES[mask]()), HASHES[digest](), None)


def wrapped_for(certificate: Certificate, key: bytes, oaep: Digest | None) -> bytes:
    """The content key, wrapped for the holder of this certificate; raises Refused("as2.certificate_unfit")."""
    if not isinstance(certificate.public_key, RSAPublicKey):
        raise Refused("as2.certificate_unfit", subject=certificate.subject)
    wrapped = certificate.public_key.encrypt(key, _padding((oaep, oaep) if oaep else None))
    return value(SEQUENCE, integer(0), certificate.identity, _algorithm(oaep), value(OCTETS, wrapped))


def _algorithm(oaep: Digest | None) -> bytes:
    if oaep is None:
        return value(SEQUENCE, object_identifier(_PKCS1), NULL)
    digest = {"algorithm": str(oaep)}
    parameters = {"hash_algorithm": digest, "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": digest}}
    return value(SEQUENCE, object_identifier(_OAEP), algos.RSAESOAEPParams(parameters).dump())
