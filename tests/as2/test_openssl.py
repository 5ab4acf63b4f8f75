"""openssl cms is the referee: what it writes is read, what is written it reads."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from gateway.as2 import Cipher, Digest, TransferEncoding
from gateway.as2.ber import open_cms
from gateway.as2.envelope import decrypt, encrypt
from gateway.as2.sign import sign
from gateway.as2.signature import Ending, Signed, verify
from tests.as2.parties import LIMITS, NOON, OPENSSL, credential, needs_openssl, pair, received, sent, taken

pytestmark = needs_openssl

CONTENT = b"Content-Type: application/edi-x12\r\n\r\nST*850*0001~\nSE*2*0001~\x00\xff" * 500
CBC = tuple(cipher for cipher in Cipher if "gcm" not in cipher)
STREAMED: tuple[list[str], ...] = ([], ["-stream"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a content and with certificates and keys of both."""
    for name in ("acme", "us", "ec-acme"):
        pair(name).files(tmp_path, name)
    (tmp_path / "content").write_bytes(CONTENT)
    return tmp_path


def _openssl(folder: Path, *arguments: str) -> bytes:
    ran = subprocess.run([OPENSSL or "", "cms", *arguments], cwd=folder, check=False, capture_output=True)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


@pytest.mark.parametrize("oaep", [None, Digest.SHA1, Digest.SHA256, Digest.SHA512])
@pytest.mark.parametrize("cipher", CBC)
def test_what_is_encrypted_it_decrypts(folder: Path, cipher: Cipher, oaep: Digest | None) -> None:
    to = [credential(name).certificate for name in ("acme", "us")]
    (folder / "in").write_bytes(b"".join(encrypt((CONTENT,), to, cipher, oaep=oaep)))
    read = _openssl(
        folder, "-decrypt", "-inform", "DER", "-in", "in", "-recip", "us.crt", "-inkey", "us.key", "-binary"
    )
    assert read == CONTENT


@pytest.mark.parametrize("how", STREAMED)
@pytest.mark.parametrize(
    ("option", "cipher"),
    [
        ("-des3", Cipher.TRIPLE_DES),
        ("-aes128", Cipher.AES128_CBC),
        ("-aes192", Cipher.AES192_CBC),
        ("-aes256", Cipher.AES256_CBC),
        ("-aes-128-gcm", Cipher.AES128_GCM),
        ("-aes-192-gcm", Cipher.AES192_GCM),
        ("-aes-256-gcm", Cipher.AES256_GCM),
    ],
)
def test_what_it_encrypts_is_decrypted(folder: Path, option: str, cipher: Cipher, how: list[str]) -> None:
    whole = _openssl(
        folder, "-encrypt", "-binary", "-outform", "DER", "-in", "content", option, *how, "acme.crt", "us.crt"
    )
    opened = decrypt(open_cms(memoryview(whole), LIMITS), [credential("us")], frozenset(Cipher), LIMITS)
    assert (bytes(opened.content), opened.cipher, opened.by) == (CONTENT, cipher, credential("us"))


@pytest.mark.parametrize("option", ["-aes128", "-aes-256-gcm"])
def test_a_flipped_bit_in_what_it_encrypted_is_never_handed_on_as_it_is(folder: Path, option: str) -> None:
    whole = bytearray(_openssl(folder, "-encrypt", "-binary", "-outform", "DER", "-in", "content", option, "us.crt"))
    whole[-40] ^= 1
    read = received(sent(), lambda _: bytes(whole))
    assert read.payload is None or bytes(read.payload) not in CONTENT


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
def test_oaep_as_it_writes_it_is_read(folder: Path, digest: str) -> None:
    whole = _openssl(
        folder,
        *("-encrypt", "-binary", "-outform", "DER", "-in", "content", "-aes256", "-recip", "us.crt"),
        *("-keyopt", "rsa_padding_mode:oaep", "-keyopt", f"rsa_oaep_md:{digest}"),
    )
    opened = decrypt(open_cms(memoryview(whole), LIMITS), [credential("us")], frozenset(Cipher), LIMITS)
    assert bytes(opened.content) == CONTENT


@pytest.mark.parametrize("by", ["acme", "ec-acme"])
@pytest.mark.parametrize("digest", sorted(Digest))
def test_what_is_signed_it_verifies(folder: Path, digest: Digest, by: str) -> None:
    pieces, _ = sign((CONTENT,), credential(by), digest, NOON)
    (folder / "signature").write_bytes(b"".join(pieces))
    read = _openssl(
        folder,
        *("-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", "content"),
        *("-CAfile", f"{by}.crt", "-purpose", "any", "-attime", str(int(NOON.timestamp()))),
    )
    assert read == CONTENT


def test_what_is_signed_from_2050_on_it_verifies_too(folder: Path) -> None:
    pieces, _ = sign((CONTENT,), credential("acme"), Digest.SHA256, NOON.replace(year=2050))
    (folder / "signature").write_bytes(b"".join(pieces))
    assert b"\x18\x0f20501122120000Z" in b"".join(pieces)
    arguments = ("-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", "content")
    assert _openssl(folder, *arguments, "-noverify") == CONTENT


@pytest.mark.parametrize("how", [[], ["-noattr"], ["-nocerts"], ["-keyid"], ["-nosmimecap"]])
@pytest.mark.parametrize("by", ["acme", "ec-acme"])
@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384", "sha512"])
def test_what_it_signs_is_verified(folder: Path, digest: str, by: str, how: list[str]) -> None:
    arguments = ("-sign", "-binary", "-outform", "DER", "-in", "content", "-md", digest)
    whole = _openssl(folder, *arguments, "-signer", f"{by}.crt", "-inkey", f"{by}.key", *how)
    held = verify(Signed(part=memoryview(CONTENT)), open_cms(memoryview(whole), LIMITS).der, [credential(by)], LIMITS)
    assert (held.digest, held.by, held.ending) == (digest, credential(by), Ending.EXACT)


@pytest.mark.parametrize("how", STREAMED)
def test_a_signature_around_its_content_is_read(folder: Path, how: list[str]) -> None:
    arguments = ("-sign", "-nodetach", "-binary", "-outform", "DER", "-in", "content", *how)
    whole = _openssl(folder, *arguments, "-signer", "acme.crt", "-inkey", "acme.key")
    assert taken(received(sent(), lambda _: whole)) == CONTENT.split(b"\r\n\r\n", 1)[1]


def test_a_whole_message_of_ours_is_opened_by_it_layer_by_layer(folder: Path) -> None:
    built = sent(CONTENT, transfer_encoding=TransferEncoding.BASE64)  # all that its S/MIME reader knows
    (folder / "in").write_bytes(base64.b64decode(b"".join(built.body)))
    inner = _openssl(
        folder, "-decrypt", "-inform", "DER", "-in", "in", "-recip", "us.crt", "-inkey", "us.key", "-binary"
    )
    (folder / "signed").write_bytes(inner)
    arguments = ("-verify", "-inform", "SMIME", "-in", "signed", "-CAfile", "acme.crt", "-purpose", "any")
    part = _openssl(folder, *arguments, "-attime", str(int(NOON.timestamp())))
    assert base64.b64decode(part.split(b"\r\n\r\n", 1)[1]) == CONTENT
