"""What an ERP may do to a delivery, with the real simulator and a clock that a test sets: one effect, or a case that says why not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.erp.http_json import HttpJson
from gateway.flow.review import reject, release
from gateway.lab.process import Simulator
from gateway.ports import Booked, Posting
from tests.passage.home import found_home
from tests.passage.route import Passage
from tests.passage.x12 import group, interchange, invoice, invoices, order, orders, shipment


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The ERP of this page; every test posts documents of its own."""
    with Simulator.start(tmp_path_factory.mktemp("lab") / "lab.db") as simulator:
        yield simulator


@pytest.fixture
def posting(tmp_path: Path, lab: Simulator) -> Iterator[Passage]:
    """A route that posts to the simulator, which is healthy."""
    lab.heal()
    with HttpJson("erp", lab.url, timeout=0.4) as erp:
        passage = Passage(found_home(tmp_path / "home"), erp)
        yield passage
        passage.close()


def effects_of(lab: Simulator, number: str) -> list[int]:
    """How often each effect of this document was posted."""
    return [effect["posts"] for effect in lab.effects() if f"|{number}|" in effect["business_key"]]


@pytest.mark.parametrize(
    ("fault", "how", "state", "posts"),
    [
        ("429", {"retry_after": 7}, "retry", 1),
        ("503", {"retry_after": 7}, "retry", 1),
        ("500", {}, "in_doubt", 1),
        ("drop_before_commit", {}, "in_doubt", 1),
        ("timeout_after_commit", {"seconds": 3}, "in_doubt", 1),
        ("slow", {"seconds": 0.7}, "in_doubt", 1),
        ("slow", {"seconds": 0.1}, "done", 1),
    ],
)
def test_after_a_fault_that_passes_there_is_one_effect(  # noqa: PLR0913 - a row of the table
    posting: Passage,
    lab: Simulator,
    fault: str,
    how: dict[str, float],
    state: str,
    posts: int,
    request: pytest.FixtureRequest,
) -> None:
    number = re.sub(r"\W", "", request.node.name)[-20:].upper()
    lab.fault(fault, count=1, **how)
    posting.take(orders(number))
    erp = "SELECT state, attempts FROM delivery WHERE kind = 'erp'"
    assert posting.rows(erp)[0][0] == state
    posting.run_for(minutes=3)
    assert posting.rows(erp)[0][0] == "done"
    assert effects_of(lab, number) == [posts]
    assert posting.cases() == []
    assert posting.holds()


def test_an_erp_that_says_when_is_not_asked_before(posting: Passage, lab: Simulator) -> None:
    lab.fault("429", count=1, retry_after=90)
    posting.take(orders("PO-WHEN"))
    posting.run_for(seconds=80)
    assert effects_of(lab, "PO-WHEN") == []
    posting.run_for(seconds=120)
    assert effects_of(lab, "PO-WHEN") == [1]


def test_what_it_booked_without_saying_so_is_looked_up_and_never_posted_again(posting: Passage, lab: Simulator) -> None:
    lab.fault("timeout_after_commit", count=1, seconds=3)
    posting.take(orders("PO-TIMEOUT"))
    assert posting.rows("SELECT state FROM delivery WHERE kind = 'erp'") == [("in_doubt",)]
    assert effects_of(lab, "PO-TIMEOUT") == [1]
    posting.run_for(minutes=1)
    (state, reference) = posting.rows("SELECT state, reference FROM delivery WHERE kind = 'erp'")[0]
    assert state == "done"
    assert reference in {effect["id"] for effect in lab.effects()}
    assert effects_of(lab, "PO-TIMEOUT") == [1]


@pytest.mark.parametrize(("fault", "reason"), [("refuse", "erp.refused"), ("duplicate", "erp.duplicate")])
def test_what_the_erp_will_not_have_is_a_case_in_words(
    posting: Passage, lab: Simulator, fault: str, reason: str
) -> None:
    number = f"PO-{fault.upper()}"
    lab.fault(fault, count=1)
    posting.take(orders(number))
    assert posting.rows("SELECT state FROM delivery WHERE kind = 'erp'") == [("dead",)]
    case = posting.the_case()
    assert (case.reason, case.partner, case.kind, case.number) == (reason, "northclinic", "850", number)
    assert case.fix
    assert {"refuse": "does not take", "duplicate": "TYPED-IN-000001"}[fault] in case.sentence
    assert [one.set_codes for one in posting.answers()] == [("A",)]  # the ERP's word never changes an acknowledgment
    assert effects_of(lab, number) == []
    assert posting.holds()


def test_a_refused_one_goes_on_under_its_key_when_released(posting: Passage, lab: Simulator) -> None:
    lab.fault("refuse", count=1)
    posting.take(orders("PO-RELEASE"))
    key = posting.rows("SELECT idempotency_key FROM delivery WHERE kind = 'erp'")
    release(posting.route, posting.asked(posting.the_case().id))
    posting.run()
    assert posting.rows("SELECT idempotency_key FROM delivery WHERE kind = 'erp'") == key
    assert effects_of(lab, "PO-RELEASE") == [1]
    assert posting.cases() == []
    assert posting.holds()


def test_a_refused_one_that_is_rejected_goes_nowhere(posting: Passage, lab: Simulator) -> None:
    lab.fault("refuse", count=1)
    posting.take(orders("PO-REJECT"))
    reject(posting.route, posting.asked(posting.the_case().id, reason="typed in by hand"))
    posting.run_for(hours=1)
    assert posting.rows("SELECT state FROM delivery WHERE kind = 'erp'") == [("cancelled",)]
    assert effects_of(lab, "PO-REJECT") == []
    assert posting.holds()


def test_what_does_not_get_through_in_its_time_is_given_up_and_goes_on_after_a_look_up(passage: Passage) -> None:
    passage.books.troubles = ["later"] * 5000
    passage.take(orders("PO-1"))
    (key,) = passage.books.posts
    passage.run_for(hours=25)
    case = passage.the_case()
    assert (case.reason, case.number) == ("delivery.gave_up", "PO-1")
    assert "PO-1" in case.sentence
    assert passage.rows("SELECT state FROM delivery WHERE kind = 'erp'") == [("dead",)]
    passage.books.troubles.clear()
    release(passage.route, passage.asked(case.id))
    passage.run()
    assert passage.books.looked_up[key] == 1
    assert list(passage.books.effects) == [key]
    assert passage.cases() == []
    assert passage.holds()


def test_an_effect_that_got_through_before_it_was_given_up_is_found_and_not_made_twice(passage: Passage) -> None:
    passage.books.troubles = ["booked, not said"]
    passage.take(orders("PO-1"))
    passage.books.troubles = ["later"] * 5000
    passage.books.forgets = True  # a look-up finds nothing while its database is restored
    passage.run_for(hours=25)
    assert passage.the_case().reason == "delivery.gave_up"
    passage.books.forgets = False
    posts = passage.books.posts.copy()
    release(passage.route, passage.asked(passage.the_case().id))
    passage.run()
    assert passage.books.posts == posts
    assert passage.rows("SELECT state FROM delivery WHERE kind = 'erp'") == [("done",)]
    assert len(passage.books.order) == 1


def one_case_in_all(passage: Passage) -> bool:
    return [case.reason for case in passage.cases()] == ["target.down"]


@pytest.mark.parametrize("count", [300, pytest.param(5000, marks=pytest.mark.all)])
def test_while_the_erp_is_down_everything_waits_for_free_under_one_case(passage: Passage, count: int) -> None:
    passage.books.down = True
    content = [
        interchange(group(*(order(f"PO-{n}") for n in range(first, first + 100)), control=first), control=first)
        for first in range(1, count, 100)
    ]
    passage.take(*content)
    waiting = "SELECT count(*), max(attempts) FROM delivery WHERE kind = 'erp' AND state IN ('ready', 'retry')"
    assert passage.rows(waiting) == [(count, 0)]
    assert one_case_in_all(passage)
    passage.run_for(hours=30)  # longer than the budget of 24 hours
    assert passage.rows(waiting) == [(count, 0)]
    assert one_case_in_all(passage)
    passage.books.down = False
    passage.run_for(minutes=5)
    assert passage.rows("SELECT DISTINCT state FROM delivery") == [("done",)]
    assert len(passage.books.order) == len(passage.books.effects) == count
    assert set(passage.books.posts.values()) == {1}
    assert passage.cases() == []
    closed = "SELECT count(*) FROM \"case\" WHERE reason = 'target.down' AND state = 'resolved'"
    assert passage.rows(closed) == [(1,)]
    assert passage.holds()


def test_unknown_outcomes_in_a_row_mean_the_target_and_not_the_documents(passage: Passage) -> None:
    passage.books.troubles = ["lost"] * 40
    for n in range(1, 7):
        passage.take(orders(f"PO-{n}", control=n))
    assert [case.reason for case in passage.cases()] == ["target.down"]
    passage.books.troubles.clear()
    passage.run_for(minutes=10)
    assert passage.cases() == []
    assert len(passage.books.order) == 6
    assert set(passage.books.looked_up) <= set(passage.books.posts)


def test_a_document_that_waits_for_its_next_try_keeps_its_time_through_an_outage(passage: Passage) -> None:
    passage.books.troubles = ["later"]
    passage.take(orders("PO-1"))
    (before,) = passage.rows("SELECT give_up_at FROM delivery WHERE kind = 'erp'")
    assert before != (None,)
    passage.books.down = True
    passage.run_for(hours=40)
    passage.books.down = False
    passage.run_for(minutes=3)
    assert passage.rows("SELECT state FROM delivery WHERE kind = 'erp'") == [("done",)]


def purchase_orders(passage: Passage) -> list[str]:
    """The kind and number of what the ERP has, in the order in which it got it."""
    return [posting.business_key.split("|")[2] for posting in passage.books.order]


def test_a_stuck_head_blocks_only_its_own_purchase_order(passage: Passage) -> None:
    passage.books.troubles = ["refused"]
    passage.take(invoices(invoice("I-1", of="A")), channel="acme")
    passage.take(invoices(invoice("I-2", of="A"), control=2), channel="acme")
    passage.take(invoices(invoice("I-3", of="B"), control=3), channel="acme")
    assert purchase_orders(passage) == ["I-3"]
    release(passage.route, passage.asked(passage.the_case().id))
    passage.run()
    assert purchase_orders(passage) == ["I-3", "I-1", "I-2"]


def test_a_shipment_of_several_orders_waits_for_all_of_them(passage: Passage) -> None:
    passage.books.troubles = ["refused", "refused"]
    passage.take(invoices(invoice("I-1", of="A")), channel="acme")
    passage.take(invoices(invoice("I-2", of="B"), control=2), channel="acme")
    passage.take(invoices(shipment("S-1", "A", "B", "C"), control=3), channel="acme")
    passage.take(invoices(invoice("I-3", of="C"), control=4), channel="acme")
    assert purchase_orders(passage) == []
    one, two = passage.cases()
    release(passage.route, passage.asked(one.id))
    passage.run()
    assert purchase_orders(passage) == ["I-1"]
    reject(passage.route, passage.asked(two.id, reason="cancelled by phone"))
    passage.run()
    assert purchase_orders(passage) == ["I-1", "S-1", "I-3"]
    assert passage.holds()


class Broken:
    """An ERP adapter with a fault of ours in it."""

    def submit(self, posting: Posting) -> Booked:
        raise ZeroDivisionError(posting.key)

    find = submit


def test_a_fault_of_ours_while_posting_does_not_leave_a_delivery_in_flight(passage: Passage) -> None:
    passage.close()
    passage.open(Broken())
    passage.take(orders("PO-1"))
    assert passage.rows("SELECT state FROM delivery WHERE kind = 'erp'") == [("in_doubt",)]
    passage.close()
    passage.open(passage.books)
    passage.run_for(hours=1)
    assert passage.rows("SELECT state FROM delivery WHERE kind = 'erp'") == [("done",)]
