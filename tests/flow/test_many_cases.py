"""A file in which everything is wrong is one thing to look at: a few cases, then one for all the rest."""

import pytest

from gateway.flow.review import reject, release, replay
from gateway.model.outcomes import Refused
from gateway.terminal.look import show
from tests.passage.home import command
from tests.passage.route import Passage
from tests.passage.x12 import group, interchange, invoice, invoices, order

ALONE = 20


def many_held(passage: Passage, count: int) -> None:
    """So many invoices came, and came again with another quantity."""
    passage.take(invoices(*(invoice(f"I-{n}") for n in range(count))), channel="acme")
    passage.take(invoices(*(invoice(f"I-{n}", quantity=20) for n in range(count)), control=2), channel="acme")


def test_a_file_of_bad_documents_opens_a_few_cases_and_one_for_the_rest(passage: Passage) -> None:
    passage.take(interchange(group(*(order(f"PO-{n}", quantity="1O") for n in range(700)))))
    *alone, rest = passage.cases()
    assert len(alone) == ALONE
    assert (rest.subject, rest.reason, rest.owner) == (
        "documents of interchange 1",
        "document.many_stopped",
        "partner",
    )
    assert "680 more documents of this interchange" in rest.sentence
    assert "680 rejected (syntax.invalid_character)" in rest.sentence
    assert "gateway show file 1" in (rest.fix or "")
    assert passage.holds()


def test_every_document_behind_it_is_named_with_its_reason(
    passage: Passage, capsys: pytest.CaptureFixture[str]
) -> None:
    passage.take(interchange(group(*(order(f"PO-{n}", quantity="1O") for n in range(1100)))))
    assert show(passage.home, ["file", "1"], as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith("document ")]
    assert len(told) == 1100
    assert all(line.endswith("rejected (syntax.invalid_character)") for line in told)
    assert len(command(passage.home, "show", "file", "1")[1]["documents"]) == 1100


def test_rejecting_the_rest_rejects_all_that_is_held_and_has_no_case_of_its_own(passage: Passage) -> None:
    many_held(passage, ALONE + 5)
    *alone, rest = passage.cases()
    assert (len(alone), rest.owner) == (ALONE, "us")
    reject(passage.route, passage.asked(rest.id, reason="the first prices hold"))
    states = passage.rows("SELECT state, count(*) FROM document GROUP BY state ORDER BY state")
    assert states == [("held", ALONE), ("rejected", 5), ("translated", ALONE + 5)]
    assert [case.id for case in passage.cases()] == [case.id for case in alone]
    assert passage.holds()


def test_releasing_the_rest_needs_the_same_word_and_lets_all_of_it_go_on(passage: Passage) -> None:
    many_held(passage, ALONE + 5)
    rest = passage.cases()[-1]
    with pytest.raises(Refused) as refused:
        release(passage.route, passage.asked(rest.id))
    assert refused.value.code == "review.earlier_stands"
    release(passage.route, passage.asked(rest.id, earlier_undone=True))
    passage.run()
    assert len(passage.books.order) == ALONE + 5 + 5
    assert len(passage.cases()) == ALONE
    assert passage.holds()


def test_what_was_only_odd_has_a_case_of_its_own_that_stops_nothing(passage: Passage) -> None:
    wrong = (
        invoice(f"I-{n}")._replace(segments=(*invoice(f"I-{n}").segments[:2], "TDS*1", "CTT*1")) for n in range(25)
    )
    passage.take(invoices(*wrong), channel="acme")
    rest = passage.cases()[-1]
    assert rest.reason == "document.many_odd"
    reject(passage.route, passage.asked(rest.id, reason="known"))
    assert len(passage.cases()) == ALONE
    assert len(passage.books.order) == 25
    assert passage.holds()


def test_nothing_of_the_rest_can_be_released_where_nothing_is_held(passage: Passage) -> None:
    passage.take(interchange(group(*(order(f"PO-{n}", quantity="1O") for n in range(25)))))
    rest = passage.cases()[-1]
    for verb in (release, replay):
        with pytest.raises(Refused):
            verb(passage.route, passage.asked(rest.id))
