"""The window of `gateway run`: what is taken is said at once, also while its ERP is down, and again when it went through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.terminal.narrate import Narrator
from tests.passage.home import found_home
from tests.passage.route import Passage
from tests.passage.x12 import group, interchange, invoice, invoices, order, orders


class Window:
    """A route with a narrator over it, and what it said."""

    def __init__(self, home: Path) -> None:
        self.passage = Passage(found_home(home))
        self.said: list[str] = []
        self.narrator = Narrator(self.passage.ledger, self.said.append)

    def take(self, *contents: bytes, channel: str = "northclinic", name: str = "orders.edi") -> list[str]:
        """These files come; what is said then."""
        self.passage.take(*contents, channel=channel, name=name)
        return self.look()

    def look(self) -> list[str]:
        """What is new."""
        before = len(self.said)
        self.narrator.tell()
        return self.said[before:]


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    opened = Window(tmp_path / "home")
    yield opened
    opened.passage.close()


def test_a_file_that_waits_for_an_erp_is_told_as_accepted_and_again_when_it_went_through(window: Window) -> None:
    window.passage.books.down = True
    said = window.take(orders("PO-1"))
    assert said[0].startswith("! erp does not answer: ")
    assert "+ accepted  northclinic  orders.edi" in said
    assert "    850 PO-1 -> erp does not answer, so it waits" in said
    window.passage.books.down = False
    window.passage.clock.go(minutes=5)
    window.passage.run()
    said = window.look()
    assert said[0].startswith("> erp answers again")
    assert said[1] == "> orders.edi, which waited:"
    assert said[2].startswith("    850 PO-1 -> erp ")
    assert "waits" not in said[2]


def test_many_files_that_wait_for_an_erp_are_a_few_lines(window: Window) -> None:
    window.passage.books.down = True
    window.take(*(orders(f"PO-{n}", control=n) for n in range(1, 41)))
    assert window.narrator.told == 40
    assert window.narrator.waiting == 0
    assert sum(line.startswith("+ accepted  northclinic") for line in window.said) == 5
    assert "+ accepted  35 more files; their documents wait too" in window.said
    window.passage.books.down = False
    window.passage.clock.go(minutes=5)
    window.passage.run()
    assert window.look()[-1] == "> 40 files that waited are with their ERP now"
    assert window.narrator.sum_up() == "40 accepted, 0 rejected, 0 held"


def test_a_window_that_is_opened_during_an_outage_tells_its_end(window: Window) -> None:
    window.passage.books.down = True
    window.take(orders("PO-1"))
    window.narrator = Narrator(window.passage.ledger, window.said.append)
    window.passage.books.down = False
    window.passage.clock.go(minutes=5)
    window.passage.run()
    assert window.look()[:2] == ["> erp answers again: what waited for it goes now.", "> orders.edi, which waited:"]


def test_what_an_erp_refuses_after_the_wait_is_told_with_its_case(window: Window) -> None:
    window.passage.books.down = True
    window.take(orders("PO-1"))
    window.passage.books.down = False
    window.passage.books.troubles = ["refused"]
    window.passage.clock.go(minutes=5)
    window.passage.run()
    said = window.look()
    assert "    850 PO-1 -> erp dead" in said
    assert said[-1].startswith("    case ")


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (orders("PO-1"), "accepted"),
        (orders("PO-1", control=1) + b"RUBBISH" + orders("PO-2", control=2), "partial"),
        (interchange(group(order("PO-1"), order("PO-2", quantity="1O"))), "partial"),
        (interchange(group(order("PO-1"), order("PO-1", quantity="7"))), "partial"),
        (interchange(group(order("PO-1", quantity="1O"))), "rejected"),
    ],
)
def test_the_outcome_is_the_word_that_a_dry_run_says(window: Window, content: bytes, outcome: str) -> None:
    assert window.take(content)[0].split()[1] == outcome


def test_an_endless_number_is_cut(window: Window) -> None:
    said = window.take(invoices(invoice("9" * 3000)), channel="acme", name="bill.edi")
    assert max(map(len, said)) < 400


def test_a_file_with_many_cases_shows_the_first(window: Window) -> None:
    said = window.take(interchange(group(*(order(f"PO-{n}", quantity="1O") for n in range(9)))))
    assert sum(line.startswith("    case ") for line in said) == 5
    assert said[-1] == "    ... and 4 more cases (`gateway queue`)"
