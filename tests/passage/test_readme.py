"""What README shows is what happens: its two blocks of output against a home of a newcomer."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.settings import init

_NUMBERS = re.compile(r"(?<=-> erp )\S+|(?<=case )\d+|(?<=in file )\d+")  # those depend on which file came first


@pytest.fixture
def readme(request: pytest.FixtureRequest) -> str:
    return (request.config.rootpath / "README.md").read_text("utf-8")


def _said(home: Path, *words: str) -> str:
    """What a person sees who types this in that home."""
    typed = [str(Path(sys.executable).with_name("gateway")), *words]
    return subprocess.run(typed, cwd=home, capture_output=True, text=True, check=False).stdout


def _block(readme: str, language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert found, language
    return found[1]


def test_every_file_that_it_shows_ends_as_it_says_and_so_does_the_first_pass(tmp_path: Path, readme: str) -> None:
    home = init(tmp_path / "home")
    happened = _NUMBERS.sub("#", _said(home.root, "run", "--once", "--lab", "--samples"))
    shown = _NUMBERS.sub("#", _block(readme, "text"))
    files = [file.strip() for file in re.split(r"^(?=[+x!] )|\n\n", shown, flags=re.MULTILINE) if file.strip()]
    assert len(files) > 3
    assert [file for file in files if file not in happened] == []


def test_the_fault_it_shows_is_shown_by_the_command_above_it(tmp_path: Path, readme: str) -> None:
    home = init(tmp_path / "home")
    typed, _, shown = _block(readme, "console").partition("\n")
    assert shown
    assert _said(home.root, *shlex.split(typed.removeprefix("$ gateway "))).startswith(shown)
