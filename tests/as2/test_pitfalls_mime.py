"""The pitfalls of interoperation that lie in MIME and in the MIC, by the numbers of the list in docs/interop-as2.md."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest

from gateway.as2 import Asked, Cipher, Compress, Digest, Kind, Outgoing, TransferEncoding, build
from gateway.as2.compression import compress
from gateway.as2.envelope import encrypt
from gateway.as2.pieces import Pieces
from gateway.as2.sign import sign
from tests.as2.parties import (
    ASKING,
    HEAD,
    NOON,
    ORDER,
    arrived,
    credential,
    encrypting,
    fault,
    received,
    sent,
    signing,
    taken,
)

PART = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\r\n" + ORDER
MICALGS = (
    ("Disposition-Notification-To", "x"),
    ("Disposition-Notification-Options", "signed-receipt-micalg=optional, sha512"),
)


def _sha(content: bytes, digest: str = "sha256") -> bytes:
    return hashlib.new(digest, content).digest()


def _multipart(  # noqa: PLR0913 - each test changes one
    part: bytes,
    *,
    signed: bytes | None = None,
    boundary: str = "b1",
    change: Callable[[bytes], bytes] = bytes,
    label: str = "Content-Transfer-Encoding: base64",
    write: Callable[[bytes], bytes] = base64.encodebytes,
) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """A multipart/signed as others write it: of these bytes, where the signature may be of others."""
    pieces, _ = sign((part if signed is None else signed,), credential("acme"), Digest.SHA256, NOON)
    signature = f"Content-Type: application/pkcs7-signature\r\n{label}\r\n\r\n".encode() + write(b"".join(pieces))
    line = f"--{boundary}".encode()
    body = line + b"\r\n" + part + b"\r\n" + line + b"\r\n" + signature + b"\r\n" + line + b"--\r\n"
    kind = f'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="{boundary}"'
    return (*HEAD, ("Content-Type", kind)), change(body)


def _enveloped(part: Pieces) -> tuple[tuple[tuple[str, str], ...], bytes]:
    kind = "application/pkcs7-mime; smime-type=enveloped-data"
    sealed = encrypt(part, [credential("us").certificate], Cipher.AES256_CBC)
    return (*HEAD, *MICALGS, ("Content-Type", kind)), b"".join(sealed)


def test_pitfall_05_the_mic_of_a_signed_message_is_over_headers_and_content_of_the_signed_part() -> None:
    read = arrived(*_multipart(PART))
    assert read.mic
    assert (read.mic.value, read.mic.digest) == (_sha(PART), Digest.SHA256)


def test_pitfall_05_the_mic_of_an_encrypted_message_is_over_the_decrypted_part_with_its_headers() -> None:
    read = arrived(*_enveloped((PART,)))
    assert read.mic
    assert (read.mic.value, read.mic.digest) == (_sha(PART, "sha512"), Digest.SHA512)


def test_pitfall_05_the_mic_of_a_plain_message_is_over_its_body_alone() -> None:
    read = arrived((*HEAD, *MICALGS, ("Content-Type", "application/edi-x12")), ORDER)
    assert read.mic
    assert read.mic.value == _sha(ORDER, "sha512")


def test_pitfall_05_the_mic_of_a_signed_message_uses_the_digest_of_its_signature_whatever_is_asked_for() -> None:
    built = sent(signing=signing(Digest.SHA384), asking=Asked(to="x", signed=True, digests=(Digest.SHA512,)))
    read = received(built)
    assert read.mic
    assert read.mic.digest is Digest.SHA384


@pytest.mark.parametrize("encrypted", [True, False])
def test_pitfall_06_compressed_before_signing_the_mic_is_over_the_compressed_part(*, encrypted: bool) -> None:
    built = sent(compress=Compress.BEFORE_SIGNING, encrypting=encrypting() if encrypted else None)
    plain = sent(compress=Compress.BEFORE_SIGNING, encrypting=None)
    signed = b"".join(plain.body).split(b"\r\n", 1)[1].split(b"\r\n--=_")[0]
    assert b"compressed-data" in signed[:100]
    assert received(built).mic == built.mic
    assert plain.mic
    assert plain.mic.value == _sha(signed)


def test_pitfall_06_compressed_after_signing_the_mic_is_over_the_part_as_it_was_signed() -> None:
    built, plain = sent(compress=Compress.AFTER_SIGNING), sent()
    assert built.mic == plain.mic == received(built).mic


def test_pitfall_06_compressed_and_encrypted_without_a_signature_the_mic_is_over_the_decompressed_part() -> None:
    inner = b"Content-Type: application/pkcs7-mime; smime-type=compressed-data\r\n\r\n"
    read = arrived(*_enveloped((inner, *compress((PART,)))))
    assert [layer.kind for layer in read.layers] == [Kind.ENCRYPTED, Kind.COMPRESSED]
    assert read.mic
    assert read.mic.value == _sha(PART, "sha512")
    built = sent(signing=None, compress=Compress.BEFORE_SIGNING)
    assert received(built).mic == built.mic


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Type: application/edi-x12;\r\n\tname=a.edi\r\n",
        b"content-disposition:attachment;   filename = a.edi \r\nCONTENT-TYPE:application/edi-x12\r\n",
        b"X-Odd:  \t blanks   kept \r\nContent-Type : application/edi-x12\r\n",
        b"Content-Type: application/edi-x12\n",
        b"",
    ],
)
def test_pitfall_07_headers_are_hashed_as_received_however_they_are_written(headers: bytes) -> None:
    part = headers + b"\r\n" + ORDER
    read = arrived(*_multipart(part))
    assert taken(read) == ORDER
    assert read.mic
    assert read.mic.value == _sha(part)


@pytest.mark.parametrize(
    "payload", [b"a\nb\n", b"a\r\nb\nc\rd", b"no end", b"\r\n", b"", b"\n\n\n", bytes(range(256)), b"\r\n--b1x\r\n"]
)
def test_pitfall_08_line_ends_arrive_as_they_were(payload: bytes) -> None:
    for how in ({}, {"signing": None}, {"encrypting": None}, {"signing": None, "encrypting": None}):
        built = sent(payload, **how)
        read = received(built)
        assert taken(read) == payload
        assert read.mic == built.mic


def test_pitfall_09_the_line_break_before_the_boundary_belongs_to_it() -> None:
    read = arrived(*_multipart(PART))
    assert (taken(read), read.findings) == (ORDER, ())


@pytest.mark.parametrize(("part", "signed"), [(PART + b"\r\n", PART), (PART, PART + b"\r\n")])
def test_pitfall_09_a_signer_that_counts_a_line_break_otherwise_is_read_and_told(part: bytes, signed: bytes) -> None:
    read = arrived(*_multipart(part, signed=signed))
    assert taken(read) == ORDER
    assert [found.code for found in read.findings] == ["as2.signed_part_shifted"]
    assert read.mic
    assert read.mic.value == _sha(signed)


def test_pitfall_09_any_other_change_breaks_the_signature() -> None:
    read = arrived(*_multipart(PART + b"\r\n\r\n", signed=PART))
    assert fault(read) == ("integrity-check-failed", "as2.content_changed")


@pytest.mark.parametrize("boundary", ["b1", "=_a.b+c?(d)*[e]", "----=_Part_1_2.3", "with 'blank in", "x" * 70])
def test_pitfall_09_a_boundary_may_hold_any_characters(boundary: str) -> None:
    assert taken(arrived(*_multipart(PART, boundary=boundary))) == ORDER


@pytest.mark.parametrize("inside", [b"--b12", b"--b1-", b"x--b1", b" --b1", b"--B1", b"--b1 --", b"--b1.--"])
def test_pitfall_09_a_line_like_the_boundary_is_content(inside: bytes) -> None:
    part = PART + b"\r\n" + inside + b"\r\nmore"
    assert taken(arrived(*_multipart(part))).endswith(inside + b"\r\nmore")


@pytest.mark.parametrize(
    "change",
    [
        lambda body: b"This is S/MIME.\r\n--b12 is nothing\r\n" + body,
        lambda body: body + b"\r\nand here it ends\r\n",
        lambda body: b"\r\n" + body,
        lambda body: body.replace(b"--b1\r\n", b"--b1 \t \r\n"),
        lambda body: body.removesuffix(b"--b1--\r\n"),
        lambda body: body.removesuffix(b"\r\n"),
    ],
)
def test_pitfall_09_what_stands_around_the_parts_is_ignored(change: Callable[[bytes], bytes]) -> None:
    assert taken(arrived(*_multipart(PART, change=change))) == ORDER


@pytest.mark.parametrize(
    ("label", "write"),
    [
        ("Content-Transfer-Encoding: base64", base64.encodebytes),
        ("Content-Transfer-Encoding: binary", bytes),
        ("X-Nothing: said", bytes),
        ("X-Nothing: said", base64.encodebytes),
        ("Content-Transfer-Encoding: base64", bytes),
        ("Content-Transfer-Encoding: BINARY", base64.b64encode),
    ],
)
def test_pitfall_10_a_signature_is_read_whatever_its_encoding_is_said_to_be(
    label: str, write: Callable[[bytes], bytes]
) -> None:
    assert taken(arrived(*_multipart(PART, label=label, write=write))) == ORDER


@pytest.mark.parametrize("said", ["base64", "binary", "7bit", None])
@pytest.mark.parametrize("write", [bytes, base64.encodebytes, base64.b64encode])
def test_pitfall_10_an_encrypted_body_is_read_whatever_the_http_header_says(
    said: str | None, write: Callable[[bytes], bytes]
) -> None:
    fields, body = _enveloped((PART,))
    encoding = (("Content-Transfer-Encoding", said),) if said else ()
    assert taken(arrived((*fields, *encoding), write(body))) == ORDER


@pytest.mark.parametrize("said", ["base64", "binary", "quoted-printable"])
def test_pitfall_10_a_transfer_encoding_among_the_http_headers_of_a_multipart_says_nothing(said: str) -> None:
    fields, body = _multipart(PART)
    assert taken(arrived((*fields, ("Content-Transfer-Encoding", said)), body)) == ORDER


def test_pitfall_10_a_payload_in_base64_is_decoded_and_one_that_is_not_is_left_alone() -> None:
    headers = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: Base64\r\n\r\n"
    assert taken(arrived(*_enveloped((headers, base64.encodebytes(ORDER))))) == ORDER
    read = arrived(*_enveloped((headers, ORDER)))
    assert taken(read) == ORDER
    assert [found.code for found in read.findings] == ["as2.transfer_encoding_wrong"]


def test_pitfall_10_a_transfer_encoding_is_never_sent_for_a_plain_payload_over_http() -> None:
    built = sent(signing=None, encrypting=None, transfer_encoding=TransferEncoding.BASE64)
    assert b"".join(built.body) == ORDER


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a b.edi"', "a b.edi"),
        ("attachment; filename=plain.edi", "plain.edi"),
        ("inline;FILENAME = spaced.edi ", "spaced.edi"),
        (r'attachment; filename="say \"hi\" \\ there.edi"', " there.edi".strip()),
        ("attachment; filename*=utf-8''na%C3%AFve.edi; filename=naive.edi", "na\u00efve.edi"),
        ("attachment; filename*0=long; filename*1=er.edi", "longer.edi"),
        ("attachment; filename*0*=iso-8859-1''%E9t; filename*1=e.edi", "\u00e9te.edi"),
        ("attachment; filename*=nonsense''%ff.edi", "\u00ff.edi"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        (r'attachment; filename="C:\orders\a.edi"', "a.edi"),
        ('attachment; filename="a\r\n X-Evil: 1.edi"', "a X-Evil_ 1.edi"),
        ('attachment; filename="a\x00b.edi"', "a_b.edi"),
        ('attachment; filename=".hidden"', "hidden"),
        ('attachment; filename="..."', None),
        ('attachment; filename=""', None),
        ('attachment; filename="never closed', "never closed"),
        (f'attachment; filename="{"n" * 500}"', "n" * 200),
        ("attachment", None),
    ],
)
def test_pitfall_20_a_file_name_is_read_in_every_form_and_never_a_path_or_two_lines(
    disposition: str, name: str | None
) -> None:
    fields = (*HEAD, ("Content-Type", "application/edi-x12"), ("Content-Disposition", disposition))
    assert arrived(fields, ORDER).file_name == name


@pytest.mark.parametrize("name", ["a b.edi", 'say "hi".edi', "caf\u00e9 \u4e2d.edi", "semi;colon=1.edi"])
def test_pitfall_20_a_file_name_that_we_send_arrives(name: str) -> None:
    safe = name.replace('"', "_")
    assert received(sent(file_name=name)).file_name == safe
    plain = build(Outgoing(message_id="1@a", as2_from="A", as2_to="B", payload=ORDER, file_name=name, asking=ASKING))
    assert received(plain).file_name == safe
