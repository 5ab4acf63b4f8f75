"""A person's verbs, through the daemon and without one: done once, audited, refused where they would undo an answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.control import Request, ask
from gateway.erp.http_json import HttpJson
from gateway.flow.review import reject, release, reopen, replay
from gateway.flow.targets import failed
from gateway.lab.process import Simulator
from gateway.model.outcomes import Refused
from gateway.settings import Home
from tests.passage.home import command, eventually, found_home, once, rows, running
from tests.passage.route import Passage
from tests.passage.x12 import group, interchange, invoice, invoices, order, orders


def audited(home: Home, what: str) -> list[tuple[Any, ...]]:
    """Who did this, about what."""
    return rows(home, f"SELECT who, about FROM event WHERE what = '{what}' AND who != 'gateway'")  # noqa: S608 - a test's word


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Simulator]:
    with Simulator.start(tmp_path / "lab.db") as simulator:
        yield simulator


@pytest.fixture
def held(tmp_path: Path, lab: Simulator) -> Home:
    """A home in which one invoice waits, because its number came with other content."""
    with HttpJson("erp", lab.url) as erp:
        passage = Passage(found_home(tmp_path / "home", lab.url), erp)
        passage.take(invoices(invoice("I-1", quantity=10)), channel="acme")
        passage.take(invoices(invoice("I-1", quantity=20), control=2), channel="acme")
        passage.close()
    return passage.home


def test_the_verbs_work_through_the_daemon(held: Home, lab: Simulator) -> None:
    with running(held):
        code, said = command(held, "release", "1")
        assert (code, said["code"]) == (1, "review.earlier_stands")
        code, said = command(held, "release", "1", "--earlier-undone")
        assert code == 0
        assert "revision 2" in said["done"]["sentence"]
        eventually(lambda: len(lab.effects()) == 2)
    assert len(audited(held, "document.released")) == 1
    assert command(held, "queue")[1]["cases"] == []
    assert command(held, "balance")[0] == 0


def test_the_verbs_work_with_no_daemon_and_a_later_pass_goes_on(held: Home, lab: Simulator) -> None:
    assert command(held, "reject", "1", "--reason", "keyed in by hand")[0] == 0
    assert command(held, "queue")[1]["cases"] == []
    code, said = command(held, "release", "1")
    assert (code, said["code"]) == (1, "review.closed")
    assert command(held, "reopen", "1")[0] == 0
    (case,) = command(held, "queue")[1]["cases"]
    assert case["id"] == 1
    assert [len(audited(held, what)) for what in ("document.rejected", "case.reopened")] == [1, 1]
    once(held)
    assert len(lab.effects()) == 1
    assert command(held, "balance")[0] == 0


def test_what_a_person_let_go_on_is_not_said_to_be_rejected_later(held: Home, lab: Simulator) -> None:
    assert command(held, "release", "1", "--earlier-undone")[0] == 0
    once(held)
    assert command(held, "reopen", "1")[0] == 0
    code, said = command(held, "reject", "1", "--reason", "opened by mistake")
    assert code == 0
    assert said["done"]["sentence"] == (
        "Case 1 (document 2) is closed. Nothing is stopped by this: document 2 is translated."
    )
    assert audited(held, "document.rejected") == []
    assert len(audited(held, "case.resolved")) == 2
    assert rows(held, 'SELECT state, outcome FROM "case"') == [("resolved", "closed: opened by mistake")]
    assert rows(held, "SELECT state FROM document") == [("translated",), ("translated",)]
    assert len(lab.effects()) == 2


def test_a_request_that_is_asked_again_is_answered_the_same_and_done_once(held: Home, lab: Simulator) -> None:
    arguments = {"case": 1, "who": "a person", "reason": "credited", "earlier_undone": True}
    request = Request(verb="release", arguments=arguments, id="the-very-same")
    with running(held):
        first, second = ask(held, request), ask(held, request)
    assert first == second
    assert first is not None
    assert first.done is not None
    once(held)
    assert audited(held, "document.released") == [("a person", audited(held, "document.released")[0][1])]
    assert len(lab.effects()) == 2
    with running(held):
        assert ask(held, request) == first  # the daemon was another process then


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Request(verb="destroy", arguments={}), "control.verb"),
        (Request(verb="release", arguments={"case": 99, "who": "a person"}), "review.no_case"),
        (Request(verb="release", arguments={"no": "sense"}), "control.failed"),
    ],
)
def test_a_request_that_makes_no_sense_is_answered_and_the_daemon_goes_on(
    held: Home, request_: Request, code: str
) -> None:
    with running(held):
        answered = ask(held, request_)
        assert answered is not None
        assert answered.code == code
        assert command(held, "reject", "1", "--reason", "no")[0] == 0


def test_rejecting_wants_a_reason(passage: Passage) -> None:
    passage.take(orders("PO-1"), channel="acme")
    with pytest.raises(Refused) as refused:
        reject(passage.route, passage.asked(passage.the_case().id, reason="  "))
    assert refused.value.code == "review.reason_missing"
    assert passage.file(1)[0] == "held"


def test_a_rejected_interchange_goes_nowhere_and_is_answered_by_nobody(passage: Passage) -> None:
    passage.take(orders("PO-1"), channel="acme")
    reject(passage.route, passage.asked(passage.the_case().id, reason="not theirs"))
    passage.run()
    assert passage.file(1)[0] == "rejected"
    assert passage.states("document") == ["rejected"]
    assert passage.owed() == []
    assert passage.cases() == []
    assert passage.holds()


def test_one_of_two_held_interchanges_may_be_rejected_while_the_other_waits(passage: Passage) -> None:
    passage.take(orders("PO-1", control=1), orders("PO-2", control=2))
    (number,) = passage.take(orders("PO-3", control=1) + orders("PO-4", control=2))
    one, two = passage.cases()
    reject(passage.route, passage.asked(one.id, reason="old"))
    assert passage.file(number)[0] == "held"
    release(passage.route, passage.asked(two.id))
    passage.run()
    assert passage.file(number)[0] == "translated"
    assert [posting.business_key.split("|")[2] for posting in passage.books.order] == ["PO-1", "PO-2", "PO-4"]
    assert passage.holds()


def test_what_was_answered_is_not_replayed(passage: Passage) -> None:
    passage.take(interchange(group(order("PO-1", quantity="1O"))))
    with pytest.raises(Refused) as refused:
        replay(passage.route, passage.asked(passage.the_case().id))
    assert refused.value.code == "review.answered"
    assert "(to channel:northclinic)" in str(refused.value)
    assert refused.value.fix
    assert passage.states("document") == ["rejected"]


def test_what_nobody_was_told_of_is_replayed_with_todays_agreements(agreed: Any) -> None:  # noqa: ANN401 - a fixture's type
    passage = agreed(north='acknowledgment = "none"\npartial_acceptance = false')
    passage.take(interchange(group(order("PO-1"), order("PO-2", quantity="1O"))))
    assert passage.states("document") == ["rejected", "rejected"]
    page = passage.home.partners / "northclinic.toml"
    page.write_text(page.read_text().replace("partial_acceptance = false", ""))
    passage.reread()
    replay(passage.route, passage.asked(passage.cases()[0].id))
    passage.run()
    assert passage.states("document") == ["translated", "rejected"]
    assert passage.file(1)[0] == "translated"
    assert len(passage.books.order) == 1
    assert passage.holds()


def test_a_rejected_file_is_not_read_again_once_its_sender_was_told_in_words(passage: Passage) -> None:
    passage.take(b"Dear customer")
    with pytest.raises(Refused, match="what they say stays true") as refused:
        replay(passage.route, passage.asked(passage.the_case().id))
    assert refused.value.code == "review.answered"
    assert list(passage.letters()) == ["file.edi.rejected.txt"]
    assert passage.holds()


def test_the_wrong_verb_names_the_right_one(passage: Passage) -> None:
    passage.take(b"Dear customer")
    with pytest.raises(Refused, match="file 1 is rejected") as refused:
        release(passage.route, passage.asked(passage.the_case().id))
    assert "`gateway replay`" in (refused.value.fix or "")


def test_what_had_its_effect_in_an_erp_alone_is_not_said_to_be_answered(agreed: Any) -> None:  # noqa: ANN401 - a fixture's type
    passage = agreed(north='acknowledgment = "none"')
    passage.take(interchange(group(order("PO-1"), order("PO-2", quantity="1O"))))
    with pytest.raises(Refused, match=r"\(to erp\)") as refused:
        replay(passage.route, passage.asked(passage.the_case().id))
    assert refused.value.code == "review.answered"


def test_what_is_replayed_leaves_no_case_of_its_first_reading(agreed: Any) -> None:  # noqa: ANN401 - a fixture's type
    passage = agreed(north='acknowledgment = "none"\npartial_acceptance = false')
    passage.take(interchange(group(order("PO-1"), order("PO-2", quantity="1O"))))
    before = [(case.subject.split()[0], case.reason) for case in passage.cases()]
    assert [subject for subject, _ in before] == ["document", "interchange"]
    replay(passage.route, passage.asked(passage.cases()[0].id))
    passage.run()
    assert [(case.subject.split()[0], case.reason) for case in passage.cases()] == before


def test_what_lies_beside_an_interchange_is_told_once_however_often_its_file_is_read(passage: Passage) -> None:
    passage.take(orders("PO-1"))
    passage.take(orders("PO-2") + b"and kind regards")
    told = [case.id for case in passage.cases() if case.reason == "envelope.not_x12"]
    (held,) = [case.id for case in passage.cases() if case.reason == "duplicate.control_number"]
    release(passage.route, passage.asked(held))
    passage.run()
    assert [case.id for case in passage.cases()] == told
    assert len(passage.rows("SELECT id FROM finding WHERE document_id IS NULL AND interchange_id IS NULL")) == 1
    assert len(passage.books.order) == 2


def test_a_delivery_that_got_through_after_all_is_not_said_to_go_nowhere(passage: Passage) -> None:
    passage.books.troubles = ["refused"]
    passage.take(orders("PO-1"))
    case = passage.the_case().id
    release(passage.route, passage.asked(case))
    passage.run()
    reopen(passage.route, passage.asked(case))
    done = reject(passage.route, passage.asked(case, reason="done"))
    assert done.sentence.endswith("delivery 1 is done.")
    assert passage.rows("SELECT state FROM delivery WHERE kind = 'erp'") == [("done",)]


def test_a_case_about_bytes_beside_what_went_on_is_closed_and_nothing_of_it_rejected(passage: Passage) -> None:
    (number,) = passage.take(orders("PO-1") + b"and kind regards")
    done = reject(passage.route, passage.asked(passage.the_case().id, reason="a greeting"))
    assert done.sentence.endswith(f"file {number} is translated.")
    assert passage.rows("SELECT id FROM event WHERE what = 'file.rejected'") == []
    assert passage.cases() == []


def test_only_a_closed_case_is_reopened_and_only_an_open_one_is_decided(passage: Passage) -> None:
    passage.take(b"Dear customer")
    case = passage.the_case().id
    with pytest.raises(Refused) as refused:
        reopen(passage.route, passage.asked(case))
    assert refused.value.code == "review.not_closed"
    reject(passage.route, passage.asked(case, reason="spam"))
    with pytest.raises(Refused) as refused:
        replay(passage.route, passage.asked(case))
    assert refused.value.code == "review.closed"
    with pytest.raises(Refused) as refused:
        release(passage.route, passage.asked(4711))
    assert refused.value.code == "review.no_case"


def test_a_target_that_is_down_is_no_ones_to_release(passage: Passage) -> None:
    passage.books.down = True
    passage.take(orders("PO-1"))
    with pytest.raises(Refused) as refused:
        release(passage.route, passage.asked(passage.the_case().id))
    assert refused.value.code == "review.nothing_to_release"


def test_a_reason_that_is_a_sentence_ends_with_one_full_stop(passage: Passage) -> None:
    with passage.ledger.write() as tx:
        failed(tx, "erp", "The lab cannot be started. The gateway runs without it.", down=True)
    assert passage.the_case().sentence.endswith("The gateway runs without it.")
    assert not passage.the_case().sentence.endswith("..")
