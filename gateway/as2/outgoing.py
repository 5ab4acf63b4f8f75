"""A payload becomes a message: signed, compressed and encrypted as agreed, its bytes untouched."""

from __future__ import annotations

import base64
import secrets
from enum import StrEnum
from typing import Final

import msgspec

from gateway.as2.algorithms import Cipher, Digest, micalg
from gateway.as2.asking import Asked, headers_asking
from gateway.as2.certificates import Certificate
from gateway.as2.compression import compress
from gateway.as2.envelope import encrypt
from gateway.as2.headers import checked, parameter, written
from gateway.as2.message import VERSION, Built, Signing
from gateway.as2.mic import Mic, mic_of
from gateway.as2.names import write_message_id, write_name
from gateway.as2.pieces import Buffer, Pieces, view_of
from gateway.as2.sign import sign

Fields = tuple[tuple[str, str], ...]
_LINE = 76  # RFC 2045, 6.8


class Compress(StrEnum):
    """When a message is compressed, if at all: RFC 5402, 3."""

    BEFORE_SIGNING = "before_signing"
    AFTER_SIGNING = "after_signing"


class TransferEncoding(StrEnum):
    """How a part is written; HTTP carries any byte, so base64 is for partners who ask for it (RFC 4130, 5.2.1)."""

    BINARY = "binary"
    BASE64 = "base64"


class Encrypting(msgspec.Struct, frozen=True, kw_only=True):
    """For whom to encrypt and how; `oaep` asks for RSA-OAEP with that digest, None is PKCS #1 v1.5, which all can read."""

    recipients: tuple[Certificate, ...]
    cipher: Cipher = Cipher.AES256_CBC
    oaep: Digest | None = None


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message to build. The same `message_id` again is the same message (RFC 4130, 5.3.3)."""

    message_id: str
    as2_from: str
    as2_to: str
    payload: Buffer
    content_type: str = "application/edi-x12"
    file_name: str | None = None
    subject: str | None = None
    signing: Signing | None = None
    encrypting: Encrypting | None = None
    compress: Compress | None = None
    asking: Asked | None = None
    transfer_encoding: TransferEncoding = TransferEncoding.BINARY


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """A MIME part to be: its headers, which become HTTP headers where it is the outermost, and its body."""

    fields: Fields
    body: Pieces

    def whole(self) -> Pieces:
        return (written(self.fields), *self.body)


_ENVELOPED: Final = ("enveloped-data", "smime.p7m")
_COMPRESSED: Final = ("compressed-data", "smime.p7z")


def build(message: Outgoing) -> Built:
    """Headers, body and MIC of this message.

    Raises Refused: "as2.name_invalid", "as2.message_id_invalid", "as2.header_unwritable", "as2.key_missing",
    "as2.certificate_unfit", "as2.cipher_not_sent".
    """
    part = payload_part = _payload_part(message)
    mic = None
    if message.compress is Compress.BEFORE_SIGNING:
        part = _compressed(part, message.transfer_encoding)
    if message.signing:
        part, mic = signed_part(part.whole(), message.signing, message.transfer_encoding)
    if message.compress is Compress.AFTER_SIGNING:
        part = _compressed(part, message.transfer_encoding)
    if message.encrypting:
        part = _encrypted(part, message.encrypting, message.transfer_encoding)
    if mic is None:
        mic = _unsigned_mic(message, payload_part, wrapped=part is not payload_part)
    return Built(headers=(*_envelope(message), *checked(part.fields)), body=part.body, mic=mic)


def _unsigned_mic(message: Outgoing, payload_part: _Part, *, wrapped: bool) -> Mic:
    """The same scope as the reader's: incoming._mic."""
    digest = message.asking.digest(None) if message.asking else Digest.SHA256
    return mic_of(payload_part.whole() if wrapped else (view_of(message.payload),), digest)


def _envelope(message: Outgoing) -> Fields:
    subject = (("Subject", message.subject),) if message.subject else ()
    asking = headers_asking(message.asking) if message.asking else ()
    return tuple(checked((*addressed(message.message_id, message.as2_from, message.as2_to), *subject, *asking)))


def addressed(message_id: str, as2_from: str, as2_to: str) -> Fields:
    """The headers that every AS2 message and MDN begins with: RFC 4130, 6."""
    return (
        ("AS2-Version", VERSION),
        ("AS2-From", write_name("AS2-From", as2_from)),
        ("AS2-To", write_name("AS2-To", as2_to)),
        ("Message-ID", write_message_id(message_id)),
        ("MIME-Version", "1.0"),
    )


def _payload_part(message: Outgoing) -> _Part:
    # A plain message is its own HTTP body: there no transfer encoding may stand (RFC 4130, 5.2.1).
    is_plain = not (message.signing or message.encrypting or message.compress)
    encoding = TransferEncoding.BINARY if is_plain else message.transfer_encoding
    named = parameter("filename", message.file_name) if message.file_name else ""
    disposition = (("Content-Disposition", f"attachment{named}"),) if named else ()
    fields = (("Content-Type", message.content_type), *disposition)
    return _encoded(fields, (view_of(message.payload),), encoding)


def _encoded(fields: Fields, body: Pieces, encoding: TransferEncoding) -> _Part:
    fields = (*fields, ("Content-Transfer-Encoding", str(encoding)))
    return _Part(fields=fields, body=_base64(body) if encoding is TransferEncoding.BASE64 else body)


def _base64(body: Pieces) -> Pieces:
    """Lines of 76 characters: RFC 2045, 6.8."""
    whole = view_of(body)
    at_once = _LINE // 4 * 3 * 10_000
    chunks = (base64.encodebytes(whole[at : at + at_once]) for at in range(0, len(whole), at_once))
    return tuple(chunk.replace(b"\n", b"\r\n") for chunk in chunks)


def _compressed(part: _Part, encoding: TransferEncoding) -> _Part:
    return _encoded(_smime(*_COMPRESSED), compress(part.whole()), encoding)


def _encrypted(part: _Part, how: Encrypting, encoding: TransferEncoding) -> _Part:
    sealed = encrypt(part.whole(), how.recipients, how.cipher, oaep=how.oaep)
    return _encoded(_smime(*_ENVELOPED), sealed, encoding)


def _smime(kind: str, name: str) -> Fields:
    """RFC 5751, 3.2; the file name is for those who look at nothing else."""
    return (
        ("Content-Type", f"application/pkcs7-mime; smime-type={kind}; name={name}"),
        ("Content-Disposition", f"attachment; filename={name}"),
    )


def signed_part(content: Pieces, signing: Signing, encoding: TransferEncoding) -> tuple[_Part, Mic]:
    """A multipart/signed of this part and its signature (RFC 1847, 2.1; RFC 5751, 3.4.3), and the MIC over the part."""
    signature, value = sign(content, signing.credential, signing.digest, signing.at)
    fields = (
        ("Content-Type", "application/pkcs7-signature; name=smime.p7s"),
        ("Content-Disposition", "attachment; filename=smime.p7s"),
    )
    beside = _encoded(fields, signature, encoding)
    boundary = new_boundary()
    kind = (
        'multipart/signed; protocol="application/pkcs7-signature"; '
        f'micalg={micalg(signing.digest)}; boundary="{boundary}"'
    )
    body = between(boundary, (content, beside.whole()))
    return _Part(fields=(("Content-Type", kind),), body=body), Mic(value=value, digest=signing.digest)


def new_boundary() -> str:
    """A boundary that no content holds: 128 random bits."""
    return f"=_{secrets.token_hex(16)}"


def between(boundary: str, parts: tuple[Pieces, ...]) -> Pieces:
    """Parts between boundaries: RFC 2046, 5.1.1."""
    line = f"--{boundary}\r\n".encode()
    body = [piece for part in parts for piece in (line, *part, b"\r\n")]
    return (*body, f"--{boundary}--\r\n".encode())
