"""Damaged and hostile messages: the payload as it was sent, or a fault with its modifier; never anything else."""

from __future__ import annotations

import base64
import random
import tracemalloc
import zlib
from collections.abc import Iterator
from functools import cache

import pytest
from asn1crypto import core

from gateway.as2 import (
    STRONG_DIGESTS,
    Built,
    Compress,
    Requirements,
    answer_to,
    build_mdn,
    is_mdn,
    read_head,
    read_mdn,
)
from gateway.as2.compression import COMPRESSED_DATA
from gateway.as2.der import EXPLICIT, OCTETS, SEQUENCE, content_info, element, object_identifier
from gateway.as2.faults import MODIFIERS
from gateway.as2.headers import headers_of
from gateway.model.catalogue import reasons
from tests.as2.parties import HEAD, LIMITS, ORDER, arrived, credential, fault, received, sent, signing, taken

SEED = 20261122
NEVER_IN_A_FAULT = {"as2.mdn", "as2.key", "as2.cert", "as2.cipher_not_sent", "as2.header"}


def _damaged(body: bytes, times: int) -> Iterator[bytes]:
    """The same body with a byte changed, cut out, doubled, or the whole cut off: seeded, so a find can be had again."""
    chance = random.Random(SEED)
    for _ in range(times):
        at, length = chance.randrange(len(body)), chance.choice([1, 1, 1, 2, 40])
        yield {
            0: body[:at] + chance.randbytes(length) + body[at + length :],
            1: body[:at] + body[at + length :],
            2: body[: at + length] + body[at:],
            3: body[:at],
            4: body[:at] + bytes([body[at] ^ (1 << chance.randrange(8))]) + body[at + 1 :],
        }[chance.randrange(5)]


@cache
def _messages() -> dict[str, Built]:
    return {
        "signed and encrypted": sent(),
        "signed": sent(encrypting=None),
        "encrypted": sent(signing=None),
        "compressed": sent(signing=None, encrypting=None, compress=Compress.BEFORE_SIGNING),
        "compressed, then signed": sent(encrypting=None, compress=Compress.BEFORE_SIGNING),
    }


@pytest.mark.parametrize("kind", ["signed and encrypted", "signed", "compressed, then signed"])
def test_a_damaged_signed_message_is_as_it_was_or_a_fault(kind: str) -> None:
    built = _messages()[kind]
    must_be_signed = Requirements(encrypted=False)
    for body in _damaged(b"".join(built.body), 400):
        read = received(built, lambda _, body=body: body, requirements=must_be_signed)  # type: ignore[misc]
        assert (read.payload is None) != (read.fault is None)
        assert read.payload is None or bytes(read.payload) == ORDER


@pytest.mark.parametrize("kind", ["encrypted", "compressed"])
def test_a_damaged_message_without_a_signature_never_fails_otherwise_than_by_a_fault(kind: str) -> None:
    built = _messages()[kind]
    for body in _damaged(b"".join(built.body), 400):
        read = received(built, lambda _, body=body: body)  # type: ignore[misc]
        assert (read.payload is None) != (read.fault is None)


def test_a_damaged_mdn_is_read_as_it_was_or_has_a_problem() -> None:
    answer = build_mdn(answer_to(received(sent()), message_id="9@us"), signing(by="us"))
    for body in _damaged(b"".join(answer.body), 400):
        is_mdn(headers_of(answer.headers), body, LIMITS)
        mdn = read_mdn(
            read_head(answer.headers), body, pinned=[credential("us")], digests=STRONG_DIGESTS, limits=LIMITS
        )
        if mdn.problem is None and mdn.signed:
            assert mdn.disposition
            assert (mdn.of, mdn.disposition.is_taken) == ("PO-7@acme", True)


def test_damaged_headers_are_a_fault_or_nothing() -> None:
    built = sent()
    text = "\n".join(f"{name}:{value}" for name, value in built.headers).encode()
    for damaged in _damaged(text, 400):
        lines = (line.partition(":") for line in damaged.decode("latin-1").split("\n"))
        read = arrived([(name, value) for name, _, value in lines], b"".join(built.body))
        assert (read.payload is None) != (read.fault is None)


def test_damage_within_an_encrypted_message_looks_the_same_wherever_it_lies() -> None:
    """Whoever sends altered copies of somebody's message learns nothing from the answers (RFC 3218, RFC 5652 section 14)."""
    body = b"".join(sent(ORDER * 20, signing=None).body)
    answers = set()
    for at in range(len(body) - 300, len(body), 7):
        read = received(sent(), lambda _, at=at: body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :])  # type: ignore[misc]
        answers.add(fault(read) if read.fault else "read")
    assert answers <= {("decryption-failed", "as2.not_decrypted"), "read"}


def test_every_fault_has_its_modifier_and_its_words() -> None:
    spoken = {
        code
        for code, reason in reasons().items()
        if code.startswith("as2.")
        and reason.severity == "error"
        and not any(code.startswith(each) for each in NEVER_IN_A_FAULT)
    }
    assert spoken == set(MODIFIERS)


def _compressed(packed: bytes, algorithm: str = "1.2.840.113549.1.9.16.3.8") -> bytes:
    inner = element(SEQUENCE, object_identifier("1.2.840.113549.1.7.1"), *element(EXPLICIT, *element(OCTETS, packed)))
    kind = element(SEQUENCE, object_identifier(algorithm))
    return b"".join(content_info(COMPRESSED_DATA, *element(SEQUENCE, core.Integer(0).dump(), *kind, *inner)))


CMS = (*HEAD, ("Content-Type", "application/pkcs7-mime"))


def test_a_bomb_is_cut_off_without_the_memory_it_asks_for() -> None:
    packer = zlib.compressobj(9)
    bomb = _compressed(b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(200)), packer.flush()]))
    assert len(bomb) < 250_000
    tracemalloc.start()
    read = arrived(CMS, bomb, limits=LIMITS.__class__(content=5_000_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fault(read) == ("decompression-failed", "as2.content_over_limit")
    assert peak < 20_000_000


@pytest.mark.parametrize(
    "body",
    [
        _compressed(b"not zlib"),
        _compressed(b""),
        _compressed(zlib.compress(ORDER * 50)[:-5]),
        _compressed(zlib.compress(ORDER), "1.2.3.4"),
    ],
)
def test_what_cannot_be_decompressed_is_said_so(body: bytes) -> None:
    assert fault(arrived(CMS, body)) == ("decompression-failed", "as2.not_decompressed")


def test_a_message_wrapped_without_end_is_refused() -> None:
    part = b"\r\n" + ORDER
    for _ in range(LIMITS.layers + 1):
        part = b"Content-Type: application/pkcs7-mime\r\n\r\n" + _compressed(zlib.compress(part))
    assert fault(arrived(CMS, part.split(b"\r\n\r\n", 1)[1])) == ("unexpected-processing-error", "as2.too_many_layers")


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("application/pkcs7-mime", b"", "as2.cms_broken"),
        ("application/pkcs7-mime", b"====", "as2.cms_broken"),
        (
            "application/pkcs7-mime",
            b"".join(content_info("1.2.840.113549.1.7.5", b"\x30\x00")),
            "as2.content_type_unsupported",
        ),
        ("multipart/signed", b"--b\r\n\r\n", "as2.mime_broken"),
        ("multipart/signed; boundary=b", b"", "as2.mime_broken"),
        ("multipart/signed; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n", "as2.mime_broken"),
        ("multipart/signed; boundary=b", b"--b\r\n\r\nx\r\n" * 9, "as2.mime_broken"),
        ("multipart/signed; boundary=b", b"--b\r\n\r\n" * 50, "as2.mime_over_limit"),
        ("multipart/signed; boundary=b", b"--b\r\nno header\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--", "as2.cms_broken"),
        ("multipart/signed; boundary=b", b"--b\r\n\r\nx\r\n--b\r\nA: " + b"y" * 70_000, "as2.mime_over_limit"),
        ("multipart/related; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n", "as2.several_documents"),
    ],
)
def test_what_is_no_message_is_a_fault_with_its_code(kind: str, body: bytes, code: str) -> None:
    assert fault(arrived((*HEAD, ("Content-Type", kind)), body))[1] == code


def test_nothing_that_was_not_signed_is_handed_on() -> None:
    """A second part slipped in, or a text around the signed part, is no part of the payload."""
    built = sent(encrypting=None)
    body = b"ISA*evil~\r\n" + b"".join(built.body) + b"ISA*evil~\r\n"
    assert taken(received(built, lambda _: body)) == ORDER
    boundary = body.split(b"--=_", 1)[1][:32]
    slipped = body.replace(
        b"--=_" + boundary + b"\r\n", b"--=_" + boundary + b"\r\n\r\nISA*evil~\r\n--=_" + boundary + b"\r\n", 1
    )
    assert fault(received(built, lambda _: slipped))[1] == "as2.mime_broken"


def test_base64_of_a_signature_with_rubbish_around_it_is_still_that_signature() -> None:
    built = sent(signing=None)
    assert taken(received(built, lambda body: base64.encodebytes(body) + b"\x0c\r\n")) == ORDER
