"""The balance proves something: take one row away behind the gateway's back, and it says so."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite as sqlite_dialect

from gateway.flow.cases import open_case
from gateway.ledger.balance import _files_received, _owed, _sets_read, balance
from gateway.settings import Home
from gateway.terminal.look import balances, queue
from tests.passage.home import found_home
from tests.passage.route import Passage
from tests.passage.table import bill, table
from tests.passage.x12 import ACME, accepted, group, interchange, invoice, invoices, order, orders

TAMPERING = {
    "a file's first event": "DELETE FROM event WHERE what = 'file.received' AND about = 'file 1'",
    "a file": "DELETE FROM transmission WHERE id = 1",
    "a document": "DELETE FROM document WHERE state = 'translated' LIMIT 1",
    "a rejected document": "DELETE FROM document WHERE state = 'rejected'",
    "a held document": "DELETE FROM document WHERE state = 'held'",
    "a group": "DELETE FROM functional_group WHERE functional_id = 'FA'",
    "a delivery": "DELETE FROM delivery WHERE kind = 'erp' LIMIT 1",
    "an acknowledgment": "DELETE FROM delivery WHERE kind = 'acknowledgment' LIMIT 1",
    "a debt's first event": "DELETE FROM event WHERE what = 'delivery.owed' LIMIT 1",
    "a count": "UPDATE functional_group SET counted = counted + 1 WHERE functional_id = 'IN'",
}


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with something of every outcome in it."""
    passage = Passage(found_home(tmp_path_factory.mktemp("balance") / "home"))
    passage.take(orders("PO-1", "PO-2"), orders("PO-1", control=2), orders("PO-9", control=1))
    passage.take(interchange(group(order("PO-3"), order("PO-4", quantity="1O")), control=4))
    passage.take(interchange(group(accepted()), sender=ACME), channel="acme")
    passage.take(invoices(invoice("I-1"), control=2), invoices(invoice("I-1", quantity=7), control=3), channel="acme")
    passage.take(b"no X12", b"")
    passage.books.down = True
    passage.take(orders("PO-5", control=5))
    passage.close()
    return passage.home


def test_sets_and_tables_of_one_kind_are_counted_under_one_name(tmp_path: Path) -> None:
    passage = Passage(found_home(tmp_path / "home"))
    passage.take(interchange(group(accepted()), sender=ACME), channel="acme")
    passage.take(invoices(invoice("I-1"), control=2), channel="acme")
    passage.take(orders("PO-1"))
    passage.take(table(bill("B-1", "3")), channel="bolt")
    with passage.ledger.read() as snapshot:
        lines = [line for line in balance(snapshot) if line.what == "sets"]
    assert [(line.partner, line.kind, line.total, line.holds) for line in lines] == [
        ("acme", "810", 1, True),
        ("acme", "997/999", 1, True),
        ("bolt", "810", 1, True),
        ("northclinic", "850", 1, True),
    ]
    passage.close()


@pytest.fixture
def copy(settled: Home, tmp_path: Path) -> Home:
    """The same, to be tampered with."""
    home = Home(tmp_path / "home")
    home.var.mkdir(parents=True)
    shutil.copy(settled.ledger, home.ledger)
    return home


def test_it_holds_with_something_of_every_outcome(copy: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert balances(copy, as_json=False) == 0
    assert "DOES NOT HOLD" not in capsys.readouterr().out


@pytest.mark.parametrize("row", TAMPERING)
def test_it_does_not_hold_without(copy: Home, row: str, capsys: pytest.CaptureFixture[str]) -> None:
    # This SQLite may lack DELETE .. LIMIT.
    statement, _, limit = TAMPERING[row].partition(" LIMIT ")
    if limit:
        table = statement.split()[2]
        statement = f"DELETE FROM {table} WHERE id = (SELECT min(id) {statement.removeprefix('DELETE')})"  # noqa: S608 - as above
    with closing(sqlite3.connect(copy.ledger)) as by_hand:
        assert by_hand.execute(statement).rowcount >= 1
        by_hand.commit()
    assert balances(copy, as_json=False) == 1
    assert "DOES NOT HOLD" in capsys.readouterr().out


@pytest.mark.parametrize("state", ["held", "duplicate", "translated"])
def test_it_does_not_hold_without_an_interchange_however_thoroughly_it_was_removed(
    copy: Home, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(copy.ledger)) as by_hand:
        (gone,) = by_hand.execute("SELECT max(id) FROM interchange WHERE state = ?", (state,)).fetchone()
        for (about,) in by_hand.execute("SELECT 'delivery ' || id FROM delivery WHERE interchange_id = ?", (gone,)):
            by_hand.execute("DELETE FROM event WHERE about = ?", (about,))
        for table in ("finding", "delivery", "document", "functional_group"):
            by_hand.execute(f"DELETE FROM {table} WHERE interchange_id = ?", (gone,))  # noqa: S608 - a word of ours
        assert by_hand.execute("DELETE FROM interchange WHERE id = ?", (gone,)).rowcount == 1
        by_hand.commit()
    assert balances(copy, as_json=False) == 1
    assert "DOES NOT HOLD" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("began", "table"), [(_files_received, "transmission"), (_owed, "delivery"), (_sets_read, "interchange")]
)
def test_the_balance_finds_what_an_event_is_about_by_its_key(
    settled: Home, began: Callable[[], Select[Any]], table: str
) -> None:
    """A scan for every event made it quadratic: minutes for 50,000 deliveries."""
    query = began().compile(dialect=sqlite_dialect.dialect(), compile_kwargs={"literal_binds": True})
    with closing(sqlite3.connect(settled.ledger)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    assert any(f"SEARCH {table} USING INTEGER PRIMARY KEY" in str(step) for step in plan)


def test_the_queue_has_every_case_however_many_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    passage = Passage(found_home(tmp_path / "home"))
    with passage.route.ledger.write() as tx:
        for number in range(1_001):
            open_case(tx, "target.down", f"target {number}", facts={"target": str(number), "why": "it is a test"})
    assert queue(passage.home, as_json=True) == 0
    assert len(json.loads(capsys.readouterr().out)["cases"]) == 1_001
