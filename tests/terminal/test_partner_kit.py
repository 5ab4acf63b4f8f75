"""`gateway partner kit`: a folder for one partner, whose examples are answered as they say, and which holds no secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.model.outcomes import Refused
from gateway.profiles.load import load
from gateway.settings import Home, init
from gateway.terminal.explain import explain
from gateway.terminal.onboarding.kit import kit
from gateway.wiring import open_gateway
from tests.terminal.conftest import NOW
from tests.terminal.onboarding import at_once

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHDM9holiOyuEIgfZ+Albu+cWpmE8whyvEPYqzvQ3y6L"
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$U2VjcmV0SGFzaA"
SECRETS = ("t0ken-of-the-erp", HASH, "passphrase-of-ours", "GATEWAY_ERP_TOKEN", "erp.example.org", "secrets/")


@pytest.fixture
def own(tmp_path: Path) -> Home:
    return init(tmp_path / "home")


def made(home: Home, partner: str, folder: Path, host: str | None = None) -> dict[str, str]:
    assert kit(home, partner, folder, host=host) == 0
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_text("utf-8-sig") for path in files}


def guide(files: dict[str, str]) -> str:
    return " ".join(files["HOW-TO-SEND.txt"].split())


@pytest.mark.parametrize("partner", ["acme", "bolt", "northclinic"])
def test_good_examples_are_taken_and_bad_ones_are_not(own: Home, tmp_path: Path, partner: str) -> None:
    files = made(own, partner, tmp_path / "kit")
    examples = [name for name in files if re.fullmatch(r"examples/[^/]+/[^/]+", name)]
    outcomes = {
        name: explain(tmp_path / "kit" / name, home=own.root, partner=partner, at=NOW).outcome for name in examples
    }
    good = {name for name in examples if "/good-" in name}
    assert good
    assert {outcomes[name] for name in good} == {"accepted"}
    assert [outcomes[name] for name in examples if name not in good] == ["rejected"] * 3


@pytest.mark.parametrize("partner", ["acme", "bolt"])
def test_an_example_is_answered_in_the_kit_as_it_is_by_a_running_gateway(
    own: Home, tmp_path: Path, partner: str
) -> None:
    """But for what a kit cannot know: dates, and the numbers that count up."""
    files = made(own, partner, tmp_path / "kit")
    at_once(own)
    for example in (each for each in files if re.fullmatch(r"examples/[^/]+/[^/]+", each)):
        (own.inbox / partner / example.rpartition("/")[2]).write_bytes((tmp_path / "kit" / example).read_bytes())
    with open_gateway(own, lab=True) as gateway:
        gateway.daemon().one_pass()
    sent = sorted(fixed(path.read_text("utf-8-sig")) for path in (own.outbox / partner).iterdir())
    told = sorted(fixed(text) for name, text in files.items() if "/answer/" in name)
    assert len(told) >= 4
    assert sent == told
    if partner == "bolt":  # answers in words are named after the file, the others count up
        names = {name.rpartition("/")[2] for name in files if "/answer/" in name}
        assert {path.name for path in (own.outbox / partner).iterdir()} == names


def fixed(text: str) -> str:
    """An answer without what counts up or is of its day."""
    text = re.sub(r"file \d+\b|Our number.*|Received.*", "", text)
    text = re.sub(r"(ISA(?:\*[^*]*){8})\*\d{6}\*\d{4}(\*.\*\d{5})\*\d{9}", r"\1\2", text)
    text = re.sub(r"(GS\*FA\*[^*]*\*[^*]*)\*\d{8}\*\d{4}\*\d+", r"\1", text)
    return re.sub(r"(ST\*997|SE\*\d+|GE\*\d+|IEA\*\d+)\*\d+", r"\1", text)


def test_x12_examples_are_tests_wherever_tests_were_agreed(own: Home, tmp_path: Path) -> None:
    files = made(own, "acme", tmp_path / "one")
    assert all("*T*>" in text[:106] for name, text in files.items() if re.search(r"(good|bad)-[^/]*\.edi$", name))
    page = own.partners / "acme.toml"
    page.write_text(page.read_text("utf-8").replace('direction = "in"', 'direction = "in"\nusage = "P"'), "utf-8")
    files = made(own, "acme", tmp_path / "two")
    assert all("*P*>" in text[:106] for name, text in files.items() if re.search(r"(good|bad)-[^/]*\.edi$", name))
    assert "ISA15 is P" in guide(files)
    assert "you may send them to try the way" not in guide(files)


def test_the_guide_is_made_for_this_partner(own: Home, tmp_path: Path) -> None:
    files = made(own, "bolt", tmp_path / "kit")
    text = guide(files)
    assert "Made for Bolt Surgical." in text
    assert "As a table: invoices (810). tables/bolt-810-template.csv is a table to fill in" in text
    assert {"tables/bolt-810-template.csv", "tables/bolt-810-columns.txt"} < files.keys()
    assert "Put files into the folder inbox/bolt" in text
    assert "has not changed for 2 seconds" in text
    assert "NAME.answer.csv lists each problem" in text
    assert "every table that you send is taken as real" in text
    assert "AK5" not in text
    assert "Whoever sent you this folder" in text


def test_every_file_that_the_guide_names_is_in_the_kit(own: Home, tmp_path: Path) -> None:
    for partner in ("acme", "bolt"):
        files = made(own, partner, tmp_path / partner)
        named = re.findall(r"\b((?:tables|examples)/\S+?\.(?:csv|txt|edi))\b", guide(files))
        assert named
        assert set(named) <= files.keys()


def test_our_contact_is_told_where_config_has_one(own: Home, tmp_path: Path) -> None:
    config = own.config.read_text("utf-8")
    own.config.write_text(config.replace("\ngs =", '\ncontact = "EDI desk, edi@example.org"\ngs =', 1), "utf-8")
    assert load(own.root).mistakes == ()
    assert "EDI desk, edi@example.org. Give the name of the file" in guide(made(own, "acme", tmp_path / "kit"))


def with_secrets(home: Home, tmp_path: Path) -> None:
    """A home whose every secret is known, and a partner with an SFTP account and one with a mailbox."""
    (tmp_path / "hash").write_text(HASH, "ascii")
    (tmp_path / "token").write_text("t0ken-of-the-erp", "ascii")
    (tmp_path / "phrase").write_text("passphrase-of-ours", "ascii")
    config = home.config.read_text("utf-8")
    config = config.replace(
        'url = "lab"', f'url = "https://erp.example.org/api"\ntoken = {{ file = "{tmp_path}/token" }}', 1
    )
    home.config.write_text(config + '\n[sftp]\naddress = "0.0.0.0"\nport = 2200\n', "utf-8")
    page = home.partners / "acme.toml"
    account = f'[channel.sftp]\nkeys = ["{KEY}"]\npassword = {{ file = "{tmp_path}/hash" }}\nnetworks = ["192.0.2.0/24"]\n\n[defaults]'
    page.write_text(page.read_text("utf-8").replace("[defaults]", account, 1), "utf-8")
    page = home.partners / "northclinic.toml"
    mailbox = (
        '[channel.mailbox]\nhost = "sftp.example.net"\nuser = "us"\ntake_from = "/to-us"\nput_into = "/from-us"\n'
        f'host_keys = ["{KEY}"]\nkey = {{ file = "{tmp_path}/phrase" }}\n\n[[agreement]]'
    )
    page.write_text(page.read_text("utf-8").replace("[[agreement]]", mailbox, 1), "utf-8")


def test_no_secret_and_no_place_of_one_is_in_any_kit(own: Home, tmp_path: Path) -> None:
    with_secrets(own, tmp_path)
    assert load(own.root).mistakes == ()
    for partner in ("acme", "bolt", "northclinic"):
        everything = "\n".join(made(own, partner, tmp_path / f"kit-{partner}", "sftp.example.org").values())
        assert [secret for secret in (*SECRETS, str(tmp_path), str(own.root)) if secret in everything] == []
        keys = [path.read_text("ascii") for path in own.keys.iterdir() if b"PRIVATE" in path.read_bytes()]
        assert not any(line in everything for key in keys for line in key.splitlines()[1:-1])


def test_an_sftp_partner_is_told_host_fingerprints_folders_and_steps(
    own: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_secrets(own, tmp_path)
    with pytest.raises(Refused, match="no setting says under which address") as refused:
        kit(own, "acme", tmp_path / "kit")
    assert refused.value.fix == "Say it with --host edi.example.org."
    text = guide(made(own, "acme", tmp_path / "kit", "sftp.example.org"))
    assert "host sftp.example.org, port 2200, user acme" in text
    assert main(["sftp", "keys", "--home", str(own.root)]) == 0
    shown = re.findall(r"SHA256:\S+", capsys.readouterr().out)
    assert shown
    assert all(fingerprint in text for fingerprint in shown)
    assert "from these addresses alone: 192.0.2.0/24" in text
    assert "put files into in/; answers lie in ack/" in text
    assert "1. New Site, file protocol SFTP. Host name sftp.example.org, port number 2200, user name acme." in text


def test_a_partner_that_posts_is_told_the_address_and_no_key(own: Home, tmp_path: Path) -> None:
    key = "0123456789abcdef0123456789abcdef"
    (tmp_path / "key").write_text(key, "ascii")
    own.config.write_text(own.config.read_text("utf-8") + "\n[http]\nport = 8080\n", "utf-8")
    page = own.partners / "acme.toml"
    account = f'[channel.http]\nkeys = {{ first = {{ file = "{tmp_path}/key" }} }}\n\n[defaults]'
    page.write_text(page.read_text("utf-8").replace("[defaults]", account, 1), "utf-8")
    assert load(own.root).mistakes == ()
    files = made(own, "acme", tmp_path / "kit", "edi.example.org")
    assert "POST each file, as it is, to https://edi.example.org/api/v1/transmissions?name=NAME" in guide(files)
    assert "WINSCP" not in guide(files)
    assert key not in "\n".join(files.values())


def test_a_partner_with_a_mailbox_is_told_where_we_fetch_and_put(own: Home, tmp_path: Path) -> None:
    with_secrets(own, tmp_path)
    text = guide(made(own, "northclinic", tmp_path / "kit"))
    assert "We fetch your files ourselves, from /to-us on sftp.example.net" in text
    assert "Our answers are put into /from-us on sftp.example.net" in text


def test_an_agreement_of_the_future_has_examples_too(own: Home, tmp_path: Path) -> None:
    page = own.partners / "northclinic.toml"
    page.write_text(page.read_text("utf-8").replace("2026-01-01", "2190-01-01"), "utf-8")
    assert "examples/good-850/answer/northclinic-997-000000001.edi" in made(own, "northclinic", tmp_path / "kit")


def test_what_was_agreed_until_yesterday_is_told_no_more(own: Home, tmp_path: Path) -> None:
    page = own.partners / "acme.toml"
    text = page.read_text("utf-8").replace('kinds = ["810"]', 'effective_to = 2020-01-01\nkinds = ["810"]')
    page.write_text(text, "utf-8")
    assert "invoices" not in guide(made(own, "acme", tmp_path / "kit"))


def test_a_kind_of_which_no_example_can_be_made_is_named(
    own: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = own.partners / "bolt.toml"
    page.write_text(page.read_text("utf-8").replace('currency = "USD"', 'currency = "US dollars"'), "utf-8")
    files = made(own, "bolt", tmp_path / "kit")
    assert not [name for name in files if name.startswith("examples/good-810")]
    assert [name for name in files if name.startswith("examples/good-855")]
    assert "No example of invoices is in it: `gateway partner test bolt` says why." in capsys.readouterr().out


def test_nothing_is_written_over(own: Home, tmp_path: Path) -> None:
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(Refused, match="something lies in it"):
        kit(own, "acme", tmp_path / "kit")
    assert [path.name for path in (tmp_path / "kit").iterdir()] == ["notes.txt"]


def test_a_partner_there_is_none_of_is_refused(own: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["partner", "kit", "nobody", str(tmp_path / "kit"), "--home", str(own.root)]) == 2
    assert "There is no partners/nobody.toml" in capsys.readouterr().err
