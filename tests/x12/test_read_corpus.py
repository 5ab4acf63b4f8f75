"""The shared corpus: every X12 file of other people's making, read to its end, its sets found as they are listed."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.x12.reading import SetRead
from tests.x12.interchanges import read_all

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus is not beside this checkout")

OTHER_FORMATS = ("csv", "edifact")

# Files whose envelope we do not read as the list does, each with the reason.
UNREADABLE = {
    "850/vscode-edi-support--x12.test-L442.edi": "ST stands outside of any group: told as stray segments",
    "855/stupidedi--2.edi": "ISA has 10 elements: it declares no separators",
    "edge/gozer--x12.missing.ISA.txt": "there is no ISA: nothing declares the separators",
    "edge/gozer--x12.wrong.GS.txt": "GS is called XX: its sets stand outside of any group",
    "edge/x12-parser--example835nonasciielemsep.txt": "the element separator takes two bytes",
}


@cache
def expected() -> dict[str, Any]:
    listed = json.loads((CORPUS / "expected.json").read_text("utf-8")) if CORPUS.is_dir() else {}
    return {name: facts for name, facts in listed.items() if name.split("/")[0] not in OTHER_FORMATS}


def _listed(facts: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    return [
        (interchange.get("control"), group.get("control"), one.get("set"), one.get("control"), one.get("segments"))
        for interchange in facts["interchanges"]
        for group in interchange["groups"]
        for one in group["transactions"]
    ]


def _read(content: bytes) -> list[tuple[Any, ...]]:
    return [
        (
            part.interchange.control,
            part.group.control,
            part.set_id,
            part.control,
            part.segments if part.complete else None,
        )
        for part in read_all(content)
        if isinstance(part, SetRead)
    ]


@pytest.mark.parametrize("name", expected())
def test_every_file_of_the_corpus_gives_the_sets_that_are_listed(name: str) -> None:
    content = (CORPUS / name).read_bytes()
    found = _read(content)
    if name in UNREADABLE:
        assert found != _listed(expected()[name]), "this file can be taken off the list"
    else:
        assert found == _listed(expected()[name])
