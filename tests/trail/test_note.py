"""Signed notes: one way to write each, checked by the key alone; and a published vector."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.outcomes import Refused
from gateway.trail.keys import PRIVATE, PUBLIC, public_in, signer_in
from gateway.trail.note import (
    Checkpoint,
    PublicKey,
    Signer,
    opened,
    public_of,
    read_checkpoint,
    read_public,
    signed,
    written,
)

PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = Signer(public=public_of(PRIVATE_KEY.public_key().public_bytes_raw()), private=PRIVATE_KEY)
CHECKPOINT = Checkpoint(
    origin=SIGNER.public.name, size=3, root=b"r" * 32, at=datetime(2026, 11, 16, 12, tzinfo=UTC), last_event=501
)
NOTE = signed(SIGNER, written(CHECKPOINT))

# The example of the signed-note format, as Go's x/mod/sumdb/note documents it.
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_that_others_signed_is_read() -> None:
    assert opened(PETER_NOTE, read_public(PETER_KEY)).startswith("If you think")


def test_a_checkpoint_is_read_back_as_it_was_written() -> None:
    assert read_checkpoint(NOTE, SIGNER.public) == CHECKPOINT
    assert read_public(SIGNER.public.text) == SIGNER.public


@given(st.data())
def test_a_note_that_differs_in_a_byte_is_refused(data: st.DataObject) -> None:
    raw = bytearray(NOTE.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match=r"\w"):
        read_checkpoint(raw.decode("utf-8", "surrogateescape"), SIGNER.public)


@pytest.mark.parametrize(
    "other", [NOTE + "\n", NOTE[:-1], "x" + NOTE, NOTE + NOTE, "", "\n", NOTE.replace("\n", "\r\n")]
)
def test_a_note_that_was_lengthened_or_cut_is_refused(other: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_checkpoint(other, SIGNER.public)


def test_what_is_signed_but_no_checkpoint_is_refused() -> None:
    with pytest.raises(ValueError, match="no checkpoint"):
        read_checkpoint(signed(SIGNER, "hello\n"), SIGNER.public)


@pytest.mark.parametrize(
    "text", ["", "name", "name+01234567+", "name+01234567+AAAA", "na me+00000000+AAAA", "name+x+§"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_public(text)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    made = signer_in(keys, signed=False)
    assert (keys / PRIVATE).stat().st_mode & 0o777 == 0o600
    assert keys.stat().st_mode & 0o777 == 0o700
    assert signer_in(keys, signed=True).public == made.public == public_in(keys)
    assert sorted(path.name for path in keys.iterdir()) == [PRIVATE, PUBLIC]


@pytest.mark.parametrize("signed_before", [True, False])
def test_a_key_that_is_gone_is_never_made_again_in_silence(tmp_path: Path, signed_before: bool) -> None:  # noqa: FBT001 - a test's case
    signer_in(tmp_path, signed=False)
    (tmp_path / PRIVATE).unlink()
    if signed_before:
        (tmp_path / PUBLIC).unlink()
    with pytest.raises(Refused) as refused:
        signer_in(tmp_path, signed=signed_before)
    assert refused.value.code == "trail.key_missing"
    assert not (tmp_path / PRIVATE).exists()


def test_the_public_half_is_written_again_from_the_private_one(tmp_path: Path) -> None:
    made = signer_in(tmp_path, signed=False)
    (tmp_path / PUBLIC).unlink()
    assert public_in(tmp_path) == made.public
    signer_in(tmp_path, signed=True)
    assert read_public((tmp_path / PUBLIC).read_text()) == made.public


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_key_that_cannot_be_read_is_said_so(tmp_path: Path, content: bytes) -> None:
    for name in (PRIVATE, PUBLIC):
        (tmp_path / name).write_bytes(content)
    for read in (lambda: signer_in(tmp_path, signed=True), lambda: public_in(tmp_path)):
        with pytest.raises(Refused) as refused:
            read()
        assert refused.value.code == "trail.key_unreadable"


def test_where_nothing_was_signed_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        public_in(tmp_path)
    assert refused.value.code == "trail.no_key"


def test_a_key_of_another_algorithm_is_none() -> None:
    assert isinstance(PublicKey(name="x", raw=b"1" * 31).text, str)
    with pytest.raises(ValueError, match="form"):
        read_public(PublicKey(name="x", raw=b"1" * 31).text)
