"""Two parties with certificates made for the run, and what they send each other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from gateway.as2 import (
    As2Limits,
    Asked,
    Built,
    Cipher,
    Credential,
    Digest,
    Encrypting,
    Outgoing,
    Received,
    Requirements,
    Signing,
    Use,
    build,
    read,
    read_certificate,
    read_head,
    read_private_key,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIMITS = As2Limits()
ANY = Requirements(signed=False, encrypted=False, digests=frozenset(Digest), ciphers=frozenset(Cipher))
OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed; it is the referee here")
ORDER = b"ISA*00*          *00*          *ZZ*ACME           *ZZ*US             ~\r\nST*850*0001~\nSE*2*0001~"


class Pair:
    """A certificate and its key, in PEM, and as the gateway reads them."""

    def __init__(
        self, name: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, serial: int | None = None
    ) -> None:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        public = key.public_key()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(public)
            .serial_number(serial or x509.random_serial_number())
            .not_valid_before(NOON - timedelta(days=30))
            .not_valid_after(NOON + timedelta(days=300))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM)
        self.key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def credential(self, **dates: Any) -> Credential:  # noqa: ANN401 - what the call within takes
        """Ours: with its key, for every use."""
        read_ = read_certificate(self.certificate)
        key = read_private_key(self.key, read_)
        return Credential(certificate=read_, private_key=key, uses=frozenset(Use), **dates)

    def files(self, folder: Path, name: str) -> tuple[Path, Path]:
        """For programs that are not ours: certificate and key."""
        paths = folder / f"{name}.crt", folder / f"{name}.key"
        for path, content in zip(paths, (self.certificate, self.key), strict=True):
            path.write_bytes(content)
        return paths


@cache
def pair(name: str) -> Pair:
    """The pair of this name; one whose name begins with "ec" has a key of an elliptic curve."""
    if name.startswith("ec"):
        return Pair(name, ec.generate_private_key(ec.SECP256R1()))
    return Pair(name, rsa.generate_private_key(65537, 2048))


@cache
def credential(name: str) -> Credential:
    return pair(name).credential()


def signing(digest: Digest = Digest.SHA256, by: str = "acme") -> Signing:
    return Signing(credential=credential(by), digest=digest, at=NOON)


def encrypting(cipher: Cipher = Cipher.AES256_CBC, *to: str) -> Encrypting:
    return Encrypting(recipients=tuple(credential(each).certificate for each in to or ("us",)), cipher=cipher)


def sent(payload: bytes = ORDER, /, **how: Any) -> Built:  # noqa: ANN401 - what the call within takes
    """A message of Acme to us, signed and encrypted where nothing else is said."""
    said: dict[str, Any] = {
        "signing": signing(),
        "encrypting": encrypting(),
        "file_name": "order.edi",
        "asking": ASKING,
    } | how
    return build(Outgoing(message_id="PO-7@acme", as2_from="ACME", as2_to="US", payload=payload, **said))


ASKING = Asked(to="edi@acme.example", signed=True, digests=(Digest.SHA256,))


def received(
    built: Built,
    change: Callable[[bytes], bytes] = bytes,
    requirements: Requirements = ANY,
    **how: Any,  # noqa: ANN401 - what the call within takes
) -> Received:
    """The same as we read it, its body changed on the way."""
    body = change(b"".join(built.body))
    return arrived(built.headers, body, requirements=requirements, **how)


def arrived(fields: Iterable[tuple[str, str]], body: bytes, **how: Any) -> Received:  # noqa: ANN401 - what the call within takes
    """Any POST as we read it."""
    said: dict[str, Any] = {
        "keys": (credential("us"),),
        "pinned": (credential("acme"),),
        "requirements": ANY,
        "limits": LIMITS,
    }
    return read(read_head(fields), body, **said | how)


def taken(received_: Received) -> bytes:
    """The payload; fails with the fault's words where there is none."""
    assert received_.fault is None, received_.fault.finding.message
    assert received_.payload is not None
    return bytes(received_.payload)


def fault(received_: Received) -> tuple[str, str]:
    """The modifier of the MDN, and the code of the catalogue."""
    assert received_.payload is None
    assert received_.fault is not None
    return received_.fault.modifier, received_.fault.finding.code


HEAD = (("AS2-Version", "1.2"), ("AS2-From", "ACME"), ("AS2-To", "US"), ("Message-ID", "<PO-7@acme>"))
