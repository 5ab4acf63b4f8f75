"""docs/sftp.md says what is so: its settings load, its table of limits is the code's, its folders and suffixes are there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from gateway.channels.names import TEMPORARY
from gateway.channels.sftp.guard import SHUT_OUT_AFTER, WINDOW
from gateway.channels.sftp.jail import FOLDERS
from gateway.channels.sftp.staging import LONGEST_NAME, STAGES
from gateway.profiles.load import load
from gateway.profiles.sftp import SftpServer
from gateway.settings import init


@pytest.fixture
def page() -> str:
    """The page."""
    return (Path(__file__).parents[3] / "docs" / "sftp.md").read_text("utf-8")


def test_its_settings_can_be_copied(page: str, tmp_path: Path) -> None:
    server, account = (
        re.sub(r"^   ", "", block, flags=re.MULTILINE) for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    )
    home = init(tmp_path / "home")
    with home.config.open("a") as config:
        config.write(f"\n{server}")
    with (home.partners / "acme.toml").open("a") as partner:
        partner.write(f"\n{account}")
    loaded = load(home.root)
    assert loaded.mistakes == ()
    assert loaded.sftp == SftpServer(**tomllib.loads(server)["sftp"])
    assert loaded.profiles.channel("acme").sftp.networks == ("203.0.113.0/24",)  # type: ignore[union-attr]


def test_its_limits_are_those_of_the_code_and_all_of_them(page: str) -> None:
    told: dict[str, str] = {}
    for names, values in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| ([\d, ]+) \|", page, re.MULTILINE):
        told |= dict(zip(re.findall(r"\w+", names), values.split(", "), strict=True))
    usual = msgspec.to_builtins(SftpServer())
    assert told == {name: f"{value:g}" for name, value in usual.items() if name not in ("address", "port")}


def test_its_words_are_those_of_the_code(page: str) -> None:
    assert all(f"`{folder}/`" in page for folder in FOLDERS)
    assert all(f"`{suffix}`" in page for suffix in TEMPORARY)
    assert all(f"`{stage}`" in page for stage in STAGES if stage != "scattered")
    assert f"{LONGEST_NAME} bytes" in page
    assert (SHUT_OUT_AFTER, WINDOW) == (10, 600)  # "ten connections in ten minutes"
