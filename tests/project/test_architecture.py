"""docs/architecture.md says what the code says: its tables are written from it, and the names it gives are there."""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from gateway.ledger import states

UPDATE = "UPDATE_GOLDEN=1 .venv/bin/pytest tests/project/test_architecture.py  # then review what changed"

FIELDS: Mapping[str, tuple[type[StrEnum], Mapping[Any, set[Any]]]] = {
    "processing": (states.Processing, states.PROCESSING),
    "delivering": (states.Delivering, states.DELIVERING),
    "owed": (states.Owed, states.OWED),
    "expected": (states.Expected, states.EXPECTED),
    "case": (states.CaseState, states.CASES),
}


@pytest.fixture
def page(root: Path) -> Path:
    return root / "docs" / "architecture.md"


def _states(_root: Path) -> str:
    """A row for each state: the field it is one of, and what it may become, in the order of the code."""
    rows = ["| field | state | it may become |", "| --- | --- | --- |"]
    for field, (kind, table) in FIELDS.items():
        for state in kind:
            ways = ", ".join(way for way in kind if way in table[state])
            rows.append(f"| {field} | {state} | {ways or '(the end)'} |")
    return "\n".join(rows)


def _layers(root: Path) -> str:
    """The layers from top to bottom, and what is forbidden besides."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers, *others = contracts
    return "\n".join(["```", *layers["layers"], "```", "", *(f"- {contract['name']}." for contract in others)])


@pytest.mark.parametrize(("name", "written"), [("states", _states), ("layers", _layers)])
def test_the_page_tells_what_the_code_says(name: str, written: Callable[[Path], str], root: Path, page: Path) -> None:
    text = page.read_text("utf-8")
    block = re.compile(rf"(<!-- {name}: [^\n]* -->\n).*?(<!-- end -->)", re.DOTALL)
    told = block.sub(lambda found: f"{found[1]}\n{written(root)}\n\n{found[2]}", text)
    assert block.search(text), name
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(told, "utf-8")
    assert told == page.read_text("utf-8"), UPDATE


def test_every_field_is_told_and_every_state_of_it_has_its_ways() -> None:
    assert {kind for kind, _ in FIELDS.values()} == set(states.State.__constraints__)
    assert [field for field, (kind, table) in FIELDS.items() if set(kind) != set(table)] == []


def test_every_module_and_function_that_the_page_names_is_there(root: Path, page: Path) -> None:
    named = re.findall(r"`([a-z0-9_/]+\.py)(?:: ([\w., ]+))?`", page.read_text("utf-8"))
    assert named
    missing = [
        f"{module}: {name}"
        for module, names in named
        for name in (names.split(", ") if names else [""])
        if not _is_there(root, module, name)
    ]
    assert missing == []


def _is_there(root: Path, module: str, name: str) -> bool:
    """Whether this module is in the package or beside it, and each part of the name is defined in it."""
    path = next((place for place in (root / "gateway" / module, root / module) if place.is_file()), None)
    if path is None:
        return False
    source = path.read_text("utf-8")
    return all(re.search(rf"^\s*(?:class|def) {part}\b", source, re.MULTILINE) for part in name.split(".") if part)
