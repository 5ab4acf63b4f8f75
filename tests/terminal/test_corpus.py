"""Files of other people's software, from a collection beside the checkout: what explain says equals what was counted there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.model.quantities import is_decimal
from gateway.terminal.dryrun import Asked, DryRun
from gateway.terminal.render import Page
from gateway.terminal.summary import count
from gateway.terminal.tell import report
from gateway.x12.maps import Maps
from tests.terminal.conftest import NOW, decoded

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FOLDERS = ("850", "855", "856", "810", "acks", "lifecycle")
RELEASES = ("004010", "005010")
# Its ISA has ten elements and a line break inside: no default reads it (docs/explain.md).
UNREADABLE = {"855/stupidedi--2.edi"}
# A GS that breaks off; explain tells the control number that stands there, the collection's tokenizer none.
DAMAGED = {"850/module-ballerina-edi--envelope_tests-L132.edi", "850/vscode-edi-support--x12.test-L442.edi"}

FILES = [file for folder in FOLDERS for file in sorted((CORPUS / folder).glob("*"))]
pytestmark = pytest.mark.skipif(not FILES, reason="the collection ../shared/corpus is not here")


@pytest.fixture(scope="session")
def maps() -> Maps:
    """Read once for all files."""
    return Maps()


@pytest.fixture(scope="session")
def facts() -> Any:  # noqa: ANN401 - JSON
    return json.loads((CORPUS / "expected.json").read_text("utf-8"))


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


@pytest.mark.parametrize("file", FILES, ids=_name)
def test_every_file_is_read_to_its_end_and_told_in_every_form(file: Path, maps: Maps) -> None:
    told = report(_run(file, maps))
    assert told.bytes == told.consumed == file.stat().st_size
    lines: list[str] = []
    result = Page(lines.append, show=False, colour=False).tell(_run(file, maps))
    _, counted = count(_run(file, maps))
    assert result.outcome == counted.outcome == told.outcome
    assert [line for line in lines if not line.isprintable()] == []


@pytest.mark.parametrize("file", [file for file in FILES if _name(file) not in UNREADABLE | DAMAGED], ids=_name)
def test_sets_numbers_lines_and_totals_are_those_that_were_counted(file: Path, facts: Any, maps: Maps) -> None:  # noqa: ANN401
    told = list(_sets(decoded(report(_run(file, maps)))))
    known = list(_sets(facts[_name(file)]))
    assert [(version, one["set"], one["control"]) for version, one in told] == [
        (version, one["set"], one["control"]) for version, one in known
    ]
    for (version, said), (_, fact) in zip(told, known, strict=True):
        assert said["segments"] == fact["segments"]
        if said["document"] is not None:
            assert _of_document(said["document"]) == _of_fact(fact)
        else:
            # No map reads it, it is an acknowledgment, or the segment that makes it a document is missing.
            readable = fact["set"] in ("850", "855", "856", "810") and str(version).startswith(RELEASES)
            assert not readable or not fact.get(_NUMBER[fact["set"]])


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_an_envelope_that_no_default_reads_is_said_to_be_one(name: str, maps: Maps) -> None:
    told = report(_run(CORPUS / name, maps))
    assert (told.format, told.outcome) == ("x12", "rejected")
    assert [each.code for each in told.findings] == ["envelope.isa_unreadable"]


def _run(file: Path, maps: Maps) -> DryRun:
    return DryRun(Asked(file=file, at=NOW), maps)


def _sets(told: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    for interchange in told["interchanges"]:
        for group in interchange["groups"]:
            for one in group["transactions"]:
                yield group["version"], one


_NUMBER = {"850": "po_number", "855": "po_number", "856": "shipment_id", "810": "invoice_number"}


def _of_document(document: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    first = document["lines"][0] if document["lines"] else None
    order = document["kind"] in ("850", "855", "810")
    return {
        "number": document["number"],
        "lines": len(document["lines"]),
        "line_count": document["totals"]["line_count"],
        "quantity": first and first["quantity"]["value"],
        "price": first and first["unit_price"] if order else None,
        "payable": document["totals"]["payable"],
        "control_count": document["totals"]["control_count"],
    }


def _of_fact(fact: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    first = fact["first_line"]
    lines = fact["item_lines"] if fact["set"] == "856" else fact["lines"]
    return {
        "number": fact.get(_NUMBER[fact["set"]]) or None,
        "lines": lines,
        "line_count": lines,
        "quantity": first and _decimal(first["qty"]),
        "price": first and _decimal(first.get("price")) if fact["set"] != "856" else None,
        "payable": fact.get("invoice_total"),
        "control_count": fact.get("ctt01") or None,
    }


def _decimal(text: str | None) -> str | None:
    return text if text and is_decimal(text) else None
