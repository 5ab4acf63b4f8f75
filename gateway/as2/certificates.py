"""Certificates as frozen values: whose they are, what for, and since and until when; what is usable at a moment.

A partner's certificate is trusted because a person pinned it, not because somebody signed it: no chain is followed, and
one that has expired stays usable until its pin says otherwise (it is a case for people, not a reason to stop the mail).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from asn1crypto import pem
from asn1crypto import x509 as asn1
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import pkcs12

from gateway.as2.der import SEQUENCE, value
from gateway.as2.reading import BROKEN
from gateway.model.outcomes import Refused

PublicKey = RSAPublicKey | EllipticCurvePublicKey
PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey


class Use(StrEnum):
    """What a certificate is for; each of the six can change at its own time."""

    DECRYPT = "decrypt"
    VERIFY = "verify"
    VERIFY_MDN = "verify_mdn"
    SIGN = "sign"
    ENCRYPT = "encrypt"
    TLS_CLIENT = "tls_client"


# Of these all are tried, so that old and next overlap; of the others one is taken, so `since` is the day of the switch.
_RECEIVING: Final = frozenset({Use.DECRYPT, Use.VERIFY, Use.VERIFY_MDN})


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What AS2 needs of an X.509 certificate, read once.

    `identity` is its IssuerAndSerialNumber in DER (RFC 5652, 10.2.4), `issuer` the name as RFC 5280, 7.1 compares it,
    `key_id` the subject key identifier or what it would be (4.2.1.2), `begins` and `ends` its own dates, `subject` for
    people, `fingerprint` the SHA-256 of `der` in hex.
    """

    der: bytes
    subject: str
    identity: bytes
    issuer: str
    serial: int
    key_id: bytes
    public_key: PublicKey
    begins: datetime
    ends: datetime
    fingerprint: str


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate with what it is for; with its private key where it is ours.

    `since` and `until` are agreed, None for always: when a next one takes over, and when an old one is no longer taken.
    """

    certificate: Certificate
    uses: frozenset[Use]
    private_key: PrivateKey | None = None
    since: datetime | None = None
    until: datetime | None = None


def usable(credentials: Iterable[Credential], use: Use, at: datetime) -> tuple[Credential, ...]:
    """Those that may be used for this at that moment (`until` itself is too late), the one to prefer first.

    To decrypt and verify, a next one counts before its day, since the partner may switch first; to sign and encrypt, from
    its day on. Those within their own dates come before expired ones, then the latest `since`.
    """
    fit = [
        each
        for each in credentials
        if use in each.uses
        and (each.until is None or at < each.until)
        and (use in _RECEIVING or each.since is None or each.since <= at)
    ]
    # Two stable sorts: the second is the weightier.
    fit.sort(key=lambda each: (each.since is not None, each.since and each.since.timestamp()), reverse=True)
    fit.sort(key=lambda each: not each.certificate.begins <= at < each.certificate.ends)
    return tuple(fit)


def read_certificate(content: bytes) -> Certificate:
    """A certificate in PEM or DER; raises Refused("as2.certificate_unreadable").

    It is read by asn1crypto and only its key by cryptography, which rejects serial numbers that real partners have.
    """
    try:
        der = pem.unarmor(content)[2] if pem.detect(content) else content
        certificate = asn1.Certificate.load(der, strict=True)
        key = serialization.load_der_public_key(certificate.public_key.dump())
        found = _facts(der, certificate, key)
    except (*BROKEN, UnsupportedAlgorithm) as error:
        raise Refused("as2.certificate_unreadable", why="it is no X.509 certificate in PEM or DER") from error
    if found is None:
        raise Refused("as2.certificate_unreadable", why="its key is neither RSA nor of an elliptic curve")
    return found


def _facts(der: bytes, certificate: asn1.Certificate, key: object) -> Certificate | None:
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
        return None
    return Certificate(
        der=der,
        subject=certificate.subject.human_friendly,
        identity=value(SEQUENCE, certificate.issuer.dump(), certificate["tbs_certificate"]["serial_number"].dump()),
        issuer=certificate.issuer.hashable,
        serial=certificate.serial_number,
        key_id=certificate.key_identifier or certificate.public_key.sha1,
        public_key=key,
        begins=certificate["tbs_certificate"]["validity"]["not_before"].native,
        ends=certificate["tbs_certificate"]["validity"]["not_after"].native,
        fingerprint=hashlib.sha256(der).hexdigest(),
    )


def read_private_key(content: bytes, certificate: Certificate, password: bytes | None = None) -> PrivateKey:
    """The private key of this certificate, in PEM or DER.

    Raises Refused("as2.key_unreadable"), or ("as2.key_of_another") where it belongs to another certificate.
    """
    load = serialization.load_pem_private_key if pem.detect(content) else serialization.load_der_private_key
    try:
        key = load(content, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refused("as2.key_unreadable", why="it is no private key, or its password is another") from error
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise Refused("as2.key_unreadable", why="it is neither RSA nor of an elliptic curve")
    if key.public_key() != certificate.public_key:
        raise Refused("as2.key_of_another", subject=certificate.subject)
    return key


def read_pkcs12(content: bytes, password: bytes | None) -> tuple[Certificate, PrivateKey]:
    """Certificate and key of a .p12 or .pfx file, old ones with RC2 too; raises Refused("as2.key_unreadable")."""
    try:
        key, found, _ = pkcs12.load_key_and_certificates(content, password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refused("as2.key_unreadable", why="it is no .p12 file, or its password is another") from error
    if found is None or not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise Refused("as2.key_unreadable", why="it holds no certificate with an RSA or elliptic-curve key")
    return read_certificate(found.public_bytes(serialization.Encoding.DER)), key
