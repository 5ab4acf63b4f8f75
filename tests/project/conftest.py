"""What the tests about the project itself share: where it is, and which files are part of it."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    """Every text file that is committed or about to be, by its path in the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is where it is
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: " + listed.stderr.decode(errors="replace").strip())
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    contents = {str(path.relative_to(ROOT)): path.read_bytes() for path in paths if path.is_file()}
    return {name: content.decode("utf-8", "replace") for name, content in contents.items() if b"\0" not in content}


@pytest.fixture
def modules(root: Path) -> list[Path]:
    """Every module of the package."""
    found = sorted((root / "gateway").rglob("*.py"))
    assert found
    return found
