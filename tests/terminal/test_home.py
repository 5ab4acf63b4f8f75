"""Where the home is said: before the command, after it, or in GATEWAY_HOME."""

from pathlib import Path

import pytest

from gateway.cli import main

# Every command that works in a home.
COMMANDS = (
    ("run", "--once"),
    ("check",),
    ("explain", "order.edi"),
    ("queue",),
    ("show", "1"),
    ("release", "1"),
    ("replay", "1"),
    ("reject", "1", "--reason", "typed in twice"),
    ("reopen", "1"),
    ("balance",),
    ("archive", "verify"),
    ("archive", "export", "file", "1"),
    ("archive", "checkpoint"),
    ("archive", "key"),
    ("migrate",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("where", ["before", "after", "environment"])
def test_the_home_is_the_one_that_was_named(
    command: tuple[str, ...],
    where: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    none = str(tmp_path / "no-home-of-ours")
    monkeypatch.delenv("GATEWAY_HOME", raising=False)
    if where == "environment":
        monkeypatch.setenv("GATEWAY_HOME", none)
    before = ("--home", none) if where == "before" else ()
    after = ("--home", none) if where == "after" else ()
    assert main([*before, *command, *after]) == 2
    assert none in capsys.readouterr().err


def test_the_one_beside_the_command_holds_and_both_outdo_the_environment(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = str(tmp_path)
    monkeypatch.setenv("GATEWAY_HOME", nowhere)
    assert main(["--home", str(home), "check"]) == 0
    assert main(["--home", nowhere, "check", "--home", str(home)]) == 0
    assert main(["--home", str(home), "check", "--home", nowhere]) == 2
