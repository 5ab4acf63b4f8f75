"""Whatever is sent arrives byte for byte, with the same MIC on both sides, over every way in which it can be sent."""

from __future__ import annotations

from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.as2 import (
    STRONG_DIGESTS,
    Cipher,
    Compress,
    Digest,
    Encrypting,
    Kind,
    Outgoing,
    TransferEncoding,
    build,
    read,
    read_head,
)
from gateway.as2.pieces import Buffer
from tests.as2.parties import ANY, ASKING, LIMITS, ORDER, credential, encrypting, received, sent, signing, taken

CBC = tuple(cipher for cipher in Cipher if "gcm" not in cipher)
ORDERS = (None, *Compress)
PAYLOADS = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b"--", b"=_", b" ", b"a", b"\x00", b"--=_"]), max_size=40).map(
        b"".join
    ),
)


@settings(deadline=None)  # the first example makes the keys
@given(
    payload=PAYLOADS,
    digest=st.sampled_from([None, *Digest]),
    cipher=st.sampled_from([None, *CBC]),
    compress=st.sampled_from(ORDERS),
    encoding=st.sampled_from(TransferEncoding),
)
def test_every_byte_arrives_and_both_sides_have_the_same_mic(
    payload: bytes, digest: Digest | None, cipher: Cipher | None, compress: Compress | None, encoding: TransferEncoding
) -> None:
    built = sent(
        payload,
        signing=signing(digest) if digest else None,
        encrypting=encrypting(cipher) if cipher else None,
        compress=compress,
        transfer_encoding=encoding,
    )
    read = received(built)
    assert taken(read) == payload
    assert read.mic == built.mic
    assert read.findings == ()


@pytest.mark.parametrize("compress", ORDERS)
@pytest.mark.parametrize("cipher", CBC)
@pytest.mark.parametrize("digest", sorted(Digest))
def test_each_cipher_digest_and_order_is_read_and_told(
    digest: Digest, cipher: Cipher, compress: Compress | None
) -> None:
    read = received(sent(b"ST*850", signing=signing(digest), encrypting=encrypting(cipher), compress=compress))
    assert taken(read) == b"ST*850"
    done = [(layer.kind, layer.how) for layer in read.layers]
    packed = (Kind.COMPRESSED, "zlib")
    signed, encrypted = (Kind.SIGNED, digest), (Kind.ENCRYPTED, cipher)
    assert (
        done
        == {
            None: [encrypted, signed],
            Compress.BEFORE_SIGNING: [encrypted, signed, packed],
            Compress.AFTER_SIGNING: [encrypted, packed, signed],
        }[compress]
    )


@pytest.mark.parametrize("digest", sorted(STRONG_DIGESTS))
def test_keys_of_elliptic_curves_sign(digest: Digest) -> None:
    read = received(sent(signing=signing(digest, by="ec-acme")), pinned=(credential("ec-acme"),))
    assert read.signed
    assert read.signed.by == credential("ec-acme")


@pytest.mark.parametrize("oaep", sorted(Digest))
def test_oaep_is_read_with_any_digest(oaep: Digest) -> None:
    to = Encrypting(recipients=(credential("us").certificate,), oaep=oaep)
    assert taken(received(sent(b"ST*850", encrypting=to))) == b"ST*850"


def test_what_was_sent_says_all_that_the_reader_is_told() -> None:
    read = received(sent(content_type="application/edi-x12", subject="Order 7"))
    assert read.head.message_id == "PO-7@acme"
    assert (read.head.as2_from, read.head.as2_to, read.head.subject) == ("ACME", "US", "Order 7")
    assert read.head.asked == ASKING.__class__(to=ASKING.to, signed=True, digests=ASKING.digests, named=("sha-256",))
    assert (read.content_type, read.file_name) == ("application/edi-x12", "order.edi")
    assert read.signed
    assert read.signed.by == credential("acme")


@pytest.mark.parametrize("how", [bytes, bytearray, memoryview])
def test_payload_and_body_may_be_any_buffer(how: Callable[[bytes], Buffer]) -> None:
    built = build(Outgoing(message_id="1@a", as2_from="A", as2_to="B", payload=how(ORDER), signing=signing()))
    read_ = read(read_head(built.headers), how(b"".join(built.body)), **AGREED)
    assert taken(read_) == ORDER


def test_payload_and_body_may_be_mapped_from_files(tmp_path: Path) -> None:
    (tmp_path / "payload").write_bytes(ORDER)
    with (tmp_path / "payload").open("rb") as file, (tmp_path / "body").open("w+b") as body:
        payload = mmap(file.fileno(), 0, access=ACCESS_READ)
        built = build(
            Outgoing(
                message_id="1@a",
                as2_from="A",
                as2_to="B",
                payload=payload,
                signing=signing(),
                encrypting=encrypting(),
                compress=Compress.AFTER_SIGNING,
            )
        )
        body.writelines(built.body)
        body.flush()
        mapped = mmap(body.fileno(), 0, access=ACCESS_READ)
        assert taken(read(read_head(built.headers), mapped, **AGREED)) == ORDER


AGREED: dict[str, Any] = {
    "keys": (credential("us"),),
    "pinned": (credential("acme"),),
    "requirements": ANY,
    "limits": LIMITS,
}
