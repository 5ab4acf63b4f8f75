"""One signer of a SignedData: who it says it is, what it signed, and whether a given key made that signature."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec
from asn1crypto import algos, cms
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from gateway.as2.algorithms import DIGEST_OF_OID, HASHES, Digest
from gateway.as2.certificates import PublicKey
from gateway.as2.identifier import Identifier, identifier_of
from gateway.as2.reading import reading

_SET, _PSS = b"\x31", "1.2.840.113549.1.1.10"


class Method(StrEnum):
    """How a signature is made."""

    PKCS1 = "pkcs1"
    PSS = "pss"
    ECDSA = "ecdsa"


# RFC 3370, 3.2; RFC 5754, 3; RFC 4056, 2. Those that name no digest take the signer's (`rsaEncryption` in a signature).
_METHODS: Final[Mapping[str, Method]] = {
    "1.2.840.113549.1.1.1": Method.PKCS1,
    "1.2.840.113549.1.1.5": Method.PKCS1,
    "1.2.840.113549.1.1.14": Method.PKCS1,
    "1.2.840.113549.1.1.11": Method.PKCS1,
    "1.2.840.113549.1.1.12": Method.PKCS1,
    "1.2.840.113549.1.1.13": Method.PKCS1,
    _PSS: Method.PSS,
    "1.2.840.10045.2.1": Method.ECDSA,
    "1.2.840.10045.4.1": Method.ECDSA,
    "1.2.840.10045.4.3.1": Method.ECDSA,
    "1.2.840.10045.4.3.2": Method.ECDSA,
    "1.2.840.10045.4.3.3": Method.ECDSA,
    "1.2.840.10045.4.3.4": Method.ECDSA,
}


class Scheme(msgspec.Struct, frozen=True, kw_only=True):
    """How this signature was made; `mask` and `salt` are of PSS alone."""

    method: Method
    digest: Digest
    mask: Digest = Digest.SHA1
    salt: int = 0


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """A SignerInfo (RFC 5652, 5.3).

    `digest` is of the content, None where we do not know it; `scheme` None likewise. `attributes` are the signed
    attributes as they were sent, re-tagged as the SET they are signed as (5.4), and `content_digest` what they say of
    the content; both None where there are none, and the signature is over the content itself.
    """

    who: Identifier
    digest: Digest | None
    scheme: Scheme | None
    attributes: bytes | None
    content_digest: bytes | None
    signature: bytes


def signers_of(der: bytes, most: int) -> tuple[Signer, ...] | None:
    """The signers of a SignedData, None where there are more than `most`; raises Refused("as2.cms_broken")."""
    with reading("signatures"):
        found = cms.SignedData.load(der)["signer_infos"]
        return None if len(found) > most else tuple(_signer(each) for each in found)


def _signer(info: Any) -> Signer:  # noqa: ANN401 - asn1crypto has no types
    digest = DIGEST_OF_OID.get(info["digest_algorithm"]["algorithm"].dotted)
    attributes, content_digest = info["signed_attrs"], None
    if attributes:
        # Exactly one, with one value: RFC 5652, 11.2. The raw bytes are verified: a peer's order is not ours to mend.
        (values,) = [each["values"] for each in attributes if each["type"].native == "message_digest"]
        (value,) = values
        content_digest = value.native
    return Signer(
        who=identifier_of(info["sid"]),
        digest=digest,
        scheme=_scheme(info["signature_algorithm"], digest),
        attributes=_SET + attributes.dump()[1:] if attributes else None,
        content_digest=content_digest,
        signature=info["signature"].native,
    )


def _scheme(algorithm: Any, digest: Digest | None) -> Scheme | None:  # noqa: ANN401
    oid = algorithm["algorithm"].dotted
    method = _METHODS.get(oid)
    if method is Method.PSS:
        return _pss(algorithm["parameters"])
    own = DIGEST_OF_OID.get(oid, digest)
    return Scheme(method=method, digest=own) if method and own else None


def _pss(parameters: Any) -> Scheme | None:  # noqa: ANN401
    """RFC 4056, 2.2; without parameters the defaults of RFC 4055, 3.1."""
    said = parameters if isinstance(parameters, algos.RSASSAPSSParams) else algos.RSASSAPSSParams()
    digest = DIGEST_OF_OID.get(said["hash_algorithm"]["algorithm"].dotted)
    mask = DIGEST_OF_OID.get(said["mask_gen_algorithm"]["parameters"]["algorithm"].dotted)
    if digest is None or mask is None:
        return None
    return Scheme(method=Method.PSS, digest=digest, mask=mask, salt=int(said["salt_length"].native))


def made_by(key: PublicKey, signer: Signer, content_digest: bytes) -> bool:
    """Whether the holder of this key signed: the attributes, or without them content of this digest."""
    scheme = signer.scheme
    if scheme is None or isinstance(key, RSAPublicKey) is (scheme.method is Method.ECDSA):
        return False
    digest = HASHES[scheme.digest]()
    if signer.attributes is not None:
        return _verified(key, scheme, signer.signature, signer.attributes, digest)
    return signer.digest is scheme.digest and _verified(
        key, scheme, signer.signature, content_digest, Prehashed(digest)
    )


def _verified(
    key: PublicKey, scheme: Scheme, signature: bytes, message: bytes, digest: hashes.HashAlgorithm | Prehashed
) -> bool:
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, message, _padding(scheme), digest)
        else:
            key.verify(signature, message, ec.ECDSA(digest))
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _padding(scheme: Scheme) -> padding.AsymmetricPadding:
    if scheme.method is Method.PKCS1:
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(HASHES[scheme.mask]()), scheme.salt)
