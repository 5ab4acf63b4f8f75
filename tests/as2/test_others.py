"""Messages and MDNs that other software wrote, kept in tests/golden/as2: what `make interop` shows live is held here for all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.as2 import (
    STRONG_DIGESTS,
    Credential,
    Kind,
    Received,
    Use,
    is_mdn,
    read_certificate,
    read_head,
    read_mdn,
    read_private_key,
)
from gateway.as2.ber import open_cms
from gateway.as2.mime import Entity, entity
from gateway.as2.signature import Ending
from tests.as2.parties import LIMITS, arrived, taken

FOLDER = Path(__file__).parents[1] / "golden" / "as2"
BINARY = b"ISA*00*~\r\nlone\nline\rends\x00\xff and no last one"
TEXT = b"ISA*00*~\r\nlines\r\n" * 5
FROM_JAVA = (("AS2-From", "PEER"), ("AS2-To", "GATEWAY"), ("Message-ID", "<1@peer>"))  # it writes the MIME part alone
S, E, C = Kind.SIGNED, Kind.ENCRYPTED, Kind.COMPRESSED


@pytest.fixture(scope="module")
def ours() -> Credential:
    certificate = read_certificate((FOLDER / "gateway.crt").read_bytes())
    key = read_private_key((FOLDER / "gateway.key").read_bytes(), certificate)
    return Credential(certificate=certificate, private_key=key, uses=frozenset(Use))


@pytest.fixture(scope="module")
def theirs() -> Credential:
    return Credential(certificate=read_certificate((FOLDER / "peer.crt").read_bytes()), uses=frozenset(Use))


def _outer(name: str) -> Entity:
    return entity(memoryview((FOLDER / f"{name}.mime").read_bytes()), LIMITS)


def _read(name: str, ours: Credential, theirs: Credential) -> Received:
    outer = _outer(name)
    fields = (*outer.headers.fields, *(FROM_JAVA if name.startswith("bouncy") else ()))
    return arrived(fields, bytes(outer.body), keys=(ours,), pinned=(theirs,))


@pytest.mark.parametrize(
    ("name", "payload", "layers"),
    [
        ("bouncycastle-aes256-cbc-sha256-after", BINARY, [(E, "aes256-cbc"), (C, "zlib"), (S, "sha256")]),
        ("bouncycastle-aes128-cbc-sha512-before", BINARY, [(E, "aes128-cbc"), (S, "sha512"), (C, "zlib")]),
        ("bouncycastle-3des-sha1-none", BINARY, [(E, "3des"), (S, "sha1")]),
        ("bouncycastle-aes256-gcm-sha256-none", BINARY, [(E, "aes256-gcm"), (S, "sha256")]),
        ("pyas2lib-aes256-cbc-sha256-before", TEXT, [(E, "aes256-cbc"), (S, "sha256"), (C, "zlib")]),
        ("libas2-aes256-cbc-sha256-none", TEXT, [(E, "aes256-cbc"), (S, "sha256")]),
    ],
)
def test_what_others_wrote_is_read(
    name: str, payload: bytes, layers: list[tuple[Kind, str]], ours: Credential, theirs: Credential
) -> None:
    read = _read(name, ours, theirs)
    assert taken(read) == payload
    assert [(layer.kind, layer.how) for layer in read.layers] == layers
    assert read.signed
    assert read.signed.by == theirs


def test_what_bouncycastle_wrote_is_ber_in_chunks() -> None:
    body = _outer("bouncycastle-aes256-cbc-sha256-after").body
    assert bytes(body[:2]) == b"\x30\x80"
    assert open_cms(body, LIMITS).content_type == "1.2.840.113549.1.7.3"


@pytest.mark.parametrize(("name", "ending"), [("pyas2lib-mdn", Ending.EXACT), ("libas2-mdn", Ending.SHORTER)])
def test_the_mdns_of_others_are_read_and_their_signatures_hold(name: str, ending: Ending, theirs: Credential) -> None:
    outer = _outer(name)
    assert is_mdn(outer.headers, outer.body, LIMITS)
    head = read_head(outer.headers.fields)
    mdn = read_mdn(head, outer.body, pinned=[theirs], digests=STRONG_DIGESTS, limits=LIMITS)
    assert mdn.problem is None
    assert mdn.disposition
    assert mdn.disposition.is_taken
    assert mdn.of == "PO-7@acme"
    assert mdn.mic
    assert mdn.signed
    assert mdn.signed.ending is ending


def test_without_the_pinned_certificate_none_of_them_is_taken(ours: Credential) -> None:
    for path in FOLDER.glob("*.mime"):
        if not path.stem.endswith("-mdn"):
            read = _read(path.stem, ours, ours)
            assert read.fault
            assert read.fault.modifier == "authentication-failed"
