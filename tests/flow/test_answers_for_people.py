"""Answer files beside the acknowledgments: who gets them, when, how often, and that they say what was found."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.flow import file as reading
from gateway.flow import letters as telling
from gateway.flow.answer_file import DocumentOutcome
from gateway.flow.review import reject, release, replay
from gateway.ledger.states import Processing
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import AnswerText
from tests.passage.home import found_home
from tests.passage.route import Passage
from tests.passage.table import HEADER, MAP, bill, problems, read, table
from tests.passage.x12 import accepted, group, interchange, invoice, invoices, order, orders

Agreed = Callable[..., Passage]

REFUSED = interchange(group(order("PO-1"), order("PO-2", quantity="1O")))


def test_who_sends_x12_gets_no_text_until_one_is_agreed(passage: Passage) -> None:
    passage.take(orders("PO-1"), REFUSED.replace(b"000000001", b"000000002"))
    assert (len(passage.owed()), passage.letters()) == (2, {})


@pytest.mark.parametrize(("when", "names"), [("on_error", []), ("always", ["file.edi.accepted.txt"])])
def test_the_text_lies_beside_the_acknowledgment_as_agreed(agreed: Agreed, when: str, names: list[str]) -> None:
    passage = agreed(north=f'answer_text = "{when}"')
    (fine,) = passage.take(orders("PO-1"))
    assert list(passage.letters(fine)) == names
    (faulty,) = passage.take(REFUSED.replace(b"000000001", b"000000002").replace(b"PO-", b"NO-"))
    assert list(passage.letters(faulty)) == ["file.edi.rejected.txt"]
    told = read(passage.letters(faulty)["file.edi.rejected.txt"])
    assert "1 of 2 orders was taken; 1 was not." in told
    assert "egment 4 of the order, PO102, byte" in told
    assert [len(one.answers) for one in passage.answers()] == [1, 1]
    assert passage.holds()


def test_the_text_shows_the_segment_as_it_was_sent_with_carets_under_the_fault(agreed: Agreed) -> None:
    passage = agreed(north='answer_text = "on_error"')
    (number,) = passage.take(orders("PO-0", control=7) + b"\r\n" + REFUSED.replace(b"*", b"|"))
    lines = passage.letters(number)["file.edi.rejected.txt"].decode().splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("    PO1|"))
    assert lines[at - 1].startswith(("    Where:", "                "))
    assert lines[at + 1].strip("^") == " " * lines[at].index("1O")
    assert lines[at + 1].endswith("^^")


def test_what_lies_beside_the_interchanges_is_no_segment_to_show(agreed: Agreed) -> None:
    passage = agreed(north='answer_text = "on_error"')
    (number,) = passage.take(orders("PO-1") + b"and kind regards")
    told = passage.letters(number)["file.edi.rejected.txt"].decode()
    assert "Code:       envelope.not_x12" in told
    assert "^" not in told


def test_a_file_that_came_before_gets_the_same_text_again(agreed: Agreed) -> None:
    passage = agreed(north='answer_text = "always"')
    (first,), (again,) = passage.take(REFUSED), passage.take(REFUSED)
    assert passage.file(again)[0] == "duplicate"
    assert passage.letters(again) == passage.letters(first)
    assert [one.control for one in passage.answers()] == [1, 1]
    assert passage.holds()


def test_acknowledgments_that_we_take_are_not_answered_in_words(agreed: Agreed) -> None:
    passage = agreed(north='answer_text = "always"')
    passage.take(interchange(group(accepted(), sender="NORTHCLINIC")))
    assert passage.states("document") == ["taken"]
    assert passage.letters() == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"Dear customer", "envelope.not_x12"), (b"", "file.empty"), (b"ISA*00~", "envelope.isa_unreadable")],
)
def test_what_cannot_be_read_at_all_is_always_answered_in_words(passage: Passage, content: bytes, code: str) -> None:
    (number,) = passage.take(content)
    told = read(passage.letters(number)["file.edi.rejected.txt"])
    assert "Nothing of this file was taken." in told
    assert f"Code: {code}" in told
    assert passage.rows("SELECT target, partner FROM delivery") == [("channel:northclinic", "northclinic")]
    assert passage.holds()


def test_through_a_hub_it_is_answered_there_without_a_name(agreed: Agreed) -> None:
    passage = agreed(more_config='[channel.hub]\ncarries = ["northclinic", "acme"]\n')
    for name in ("northclinic", "acme"):
        page = passage.home.partners / f"{name}.toml"
        page.write_text(page.read_text().replace('complete = "rename"\nstable_seconds = 0', 'name = "hub"'))
    passage.reread()
    passage.take(b"Dear customer", channel="hub")
    assert "From:" not in read(passage.letters()["file.edi.rejected.txt"])
    assert passage.rows("SELECT target, partner FROM delivery") == [("channel:hub", None)]
    assert passage.holds()


def test_what_waits_as_a_whole_has_no_answer_and_a_rejected_one_gives_the_persons_reason(agreed: Agreed) -> None:
    passage = agreed(acme='answer_text = "on_error"')
    passage.take(invoices(invoice("I-1", quantity=10)), channel="acme")
    (number,) = passage.take(invoices(invoice("I-1", quantity=20), control=2), channel="acme", name="again.edi")
    assert (passage.file(number)[0], passage.letters()) == ("held", {})
    reject(passage.route, passage.asked(passage.the_case().id, reason="We agreed on 10 on the phone."))
    passage.run()
    told = read(passage.letters(number)["again.edi.rejected.txt"])
    assert "Invoice I-1 was not taken." in told
    assert "A person looked at it and rejected it: We agreed on 10 on the phone." in told
    assert passage.holds()


@pytest.mark.all  # waits for three strikes
def test_what_we_fail_on_has_no_answer_until_it_is_read_or_rejected(
    passage: Passage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object, **_how: object) -> object:
        raise ZeroDivisionError

    with monkeypatch.context() as failing:
        failing.setattr(reading, "interpret", fails)
        failing.setattr(reading, "interpret_table", fails)
        passage.take(table(bill("B-1", "5")), table(bill("B-2", "5")), channel="bolt", name="bills.csv")
        passage.run_for(hours=1)
    one, other = sorted(passage.cases(), key=lambda case: case.subject)
    assert ({one.reason, other.reason}, passage.letters()) == ({"file.poison"}, {})
    release(passage.route, passage.asked(one.id))
    reject(passage.route, passage.asked(other.id, reason="sent by e-mail instead"))
    passage.run()
    assert list(passage.letters(1)) == ["bills.csv.accepted.txt"]
    assert "sent by e-mail instead" in read(passage.letters(2)["bills.csv.rejected.txt"])
    assert passage.holds()


def test_what_was_told_in_words_is_not_read_again(passage: Passage) -> None:
    passage.take(table(bill("B-1", "x")), table(bill("", "5")), channel="bolt")
    for case in passage.cases():
        with pytest.raises(Refused, match="what they say stays true"):
            replay(passage.route, passage.asked(case.id))


def test_the_table_of_problems_is_left_out_where_it_was_agreed_or_there_are_none(agreed: Agreed) -> None:
    passage = agreed(bolt=f"answer_csv = false{MAP}")
    passage.take(table(bill("B-1", "x")), channel="bolt", name="bills.csv")
    assert list(passage.letters()) == ["bills.csv.rejected.txt"]


def test_its_cells_stand_apart_as_in_the_senders_own_table(passage: Passage) -> None:
    passage.take(table(bill("B-1", "x")).replace(b",", b";"), channel="bolt", name="bills.csv")
    assert problems(passage.letters()["bills.csv.answer.csv"], ";") == [("2", "Qty", "x", "table.not_a_number")]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_they_do_so_too_where_a_person_decided_later_or_nothing_could_be_read(passage: Passage, delimiter: str) -> None:
    sent = [table(bill("B-1", quantity)).replace(b",", delimiter.encode()) for quantity in ("5", "6")]
    _, held = passage.take(*sent, channel="bolt", name="bills.csv")
    reject(passage.route, passage.asked(passage.the_case().id, reason="We ordered five."))
    (unread,) = passage.take(sent[0].replace(b"Qty", b"Ours"), channel="bolt", name="other.csv")
    codes = [code for *_, code in problems(passage.letters(held)["bills.csv.answer.csv"], delimiter)]
    assert sorted(codes) == ["duplicate.conflict", "file.rejected"]
    (row,) = problems(passage.letters(unread)["other.csv.answer.csv"], delimiter)
    assert row[3] == "table.columns_missing"


def test_more_problems_than_anybody_mends_are_counted(passage: Passage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST_TOLD", 3)
    passage.take(table(*(bill(f"B-{n}", "x") for n in range(7))), channel="bolt", name="bills.csv")
    listed = problems(passage.letters()["bills.csv.answer.csv"])
    assert [code for *_, code in listed] == [*["table.not_a_number"] * 3, "file.more_problems"]
    text = read(passage.letters()["bills.csv.rejected.txt"])
    assert text.count("Code: table.not_a_number") == 3
    assert "4 further problems are not listed here. The first 3 of all are in bills.csv.answer.csv." in text
    assert text.count("not listed here") == 1


def test_an_accepted_document_with_nothing_to_tell_is_named_beside_many_that_have(passage: Passage) -> None:
    told = telling.Telling()
    remark = finding("document.total_unreadable", value="x")
    for number in range(300):
        told.add(DocumentOutcome(kind="810", number=f"B-{number}", state=Processing.TRANSLATED, findings=(remark,)))
    told.add(DocumentOutcome(kind="810", number="B-300", state=Processing.TRANSLATED))
    manner = telling.Manner(text=AnswerText.ALWAYS)
    (letter,) = telling.letters(told.outcome("bills.csv", passage.clock.now, 1, manner), manner)
    assert "without a number" not in read(letter.content)


CELLS = st.sampled_from(
    ["1", "x", "", "1,5", "1.23457E+11", "=1+1", "11/18/2026", "2026-11-18", "5;6", "#REF!", '"', " 7 "]
)
ROWS = st.lists(st.lists(CELLS, min_size=9, max_size=11), min_size=1, max_size=6)


@given(rows=ROWS, numbers=st.lists(st.sampled_from(["B-1", "B-2", "B-3", ""]), min_size=6, max_size=6))
@settings(max_examples=15, deadline=None)
def test_an_answer_lists_what_was_found_row_by_row(rows: list[list[str]], numbers: list[str]) -> None:
    content = "\n".join([HEADER, *(",".join([number, *row]) for number, row in zip(numbers, rows, strict=False))])
    with TemporaryDirectory() as folder:
        passage = Passage(found_home(Path(folder)))
        (number,) = passage.take(content.encode(), channel="bolt", name="bills.csv")
        found = [msgspec.json.decode(body, type=Finding) for (body,) in passage.rows("SELECT body FROM finding")]
        listed = passage.letters(number).get("bills.csv.answer.csv")
        told = problems(listed) if listed else []
        assert sorted((row, column, code) for row, column, _, code in told) == sorted(
            (str(each.row or ""), each.column or "", each.code) for each in found
        )
        assert len(passage.letters(number)) == 1 + bool(found)
        assert passage.holds()
        passage.close()
