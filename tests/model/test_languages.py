"""The words of a finding in another language: a folder with any of the codes, English for the rest."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gateway.model.catalogue import finding, languages, phrases, reasons, said
from gateway.model.finding import Finding, Severity
from gateway.model.identifiers import PartyId

PIRATE = {
    "file.toml": """
[empty]
title = "Ye chest be empty"
message = "{name} holds naught."
[unreadable]
message = "{no_such_fact}"
[duplicate]
severity = "error"
who = "erp"
fix = "Leave file {earlier} be."
[of_our_own]
title = "No such code"
""",
    "channel.toml": """
[from_the_future]
message = "'{name}' be {ahead:.1f} s ahead."
""",
    "phrases/answer.toml": 'to_do = "YE ORDERS"\n',
}
EMPTY = finding("file.empty", name="orders.edi")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A place with one language."""
    for name, content in PIRATE.items():
        page = tmp_path / "pirate" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(content, "utf-8")
    return tmp_path


def test_a_finding_is_said_in_another_language_of_the_same_facts(place: Path) -> None:
    words = said(EMPTY, "pirate", place)
    assert (words.title, words.message) == ("Ye chest be empty", "orders.edi holds naught.")


def test_what_a_language_lacks_is_said_in_english_one_by_one(place: Path) -> None:
    words = said(EMPTY, "pirate", place)
    assert (words.expected, words.fix) == (EMPTY.expected, EMPTY.fix)
    other = finding("file.no_sets", control="1")
    assert said(other, "pirate", place) == said(other)


def test_a_number_keeps_its_form(place: Path) -> None:
    late = finding("channel.from_the_future", name="a.edi", ahead=3.25)
    assert said(late, "pirate", place).message == "'a.edi' be 3.2 s ahead."


def test_a_language_changes_words_alone(place: Path) -> None:
    told = reasons("pirate", place)["file.duplicate"]
    english = reasons()["file.duplicate"]
    assert told.fix == "Leave file {earlier} be."
    assert (told.severity, told.who, told.ack) == (english.severity, english.who, english.ack)
    assert "file.of_our_own" not in reasons("pirate", place)


def test_a_template_that_asks_for_what_is_not_there_leaves_english_in_place(place: Path) -> None:
    found = finding("file.unreadable", name="a", start="PK", offset=0)
    assert said(found, "pirate", place).message == found.message


@pytest.mark.parametrize("language", ["xx", "..", "../pirate", "", "pirate/../pirate"])
def test_a_language_that_is_not_there_is_english(language: str, place: Path) -> None:
    assert said(EMPTY, language, place) == said(EMPTY)
    assert phrases("answer", language, place) == phrases("answer")


def test_phrases_fall_back_one_by_one(place: Path) -> None:
    told = phrases("answer", "pirate", place)
    assert (told["to_do"], told["received"]) == ("YE ORDERS", "Received")


def test_the_languages_that_can_be_asked_for(place: Path) -> None:
    assert languages(place) == ("en", "pirate")
    assert languages()[0] == "en"


def test_a_finding_from_the_ledger_can_still_be_said_again(place: Path) -> None:
    stored = msgspec.json.decode(msgspec.json.encode(EMPTY), type=Finding)
    assert stored == EMPTY
    assert said(stored, "pirate", place).message == "orders.edi holds naught."


def test_a_finding_without_facts_or_of_an_unknown_code_is_said_as_it_is(place: Path) -> None:
    bare = Finding(code="file.empty", severity=Severity.ERROR, message="As it was.")
    assert said(bare, "pirate", place).message == "As it was."
    unknown = msgspec.structs.replace(bare, code="file.long_gone")
    assert said(unknown, "pirate", place).title == "file.long_gone"


def test_a_finding_keeps_the_facts_of_its_words_and_nothing_else() -> None:
    found = finding("partner.unknown", sender=PartyId("ZZ", "ACME"), segment="ISA", element=6, beside=1)
    assert found.facts == {"sender": "ZZ/ACME"}
    assert "facts" not in msgspec.to_builtins(finding("envelope.utf_16"))
