from __future__ import annotations

from pathlib import Path

import pytest

from gateway.terminal.mask import FREE_TEXT, is_free_text
from gateway.x12.charset import printable
from gateway.x12.maps import Maps
from tests.terminal.files import order, x12
from tests.terminal.told import told

LONG_NAME = "North Clinic Main Street " * 3
# The data elements in which people write what they like: names, addresses, numbers to call, free text, accounts.
WRITTEN_BY_PEOPLE = {"93", "166", "19", "116", "364", "443", "933", "3", "352", "369", "79", "1551", "508", "61"}


def test_names_are_hidden_unless_asked_for(tmp_path: Path) -> None:
    content = x12(order(name=LONG_NAME))
    hidden, shown = "\n".join(told(tmp_path, content)), "\n".join(told(tmp_path, content, show=True))
    assert "N1*ST*•••*92*NC-1" in hidden
    assert "North Clinic" not in hidden
    assert "North Clinic" in shown


def test_a_value_that_the_acknowledgment_says_back_is_hidden_too(tmp_path: Path) -> None:
    content = x12([*order()[:1], ("N1", "ST", "X\x01Y" * 5, "92", "NC-1"), *order()[2:]])
    assert any("AK4*2*93*6" in line for line in told(tmp_path, content))
    body = x12([*order()[:1], ("N1", "ST", "Main Street " * 7, "92", "NC-1"), *order()[2:]])
    answered = [line.strip() for line in told(tmp_path, body) if line.strip().startswith("AK4*")]
    assert answered == ["AK4*2*93*5*•••~"]
    shown = [line.strip() for line in told(tmp_path, body, show=True) if line.strip().startswith("AK4*")]
    assert "Main Street" in shown[0]


def test_codes_and_numbers_are_shown(tmp_path: Path) -> None:
    assert "PO1*1*1O*EA*2.50*PE*VP*TRY-01" in "\n".join(told(tmp_path, x12(order(quantity="1O"))))


def test_of_a_segment_that_nobody_knows_only_the_name_is_shown(tmp_path: Path) -> None:
    text = "\n".join(told(tmp_path, x12([*order()[:2], ("ZZZ", "12 Main Street"), *order()[2:]])))
    assert "ZZZ*•••" in text
    assert "Main Street" not in text


def test_every_place_where_people_write_is_hidden() -> None:
    maps = Maps()
    places = {
        (node.id, place)
        for release in maps.releases
        for kind in maps.sets_of(release)
        for found in [maps.get(kind, release)]
        for node in (found.nodes() if found else ())
        for place, element in enumerate(node.rule.elements, 1)
        if {element.number, *(part.number for part in element.components)} & WRITTEN_BY_PEOPLE
    }
    assert len(places) > len(FREE_TEXT) // 2
    assert [place for place in sorted(places) if not is_free_text(*place)] == []


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b31m", "\u202egnp.exe", "a\nb", "\x07"])
def test_nothing_of_a_file_can_steer_the_terminal(tmp_path: Path, text: str) -> None:
    assert printable(text).isprintable()
    sent = text.encode("utf-8").decode("latin-1")
    lines = told(tmp_path, x12([*order()[:2], ("PO1", "1", sent, "EA"), ("CTT", "1")]), show=True)
    assert [line for line in lines if not line.isprintable()] == []
