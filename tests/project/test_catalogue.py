import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

from gateway.model.catalogue import Reason, reasons

SPEAKERS = {"finding", "Refused"}
# What a catalogue's code can carry: a 997's places and the TA1's, in 997 terms.
ACK = re.compile(r"(AK3|AK4|AK5|AK9) \d{1,2}|TA1 \d{3}")


class Call(NamedTuple):
    """One place that says something of the catalogue."""

    where: str
    code: str
    facts: set[str]
    open_ended: bool


@pytest.fixture
def calls(modules: list[Path]) -> list[Call]:
    """Every `finding("code", ...)` and `Refused("code", ...)` in the package whose code is written out."""
    return [call for path in modules for call in _calls(path)]


def _calls(path: Path) -> Iterator[Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(code)), *_]):
                if name in SPEAKERS:
                    facts = {keyword.arg for keyword in node.keywords if keyword.arg}
                    starred = any(keyword.arg is None for keyword in node.keywords)
                    yield Call(f"{path.name}:{node.lineno}", code, facts, starred)


def _templates(reason: Reason) -> list[str]:
    return [template for template in (reason.message, reason.expected, reason.fix) if template]


def _needs(reason: Reason) -> set[str]:
    """The facts that fill a reason's words."""
    parsed = [part for template in _templates(reason) for part in Formatter().parse(template)]
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in parsed if name is not None}


def test_every_page_of_the_catalogue_can_be_read(root: Path) -> None:
    pages = sorted((root / "gateway" / "model" / "messages" / "en").glob("*.toml"))
    assert pages
    entries = [f"{page.stem}.{name}" for page in pages for name in tomllib.loads(page.read_text("utf-8"))]
    assert sorted(entries) == sorted(reasons())


def test_every_code_names_its_area_and_its_matter() -> None:
    assert [code for code in reasons() if not re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", code)] == []


def test_no_two_codes_share_a_title_in_one_area() -> None:
    titles = [(code.split(".")[0], reason.title) for code, reason in reasons().items()]
    assert [title for title in set(titles) if titles.count(title) > 1] == []


def test_every_reason_is_a_title_and_a_sentence_filled_by_named_facts() -> None:
    assert [code for code, reason in reasons().items() if not reason.title or reason.title.endswith(".")] == []
    assert [code for code, reason in reasons().items() if not reason.message.strip()] == []
    assert [code for code, reason in reasons().items() if not all(fact.isidentifier() for fact in _needs(reason))] == []


def test_no_reason_apologises_or_begs() -> None:
    words = {code: " ".join(_templates(reason)).lower() for code, reason in reasons().items()}
    assert [
        code for code, said in words.items() if re.search(r"\b(sorry|please|apolog\w+|unfortunately)\b", said)
    ] == []


def test_what_an_acknowledgment_carries_is_a_place_and_a_code_of_its_own() -> None:
    carried = {code: f"{reason.ack.segment} {reason.ack.code}" for code, reason in reasons().items() if reason.ack}
    assert {code: ack for code, ack in carried.items() if not ACK.fullmatch(ack)} == {}


def test_every_code_that_the_package_utters_is_in_the_catalogue(calls: list[Call]) -> None:
    assert calls
    assert [(call.where, call.code) for call in calls if call.code not in reasons()] == []


def test_every_utterance_brings_the_facts_that_its_words_need(calls: list[Call]) -> None:
    known = [call for call in calls if call.code in reasons() and not call.open_ended]
    lacking = {(call.where, call.code): _needs(reasons()[call.code]) - call.facts for call in known}
    assert {where: facts for where, facts in lacking.items() if facts} == {}


def test_every_code_of_the_catalogue_is_uttered_somewhere(modules: list[Path]) -> None:
    """A message that nothing says is a promise that nothing keeps."""
    package = "\n".join(path.read_text("utf-8") for path in modules)

    def is_uttered(code: str) -> bool:
        area, matter = code.split(".")
        whole = f"[\"']{re.escape(code)}[\"']"
        in_parts = f'f"{area}.{{' in package and re.search(f"[\"']{re.escape(matter)}[\"']", package)
        return bool(re.search(whole, package) or in_parts)

    assert [code for code in reasons() if not is_uttered(code)] == []
