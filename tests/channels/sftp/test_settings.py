"""[sftp] and [channel.sftp]: typed, checked with file and line, in force within seconds, and told in words."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import argon2
import pytest

from gateway.profiles.check import check
from gateway.profiles.current import CurrentProfiles
from gateway.profiles.load import Loaded, load
from gateway.profiles.sftp import SftpServer
from gateway.settings import init

KEY = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(32)).decode()
SHORT_RSA = (
    "ssh-rsa " + base64.b64encode(b"\0\0\0\x07ssh-rsa\0\0\0\x03\1\0\1\0\0\0\x81" + b"\0" + b"\xff" * 128).decode()
)


class Files:
    """A fresh home, and its settings to change."""

    def __init__(self, root: Path) -> None:
        self.home = init(root)

    def serve(self, lines: str = "") -> Files:
        """Add [sftp]."""
        with self.home.config.open("a") as config:
            config.write(f"\n[sftp]\n{lines}\n")
        return self

    def account(self, lines: str, partner: str = "acme") -> Files:
        """Add [channel.sftp] to a partner."""
        with (self.home.partners / f"{partner}.toml").open("a") as page:
            page.write(f"\n[channel.sftp]\n{lines}\n")
        return self

    def hub(self, lines: str) -> Files:
        """Add a hub."""
        with self.home.config.open("a") as config:
            config.write(f'\n[channel.hub]\ncarries = ["acme"]\n\n[channel.hub.sftp]\n{lines}\n')
        return self

    def load(self, **environ: str) -> Loaded:
        return load(self.home.root, environ=environ)

    def mistakes(self, **environ: str) -> list[tuple[str, str]]:
        return [(one.file, one.code) for one in self.load(**environ).mistakes]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "home")


def test_without_a_table_there_is_no_server(files: Files) -> None:
    assert files.load().sftp is None


def test_a_table_is_enough_and_listens_for_this_machine_alone(files: Files) -> None:
    assert files.serve().load().sftp == SftpServer()
    assert SftpServer().address == "127.0.0.1"


def test_what_is_set_holds(files: Files) -> None:
    loaded = files.serve('address = "::"\nport = 22\nmax_file_mb = 5\nkeep_days = 7').load()
    assert loaded.mistakes == ()
    assert loaded.sftp == SftpServer(address="::", port=22, max_file_mb=5, keep_days=7)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ('address = "sftp.example.org"', "profile.listen_address_unfit"),
        ("port = 70000", "profile.out_of_range"),
        ("connections = 0", "profile.out_of_range"),
        ('max_file_mb = "1"', "profile.wrong_type"),
        ("max_files = 1", "profile.unknown_key"),
    ],
)
def test_a_mistake_in_the_server_is_found_with_its_line(files: Files, lines: str, code: str) -> None:
    [found] = files.serve(lines).load().mistakes
    where = files.home.config.read_text().splitlines().index(lines) + 1
    assert (found.file, found.line, found.code) == ("config/gateway.toml", where, code)


def test_an_account_has_the_channels_name_and_its_keys_without_their_comments(files: Files) -> None:
    loaded = files.account(f'keys = ["{KEY} someone@acme"]\nnetworks = ["203.0.113.0/24", "2001:db8::7"]').load()
    assert loaded.mistakes == ()
    account = loaded.profiles.channel("acme").sftp  # type: ignore[union-attr]
    assert account
    assert (account.account, account.keys, account.password) == ("acme", (KEY,), None)
    assert account.networks == ("203.0.113.0/24", "2001:db8::7/128")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ('keys = ["from=\\"*\\" ssh-ed25519 AAAA"]', "profile.ssh_key_unfit"),
        ('keys = ["ssh-dss AAAAB3NzaC1kc3MAAACBAP"]', "profile.ssh_key_unfit"),
        ('keys = ["ssh-ed25519 AAAA%%%"]', "profile.ssh_key_unfit"),
        ('keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA"]', "profile.ssh_key_unfit"),
        (f'keys = ["{KEY.replace("ssh-ed25519 ", "ssh-rsa ")}"]', "profile.ssh_key_unfit"),
        (f'keys = ["{SHORT_RSA}"]', "profile.ssh_key_unfit"),
        ('keys = ["-----BEGIN OPENSSH PRIVATE KEY-----"]', "profile.literal_secret"),
        ('password = "open sesame"', "profile.literal_secret"),
        ("networks = []", "profile.sftp_no_way_in"),
        (f'keys = ["{KEY}"]\nnetworks = ["203.0.113.0/40"]', "profile.network_unfit"),
        (f'keys = ["{KEY}"]\naccount = "Acme Inc"', "profile.bad_form"),
        (f'keys = ["{KEY}"]\nhome = "/"', "profile.unknown_key"),
        ('password = { env = "NOT_SET" }', "profile.secret_missing"),
        ('password = { env = "CLEAR" }', "profile.password_not_hashed"),
    ],
)
def test_a_mistake_in_an_account_is_found_and_shows_no_secret(files: Files, lines: str, code: str) -> None:
    files.account(lines)
    loaded = files.load(CLEAR="swordfish swordfish")
    assert [(one.file, one.code) for one in loaded.mistakes] == [("partners/acme.toml", code)]
    assert "swordfish" not in str(loaded.mistakes[0])
    assert "sesame" not in str(loaded.mistakes[0])
    assert loaded.held == ("acme",)


def test_a_password_is_found_where_it_is_kept(files: Files) -> None:
    hashed = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("swordfish swordfish")
    (files.home.root / "secret").write_text(f"{hashed}\n")
    account = files.account('password = { file = "secret" }').load().profiles.channel("acme").sftp  # type: ignore[union-attr]
    assert account
    assert account.password == hashed
    assert hashed not in repr(account)


def test_two_channels_do_not_share_an_account(files: Files) -> None:
    files.account(f'keys = ["{KEY}"]').account(f'account = "acme"\nkeys = ["{KEY}"]', "bolt")
    assert files.mistakes() == [("partners/bolt.toml", "profile.account_twice")]


def test_a_hub_has_an_account_and_those_behind_it_have_none(files: Files) -> None:
    files.hub(f'keys = ["{KEY}"]')
    assert files.load().profiles.channel("hub").sftp.account == "hub"  # type: ignore[union-attr]
    files.account(f'name = "hub"\nkeys = ["{KEY}"]'.replace('name = "hub"\n', ""), "bolt")
    page = files.home.partners / "bolt.toml"
    page.write_text(page.read_text().replace("[channel]\n", '[channel]\nname = "hub"\n', 1))
    assert ("partners/bolt.toml", "profile.channel_elsewhere") in files.mistakes()


def test_check_says_who_may_log_in_and_whether_anybody_listens(files: Files) -> None:
    files.account(f'keys = ["{KEY}"]\nnetworks = ["203.0.113.0/24"]')
    told = " ".join(check(files.load(), "acme").text.split())
    assert 'SFTP account "acme" (1 key, from 203.0.113.0/24) is closed: config/gateway.toml has no [sftp].' in told
    told = " ".join(check(files.serve("port = 2022").load(), "acme").text.split())
    assert 'account "acme" logs in with 1 key, from 203.0.113.0/24, on port 2022 of 127.0.0.1' in told


def test_a_saved_file_takes_effect_and_a_broken_one_leaves_what_was(files: Files) -> None:
    current = CurrentProfiles(files.home.root, now=lambda: 1e12)
    files.serve().account(f'keys = ["{KEY}"]')
    assert current.refresh().taken
    assert current.loaded().sftp == SftpServer()
    page = files.home.partners / "acme.toml"
    page.write_text(page.read_text().replace(KEY, "ssh-ed25519 AAAA"))
    assert current.refresh().broken == ("partners/acme.toml",)
    assert current.get().channel("acme").sftp.keys == (KEY,)  # type: ignore[union-attr]


def test_the_command_line_hashes_a_password_and_refuses_a_short_one() -> None:
    command = [sys.executable, "-m", "gateway.cli", "sftp", "hash"]
    done = subprocess.run(command, input="swordfish swordfish\n", capture_output=True, text=True, check=True)
    assert argon2.PasswordHasher().verify(done.stdout.strip(), "swordfish swordfish")
    done = subprocess.run(command, input="swordfish\n", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "fewer than 16 characters" in done.stderr
