"""The forms that every signature stands on, pinned: they can never change."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.trail.leaf import leaf_of, moment
from gateway.trail.reading import READ, Rows, SetsTold
from gateway.trail.verify_pack import fields

AT = "2026-11-16T12:00:00.000000Z"
EVENT = (7, AT, "gateway", "file.received", "file 1", '{"channel":"acme","name":"ü.edi"}')


def test_a_leaf_is_a_zero_byte_and_six_lines() -> None:
    lines = f'7\n{AT}\ngateway\nfile.received\nfile 1\n{{"channel":"acme","name":"ü.edi"}}'
    assert leaf_of(*EVENT) == hashlib.sha256(b"\0" + lines.encode()).digest()
    assert leaf_of(*EVENT).hex() == "02004fc0ae5afa1eb9e0f577aaa0a3af36923c832054890e0620dc1eae9dc7e5"


@given(st.integers(0, 5), st.characters(codec="utf-8", exclude_characters="\n"))
def test_no_field_can_be_changed_without_the_leaf(place: int, other: str) -> None:
    fields = [str(field) for field in EVENT]
    fields[place] += other
    number, at, who, what, about, detail = fields
    changed = leaf_of(number, at, who, what, about, detail)  # type: ignore[arg-type]
    assert changed != leaf_of(*EVENT)


@pytest.mark.parametrize("place", range(2, 6))
def test_an_end_of_line_within_a_field_is_refused(place: int) -> None:
    fields = list(EVENT)
    fields[place] = f"{fields[place]}\n"
    number, at, who, what, about, detail = fields
    with pytest.raises(ValueError, match="end of line"):
        leaf_of(number, at, who, what, about, detail)  # type: ignore[arg-type]


def test_a_moment_is_written_in_utc_to_the_microsecond() -> None:
    assert moment(datetime(2026, 11, 16, 12, tzinfo=UTC)) == AT
    assert moment(datetime(2026, 11, 16, 6, tzinfo=timezone(timedelta(hours=-6)))) == AT


def told(*rows: tuple[str | int | bytes | None, ...]) -> str:
    made = Rows()
    for row in rows:
        made.add(*row)
    return made.sha256()


def test_each_field_is_its_length_and_its_text() -> None:
    lines = '1:02:ü-0:7:{"a":1}'.encode()
    assert told((0, "ü", None, "", b'{"a":1}')) == hashlib.sha256(lines).hexdigest()
    assert told((0, "ü", None, "", b'{"a":1}')) == "d89cc6afbcb04f783570bb2b279fb0c0546a7bc7428fdef71ce6cc6a2cf24316"
    assert fields(0, "ü", None, "", b'{"a":1}') == lines, "the program of a pack writes the same"


def test_no_two_rows_are_written_the_same() -> None:
    others = [("a", "b"), ("ab", ""), ("ab", None), ("1:a", "b"), ("a1:b",), ("a", "b", None), ()]
    assert len({told(other) for other in others}) == len(others)


def test_rows_go_on_from_where_others_began_and_leave_those_alone() -> None:
    begun = Rows()
    begun.add("a")
    more = Rows(begun)
    more.add("b")
    assert (begun.sha256(), more.sha256()) == (told(("a",)), told(("a",), ("b",)))


@pytest.mark.parametrize("column", READ)
def test_every_column_that_a_reading_fixes_counts(column: str) -> None:
    one, other = SetsTold(), SetsTold()
    one.read({})
    other.read({column: "x"})
    assert one.hashes()["sets"] != other.hashes()["sets"]
    assert one.hashes()["outcomes"] == other.hashes()["outcomes"]
