"""Secrets stand outside the settings files, and show themselves nowhere."""

from pathlib import Path

import pytest

from gateway.profiles.load import load
from gateway.settings import Home


def with_token(home: Home, token: str) -> Home:
    text = home.config.read_text("utf-8")
    home.config.write_text(text.replace("concurrency = 4", f"concurrency = 4\ntoken = {token}"), "utf-8")
    return home


def test_a_secret_is_read_from_the_environment(home: Home) -> None:
    loaded = load(with_token(home, '{ env = "ERP_TOKEN" }').root, environ={"ERP_TOKEN": "s3cret\n"})
    assert loaded.profiles.targets[0].token == "s3cret"


def test_a_secret_is_read_from_a_file_of_the_home_or_elsewhere(home: Home, tmp_path: Path) -> None:
    (home.var / "token").write_text("s3cret\n", "utf-8")
    (tmp_path / "token").write_text("other", "utf-8")
    assert load(with_token(home, '{ file = "var/token" }').root).profiles.targets[0].token == "s3cret"
    text = home.config.read_text("utf-8").replace("var/token", str(tmp_path / "token"))
    home.config.write_text(text, "utf-8")
    assert load(home.root).profiles.targets[0].token == "other"


@pytest.mark.parametrize(
    ("token", "environ", "words"),
    [
        ('{ env = "ERP_TOKEN" }', {}, "environment variable ERP_TOKEN, and it is not set"),
        ('{ env = "ERP_TOKEN" }', {"ERP_TOKEN": " "}, "it is empty"),
        ('{ file = "nowhere" }', {}, "cannot be opened"),
        ('{ file = "var" }', {}, "cannot be opened"),
        ('{ file = "config/gateway.toml" , env = "X" }', {}, "does not name one place"),
        ("{}", {}, "does not name one place"),
    ],
)
def test_a_secret_that_is_not_there_is_a_mistake(home: Home, token: str, environ: dict[str, str], words: str) -> None:
    [mistake] = load(with_token(home, token).root, environ=environ).mistakes
    assert (mistake.file, mistake.line) == ("config/gateway.toml", 26)
    assert words in str(mistake)


@pytest.mark.parametrize("token", ['"s3cret"', '{ env = "s3cret!" }', '{ value = "s3cret" }', '["s3cret"]'])
def test_a_secret_in_clear_is_refused_and_not_repeated(home: Home, token: str) -> None:
    mistakes = load(with_token(home, token).root, environ={}).mistakes
    assert mistakes
    assert not any("s3cret" in str(mistake) + repr(mistake) for mistake in mistakes)


def test_a_secret_does_not_show_in_what_is_around_it(home: Home) -> None:
    loaded = load(with_token(home, '{ env = "ERP_TOKEN" }').root, environ={"ERP_TOKEN": "s3cret"})
    assert "s3cret" not in repr(loaded)
    assert "s3cret" not in f"{loaded.profiles.targets!s}"


def test_a_dry_run_needs_no_secrets(home: Home) -> None:
    loaded = load(with_token(home, '{ env = "ERP_TOKEN" }').root, environ={}, secrets=False)
    assert loaded.mistakes == ()
    assert loaded.profiles.targets[0].token is None
