"""What its sender corrects and sends again leaves the queue by itself, where it is certain that it is the same."""

from tests.passage.home import command
from tests.passage.route import Passage
from tests.passage.table import bill, table
from tests.passage.x12 import group, interchange, invoice, invoices, order, orders

BAD = interchange(group(order("PO-1", quantity="1O")))


def closed(passage: Passage) -> list[tuple[str, str]]:
    """Subject and outcome of every case that is closed."""
    return [(s, o) for s, o in passage.rows("SELECT subject, outcome FROM \"case\" WHERE state = 'resolved'")]


def test_a_rejected_documents_case_closes_when_the_corrected_one_is_accepted(passage: Passage) -> None:
    passage.take(BAD)
    assert passage.the_case().subject == "document 1"
    (later,) = passage.take(orders("PO-1", control=2))
    assert passage.cases() == []
    assert closed(passage) == [("document 1", f"corrected by file {later}, which was accepted")]
    told = "SELECT who, detail ->> 'outcome' FROM event WHERE what = 'case.resolved'"
    assert passage.rows(told) == [("gateway", f"corrected by file {later}, which was accepted")]
    assert passage.holds()
    passage.sealing.finish()
    assert command(passage.home, "archive", "verify")[0] == 0


def test_another_number_another_partner_and_another_usage_close_nothing(passage: Passage) -> None:
    passage.take(BAD)
    passage.take(orders("PO-2", control=2), orders("PO-1", control=3, usage="T"))
    passage.take(invoices(invoice("PO-1"), control=4), channel="acme")
    assert passage.the_case().subject == "document 1"


def test_a_rejected_interchange_closes_once_all_of_its_documents_came_again(passage: Passage) -> None:
    passage.take(orders("PO-1", "PO-2").replace(b"IEA*1*000000001", b"IEA*1*000000009"))
    assert passage.the_case().subject == "interchange 1"
    passage.take(orders("PO-1", control=2))
    assert passage.the_case().subject == "interchange 1"
    passage.take(orders("PO-2", control=3))
    assert passage.cases() == []


def test_the_one_case_for_many_documents_closes_once_all_of_them_came_again(passage: Passage) -> None:
    numbers = [f"PO-{n}" for n in range(25)]
    passage.take(interchange(group(*(order(number, quantity="1O") for number in numbers))))
    assert len(passage.cases()) == 21
    passage.take(orders(*numbers[1:], control=2))
    assert [case.subject for case in passage.cases()] == ["document 1", "documents of interchange 1"]
    passage.take(orders(numbers[0], control=3))
    assert passage.cases() == []
    assert passage.holds()


def test_a_table_is_corrected_in_the_same_way(passage: Passage) -> None:
    passage.take(table(bill("B-1", "5"), bill("B-2", "x")), channel="bolt")
    assert len(passage.cases()) == 1
    passage.take(table(bill("B-2", "6")), channel="bolt")
    assert passage.cases() == []


def test_an_unreadable_file_stays_in_the_queue_and_names_a_later_one_of_its_name(passage: Passage) -> None:
    # Many a partner gives every file the same name: what was in the first nobody knows.
    passage.take(b"Dear customer, we moved.", name="orders.edi")
    passage.take(orders("PO-1"), name="other.edi")
    assert "later file" not in passage.the_case().sentence
    for control in (2, 3):
        (later,) = passage.take(orders(f"PO-{control}", control=control), name="orders.edi")
        assert passage.the_case().sentence.endswith(f"A later file of the same name, file {later}, was accepted.")
    assert passage.the_case().sentence.count("A later file") == 1
    passage.sealing.finish()
    assert command(passage.home, "archive", "verify")[0] == 0
