"""Answers for people: what a sender reads in the text and sees in the table, whatever the file held."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.channels.names import is_temporary, safe
from gateway.flow.answer_csv import answer_csv
from gateway.flow.answer_file import DocumentOutcome, FileOutcome, answer_name, csv_name, text_name
from gateway.flow.answer_text import MOST_PROBLEMS, answer_text
from gateway.ledger.states import Processing
from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity
from gateway.x12.quote import quote
from tests.x12.interchanges import ORDER, interchange, only_set, sets, transaction

TRANSLATED, REJECTED, HELD, DUPLICATE = (
    Processing.TRANSLATED,
    Processing.REJECTED,
    Processing.HELD,
    Processing.DUPLICATE,
)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NO_X12 = finding("file.unreadable", name="orders.pdf", start="%PDF", offset=0)
POISON = finding("file.poison", name="orders.edi", attempts=3, why="a fault of ours")


def document(number: str | None = "INV-1", state: Processing = TRANSLATED, *findings: Finding) -> DocumentOutcome:
    return DocumentOutcome(kind="810", number=number, state=state, findings=findings, control="0001")


def outcome(*documents: DocumentOutcome, name: str = "invoices.csv", findings: Sequence[Finding] = ()) -> FileOutcome:
    return FileOutcome(name=name, received_at=NOON, documents=documents, findings=tuple(findings), number=17)


def cell(row: int = 4, column: str = "Qty", value: str | None = "12;5") -> Finding:
    """A problem in a cell."""
    return Finding(
        code="test.quantity", severity=Severity.ERROR, message="no number", row=row, column=column, value=value
    )


def read(told: FileOutcome) -> str:
    """The text as a person reads it, each run of blanks as one."""
    return " ".join(answer_text(told).decode("utf-8-sig").split())


def rows(told: FileOutcome, delimiter: str = ",") -> list[list[str]]:
    text = answer_csv(told, delimiter=delimiter).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


# What became of it

SAID = [
    ([document()], "Invoice INV-1 was taken.", "accepted"),
    ([document("1"), document("2")], "All 2 invoices were taken.", "accepted"),
    ([document("1", REJECTED)], "Invoice 1 was not taken.", "rejected"),
    ([document(None, REJECTED)], "The invoice without a number (set 0001) was not taken.", "rejected"),
    ([document("1", REJECTED), document("2", REJECTED)], "None of the 2 invoices was taken.", "rejected"),
    ([document("1"), document("2"), document("3", REJECTED)], "2 of 3 invoices were taken; 1 was not.", "rejected"),
    (
        [document("1"), document("2", REJECTED), document("3", HELD)],
        "Of 3 invoices, 1 was taken, 1 waits for a person on our side, 1 was not taken.",
        "rejected",
    ),
    ([document("1", DUPLICATE)], "Invoice 1 came before, and was not processed again.", "accepted"),
    ([document("1"), document("2", HELD)], "Of 2 invoices, 1 was taken, 1 waits for a person on our side.", "waiting"),
    ([document("1"), document("2", DUPLICATE)], "Of 2 invoices, 1 was taken, 1 came before.", "accepted"),
    (
        [document("1", DUPLICATE), document("2", REJECTED), document("3", REJECTED)],
        "Of 3 invoices, 1 came before, 2 were not taken.",
        "rejected",
    ),
]


@pytest.mark.parametrize(("documents", "sentence", "ending"), SAID)
def test_the_first_sentence_and_the_name_say_what_became_of_it(
    documents: list[DocumentOutcome], sentence: str, ending: str
) -> None:
    told = outcome(*documents)
    assert sentence in " ".join(answer_text(told).decode().split())
    assert text_name(told) == f"invoices.csv.{ending}.txt"


@pytest.mark.parametrize(
    ("found", "sentence", "ending"),
    [
        (NO_X12, "Nothing of this file was taken.", "rejected"),
        (POISON, "This file waits for a person on our side.", "waiting"),
        (finding("file.duplicate", name="a", earlier=3), "This file came before,", "accepted"),
    ],
)
def test_a_file_without_documents_says_why(found: Finding, sentence: str, ending: str) -> None:
    told = outcome(findings=[found])
    assert sentence in read(told)
    assert found.message in read(told)
    assert text_name(told).endswith(f".{ending}.txt")


def test_different_kinds_are_counted_as_documents() -> None:
    order = DocumentOutcome(kind="850", number="PO1", state=TRANSLATED)
    assert "All 2 documents were taken." in read(outcome(document(), order))


# What to do


def test_what_was_taken_must_not_be_sent_again_and_the_rest_alone() -> None:
    text = read(outcome(document("1"), document("2", REJECTED, cell())))
    assert "send that alone, in a new file under a new name. Do not send again what was taken" in text


def test_where_nothing_was_taken_the_whole_file_is_sent_again() -> None:
    assert "send the whole file again, under a new name." in read(outcome(document("1", REJECTED, cell())))


def test_where_all_was_taken_nothing_is_to_be_done() -> None:
    text = read(outcome(document("1")))
    assert "WHAT TO DO NOW Nothing. Do not send this file again." in text


def test_what_we_act_on_asks_nothing_of_the_sender_and_tells_no_inner_advice() -> None:
    text = read(outcome(findings=[POISON]))
    assert "Nothing for you: we look into this." in text
    assert "release" not in text


@pytest.mark.parametrize(("state", "promised"), [(HELD, True), (REJECTED, False)])
def test_we_look_into_what_waits_and_not_into_what_was_refused(state: Processing, *, promised: bool) -> None:
    conflict = finding("duplicate.conflict", kind="810", number="1", earlier=3)
    told = outcome(document("1", state, conflict))
    assert ("we look into this" in read(told), "we look into this" in rows(told)[1][4]) == (promised, promised)


def test_bytes_that_are_no_x12_beside_documents_that_were_taken_are_sent_alone() -> None:
    lost = finding("envelope.not_x12", offset=90, size=12, start="hello")
    text = read(outcome(document("1"), findings=[lost]))
    assert "Part of the file could not be read" in text
    assert text_name(outcome(document("1"), findings=[lost])).endswith(".rejected.txt")


# Where


def test_a_problem_of_a_table_says_row_column_value_and_what_to_do() -> None:
    text = read(outcome(document("1", REJECTED, cell())))
    assert "Where: Row 4, column Qty Problem: No number You sent: 12;5" in text


def test_a_problem_of_a_set_says_segment_element_by_name_expectation_and_cure() -> None:
    (found,) = only_set(ORDER[0].replace("20261116", "20261345"), *ORDER[1:]).findings
    told = DocumentOutcome(kind="850", number="PO1", state=REJECTED, findings=(found,))
    text = read(outcome(told))
    assert "Where: Segment 2 of the order, BEG05, byte" in text
    assert 'Problem: Order date (BEG05) in segment 2 is "20261345".' in text
    assert "Expected: A date as CCYYMMDD To do: Send a day of the calendar in that form" in text
    assert "Code: syntax.invalid_date" in text


def test_the_quoted_lines_stand_under_their_problem() -> None:
    told = outcome(document("1", REJECTED, cell()))
    text = answer_text(told, quoted=lambda _: ("4 | INV-1,12;5", "          ^^^^")).decode()
    assert "\r\n    4 | INV-1,12;5\r\n              ^^^^\r\n" in text


def test_the_segment_stands_under_its_problem_with_a_caret() -> None:
    content = interchange(transaction(ORDER[0].replace("20261116", "20261345"), *ORDER[1:]))
    (read_set,) = sets(content)
    header = read_set.interchange

    def quoted(found: Finding) -> Sequence[str]:
        shown = quote(io.BytesIO(content), found, header.delimiters, since=header.offset, width=72)
        return (shown.line, shown.carets) if shown else ()

    told = outcome(DocumentOutcome(kind="850", number="PO1", state=REJECTED, findings=read_set.findings))
    lines = answer_text(told, quoted=quoted).decode().splitlines()
    at = lines.index("    BEG*00*SA*PO1**20261345")
    assert lines[at + 1] == "                   ^^^^^^^^"


def test_a_long_list_is_cut_and_says_so_and_every_document_is_named() -> None:
    documents = [document(str(number), REJECTED, cell(number)) for number in range(1000, 1300)]
    text = answer_text(outcome(*documents), listed_in="invoices.csv.answer.csv").decode()
    assert text.count("Problem:") == MOST_PROBLEMS
    assert "100 further problems are not listed here. All of them are in\r\ninvoices.csv.answer.csv." in text
    assert all(f"Invoice {number}" in text for number in range(1000, 1300))


# Hostile content


@given(st.text(max_size=300), st.text(max_size=2000), st.text(max_size=40))
def test_whatever_stands_in_it_the_text_is_lines_that_steer_nothing(name: str, value: str, number: str) -> None:
    found = finding("file.unreadable", name=name, start=value, offset=0, value=value)
    told = outcome(document(number, REJECTED, found, cell(value=value, column=name)), name=name)
    content = answer_text(told)
    lines = content.decode("utf-8-sig").removesuffix("\r\n").split("\r\n")
    assert all(line.isprintable() for line in lines)
    assert max(len(line) for line in lines) <= 76


@given(st.text(max_size=400), st.sampled_from([".accepted.txt", ".rejected.txt", ".answer.csv"]))
def test_an_answers_name_is_safe_in_any_folder_and_keeps_its_ending(name: str, ending: str) -> None:
    told = answer_name(name, ending)
    assert told.endswith(ending)
    assert len(told) > len(ending)
    assert safe(told) == told
    assert not is_temporary(told)


@pytest.mark.parametrize(
    ("dropped", "named"),
    [
        ("orders.csv", "orders.csv.answer.csv"),
        ("../../etc/passwd", "_.._etc_passwd.answer.csv"),
        ("a\u202egnp.csv", "a_gnp.csv.answer.csv"),
        ("x" * 300 + ".csv", "x" * (180 - 4 - 11) + ".csv.answer.csv"),
        ("", "unnamed.answer.csv"),
    ],
)
def test_a_long_or_hostile_name_keeps_its_extension(dropped: str, named: str) -> None:
    assert csv_name(outcome(name=dropped)) == named


# The table


def test_the_table_has_a_row_for_each_problem_in_the_order_of_the_rows() -> None:
    late, early = cell(9), cell(4, "Price", "1,5")
    told = outcome(document("1", REJECTED, late), document("2", REJECTED, early))
    assert rows(told) == [
        ["row", "column", "value", "problem", "how to fix", "code"],
        ["4", "Price", "1,5", "No number", "", "test.quantity"],
        ["9", "Qty", "12;5", "No number", "", "test.quantity"],
    ]


def test_the_table_opens_as_utf_8_with_quoted_cells_and_windows_line_ends() -> None:
    content = answer_csv(outcome(document("1", REJECTED, cell(value="Größe"))))
    assert content.startswith(b'\xef\xbb\xbf"row",')
    assert content.count(b"\n") == content.count(b"\r\n") == 2
    assert "Größe".encode() in content


@pytest.mark.parametrize("value", ["=1+1", "+1", "-5", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1+1"])
def test_no_cell_begins_a_formula(value: str) -> None:
    assert rows(outcome(document("1", REJECTED, cell(value=value))))[1][2].startswith("'")


@pytest.mark.parametrize(
    "value", ["00123", "1.00614E+13", "11/12/2026", "1,234", "2.50", "12;5", "EA", "GLOVE-7", "'C-1"]
)
def test_a_value_that_is_no_formula_can_be_copied_back_as_it_was_sent(value: str) -> None:
    assert rows(outcome(document("1", REJECTED, cell(value=value))))[1][2] == value


cells = st.builds(cell, st.integers(1, 10**6), st.text(max_size=30), st.one_of(st.none(), st.text(max_size=200)))


@given(st.lists(cells, max_size=12), st.lists(cells, max_size=3), st.sampled_from([",", ";", "\t"]))
def test_the_rows_of_the_table_are_the_findings(
    in_documents: list[Finding], in_file: list[Finding], delimiter: str
) -> None:
    told = outcome(*(document(str(n), REJECTED, each) for n, each in enumerate(in_documents)), findings=in_file)
    written = rows(told, delimiter)[1:]
    assert sorted((row[0], row[5]) for row in written) == sorted(
        (str(each.row), each.code) for each in (*in_documents, *in_file)
    )
    assert all(len(row) == 6 and all(text.isprintable() for text in row) for row in written)
