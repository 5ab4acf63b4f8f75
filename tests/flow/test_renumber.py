"""After a restore our control numbers leave out those that may have gone out since the backup."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.cli import main
from tests.passage.home import rows
from tests.passage.route import Passage
from tests.passage.x12 import orders


def test_a_restored_ledger_reuses_no_number_once_they_are_left_out(passage: Passage) -> None:
    passage.take(orders("PO-1"))
    backup = passage.home.ledger.with_suffix(".copy")
    with closing(sqlite3.connect(passage.home.ledger)) as running, closing(sqlite3.connect(backup)) as copy:
        running.backup(copy)
    passage.take(orders("PO-2", control=2), orders("PO-2", control=2, usage="T"))
    sent = {(one.usage, one.control) for one in passage.answers()}
    passage.close()
    for end in ("", "-wal", "-shm"):
        Path(f"{passage.home.ledger}{end}").unlink(missing_ok=True)
    backup.rename(passage.home.ledger)
    assert main(["renumber", "--home", str(passage.home.root), "--by", "1000"]) == 0
    passage.open(passage.books)
    passage.take(orders("PO-3", control=3), orders("PO-3", control=3, usage="T"))
    again = {(one.usage, one.control) for one in passage.answers()[1:]}
    assert len(again) == 2
    assert not again & sent
    assert passage.holds()


def test_it_is_an_event_and_wants_a_number_that_makes_sense(passage: Passage) -> None:
    passage.close()
    home = passage.home
    for by in ("0", "-1", "many", "9" * 5000):
        with pytest.raises(SystemExit):
            main(["renumber", "--home", str(home.root), f"--by={by}"])
    assert main(["renumber", "--home", str(home.root), "--by", "10000"]) == 0
    told = rows(home, "SELECT about, detail ->> 'last' FROM event WHERE what = 'numbers.left_out'")
    assert ("numbers ZZ/HEALTHSYS ZZ/NORTHCLINIC ISA P", 10_000) in told
