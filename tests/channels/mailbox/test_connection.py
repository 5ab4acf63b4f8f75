"""Only a host with a pinned key learns anything of us; algorithms, logins and secrets, and what is told of each."""

import os
from pathlib import Path

import pytest

from gateway.channels.mailbox import connection
from gateway.channels.mailbox.connection import connected
from gateway.channels.mailbox.trouble import Unreachable
from gateway.profiles.mailbox import SecretPlace, fingerprint, host_key
from gateway.profiles.secrets import NotKept
from tests.channels.mailbox.conftest import mailbox_on
from tests.channels.mailbox.faulty import Faulty, Stored
from tests.channels.mailbox.post import Post
from tests.channels.mailbox.sshd import Sshd, needs_sshd, new_key


def test_a_host_with_another_key_is_refused_before_it_learns_anything_and_both_fingerprints_are_told(
    faulty: Faulty, hostile: Post
) -> None:
    pinned = faulty.host_key
    faulty.new_host_key()
    faulty.files = {b"/out/a.edi": Stored(b"a")}
    faulty.password = "none"
    hostile.look()
    assert hostile.odd == ["mailbox.unknown_host_key"]
    said = hostile.said("mailbox.unknown_host_key")
    assert fingerprint(pinned) in said
    assert fingerprint(faulty.host_key) in said
    assert faulty.asked == []
    assert b"/out/a.edi" in faulty.files


def test_the_next_key_is_pinned_beside_the_current_one_and_the_change_stops_nothing(
    faulty: Faulty, hostile: Post
) -> None:
    current = faulty.host_key
    faulty.new_host_key()
    following = faulty.host_key
    hostile.set(host_keys=(current, following))
    faulty.files = {b"/out/a.edi": Stored(b"a")}
    assert hostile.look() == 1
    assert hostile.odd == []


def test_the_case_about_another_key_closes_when_it_is_pinned(faulty: Faulty, hostile: Post) -> None:
    faulty.new_host_key()
    hostile.look()
    assert hostile.odd == ["mailbox.unknown_host_key"]
    (found,) = hostile.told[-1][0]["mailbox acme"]
    assert found.fix
    line = found.fix.split('"')[-2]
    key = host_key(line)
    assert key
    hostile.set(host_keys=(key,))
    hostile.look()
    assert hostile.odd == []


@needs_sshd
@pytest.mark.parametrize("pinned", [0, 1, 2])
def test_of_several_keys_of_a_host_the_kind_that_is_pinned_is_asked_for(tmp_path: Path, pinned: int) -> None:
    sshd = Sshd(tmp_path / "sshd", "ed25519", "ecdsa", "rsa")
    try:
        post = Post(tmp_path / "var", mailbox_on(sshd))
        post.set(host_keys=(sshd.host_keys[pinned],))
        (sshd.remote / "out" / "a.edi").write_bytes(b"a")
        assert post.look() == 1
    finally:
        sshd.stop()


@needs_sshd
def test_a_host_whose_pinned_kind_of_key_is_gone_is_told_with_the_key_that_it_shows(sshd: Sshd, post: Post) -> None:
    rsa = new_key(sshd.remote / "other", "rsa")
    post.set(host_keys=(rsa,))
    post.look()
    assert fingerprint(sshd.host_keys[0]) in post.said("mailbox.unknown_host_key")


@needs_sshd
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_every_kind_of_private_key_logs_in_with_its_passphrase(
    sshd: Sshd, post: Post, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = new_key(tmp_path / "key", kind, "open sesame")
    with (sshd.root / "authorized").open("a") as file:
        file.write(f"{public}\n")
    monkeypatch.setenv("PHRASE", "open sesame")
    post.set(key=SecretPlace(file=str(tmp_path / "key")), passphrase=SecretPlace(env="PHRASE"))
    (sshd.remote / "out" / "a.edi").write_bytes(b"a")
    assert post.look() == 1
    monkeypatch.setenv("PHRASE", "wrong")
    post.look(later=3600)
    assert post.odd == ["mailbox.key_unusable"]


@needs_sshd
def test_a_key_that_the_account_does_not_know_is_told_and_tried_seldom(sshd: Sshd, post: Post, tmp_path: Path) -> None:
    new_key(tmp_path / "key")
    known = post.mailbox.key
    post.set(key=SecretPlace(file=str(tmp_path / "key")))
    post.look()
    assert post.odd == ["mailbox.not_let_in"]
    assert f"does not let {sshd.user} in: Authentication failed." in post.said("mailbox.not_let_in")
    told = len(post.told)
    for _ in range(5):
        post.look(later=60)
    assert len(post.told) == told
    post.set(key=known)
    post.look()
    assert post.odd == []


def test_a_wrong_password_is_told_and_never_shown(faulty: Faulty, hostile: Post) -> None:
    faulty.password = "another"
    hostile.look()
    assert hostile.odd == ["mailbox.not_let_in"]
    assert "secret" not in hostile.said("mailbox.not_let_in")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "no private key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "no private key"),
        ("ssh-ed25519 AAAA", "no private key"),
    ],
)
def test_what_is_no_private_key_is_told_without_a_word_of_it(
    faulty: Faulty, hostile: Post, tmp_path: Path, content: str, why: str
) -> None:
    (tmp_path / "key").write_text(content)
    hostile.set(password=None, key=SecretPlace(file=str(tmp_path / "key")))
    hostile.look()
    assert why in hostile.said("mailbox.key_unusable")
    assert faulty.sessions == 0


def test_a_secret_that_is_kept_nowhere_is_told_with_its_place(faulty: Faulty, hostile: Post) -> None:
    def missing(_place: SecretPlace) -> str:
        raise NotKept("the file keys/acme", "it cannot be opened")

    with (
        pytest.raises(Unreachable, match="it is kept in the file keys/acme, and it cannot be opened"),
        connected(hostile.mailbox, missing),
    ):
        pass
    assert faulty.sessions == 0


@needs_sshd
@pytest.mark.parametrize(
    "options",
    [
        "Ciphers 3des-cbc,aes256-cbc",
        "MACs hmac-sha1\nCiphers aes256-ctr",
        "KexAlgorithms diffie-hellman-group14-sha1",
    ],
)
def test_a_host_that_has_only_weak_algorithms_is_refused(tmp_path: Path, options: str) -> None:
    sshd = Sshd(tmp_path / "sshd", options=options)
    try:
        post = Post(tmp_path / "var", mailbox_on(sshd))
        (sshd.remote / "out" / "a.edi").write_bytes(b"a")
        post.look()
        assert post.look(later=1000) == 0
        assert post.odd == ["mailbox.unreachable"]
    finally:
        sshd.stop()


@needs_sshd
@pytest.mark.parametrize(
    "options", [f"Ciphers {cipher}" for cipher in connection.CIPHERS] + [f"MACs {mac}" for mac in connection.MACS]
)
@pytest.mark.all
def test_a_host_that_has_one_strong_algorithm_is_spoken_to(tmp_path: Path, options: str) -> None:
    sshd = Sshd(tmp_path / "sshd", options=options + ("\nCiphers aes256-ctr" if "MACs" in options else ""))
    try:
        post = Post(tmp_path / "var", mailbox_on(sshd))
        (sshd.remote / "out" / "a.edi").write_bytes(os.urandom(200_000))
        assert post.look() == 1
    finally:
        sshd.stop()
