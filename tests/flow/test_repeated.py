"""What comes again: the agreement decides, and nothing is ever processed twice."""

from collections.abc import Callable

import pytest

from gateway.flow.review import reject, release
from gateway.model.outcomes import Refused
from tests.passage.home import out
from tests.passage.route import Passage
from tests.passage.x12 import group, interchange, invoice, invoices, order, orders

Agreed = Callable[..., Passage]


def test_the_same_file_again_gets_the_same_answer_and_has_no_second_effect(passage: Passage) -> None:
    content = orders("PO-1", "PO-2", ta1=1)
    passage.take(content)
    first = out(passage.home)
    for name in first:
        (passage.home.outbox / "northclinic" / name).unlink()
    (again,) = passage.take(content)
    assert passage.file(again) == ("duplicate", "duplicate.interchange")
    assert out(passage.home) == first
    owed = passage.owed()
    assert len(owed) == 4
    assert owed[:2] == owed[2:]
    assert len(passage.books.order) == 2
    assert passage.cases() == []
    assert passage.holds()


def test_the_same_file_twice_in_one_batch_is_recognised_too(passage: Passage) -> None:
    content = orders("PO-1")
    one, two = passage.take(content, content)
    assert (passage.file(one)[0], passage.file(two)[0]) == ("translated", "duplicate")
    assert len(set(passage.owed())) == 1
    assert len(passage.books.order) == 1
    assert passage.holds()


def test_the_same_file_waits_for_a_person_where_that_was_agreed(agreed: Agreed) -> None:
    passage = agreed(north='on_duplicate_file = "hold"')
    content = orders("PO-1")
    passage.take(content)
    (again,) = passage.take(content)
    assert passage.file(again) == ("held", "duplicate.interchange")
    assert passage.the_case().reason == "duplicate.interchange"
    assert len(passage.owed()) == 1


def test_what_a_person_rejected_unanswered_may_come_again(agreed: Agreed) -> None:
    passage = agreed(north='on_duplicate_interchange = "hold"')
    passage.take(orders("PO-1"))
    other = orders("PO-2")  # another file under the same control number
    passage.take(other)
    reject(passage.route, passage.asked(passage.the_case().id, reason="send it under a number of its own"))
    (again,) = passage.take(other)
    assert passage.file(again) == ("held", "duplicate.control_number")
    assert passage.the_case().reason == "duplicate.control_number"
    assert passage.holds()


def test_a_repetition_that_a_person_lets_pass_is_answered_as_the_first_time_and_done_once(agreed: Agreed) -> None:
    passage = agreed(north='on_duplicate_file = "hold"')
    passage.take(orders("PO-1"), orders("PO-1"))
    release(passage.route, passage.asked(passage.the_case().id))
    passage.run()
    first, again = passage.owed()
    assert first == again
    assert len(passage.books.order) == 1
    assert passage.cases() == []
    assert passage.holds()


def test_a_used_interchange_number_with_other_content_waits_in_production(passage: Passage) -> None:
    passage.take(orders("PO-1", control=7))
    (second,) = passage.take(orders("PO-2", control=7))
    assert passage.file(second) == ("held", "duplicate.control_number")
    case = passage.the_case()
    assert (case.reason, case.owner) == ("duplicate.control_number", "us")
    assert "came before in file 1" in case.sentence
    assert passage.rows("SELECT body ->> 'ack' FROM finding") == [(None,)]  # no TA1 tells of it
    assert len(passage.owed()) == 1
    assert len(passage.books.order) == 1
    assert passage.holds()


def test_released_it_goes_on_and_is_answered(passage: Passage) -> None:
    passage.take(orders("PO-1", control=7))
    (second,) = passage.take(orders("PO-2", control=7))
    release(passage.route, passage.asked(passage.the_case().id))
    passage.run()
    assert passage.file(second)[0] == "translated"
    assert [one.group_codes for one in passage.answers()] == [("A",), ("A",)]
    assert len(passage.books.order) == 2
    assert passage.cases() == []
    assert passage.holds()


def test_leading_zeros_do_not_make_it_another_number(passage: Passage) -> None:
    passage.take(orders("PO-1", control=7))
    content = (
        orders("PO-2", control=7).replace(b"*000000007*0*P", b"*7        *0*P").replace(b"IEA*1*000000007", b"IEA*1*7")
    )
    (second,) = passage.take(content)
    assert passage.file(second) == ("held", "duplicate.control_number")


def test_a_used_interchange_number_is_a_warning_in_test(passage: Passage) -> None:
    passage.take(orders("PO-1", control=7, usage="T"))
    (second,) = passage.take(orders("PO-2", control=7, usage="T"))
    assert passage.file(second) == ("translated", "duplicate.control_number")
    found = "SELECT severity FROM finding WHERE code = 'duplicate.control_number'"
    assert passage.rows(found) == [("warning",)]
    assert passage.cases() == []


def test_production_and_test_do_not_take_each_others_interchange_numbers(passage: Passage) -> None:
    passage.take(orders("PO-1", control=7, usage="T"))
    (second,) = passage.take(orders("PO-2", control=7))
    assert passage.file(second) == ("translated", None)


def test_a_used_interchange_number_is_refused_with_025_where_that_was_agreed(agreed: Agreed) -> None:
    passage = agreed(north='on_duplicate_interchange = "reject"\nta1 = "on_error"')
    passage.take(orders("PO-1", control=7))
    (second,) = passage.take(orders("PO-2", control=7))
    assert passage.file(second)[0] == "rejected"
    ta1 = [one.ta1 for one in passage.answers() if one.ta1]
    assert ta1 == [("000000007", "261116", "0812", "R", "025")]
    assert len(passage.owed()) == 2  # no group of a refused interchange is answered besides
    assert len(passage.books.order) == 1
    assert passage.the_case().reason == "duplicate.control_number"
    assert passage.rows("SELECT body ->> '$.ack.code' FROM finding") == [("025",)]
    assert passage.holds()


def test_a_partner_that_never_counts_up_is_taken_where_that_was_agreed(agreed: Agreed) -> None:
    passage = agreed(north="reuses_control_numbers = true")
    passage.take(orders("PO-1"), orders("PO-2"))
    passage.take(orders("PO-3"))
    assert passage.states("transmission")[:3] == ["translated"] * 3
    assert len(passage.books.order) == 3
    (again,) = passage.take(orders("PO-3"))
    assert passage.file(again)[0] == "duplicate"
    assert len(passage.books.order) == 3


def test_beyond_the_window_a_number_may_come_again(agreed: Agreed) -> None:
    passage = agreed(north="duplicate_window_days = 10")
    passage.take(orders("PO-1", control=7))
    passage.clock.go(days=11)
    (second,) = passage.take(orders("PO-2", control=7))
    assert passage.file(second) == ("translated", None)


def test_the_same_document_under_other_control_numbers_is_answered_and_has_no_second_effect(passage: Passage) -> None:
    passage.take(orders("PO-1"))
    passage.take(orders("PO-1", control=2))
    assert passage.states("document") == ["translated", "duplicate"]
    assert passage.rows("SELECT reason FROM document ORDER BY id") == [(None,), ("duplicate.document",)]
    assert [one.group_codes for one in passage.answers()] == [("A",), ("A",)]
    assert len(passage.books.order) == 1
    assert passage.cases() == []
    assert passage.holds()


def test_the_same_document_twice_in_one_interchange_or_one_batch_has_one_effect(passage: Passage) -> None:
    passage.take(orders("PO-1", "PO-1"), orders("PO-1", control=2))
    assert sorted(passage.states("document")) == ["duplicate", "duplicate", "translated"]
    assert len(passage.books.order) == 1
    assert passage.holds()


def conflicting(passage: Passage) -> int:
    """Two invoices of one number with different amounts; the case of the second."""
    passage.take(invoices(invoice("I-1", quantity=10)), channel="acme")
    passage.take(invoices(invoice("I-1", quantity=20), control=2), channel="acme")
    return passage.the_case().id


def test_the_same_number_with_other_content_waits_and_says_what_is_at_stake(passage: Passage) -> None:
    conflicting(passage)
    case = passage.the_case()
    assert (case.reason, case.owner, case.partner, case.kind, case.number) == (
        "duplicate.conflict",
        "us",
        "acme",
        "810",
        "I-1",
    )
    assert case.value == "83.00"
    assert "--earlier-undone" in (case.fix or "")
    assert passage.states("document") == ["translated", "held"]
    assert len(passage.books.order) == 1
    assert [one.set_codes for one in passage.answers()] == [("A",), ("A",)]  # business never changes AK5
    assert passage.holds()


def test_it_is_not_released_while_the_earlier_one_stands(passage: Passage) -> None:
    case = conflicting(passage)
    with pytest.raises(Refused) as refused:
        release(passage.route, passage.asked(case))
    assert refused.value.code == "review.earlier_stands"
    passage.run()
    assert len(passage.books.order) == 1
    assert passage.the_case().id == case


def test_with_a_persons_word_it_goes_as_the_second_revision_under_a_key_of_its_own(passage: Passage) -> None:
    case = conflicting(passage)
    release(passage.route, passage.asked(case, earlier_undone=True))
    passage.run()
    first, second = passage.books.order
    assert (first.business_key, first.revision) == (second.business_key, 1)
    assert second.revision == 2
    assert first.key != second.key
    assert passage.cases() == []
    assert passage.holds()


def test_a_third_one_is_compared_with_the_newest_revision(passage: Passage) -> None:
    case = conflicting(passage)
    release(passage.route, passage.asked(case, earlier_undone=True))
    passage.take(invoices(invoice("I-1", quantity=20), control=3), channel="acme")
    assert passage.states("document") == ["translated", "translated", "duplicate"]
    passage.take(invoices(invoice("I-1", quantity=10), control=4), channel="acme")
    assert passage.states("document")[-1] == "held"
    assert len(passage.books.order) == 2


def test_a_file_whose_only_document_was_held_is_translated_once_that_is_released(passage: Passage) -> None:
    case = conflicting(passage)
    assert passage.states("transmission")[:4].count("held") == 1
    release(passage.route, passage.asked(case, earlier_undone=True))
    passage.run()
    assert passage.rows("SELECT DISTINCT state FROM transmission") == [("translated",)]
    assert passage.rows("SELECT DISTINCT state FROM interchange") == [("translated",)]


def test_a_file_whose_only_document_was_held_is_rejected_once_that_is_rejected(passage: Passage) -> None:
    case = conflicting(passage)
    reject(passage.route, passage.asked(case, reason="typed in twice"))
    passage.run()
    assert passage.states("document") == ["translated", "rejected"]
    assert passage.states("interchange") == ["translated", "rejected"]
    assert sorted(passage.states("transmission")) == ["rejected", *["translated"] * 3]
    assert passage.holds()


def test_orders_of_one_number_from_two_partners_are_two(agreed: Agreed) -> None:
    passage = agreed(more_config='[channel.hub]\ncarries = ["acme", "northclinic"]\ncomplete = "rename"\n')
    page = passage.home.partners / "acme.toml"
    page.write_text(page.read_text().replace('["855", "856", "810"]', '["850"]'))
    passage.reread()
    passage.take(orders("PO-1"), channel="hub")
    theirs = interchange(group(order("PO-1"), sender="ACMEMED"), sender="ACMEMED")
    passage.take(theirs, channel="hub")
    assert passage.states("document") == ["translated", "translated"]
    assert len(passage.books.order) == 2
