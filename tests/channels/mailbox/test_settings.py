"""[channel.mailbox] of a partner's file: what it comes to, what is wrong with it by file and line, and what `gateway check` says."""

import json
from datetime import date
from pathlib import Path

import pytest

from gateway.profiles.check import check
from gateway.profiles.load import Loaded, load
from gateway.profiles.mailbox import Mailbox, SecretPlace, Window, fingerprint, host_key
from gateway.settings import Home, init

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8bM3b8wF0K5s1m5rTjUO0o1i8m1Wl0c2o8xjO1pYbX"
NEXT = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIVJ0oZ8m0wq3b1J2hVwYtT4tYxJrS1pT0z3hNq0m5nR"

WHOLE = f"""
[channel.mailbox]
host = "sftp.acme.example"
port = 2222
user = "health"
key = {{ file = "keys/acme" }}
passphrase = {{ env = "PHRASE" }}
host_keys = [
  "{KEY}",
  "{NEXT} next year",
]
take_from = "/outgoing/"
put_into = "/incoming"
done = "/outgoing/done"
ignore = ["old"]
cron = "*/15 6-20 * * mon-fri"
windows = ["mon-fri 06:00-20:00", "22:00-02:00"]
holidays = [2026-12-25, 2026-11-26]
expect_by = "17:00"
expect_days = "mon-fri"
largest_mb = 10
files_per_visit = 50
connect_seconds = 5
reply_seconds = 7
visit_seconds = 60
"""
LEAST = f"""
[channel.mailbox]
host = "sftp.acme.example"
user = "health"
password = {{ env = "PASSWORD" }}
host_keys = ["{KEY}"]
take_from = "out"
"""
ENVIRONMENT = {"PHRASE": "open sesame", "PASSWORD": "secret"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with the sample partners, and a key."""
    home = init(tmp_path / "home")
    (home.root / "keys").mkdir()
    (home.root / "keys" / "acme").write_text("a private key")
    return home


def save(home: Home, table: str, partner: str = "acme") -> Loaded:
    """Add this to the partner's file; what the home comes to."""
    page = home.partners / f"{partner}.toml"
    page.write_text(page.read_text("utf-8").partition("\n[channel.mailbox]")[0] + table)
    return load(home.root, environ=ENVIRONMENT)


def mistakes(loaded: Loaded) -> list[str]:
    return [one.code.removeprefix("profile.") for one in loaded.mistakes]


def test_everything_that_may_be_said_comes_to_a_mailbox(home: Home) -> None:
    loaded = save(home, WHOLE)
    assert mistakes(loaded) == []
    channel = loaded.profiles.channel("acme")
    assert channel
    assert channel.mailbox == Mailbox(
        host="sftp.acme.example",
        port=2222,
        user="health",
        key=SecretPlace(file="keys/acme"),
        passphrase=SecretPlace(env="PHRASE"),
        host_keys=(KEY, NEXT),
        take_from="/outgoing",
        put_into="/incoming",
        done="/outgoing/done",
        ignore=("old",),
        cron="*/15 6-20 * * mon-fri",
        timezone="America/New_York",
        windows=(Window(days=(0, 1, 2, 3, 4), start=360, end=1200), Window(start=1320, end=120)),
        holidays=(date(2026, 11, 26), date(2026, 12, 25)),
        expect_by=1020,
        expect_days=(0, 1, 2, 3, 4),
        largest=10 << 20,
        files_per_visit=50,
        connect_seconds=5.0,
        reply_seconds=7.0,
        visit_seconds=60.0,
    )


def test_little_needs_to_be_said(home: Home) -> None:
    loaded = save(home, LEAST)
    channel = loaded.profiles.channel("acme")
    assert mistakes(loaded) == []
    assert channel
    assert channel.mailbox
    assert (channel.mailbox.every_seconds, channel.mailbox.done, channel.mailbox.put_into) == (300.0, None, None)
    assert channel.mailbox.timezone == "America/New_York"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('host = "sftp.acme.example"', 'host = "sftp://acme"', "bad_form"),
        ('host = "sftp.acme.example"\n', "", "missing_key"),
        ("port = 2222", "port = 0", "out_of_range"),
        (f'"{KEY}"', '"SHA256:abcdef"', "host_key_unfit"),
        (f'"{KEY}"', '"ssh-ed25519 AAAA"', "host_key_unfit"),
        (f'"{KEY}"', f'"ssh-rsa {KEY.split()[1]}"', "host_key_unfit"),
        ('key = { file = "keys/acme" }', 'key = "-----BEGIN OPENSSH PRIVATE KEY-----"', "literal_secret"),
        ('key = { file = "keys/acme" }', 'key = { file = "keys/none" }', "secret_missing"),
        ('key = { file = "keys/acme" }', 'key = { file = "a", env = "B" }', "secret_form"),
        ('key = { file = "keys/acme" }\n', "", "mailbox_login"),
        ('passphrase = { env = "PHRASE" }', 'passphrase = "open sesame"', "literal_secret"),
        ('passphrase = { env = "PHRASE" }', 'password = { env = "PASSWORD" }', "mailbox_login"),
        ('take_from = "/outgoing/"', 'take_from = "../outgoing"', "mailbox_path_unfit"),
        ('put_into = "/incoming"', 'put_into = "/outgoing"', "mailbox_folders"),
        ('done = "/outgoing/done"', 'done = "/outgoing"', "mailbox_folders"),
        ('take_from = "/outgoing/"\nput_into = "/incoming"', "", "mailbox_idle"),
        ('cron = "*/15 6-20 * * mon-fri"', 'cron = "*/15 6-20 * * 1-5"', "cron_unfit"),
        ('cron = "*/15 6-20 * * mon-fri"', 'cron = "every hour"', "cron_unfit"),
        ('cron = "*/15 6-20 * * mon-fri"', 'cron = "0 6 30 2 *"', "cron_unfit"),
        ('cron = "*/15 6-20 * * mon-fri"', 'cron = "0 6 * * *"\nevery_seconds = 60', "mailbox_schedule"),
        ('"22:00-02:00"', '"22-2"', "window_unfit"),
        ('"22:00-02:00"', '"22:00-22:00"', "window_unfit"),
        ('"22:00-02:00"', '"xyz 22:00-23:00"', "window_unfit"),
        ("2026-12-25", '"2026-12-25"', "wrong_type"),
        ('expect_by = "17:00"', 'expect_by = "5pm"', "clock_unfit"),
        ('expect_days = "mon-fri"', 'expect_days = "weekdays"', "days_unfit"),
        ("visit_seconds = 60", "visit_seconds = 5", "out_of_range"),
        ("visit_seconds = 60", 'timezone = "Europe/Atlantis"', "timezone_unknown"),
        ("largest_mb", "largest_gb", "unknown_key"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_never_shows_a_secret(home: Home, old: str, new: str, code: str) -> None:
    assert old in WHOLE
    loaded = save(home, WHOLE.replace(old, new))
    assert code in mistakes(loaded)
    first = next(one for one in loaded.mistakes if one.code == f"profile.{code}")
    assert first.file == "partners/acme.toml"
    lines = (home.partners / "acme.toml").read_text("utf-8").splitlines()
    begins = lines.index("[channel.mailbox]") + 1
    assert begins <= first.line <= len(lines)
    assert not {"open sesame", "PRIVATE KEY"} & set(str(first).split('"'))


def test_two_channels_that_empty_one_folder_are_a_mistake(home: Home) -> None:
    save(home, LEAST)
    loaded = save(home, LEAST, "northclinic")
    assert mistakes(loaded) == ["mailbox_twice"]
    assert "partners/acme.toml line" in str(loaded.mistakes[0])
    assert mistakes(save(home, LEAST.replace('"out"', '"other"'), "northclinic")) == []


def test_a_hub_may_have_a_mailbox_and_those_behind_it_none(home: Home) -> None:
    config = home.config.read_text("utf-8")
    hub = '\n[channel.van]\ncarries = ["acme"]\n' + LEAST.replace("[channel.mailbox]", "[channel.van.mailbox]")
    home.config.write_text(config + hub)
    page = home.partners / "acme.toml"
    page.write_text(
        page.read_text("utf-8").replace("[channel]", '[channel]\nname = "van"', 1).replace("stable_seconds = 2", "")
    )
    page.write_text(page.read_text("utf-8").replace('complete = "stable"', ""))
    loaded = load(home.root, environ=ENVIRONMENT)
    assert mistakes(loaded) == []
    van = loaded.profiles.channel("van")
    assert van
    assert van.mailbox
    assert van.mailbox.timezone == "America/Chicago"
    assert "channel_elsewhere" in mistakes(save(home, LEAST))


def test_a_mailbox_beside_an_account_on_our_server_is_a_mistake(home: Home) -> None:
    loaded = save(home, LEAST + f'\n[channel.sftp]\nkeys = ["{KEY}"]\n')
    assert "mailbox_and_account" in mistakes(loaded)


def test_check_says_in_plain_words_what_will_happen(home: Home) -> None:
    text = " ".join(check(save(home, WHOLE), "acme").text.split())
    for sentence in (
        "The gateway logs in at health@sftp.acme.example port 2222 with our private key, and only where the server",
        f"shows {fingerprint(KEY)} or {fingerprint(NEXT)}.",
        'It fetches files from /outgoing when "*/15 6-20 * * mon-fri" is due, mon-fri 06:00-20:00 and every day',
        "22:00-02:00, not on 2 holidays (America/New_York time).",
        "up to 10 MB each, 50 in one visit, the oldest first.",
        "A file is moved to /outgoing/done there when it is kept here, never before.",
        "A case tells where no file has come by 17:00, mon-fri (America/New_York time).",
        "Answers are put into /incoming as soon as they are due: under a temporary name first, then renamed.",
        "They are answered with a 997 in /incoming of sftp.acme.example port 2222, named like",
    ):
        assert sentence in text
    least = " ".join(check(save(home, LEAST), "acme").text.split())
    for sentence in (
        "with a password, and only where",
        "No next host key is pinned",
        "every 300 seconds.",
        "A file is deleted there when it is kept here, never before.",
        "Answers are not put there: they go to outbox/acme.",
    ):
        assert sentence in least


def test_check_as_json_holds_places_of_secrets_and_no_secret(home: Home) -> None:
    content = json.dumps(check(save(home, WHOLE), "acme").content)
    assert '"key": {"env": null, "file": "keys/acme"}' in content
    assert "open sesame" not in content
    assert "a private key" not in content


def test_a_key_as_ssh_keyscan_shows_it_and_its_fingerprint_as_ssh_keygen_shows_it() -> None:
    assert host_key(f" {KEY} root@host ") == KEY
    assert host_key(f"host {KEY}") is None
    assert host_key("ssh-dss AAAAB3NzaC1kc3M=") is None
    shown = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOFiXy1VXJ7Ntk6MglN8n13d8pDmNxYFmdWMWSjPoZy4"
    assert fingerprint(shown) == "ssh-ed25519 SHA256:wO0cSPfIYwrMuvWnM9M8vZ/WGhXAy5id+NTTD8U/eK4"
