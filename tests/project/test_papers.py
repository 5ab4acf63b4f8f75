import re
import subprocess
import sys
from pathlib import Path

import pytest

LONGEST_CONTRIBUTING = 150


@pytest.fixture
def targets(root: Path) -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_make_command_that_a_page_names_is_a_target(page: str, root: Path, targets: set[str]) -> None:
    lines = (root / page).read_text().splitlines()
    named = {word for line in lines for word in re.findall(r"(?:^|`)make ([a-z-]+)", line)}
    assert named <= targets
    assert named or page == "CHANGELOG.md"


def test_the_readme_opens_with_its_two_commands(root: Path) -> None:
    first_block = (root / "README.md").read_text().split("```")[1]
    commands = [line.split("#")[0].strip() for line in first_block.strip().splitlines()]
    assert commands == ["make run", "make test"]


def test_every_file_and_folder_that_the_readme_links_is_there(root: Path) -> None:
    for page in [root / "README.md", root / "CONTRIBUTING.md", *(root / "docs").rglob("*.md")]:
        links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name


def test_contributing_can_be_read_in_one_sitting(root: Path) -> None:
    assert len((root / "CONTRIBUTING.md").read_text().splitlines()) <= LONGEST_CONTRIBUTING


def test_the_changelog_has_a_place_for_what_comes_next(root: Path) -> None:
    sections = re.findall(r"^## (.+)$", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert sections[0] == "[Unreleased]"


def test_every_decision_says_its_context_its_choice_and_its_price_and_is_in_the_index(root: Path) -> None:
    index = (root / "docs" / "README.md").read_text()
    pages = sorted((root / "docs" / "adr").glob("*.md"))
    assert pages
    for number, page in enumerate(pages, start=1):
        text = page.read_text()
        title = text.splitlines()[0].removeprefix(f"# {number:04}: ")
        assert f"| [{number:04}](adr/{page.name}) | {title} |" in index
        assert [part for part in ("**Context.**", "**Choice.**", "**What we gave up.**") if part not in text] == []


def test_every_command_that_the_readme_names_is_one(root: Path) -> None:
    gateway = Path(sys.executable).with_name("gateway")
    menu = subprocess.run([str(gateway), "--help"], capture_output=True, text=True, check=False)
    assert menu.returncode == 0, menu.stderr
    named = set(re.findall(r"(?:^|`|&& )gateway ([a-z]+)", (root / "README.md").read_text(), re.MULTILINE))
    assert {"run", "explain", "queue"} <= named
    assert [verb for verb in sorted(named) if not re.search(rf"\b{verb}\b", menu.stdout)] == []
