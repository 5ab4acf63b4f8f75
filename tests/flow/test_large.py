"""Large interchanges settle in parts, and a file that we fail on holds up no other."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.flow import file as reading
from gateway.flow.interpret import interpret
from gateway.flow.review import release
from gateway.flow.sets import PART, ManySets
from gateway.ledger.claim import claim_transmissions
from gateway.ledger.write import Tx
from tests.passage.route import Passage
from tests.passage.x12 import group, interchange, order, orders, segments

SETS = 1200


def large(control: int = 1, first: int = 1, count: int = SETS) -> bytes:
    numbers = range(first, first + count)
    return interchange(group(*(order(f"PO-{n}") for n in numbers), control=control), control=control)


def die_after(parts: int, passage: Passage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run until so many parts are written down, and end there as a killed process does."""
    keep, left = ManySets.keep, iter(range(parts))

    def keep_or_die(self: ManySets, tx: Tx, rows: list[Any]) -> None:
        if next(left, None) is None:
            raise SystemExit
        keep(self, tx, rows)

    with monkeypatch.context() as dying:
        dying.setattr(ManySets, "keep", keep_or_die)
        with pytest.raises(SystemExit):
            passage.run()


def assert_settled(passage: Passage, sets: int = SETS) -> None:
    assert passage.rows("SELECT state, count(*) FROM document GROUP BY state") == [("translated", sets)]
    assert len(passage.books.order) == len(passage.books.effects) == sets
    (said,) = passage.owed()
    assert sum(one[0] == "AK2" for one in segments(said)) == sets
    assert [one for one in segments(said) if one[0] == "AK9"] == [["AK9", "A", f"{sets}", f"{sets}", f"{sets}"]]
    assert passage.cases() == []
    assert passage.holds()


def test_a_large_interchange_becomes_one_answer_and_one_effect_for_each_set(passage: Passage) -> None:
    passage.take(large())
    assert_settled(passage)


def test_killed_between_its_parts_nothing_follows_and_the_next_attempt_starts_clean(
    passage: Passage, monkeypatch: pytest.MonkeyPatch
) -> None:
    passage.receive(large())
    die_after(2, passage, monkeypatch)
    assert passage.rows("SELECT state, count(*) FROM document GROUP BY state") == [("received", 2 * PART)]
    assert passage.rows("SELECT count(*) FROM delivery") == [(0,)]
    assert passage.holds()
    passage.died()
    passage.run()
    assert_settled(passage)


def test_a_released_one_that_is_killed_between_its_parts_stays_released(
    passage: Passage, monkeypatch: pytest.MonkeyPatch
) -> None:
    passage.take(orders("PO-0"))
    passage.take(large())
    assert passage.the_case().reason == "duplicate.control_number"
    release(passage.route, passage.asked(passage.the_case().id))
    die_after(1, passage, monkeypatch)
    passage.died()
    passage.run()
    assert passage.cases() == []
    assert len(passage.books.order) == SETS + 1
    assert passage.holds()


def test_a_large_interchange_is_left_alone_when_its_file_is_read_again_for_another(passage: Passage) -> None:
    passage.take(orders("PO-0", control=2))
    passage.take(large() + orders("PO-X", control=2))
    assert passage.the_case().reason == "duplicate.control_number"
    release(passage.route, passage.asked(passage.the_case().id))
    passage.run_for(minutes=10)
    assert passage.cases() == []
    assert passage.states("interchange") == ["translated"] * 3
    assert len(passage.books.order) == len(passage.books.effects) == SETS + 2
    assert passage.holds()


def test_a_large_interchange_that_comes_again_is_a_duplicate_and_its_sets_too(passage: Passage) -> None:
    passage.take(large(count=600))
    passage.take(large(count=600))
    passage.take(large(control=3, count=600))
    assert passage.states("interchange") == ["translated", "duplicate", "duplicate"]
    assert len(passage.books.order) == 600
    assert passage.owed()[0] == passage.owed()[1]
    assert passage.holds()


def test_a_key_taken_in_the_same_large_interchange_is_taken(passage: Passage) -> None:
    sets = [order(f"PO-{n % 700}") for n in range(SETS)]
    passage.take(interchange(group(*sets)))
    counted = dict(passage.rows("SELECT state, count(*) FROM document GROUP BY state"))
    assert counted == {"translated": 700, "duplicate": 500}
    assert len(passage.books.order) == 700


def failing_on(mark: bytes, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let reading fail on files that hold `mark`; how often it did."""
    failed: list[int] = []

    def fails(stream: Any, **how: Any) -> Iterator[Any]:  # noqa: ANN401 - as interpret has it
        if mark in stream.read():
            failed.append(1)
            raise ZeroDivisionError
        stream.seek(0)
        yield from interpret(stream, **how)

    monkeypatch.setattr(reading, "interpret", fails)
    return failed


def test_a_file_we_fail_on_three_times_is_put_aside_and_the_others_go_on(
    passage: Passage, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = failing_on(b"PO-BAD", monkeypatch)
    bad, *_ = passage.take(orders("PO-BAD"), orders("PO-1", control=2), orders("PO-2", control=3))
    assert len(passage.books.order) == 2
    passage.run_for(hours=1)
    assert len(failed) == 3
    case = passage.the_case()
    assert (case.reason, case.subject) == ("file.poison", f"file {bad}")
    assert passage.file(bad)[0] == "held"
    assert passage.holds()


def test_once_we_are_mended_it_is_released_and_goes_on(passage: Passage, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as failing:
        failing_on(b"PO-BAD", failing)
        passage.take(orders("PO-BAD"))
        passage.run_for(hours=1)
    release(passage.route, passage.asked(passage.the_case().id))
    passage.run()
    assert len(passage.books.order) == 1
    assert passage.cases() == []
    assert passage.holds()


def test_a_file_that_kills_us_three_times_is_put_aside_without_being_read_again(
    passage: Passage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = passage.receive(orders("PO-BAD"))
    for _ in range(3):
        with passage.ledger.write() as tx:
            assert [work.id for work in claim_transmissions(tx, "test", 64)] == [number]
        passage.died()
    failed = failing_on(b"PO-BAD", monkeypatch)
    passage.take(orders("PO-1", control=2))
    passage.run_for(hours=1)
    assert failed == []
    assert passage.the_case().reason == "file.poison"
    assert len(passage.books.order) == 1
