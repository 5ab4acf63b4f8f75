"""Tables through the whole route: the same documents, duplicates, cases, deliveries and answers as X12, told by row and column."""

from collections.abc import Callable

import pytest

from gateway.flow.review import reject, release
from gateway.flow.sets import PART
from gateway.model.outcomes import Refused
from tests.passage.route import Passage
from tests.passage.table import MAP, bill, problems, read, table
from tests.passage.x12 import orders

Agreed = Callable[..., Passage]

MORE_BOLT = """
[channel.hub]
carries = ["northclinic", "bolt"{more}]
"""


def taken(passage: Passage, *contents: bytes, name: str = "bills.csv", channel: str = "bolt") -> list[int]:
    return passage.take(*contents, channel=channel, name=name)


def posted(passage: Passage) -> list[str]:
    """The business keys that the ERP booked, in order."""
    return [posting.business_key for posting in passage.books.order]


def test_a_table_becomes_documents_effects_and_an_answer(passage: Passage) -> None:
    (number,) = taken(passage, table(bill("B-1", "5", "7"), bill("B-2", "1")))
    assert passage.rows("SELECT format, partner, state FROM transmission WHERE direction = 'in'") == [
        ("csv", "bolt", "translated")
    ]
    assert passage.rows("SELECT kind, number, state, value, segments FROM document") == [
        ("810", "B-1", "translated", "24.00", 2),
        ("810", "B-2", "translated", "2.00", 1),
    ]
    assert posted(passage) == ["810|BOLT|B-1|INVOICE|00", "810|BOLT|B-2|INVOICE|00"]
    assert list(passage.letters(number)) == ["bills.csv.accepted.txt"]
    assert "All 2 invoices were taken." in read(passage.letters()["bills.csv.accepted.txt"])
    assert passage.rows("SELECT functional_id, counted, accepted, ack_code, acknowledgment FROM functional_group") == [
        ("IN", 2, 2, "A", "sent")
    ]
    assert (passage.owed(), passage.cases()) == ([], [])
    assert passage.holds()


def test_the_rows_of_a_document_may_stand_anywhere(passage: Passage) -> None:
    one, other = bill("B-1", "5", "7"), bill("B-2", "1")
    taken(passage, table(one[:1], other, one[1:]))
    assert passage.rows("SELECT number, state, segments FROM document") == [
        ("B-1", "translated", 2),
        ("B-2", "translated", 1),
    ]


def test_what_is_wrong_refuses_its_own_document_and_is_told_by_row_and_column(passage: Passage) -> None:
    taken(passage, table(bill("B-1", "5"), bill("B-2", "1O"), bill("B-3", "3")))
    assert passage.states("document") == ["translated", "rejected", "translated"]
    assert [key.split("|")[2] for key in posted(passage)] == ["B-1", "B-3"]
    case = passage.the_case()
    assert (case.reason, case.location, case.number) == ("table.not_a_number", "row 3, column Qty", "B-2")
    letters = passage.letters()
    assert list(letters) == ["bills.csv.rejected.txt", "bills.csv.answer.csv"]
    assert "2 of 3 invoices were taken; 1 was not." in read(letters["bills.csv.rejected.txt"])
    assert problems(letters["bills.csv.answer.csv"]) == [("3", "Qty", "1O", "table.not_a_number")]
    assert passage.rows("SELECT ack_code, counted, accepted FROM functional_group") == [("P", 3, 2)]
    assert passage.holds()


def test_where_all_or_nothing_was_agreed_one_fault_refuses_the_file(agreed: Agreed) -> None:
    passage = agreed(bolt=f"partial_acceptance = false{MAP}")
    taken(passage, table(bill("B-1", "5"), bill("B-2", "1O")))
    assert passage.states("document") == ["rejected", "rejected"]
    assert posted(passage) == []
    assert {case.reason for case in passage.cases()} == {"table.not_a_number", "file.all_or_nothing"}
    assert "All of this file was refused" in read(passage.letters()["bills.csv.rejected.txt"])
    assert passage.holds()


def test_a_row_that_may_belong_to_any_document_stops_the_whole_file(passage: Passage) -> None:
    (number,) = taken(passage, table(bill("B-1", "5"), bill("", "1")))
    assert passage.file(number) == ("rejected", "table.row_without_key")
    assert posted(passage) == []
    assert passage.the_case().subject == "interchange 1"
    assert problems(passage.letters()["bills.csv.answer.csv"]) == [("3", "Invoice No", "", "table.row_without_key")]
    assert passage.holds()


def test_the_same_bytes_again_are_a_duplicate_that_gets_the_first_answer_under_its_own_name(passage: Passage) -> None:
    content = table(bill("B-1", "5"), bill("B-2", "x"))
    (first,) = taken(passage, content)
    (again,) = taken(passage, content, name="another-name.csv")
    assert passage.file(again) == ("duplicate", "file.duplicate")
    renamed = {name.replace("bills.csv", "another-name.csv"): text for name, text in passage.letters(first).items()}
    assert passage.letters(again) == renamed
    assert passage.rows("SELECT acknowledgment, no_ack_reason FROM functional_group") == [
        ("sent", None),
        ("n/a", "repeated"),
    ]
    assert len(posted(passage)) == 1
    assert passage.holds()


def test_two_of_the_same_bytes_in_one_batch_are_done_once(passage: Passage) -> None:
    content = table(bill("B-1", "5"))
    first, again = taken(passage, content, content)
    assert [passage.file(number)[0] for number in (first, again)] == ["translated", "duplicate"]
    assert passage.letters(again) == passage.letters(first)
    assert len(posted(passage)) == 1


def test_an_invoice_that_came_in_another_file_is_a_duplicate_among_new_ones(passage: Passage) -> None:
    taken(passage, table(bill("B-1", "5")))
    (number,) = taken(passage, table(bill("B-1", "5"), bill("B-2", "1")), name="more.csv")
    assert passage.states("document") == ["translated", "duplicate", "translated"]
    assert list(passage.letters(number)) == ["more.csv.accepted.txt", "more.csv.answer.csv"]
    assert problems(passage.letters(number)["more.csv.answer.csv"]) == [("", "", "", "duplicate.document")]
    assert len(posted(passage)) == 2


def test_the_same_number_with_other_content_waits_and_is_answered_when_it_is_released(passage: Passage) -> None:
    taken(passage, table(bill("B-1", "5")))
    (number,) = taken(passage, table(bill("B-1", "6")), name="again.csv")
    case = passage.the_case()
    assert (case.reason, passage.file(number)[0], passage.letters(number)) == ("duplicate.conflict", "held", {})
    with pytest.raises(Refused, match="would do it twice"):
        release(passage.route, passage.asked(case.id))
    release(passage.route, passage.asked(case.id, earlier_undone=True))
    passage.run()
    assert len(posted(passage)) == 2
    assert next(iter(passage.letters(number))) == "again.csv.accepted.txt"
    assert passage.holds()


def test_what_waits_beside_what_was_taken_is_told_at_once_and_not_a_second_time(passage: Passage) -> None:
    taken(passage, table(bill("B-1", "5")))
    (number,) = taken(passage, table(bill("B-1", "6"), bill("B-2", "1")), name="again.csv")
    told = passage.letters(number)
    assert next(iter(told)) == "again.csv.waiting.txt"
    reject(passage.route, passage.asked(passage.the_case().id, reason="cancelled on the phone"))
    passage.run()
    assert passage.letters(number) == told
    assert passage.holds()


def test_a_table_held_for_its_bytes_is_answered_like_the_first_when_released(agreed: Agreed) -> None:
    passage = agreed(bolt=f'on_duplicate_file = "hold"{MAP}')
    content = table(bill("B-1", "5"))
    (first,), (again,) = taken(passage, content), taken(passage, content)
    assert (passage.file(again), passage.letters(again)) == (("held", "file.duplicate"), {})
    release(passage.route, passage.asked(passage.the_case().id))
    passage.run()
    assert passage.file(again)[0] == "duplicate"
    assert passage.letters(again) == passage.letters(first)
    assert len(posted(passage)) == 1
    assert passage.holds()


def test_without_a_column_map_a_table_waits_until_there_is_one(agreed: Agreed) -> None:
    passage = agreed(bolt="")
    (number,) = taken(passage, table(bill("B-1", "5")))
    case = passage.the_case()
    assert (passage.file(number)[0], case.reason) == ("held", "partner.table_without_map")
    assert "`gateway template bolt 810`" in (case.fix or "")
    assert (passage.letters(), passage.rows("SELECT format FROM transmission")) == ({}, [("csv",)])
    page = passage.home.partners / "bolt.toml"
    page.write_text(page.read_text() + MAP)
    passage.reread()
    release(passage.route, passage.asked(case.id))
    passage.run()
    assert passage.file(number)[0] == "translated"
    assert list(passage.letters(number)) == ["bills.csv.accepted.txt"]
    assert (len(posted(passage)), passage.cases()) == (1, [])
    assert passage.holds()


def test_a_table_that_is_agreed_for_another_time_waits_for_a_person_as_x12_does(agreed: Agreed) -> None:
    passage = agreed(bolt=f"effective_from = 2099-01-01{MAP}")
    (number,) = taken(passage, table(bill("B-1", "5")))
    assert passage.the_case().reason == "partner.not_agreed"
    assert (passage.states("document"), posted(passage), passage.letters(number)) == (["held"], [], {})
    assert passage.holds()


def test_a_header_that_fits_no_map_is_refused_with_what_it_lacks(passage: Passage) -> None:
    content = table(bill("B-1", "5")).replace(b"Invoice Total", b"Invoice Totl")
    (number,) = taken(passage, content)
    assert passage.rows("SELECT state, reason, format FROM transmission WHERE direction = 'in'") == [
        ("rejected", "table.columns_missing", "csv")
    ]
    assert "Invoice Total (is it Invoice Totl?)" in read(passage.letters(number)["bills.csv.rejected.txt"])
    assert problems(passage.letters(number)["bills.csv.answer.csv"]) == [("1", "", "", "table.columns_missing")]
    assert passage.holds()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"PK\x03\x04\x14\0\6\0[Content_Types].xml _rels/ xl/workbook.xml", "bills.xlsx", "file.excel_workbook"),
        (b"PK\x03\x04\x14\0\6\0[Content_Types].xml", "bills.XLSX", "file.excel_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "bills.xls", "file.excel_workbook"),
        (b"PK\x03\x04\x14\0\6\0[Content_Types].xml word/document.xml", "bills", "file.word_document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "bills.doc", "file.word_document"),
        (b"{\\rtf1 Invoice}", "bills.rtf", "file.word_document"),
        (b"%PDF-1.7\n1 0 obj\n", "bills.pdf", "file.pdf"),
        (b"PK\x03\x04\x14\0bills.csv", "bills.zip", "file.compressed"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "bills.csv.gz", "file.compressed"),
        (b"\x89PNG\r\n\x1a\n", "bills.png", "file.image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "bills.jpg", "file.image"),
    ],
)
@pytest.mark.parametrize("channel", ["bolt", "acme"])
def test_what_is_no_text_is_recognised_by_its_first_bytes(
    passage: Passage, content: bytes, name: str, code: str, channel: str
) -> None:
    (number,) = taken(passage, content, name=name, channel=channel)
    assert passage.rows("SELECT state, reason, format FROM transmission WHERE direction = 'in'") == [
        ("rejected", code, "unknown")
    ]
    assert passage.the_case().reason == code
    assert next(iter(passage.letters(number))) == f"{name}.rejected.txt"
    assert passage.holds()


def test_a_hub_that_carries_one_sender_of_tables_reads_both_as_they_come(agreed: Agreed) -> None:
    passage = agreed(more_config=MORE_BOLT.format(more=""))
    for name in ("northclinic", "bolt"):
        page = passage.home.partners / f"{name}.toml"
        page.write_text(page.read_text().replace('complete = "rename"\nstable_seconds = 0', 'name = "hub"'))
    passage.reread()
    passage.take(table(bill("B-1", "5")), orders("PO-1"), channel="hub")
    assert passage.rows("SELECT format, partner, state FROM transmission WHERE direction = 'in'") == [
        ("csv", "bolt", "translated"),
        ("x12", "northclinic", "translated"),
    ]


def test_a_hub_that_carries_two_of_them_cannot_tell_whose_it_is(agreed: Agreed) -> None:
    passage = agreed(more_config=MORE_BOLT.format(more=', "ferro"'))
    page = passage.home.partners / "bolt.toml"
    page.write_text(page.read_text().replace('complete = "rename"\nstable_seconds = 0', 'name = "hub"'))
    (passage.home.partners / "ferro.toml").write_text(page.read_text().replace("Bolt", "Ferro"))
    north = passage.home.partners / "northclinic.toml"
    north.write_text(north.read_text().replace('complete = "rename"\nstable_seconds = 0', 'name = "hub"'))
    passage.reread()
    (number,) = passage.take(table(bill("B-1", "5")), channel="hub")
    case = passage.the_case()
    assert (passage.file(number)[0], case.reason) == ("held", "partner.whose_table")
    assert "bolt, ferro" in case.sentence
    reject(passage.route, passage.asked(case.id, reason="drop it in a folder of your own"))
    assert "drop it in a folder of your own" in read(passage.letters()["file.edi.rejected.txt"])


@pytest.mark.all
def test_a_table_of_many_documents_settles_in_parts_and_is_answered_once(passage: Passage) -> None:
    count = PART * 2 + 20
    bills = [bill(f"B-{n}", "x" if n % 10 == 0 else "1") for n in range(1, count + 1)]
    (number,) = taken(passage, table(*bills))
    refused = count // 10
    assert dict(passage.rows("SELECT state, count(*) FROM document GROUP BY state")) == {
        "translated": count - refused,
        "rejected": refused,
    }
    assert len(posted(passage)) == count - refused
    letters = passage.letters(number)
    told = read(letters["bills.csv.rejected.txt"])
    assert f"{count - refused} of {count} invoices were taken; {refused} were not." in told
    assert len(problems(letters["bills.csv.answer.csv"])) == refused
    (again,) = taken(passage, table(*bills))
    assert passage.letters(again) == letters
    assert passage.holds()


def test_a_held_table_that_is_rejected_gives_its_sender_the_persons_reason(passage: Passage) -> None:
    taken(passage, table(bill("B-1", "5")))
    (number,) = taken(passage, table(bill("B-1", "6")), name="again.csv")
    reject(passage.route, passage.asked(passage.the_case().id, reason="We ordered five."))
    passage.run()
    assert passage.file(number)[0] == "rejected"
    text, rows = passage.letters(number).values()
    assert "Invoice B-1 was not taken." in read(text)
    assert "A person looked at it and rejected it: We ordered five." in read(text)
    assert {code for *_, code in problems(rows)} == {"duplicate.conflict", "file.rejected"}
    assert not any("we look into this" in read(each) for each in (text, rows))
    assert all("we do nothing more about this" in read(each) for each in (text, rows))
    assert passage.rows("SELECT acknowledgment, no_ack_reason FROM functional_group") == [("sent", None)] * 2
    assert passage.holds()
