"""Encrypted parts: EnvelopedData (RFC 5652, 6) both ways, AuthEnvelopedData with AES-GCM (RFC 5083, RFC 5084) received."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from asn1crypto import cms, core
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher as Encryption
from cryptography.hazmat.primitives.ciphers import CipherContext, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from gateway.as2.algorithms import CIPHER_OF_OID, CIPHERS, Cipher, Digest
from gateway.as2.ber import Container
from gateway.as2.certificates import Certificate, Credential
from gateway.as2.der import (
    IMPLICIT_OCTETS,
    OCTETS,
    SEQUENCE,
    SET,
    content_info,
    element,
    integer,
    object_identifier,
    value,
)
from gateway.as2.limits import As2Limits
from gateway.as2.pieces import Pieces, size, steps
from gateway.as2.reading import reading
from gateway.as2.recipients import Recipient, content_key, recipients_of, wrapped_for
from gateway.model.outcomes import Refused

ENVELOPED_DATA: Final = "1.2.840.113549.1.7.3"
AUTH_ENVELOPED_DATA: Final = "1.2.840.113549.1.9.16.1.23"
_DATA: Final = "1.2.840.113549.1.7.1"
_SET, _SHORTEST_TAG = b"\x31", 12


class _GcmParameters(core.Sequence):  # type: ignore[misc] # asn1crypto has no types
    """RFC 5084, 3.2."""

    _fields = [("nonce", core.OctetString), ("tag_length", core.Integer, {"default": _SHORTEST_TAG})]  # noqa: RUF012 - asn1crypto's way


class Decrypted(msgspec.Struct, frozen=True, kw_only=True):
    """What an encrypted part held, with which cipher it was encrypted, and for which of our certificates."""

    content: memoryview
    cipher: Cipher
    by: Credential


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of either structure; `tag` and `attributes` (as they are authenticated) are of GCM alone."""

    recipients: tuple[Recipient, ...]
    oid: str
    vector: bytes
    tag: bytes = b""
    attributes: bytes = b""


def decrypt(
    container: Container, keys: Sequence[Credential], ciphers: frozenset[Cipher], limits: As2Limits
) -> Decrypted:
    """Open an encrypted part with that key of ours for which it is, where its cipher is one of these.

    Raises Refused: "as2.cipher_unsupported", "as2.weak_cipher", "as2.not_for_us", "as2.not_decrypted" for whatever is wrong
    behind those, "as2.cms_broken", "as2.cms_over_limit".
    """
    with reading("encryption"):
        envelope = _opened(container, limits)
    cipher = CIPHER_OF_OID.get(envelope.oid)
    if cipher is None or CIPHERS[cipher].authenticated is not (container.content_type == AUTH_ENVELOPED_DATA):
        raise Refused("as2.cipher_unsupported", what=f"cipher {envelope.oid}")
    if cipher not in ciphers:  # looked at first: triple DES takes forty times as long as AES
        raise Refused("as2.weak_cipher", cipher=cipher)
    key, ours = content_key(envelope.recipients, keys, CIPHERS[cipher].key)
    try:
        content = _decrypted(container.content or (), key, cipher, envelope)
    except (ValueError, InvalidTag) as error:
        raise Refused("as2.not_decrypted") from error
    return Decrypted(content=content, cipher=cipher, by=ours)


def _opened(container: Container, limits: As2Limits) -> _Envelope:
    authenticated = container.content_type == AUTH_ENVELOPED_DATA
    found = (cms.AuthEnvelopedData if authenticated else cms.EnvelopedData).load(container.der)
    infos = found["recipient_infos"]
    if len(infos) > limits.recipients:
        raise Refused("as2.cms_over_limit", limit="recipients", most=limits.recipients)
    part = "auth_encrypted_content_info" if authenticated else "encrypted_content_info"
    algorithm = found[part]["content_encryption_algorithm"]
    parameters: Any = algorithm["parameters"].dump()
    if not authenticated:
        vector = core.OctetString.load(parameters).native
        return _Envelope(recipients=recipients_of(infos), oid=algorithm["algorithm"].dotted, vector=vector)
    attributes = found["auth_attrs"]
    return _Envelope(
        recipients=recipients_of(infos),
        oid=algorithm["algorithm"].dotted,
        vector=_GcmParameters.load(parameters)["nonce"].native,
        tag=found["mac"].native,
        attributes=_SET + attributes.dump()[1:] if attributes else b"",
    )


def _decrypted(content: Pieces, key: bytes, cipher: Cipher, envelope: _Envelope) -> memoryview:
    """The content in the clear; raises ValueError or InvalidTag, and hands on nothing before all of it holds."""
    block = CIPHERS[cipher].block
    room = bytearray(size(content) + block)
    view, at = memoryview(room), 0
    if CIPHERS[cipher].authenticated:
        mode = modes.GCM(envelope.vector, envelope.tag, min_tag_length=_SHORTEST_TAG)
        gcm = Encryption(algorithms.AES(key), mode).decryptor()
        gcm.authenticate_additional_data(envelope.attributes)
        at = _run(gcm, steps(content), view)
        gcm.finalize()
        return view[:at].toreadonly()
    cbc = Encryption(_algorithm(cipher, key), modes.CBC(envelope.vector)).decryptor()
    at = _run(cbc, steps(content), view)
    cbc.finalize()
    unpadder = PKCS7(block * 8).unpadder()
    last = at - block
    rest = unpadder.update(bytes(view[max(last, 0) : at])) + unpadder.finalize()
    return view[: last + len(rest)].toreadonly()


def _run(context: CipherContext, content: Iterable[memoryview], into: memoryview) -> int:
    at = 0
    for step in content:
        at += context.update_into(step, into[at:])
    return at


def _algorithm(cipher: Cipher, key: bytes) -> algorithms.AES | TripleDES:
    return TripleDES(key) if cipher is Cipher.TRIPLE_DES else algorithms.AES(key)


def encrypt(
    content: Pieces, recipients: Iterable[Certificate], cipher: Cipher, *, oaep: Digest | None = None
) -> Pieces:
    """An EnvelopedData of this content for these recipients, with a fresh key; `oaep` asks for RSA-OAEP with that digest.

    Raises Refused: "as2.certificate_unfit" for a key that is not RSA, "as2.cipher_not_sent" for a mode that we only read.
    """
    form = CIPHERS[cipher]
    if form.authenticated:
        raise Refused("as2.cipher_not_sent", cipher=cipher)
    key, vector = os.urandom(form.key), os.urandom(form.block)
    infos = value(SET, *sorted(wrapped_for(each, key, oaep) for each in recipients))
    algorithm = value(SEQUENCE, object_identifier(form.oid), value(OCTETS, vector))
    encrypted = _encrypted(content, Encryption(_algorithm(cipher, key), modes.CBC(vector)).encryptor(), form.block)
    inner = element(SEQUENCE, object_identifier(_DATA), algorithm, *element(IMPLICIT_OCTETS, *encrypted))
    return content_info(ENVELOPED_DATA, *element(SEQUENCE, integer(0), infos, *inner))


def _encrypted(content: Pieces, cbc: CipherContext, block: int) -> Pieces:
    pad = block - size(content) % block
    pieces = [cbc.update(step) for step in steps((*content, bytes([pad]) * pad))]
    return (*pieces, cbc.finalize())
