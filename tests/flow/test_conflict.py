"""The same number again: other spellings are the same content, and where the content differs the case says in what."""

from tests.passage.route import Passage
from tests.passage.table import bill, table
from tests.passage.x12 import Set, group, interchange, invoice, invoices, order


def test_a_number_spelled_otherwise_is_the_same_document(passage: Passage) -> None:
    passage.take(interchange(group(order("PO-1", quantity="10"))))
    for control, quantity in enumerate(("10.0", "010", "10."), 2):
        (again,) = passage.take(interchange(group(order("PO-1", quantity=quantity)), control=control))
        assert passage.file(again)[0] == "duplicate", quantity
    assert passage.cases() == []
    assert len(passage.books.order) == 1


def test_a_price_of_a_table_spelled_otherwise_is_the_same_document(passage: Passage) -> None:
    first = table(bill("B-1", "5"))
    passage.take(first, first.replace(b",2.00,", b",2,"), channel="bolt")
    assert passage.states("document") == ["translated", "duplicate"]


def test_a_conflict_says_which_fields_differ(passage: Passage) -> None:
    passage.take(invoices(invoice("I-1", quantity=10)), channel="acme")
    passage.take(invoices(invoice("I-1", quantity=20), control=2), channel="acme")
    assert passage.the_case().sentence == (
        "810 I-1 came before in file 1, with other content. "
        "What differs: line 1 quantity was 10, is 20; totals payable was 41.50, is 83.00."
    )


def test_of_many_differences_the_first_are_named_and_the_others_counted(passage: Passage) -> None:
    passage.take(table(bill("B-1", *("5",) * 9)), channel="bolt")
    passage.take(table(bill("B-1", *("6",) * 9)), channel="bolt")
    sentence = passage.the_case().sentence
    assert sentence.count(" was 5, is 6") == 4
    assert sentence.endswith("; 6 more.")


def test_what_people_wrote_in_their_own_words_is_not_shown(passage: Passage) -> None:
    kind, segments = order("PO-1")
    passage.take(interchange(group(Set(kind, segments))))
    named = tuple(segment.replace("Stores", "Mrs. Smith") for segment in segments)
    passage.take(interchange(group(Set(kind, named)), control=2))
    sentence = passage.the_case().sentence
    assert "party 1 name was •••, is •••" in sentence
    assert "Smith" not in sentence


def test_a_line_that_was_not_there_before_is_said_to_be_new(passage: Passage) -> None:
    passage.take(table(bill("B-1", "5")), channel="bolt")
    passage.take(table(bill("B-1", "5", "6")), channel="bolt")
    assert "line 2 was nothing, is ..." in passage.the_case().sentence


def test_an_endless_number_is_cut_wherever_it_is_told(passage: Passage) -> None:
    passage.take(*(invoices(invoice("9" * 3000), control=n) for n in (1, 2)), channel="acme")
    cases = passage.cases()
    assert cases
    assert max(len(case.sentence) for case in cases) < 400
    assert max(len(case.number or "") for case in cases) < 50
