"""Host keys are made once and never anew in silence: partners pin them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gateway.channels.sftp.hostkeys import ensure, exchange_keys, prepare_keys, upcoming
from gateway.model.outcomes import Refused


@pytest.fixture
def folder(tmp_path: Path, keys: Path) -> Path:
    """A folder with keys in force."""
    (tmp_path / "keys").mkdir()
    for file in (keys / "keys").iterdir():
        place = tmp_path / "keys" / file.name
        place.write_bytes(file.read_bytes())
        place.chmod(0o600)
    return tmp_path / "keys"


def test_they_are_of_two_kinds_for_us_alone_and_stay(folder: Path) -> None:
    made = ensure(folder)
    assert [key.public.split()[0] for key in made] == ["ssh-ed25519", "ssh-rsa"]
    assert {key.path.stat().st_mode & 0o777 for key in made} == {0o600}
    assert ensure(folder) == made


def test_the_fingerprint_is_what_ssh_keygen_says(folder: Path) -> None:
    for key in ensure(folder):
        command = ["ssh-keygen", "-lf", str(key.path)]
        assert key.fingerprint in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_lost_key_is_not_made_anew(folder: Path) -> None:
    (folder / "sftp_host_rsa").unlink()
    with pytest.raises(Refused) as refused:
        ensure(folder)
    assert refused.value.code == "sftp.host_key_lost"


def test_a_lost_public_half_is_written_again(folder: Path) -> None:
    made = ensure(folder)
    (folder / "sftp_host_rsa.pub").unlink()
    assert ensure(folder) == made
    assert (folder / "sftp_host_rsa.pub").exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda path: path.chmod(0o640), "sftp.host_key_open"),
        (lambda path: path.write_bytes(b"not a key"), "sftp.host_key_unreadable"),
        (lambda path: path.with_name("sftp_host_rsa.pub").write_text("ssh-rsa AAAA"), "sftp.host_key_changed"),
    ],
)
def test_a_key_that_is_open_broken_or_another_is_not_used(folder: Path, change: object, code: str) -> None:
    change(folder / "sftp_host_rsa")  # type: ignore[operator]
    with pytest.raises(Refused) as refused:
        ensure(folder)
    assert refused.value.code == code


def test_the_next_keys_are_made_once_and_then_exchanged(folder: Path) -> None:
    old = ensure(folder)
    assert upcoming(folder) == ()
    with pytest.raises(Refused):
        exchange_keys(folder)
    following = prepare_keys(folder)
    assert prepare_keys(folder) == upcoming(folder) == following
    assert ensure(folder) == old
    assert [key.public for key in exchange_keys(folder)] == [key.public for key in following]
    assert upcoming(folder) == ()
    assert (folder / "sftp_host_rsa.old").exists()
