import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SH = shutil.which("sh") or "/bin/sh"
HELPERS = ("sh", "id", "cat")


def _program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!{SH}\n{script}\n")
    (folder / name).chmod(0o755)


def _python(folder: Path, name: str, version: str, *, new_enough: bool, venv: bool) -> None:
    """A stand-in that answers the three questions find-python asks."""
    answers = (
        f'*--version*) echo "Python {version}";; *ensurepip*) exit {int(not venv)};; *) exit {int(not new_enough)};;'
    )
    _program(folder, name, f'case "$*" in {answers} esac')


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The only folder of programs on a machine that has next to nothing."""
    for name in HELPERS:
        (tmp_path / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    return tmp_path


def _find_python(root: Path, machine: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [SH, str(root / ".ci" / "find-python")],
        env={"PATH": str(machine)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_newest_python_with_venv_is_found(root: Path, machine: Path) -> None:
    _python(machine, "python3", "3.9.2", new_enough=False, venv=True)
    _python(machine, "python3.11", "3.11.2", new_enough=True, venv=True)
    _python(machine, "python3.13", "3.13.0", new_enough=True, venv=False)
    found = _find_python(root, machine)
    assert found.returncode == 0
    assert found.stdout.strip() == str(machine / "python3.11")


@pytest.mark.parametrize(
    ("installer", "python", "cure"),
    [
        ("apt-get", None, "apt-get install -y python3-venv"),
        ("apt-get", ("python3", "3.9.2", False), "apt-get install -y python3.11-venv"),
        ("apt-get", ("python3", "3.12.3", True), "apt-get install -y python3-venv"),
        ("apt-get", ("python3.12", "3.12.3", True), "apt-get install -y python3.12-venv"),
        ("dnf", ("python3", "3.9.2", False), "dnf install -y python3.12"),
        ("brew", None, "brew install python@3.13"),
    ],
)
def test_where_python_or_venv_is_missing_one_command_is_said(
    root: Path, machine: Path, installer: str, python: tuple[str, str, bool] | None, cure: str
) -> None:
    _program(machine, installer, "exit 0")
    if python:
        name, version, new_enough = python
        _python(machine, name, version, new_enough=new_enough, venv=False)
    found = _find_python(root, machine)
    assert found.returncode == 1
    assert found.stdout == ""
    commands = [line.strip() for line in found.stderr.splitlines() if line.startswith("    ")]
    assert len(commands) == 1
    assert commands[0].endswith(cure)


def test_where_nothing_can_install_python_that_is_said(root: Path, machine: Path) -> None:
    assert "install Python 3.11 or newer" in _find_python(root, machine).stderr


def _make(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    # Run from `make test`: what make tells its children is none of this one's business.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    make = shutil.which("make") or "make"
    return subprocess.run([make, *arguments], cwd=root, env=env, capture_output=True, text=True, check=False)


def test_make_alone_prints_a_menu_of_every_target(root: Path) -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (root / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    listed = re.findall(r"^  make (\S+) +\S", _make(root).stdout, re.MULTILINE)
    assert sorted(listed) == sorted(phony[1].split())


@pytest.mark.parametrize(("target", "code"), [("test", 2), ("test-all", 0)])
def test_no_test_at_all_fails_make_test_but_not_make_test_all(
    root: Path, tmp_path: Path, target: str, code: int
) -> None:
    """A run of nothing proves nothing; but that nothing is marked `all` is no fault."""
    tools = tmp_path / "venv" / "bin"
    tools.mkdir(parents=True)
    for tool in ("ruff", "mypy", "lint-imports"):
        _program(tools, tool, "exit 0")
    _program(tools, "pytest", "exit 5")
    for stamp in (".for-running", ".for-developing"):
        (tmp_path / "venv" / stamp).touch()
    made = _make(root, target, f"VENV={tmp_path / 'venv'}")
    assert made.returncode == code
    assert f"make {target}: no test" in made.stdout + made.stderr


def test_a_broken_environment_is_made_again_with_the_python_that_was_found(root: Path, tmp_path: Path) -> None:
    made = _make(root, "--dry-run", "run", f"VENV={tmp_path / 'venv'}", f"PYTHON={sys.executable}")
    assert "find-python" in made.stdout
    assert "-c constraints.txt -e ." in made.stdout
    assert "[dev]" not in made.stdout
