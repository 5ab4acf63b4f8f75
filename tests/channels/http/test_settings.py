"""[http] and [channel.http]: what they come to, what is wrong with them by file and line, and what `gateway check` says."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from gateway.profiles.check import check
from gateway.profiles.http import HttpAccount, HttpKey, HttpServer
from gateway.profiles.load import Loaded, load
from gateway.settings import Home, init

LONG, OTHER = "a" * 32, "b" * 64
TWO = """
[channel.http]
content_types = ["application/edi-x12", "text/csv"]
[channel.http.keys]
spring = { env = "LONG" }
autumn = { file = "secrets/acme" }
"""
ONE = '[channel.http.keys]\nonly = { env = "LONG" }\n'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = init(tmp_path / "home")
    (home.root / "secrets").mkdir()
    (home.root / "secrets" / "acme").write_text(f"{OTHER}\n")
    return home


def save(home: Home, table: str, partner: str = "acme", config: str = "[http]\nport = 8088\n", **keys: str) -> Loaded:
    page = home.partners / f"{partner}.toml"
    page.write_text(page.read_text("utf-8").partition("\n[channel.http]")[0] + "\n" + table)
    home.config.write_text(home.config.read_text("utf-8").partition("\n[http]")[0] + "\n" + config)
    return load(home.root, environ={"LONG": LONG, **keys})


def said(loaded: Loaded) -> list[str]:
    return [f"{one.file} {one.code} {one.finding.message}" for one in loaded.mistakes]


def test_a_channel_has_its_keys_as_hashes_by_their_names(home: Home) -> None:
    loaded = save(home, TWO)
    assert said(loaded) == []
    assert loaded.http == HttpServer(port=8088)
    acme = loaded.profiles.channel("acme")
    assert acme
    assert acme.http == HttpAccount(
        keys=(
            HttpKey(name="spring", sha256=hashlib.sha256(LONG.encode()).hexdigest()),
            HttpKey(name="autumn", sha256=hashlib.sha256(OTHER.encode()).hexdigest()),
        ),
        content_types=("application/edi-x12", "text/csv"),
    )
    assert "secrets/acme" in loaded.secret_files


def test_without_the_table_there_is_no_server(home: Home) -> None:
    assert load(home.root).http is None


def test_check_says_it_in_words_and_shows_no_key(home: Home) -> None:
    save(home, TWO)
    report = check(load(home.root, secrets=False), "acme", today=date(2026, 11, 22))
    words = " ".join(report.text.split())
    assert (
        'POST /api/v1/transmissions on port 8088 of 127.0.0.1 with one of the API keys "spring" and "autumn"' in words
    )
    assert "as application/edi-x12 or text/csv, up to 256 MB each and 8 at once" in words
    assert json.loads(json.dumps(report.content))["partners"][0]["channel"]["http"]["keys"][0] == {
        "name": "spring",
        "sha256": None,
    }
    save(home, ONE, config="")
    report = check(load(home.root, secrets=False), "acme", today=date(2026, 11, 22))
    assert 'HTTP (API key "only") is closed: config/gateway.toml has no [http].' in " ".join(report.text.split())


def test_one_key_opens_one_channel(home: Home) -> None:
    save(home, ONE)
    [mistake] = save(home, ONE, partner="bolt").mistakes
    assert (mistake.file, mistake.code, mistake.also) == (
        "partners/bolt.toml",
        "profile.api_key_twice",
        ("partners/acme.toml",),
    )
    assert "partners/acme.toml line" in mistake.finding.message


@pytest.mark.parametrize("key", ["short", "ä" * 40, "a b" * 20])
def test_a_key_that_is_short_or_that_no_header_carries_is_refused(home: Home, key: str) -> None:
    [mistake] = save(home, ONE, LONG=key).mistakes
    assert mistake.code == "profile.api_key_unfit"
    assert key not in str(mistake)


def test_a_key_that_is_not_kept_is_told_with_its_place(home: Home) -> None:
    table = '[channel.http.keys]\nonly = { file = "secrets/none" }\n'
    [one] = said(save(home, table))
    assert 'profile.secret_missing the API key "only" is kept in the file' in one


def test_a_key_in_clear_is_refused_and_not_shown(home: Home) -> None:
    [mistake] = save(home, f'[channel.http.keys]\nonly = "{OTHER}"\n').mistakes
    assert mistake.code == "profile.literal_secret"
    assert OTHER not in str(mistake)


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("[channel.http]\n", "profile.missing_key"),
        ("[channel.http]\nkeys = {}\n", "profile.bad_length"),
        ('[channel.http.keys]\n"Big Name" = { env = "LONG" }\n', "profile.bad_form"),
        (f'[channel.http]\ncontent_types = ["text/csv; charset=utf-8"]\n{ONE}', "profile.bad_form"),
    ],
)
def test_what_cannot_be_is_refused(home: Home, table: str, code: str) -> None:
    assert [one.code for one in save(home, table).mistakes] == [code]


@pytest.mark.parametrize(
    "line", ['address = "localhost"', "port = 70000", "max_body_mb = 0", "bodies = 0", "idle_seconds = 0.1"]
)
def test_a_server_that_cannot_be_is_refused(home: Home, line: str) -> None:
    assert [one.file for one in save(home, ONE, config=f"[http]\n{line}\n").mistakes] == ["config/gateway.toml"]


def test_a_hub_may_have_keys_too(home: Home) -> None:
    config = '[http]\n[channel.hub]\ncarries = ["acme", "bolt"]\n[channel.hub.http.keys]\nvan = { env = "LONG" }\n'
    page = home.partners / "acme.toml"
    page.write_text(
        page.read_text().replace("[channel]", '[channel]\nname = "hub"').replace('complete = "stable"', "# ")
    )
    home.config.write_text(home.config.read_text("utf-8") + config)
    loaded = load(home.root, environ={"LONG": LONG})
    hub = loaded.profiles.channel("hub")
    assert hub, said(loaded)
    assert hub.http
    assert [key.name for key in hub.http.keys] == ["van"]


def test_nothing_of_the_web_is_loaded_where_no_server_is_wanted() -> None:
    web = {"fastapi", "starlette", "uvicorn", "anyio", "h11"}
    asked = f"import sys, gateway.wiring; print(sorted({web!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
