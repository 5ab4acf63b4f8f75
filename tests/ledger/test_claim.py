"""Claiming: no row twice, no lane out of order, and what a dead process held is free again."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from gateway.ledger import tables
from gateway.ledger.claim import LEASE, claim_deliveries, claim_transmissions, expire_claims, release_claims
from gateway.ledger.schema import bring_up_to_date
from gateway.ledger.states import Delivering, Processing
from gateway.ledger.write import Ledger

START = datetime(2026, 11, 16, 12, tzinfo=UTC)


class Shelf:
    """A ledger with deliveries and files in it, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        url = f"sqlite:///{folder / 'ledger.db'}"
        bring_up_to_date(url)
        self.ledger = Ledger(url, lambda: self.now)

    def deliveries(self, *lanes: str, target: str = "erp", state: Delivering = Delivering.READY) -> list[int]:
        """One delivery for each word; "A B" stands in the lanes A and B."""
        with self.ledger.write() as tx:
            numbers = []
            for words in lanes:
                row = {"kind": "erp", "target": target, "created_at": START, "due_at": START, "state": str(state)}
                number = tx.insert(tables.delivery, **row)
                for name in words.split():
                    tx.insert(tables.lane, name=name, delivery_id=number)
                numbers.append(number)
        return numbers

    def files(self, count: int) -> list[int]:
        """So many files, received and not read."""
        with self.ledger.write() as tx:
            tx.insert(tables.blob, sha256="0", size=0, kept_at=START)
            row = {"direction": "in", "channel": "acme", "name": "", "sha256": "0", "size": 0}
            times = {"received_at": START, "due_at": START}
            return [
                tx.insert(tables.transmission, source_key=f"{n}", state=str(Processing.RECEIVED), **row, **times)
                for n in range(count)
            ]

    def claim(self, n: int = 64, target: str = "erp") -> list[int]:
        with self.ledger.write() as tx:
            return [work.id for work in claim_deliveries(tx, "test", target, n)]

    def claim_files(self, n: int = 64, owner: str = "test") -> list[int]:
        with self.ledger.write() as tx:
            return [work.id for work in claim_transmissions(tx, owner, n)]

    def finish(self, *numbers: int) -> None:
        with self.ledger.write() as tx:
            for number in numbers:
                tx.move(tables.delivery, number, Delivering.DONE)
                tx.execute(tables.lane.delete().where(tables.lane.c.delivery_id == number))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.ledger.close()


def test_no_row_is_claimed_twice_however_many_claim_at_once(shelf: Shelf) -> None:
    debts, files = shelf.deliveries(*[""] * 300), shelf.files(200)
    claimed: list[int] = []
    read: list[int] = []

    def work() -> None:
        while (some := shelf.claim(7)) or (more := shelf.claim_files(5)):
            claimed.extend(some)
            if not some:
                read.extend(more)

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == debts
    assert sorted(read) == files


def test_the_oldest_due_come_first_and_never_more_than_asked(shelf: Shelf) -> None:
    debts = shelf.deliveries(*[""] * 10)
    assert shelf.claim(4) == debts[:4]
    assert shelf.claim(0) == []
    assert shelf.claim(target="another") == []
    assert shelf.claim() == debts[4:]


def test_of_a_lane_only_the_head_may_go(shelf: Shelf) -> None:
    first, second, alone = shelf.deliveries("A", "A", "B")
    assert shelf.claim() == [first, alone]
    assert shelf.claim() == []  # the head is in flight: those behind it wait
    shelf.finish(first)
    assert shelf.claim() == [second]


@pytest.mark.parametrize("stuck", [Delivering.DEAD, Delivering.IN_FLIGHT, Delivering.PROVISIONAL])
def test_a_head_that_cannot_go_blocks_its_own_lane_alone(shelf: Shelf, stuck: Delivering) -> None:
    shelf.deliveries("A", state=stuck)
    _, other = shelf.deliveries("A", "B")
    assert shelf.claim() == [other]


def test_what_stands_in_several_lanes_waits_for_the_heads_of_all(shelf: Shelf) -> None:
    a, b, both, behind, free = shelf.deliveries("A", "B", "A B C", "C", "D")
    assert shelf.claim() == [a, b, free]
    shelf.finish(a)
    assert shelf.claim() == []
    shelf.finish(b)
    assert shelf.claim() == [both]
    shelf.finish(both)
    assert shelf.claim() == [behind]


def test_a_lane_is_kept_in_one_batch_too(shelf: Shelf) -> None:
    shelf.deliveries(*["A"] * 5)
    assert len(shelf.claim(64)) == 1


def test_what_is_not_due_yet_is_left(shelf: Shelf) -> None:
    (number,) = shelf.deliveries("")
    shelf.now = START - timedelta(seconds=1)
    assert shelf.claim() == []
    shelf.now = START
    assert shelf.claim() == [number]


def test_what_a_dead_process_had_in_flight_is_in_doubt(shelf: Shelf) -> None:
    numbers = shelf.deliveries("", "")
    shelf.claim()
    with shelf.ledger.write() as tx:
        release_claims(tx)
        works = claim_deliveries(tx, "next", "erp", 64)
    assert [(work.id, work.doubtful, work.attempts) for work in works] == [(number, True, 2) for number in numbers]


def test_a_file_that_was_tried_comes_alone_so_that_it_takes_no_other_along(shelf: Shelf) -> None:
    numbers = shelf.files(4)
    assert shelf.claim_files(2) == numbers[:2]
    with shelf.ledger.write() as tx:
        release_claims(tx)
    batches = [shelf.claim_files() for _ in range(3)]
    assert sorted(batches) == [numbers[:1], numbers[1:2], numbers[2:]]


def test_killed_at_every_start_we_do_not_blame_the_same_file_each_time(shelf: Shelf) -> None:
    numbers = shelf.files(3)
    claimed = []
    for _ in range(4):
        claimed.append(shelf.claim_files())
        with shelf.ledger.write() as tx:
            release_claims(tx)
    assert claimed == [numbers, *([number] for number in numbers)]


def test_a_claim_that_was_forgotten_ends_with_its_lease(shelf: Shelf) -> None:
    (number,) = shelf.files(1)
    assert shelf.claim_files() == [number]
    assert shelf.claim_files(owner="another") == []
    shelf.now = START + LEASE + timedelta(seconds=1)
    assert shelf.claim_files(owner="another") == [number]


def test_a_delivery_whose_outcome_could_not_be_written_down_is_in_doubt_after_its_lease(shelf: Shelf) -> None:
    (number,) = shelf.deliveries("")
    assert shelf.claim() == [number]
    shelf.now = START + LEASE - timedelta(seconds=1)
    with shelf.ledger.write() as tx:
        assert expire_claims(tx) == 0
    shelf.now = START + LEASE + timedelta(seconds=1)
    with shelf.ledger.write() as tx:
        assert expire_claims(tx) == 1
        (work,) = claim_deliveries(tx, "test", "erp", 64)
    assert (work.id, work.doubtful) == (number, True)


def test_only_its_own_claims_are_given_back_by_who_stops(shelf: Shelf) -> None:
    numbers = shelf.files(2)
    assert shelf.claim_files(1, owner="one") == numbers[:1]
    assert shelf.claim_files(1, owner="two") == numbers[1:]
    with shelf.ledger.write() as tx:
        release_claims(tx, "one")
    assert Counter(shelf.claim_files(owner="three")) == Counter(numbers[:1])
