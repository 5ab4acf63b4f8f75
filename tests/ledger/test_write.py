"""The one door for writes: all or nothing, no id twice, no state that the table does not allow."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from gateway.ledger import states, tables
from gateway.ledger.schema import bring_up_to_date
from gateway.ledger.states import CaseState, Delivering, Processing
from gateway.ledger.write import Fenced, Ledger, Tx
from gateway.model.outcomes import Refused

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    at = f"sqlite:///{tmp_path / 'ledger.db'}"
    bring_up_to_date(at)
    return at


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    opened = Ledger(url, lambda: NOW)
    yield opened
    opened.close()


def add(tx: Tx, table: str, state: str, **more: Any) -> int:  # noqa: ANN401 - columns
    """A row in this state, with as little else as there must be."""
    rows: dict[str, dict[str, Any]] = {
        "delivery": {"kind": "erp", "target": "erp", "created_at": NOW, "due_at": NOW},
        "case": {"subject": "file 1", "reason": "file.empty", "sentence": "", "owner": "us", "opened_at": NOW},
        "transmission": {
            "direction": "in",
            "channel": "acme",
            "source_key": f"{tx.new_id(tables.event)}",
            "name": "",
            "sha256": "0",
            "size": 0,
            "received_at": NOW,
            "due_at": NOW,
        },
    }
    return tx.insert(tables.metadata.tables[table], state=str(state), **rows[table] | more)


@contextmanager
def broken_off(ledger: Ledger) -> Iterator[Tx]:
    """A transaction that fails when everything in it is said."""
    with pytest.raises(ZeroDivisionError), ledger.write() as tx:  # noqa: PT012 - what fails is the transaction
        yield tx
        raise ZeroDivisionError


def count(ledger: Ledger, table: str) -> int:
    with ledger.read() as snapshot:
        return int(snapshot.execute(select(func.count()).select_from(tables.metadata.tables[table])).scalar_one())


def test_a_transaction_that_fails_leaves_nothing(ledger: Ledger) -> None:
    with broken_off(ledger) as tx:
        add(tx, "case", CaseState.OPEN)
        tx.event("gateway", "something", "file 1")
        tx.next_control("us", "them", "ISA", "P")
        tx.flush()
    assert [count(ledger, name) for name in ("case", "event", "control_next")] == [0, 0, 0]


def test_a_row_that_refers_to_nothing_is_refused_at_the_commit(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError), ledger.write() as tx:
        add(tx, "delivery", Delivering.READY, document_id=4711)
    assert count(ledger, "delivery") == 0


def test_a_control_number_of_a_failed_transaction_is_given_again(ledger: Ledger) -> None:
    def next_number() -> int:
        with ledger.write() as tx:
            return tx.next_control("us", "them", "ISA", "P")

    first = next_number()
    with broken_off(ledger) as tx:
        tx.next_control("us", "them", "ISA", "P", 5)
    assert (first, next_number(), next_number()) == (1, 2, 3)


@pytest.mark.parametrize("other", [("we", "them", "ISA", "P"), ("us", "they", "ISA", "P"), ("us", "them", "GS", "P")])
def test_control_numbers_count_for_each_pair_level_and_usage(ledger: Ledger, other: tuple[str, str, str, str]) -> None:
    with ledger.write() as tx:
        assert tx.next_control("us", "them", "ISA", "P", 3) == 1
        assert tx.next_control("us", "them", "ISA", "T") == 1
        assert tx.next_control(*other) == 1
        assert tx.next_control("us", "them", "ISA", "P") == 4


def test_no_id_is_given_twice_after_a_rollback_or_a_restart(ledger: Ledger, url: str) -> None:
    def add_cases(into: Ledger, how_many: int) -> None:
        with into.write() as tx:
            for _ in range(how_many):
                add(tx, "case", CaseState.OPEN)
                tx.event("gateway", "something", "file 1")

    add_cases(ledger, 3)
    with broken_off(ledger) as tx:
        for _ in range(700):
            add(tx, "case", CaseState.OPEN)
            tx.event("gateway", "something", "file 1")
    add_cases(ledger, 3)
    ledger.close()
    again = Ledger(url, lambda: NOW)
    add_cases(again, 600)  # an id given twice would break the primary key
    assert count(again, "case") == count(again, "event") == 606
    again.close()


def test_ids_asked_for_ahead_are_not_given_to_others(ledger: Ledger) -> None:
    ahead = [ledger.new_id(tables.case) for _ in range(5)]
    with broken_off(ledger) as tx:
        add(tx, "case", CaseState.OPEN)
    with ledger.write() as tx:
        others = [add(tx, "case", CaseState.OPEN) for _ in range(5)]
        for number in ahead:
            add(tx, "case", CaseState.OPEN, id=number)
    assert not set(ahead) & set(others)


def test_ids_from_several_threads_are_all_different(ledger: Ledger) -> None:
    given: list[int] = []

    def take() -> None:
        for _ in range(300):
            given.append(ledger.new_id(tables.event))
            if len(given) % 50 == 0:
                with ledger.write() as tx:
                    given.append(tx.new_id(tables.event))

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == len(set(given)) >= 1200


TRANSITIONS: dict[str, Mapping[Any, Any]] = {
    "transmission": states.PROCESSING,
    "delivery": states.DELIVERING,
    "case": states.CASES,
}
MOVES = [
    (table, old, new, new in allowed[old])
    for table, allowed in TRANSITIONS.items()
    for old, new in product(allowed, allowed)
]


def test_a_state_changes_only_as_the_table_lists_it(ledger: Ledger) -> None:
    with ledger.write() as tx:
        tx.insert(tables.blob, sha256="0", size=0, kept_at=NOW)
        keys = [add(tx, table, old) for table, old, _, _ in MOVES]
    moved = []
    for (table, _, new, _), key in zip(MOVES, keys, strict=True):
        try:
            with ledger.write() as tx:
                tx.move(tables.metadata.tables[table], key, new)
        except Fenced:
            moved.append(False)
        else:
            moved.append(True)
    assert moved == [allowed for _, _, _, allowed in MOVES]


def test_a_forbidden_move_undoes_the_rest_of_its_transaction(ledger: Ledger) -> None:
    with ledger.write() as tx:
        done, ready = add(tx, "delivery", Delivering.DONE), add(tx, "delivery", Delivering.READY)
    with pytest.raises(Fenced), ledger.write() as tx:
        tx.move_all(tables.delivery, [{"key": ready}, {"key": done}], Delivering.IN_FLIGHT)
    with ledger.read() as snapshot:
        found = snapshot.execute(select(tables.delivery.c.state).order_by(tables.delivery.c.id)).scalars()
        assert list(found) == ["done", "ready"]


def test_who_lost_its_claim_cannot_write(ledger: Ledger) -> None:
    with ledger.write() as tx:
        tx.insert(tables.blob, sha256="0", size=0, kept_at=NOW)
        key = add(tx, "transmission", Processing.RECEIVED, token=2)
    with pytest.raises(Fenced), ledger.write() as tx:
        tx.move(tables.transmission, key, Processing.TRANSLATED, token=1)
    with ledger.write() as tx:
        tx.move(tables.transmission, key, Processing.TRANSLATED, token=2)


def test_what_is_committed_is_on_stable_storage(ledger: Ledger) -> None:
    with ledger.write() as tx:
        settings = [
            tx.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("synchronous", "journal_mode", "foreign_keys")
        ]
    assert settings == [2, "wal", 1]


def test_a_reader_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(Refused, match="readonly"), ledger.read() as snapshot:
        snapshot.exec_driver_sql("DELETE FROM event")


def test_a_reader_sees_one_moment_however_long_it_reads(ledger: Ledger) -> None:
    with ledger.write() as tx:
        tx.event("gateway", "something", "file 1")
    with ledger.read() as snapshot:
        assert snapshot.execute(select(func.count()).select_from(tables.event)).scalar_one() == 1
        with ledger.write() as tx:
            tx.event("gateway", "something", "file 2")
        assert snapshot.execute(select(func.count()).select_from(tables.event)).scalar_one() == 1
    assert count(ledger, "event") == 2
