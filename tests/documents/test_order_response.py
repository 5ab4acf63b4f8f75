"""The order response, 855."""

from datetime import date

import pytest

from gateway.documents.order_response import LINE_GROUPS, OrderResponse
from tests.documents.document_sets import document_of, read_set, set_of

BAK = "BAK*00*AC*PO-1*20261120****SO-9*20261121"


def test_an_answer_is_known_by_bak() -> None:
    answer = document_of("855", BAK, "PO1*1*1*EA*1**VP*A", "CTT*1")
    assert (answer.number, answer.order_number, answer.seller_order_number) == ("PO-1", "PO-1", "SO-9")
    assert (answer.response, answer.type, answer.purpose) == ("AC", None, "00")
    assert (answer.date, answer.order_date) == (date(2026, 11, 21), date(2026, 11, 20))


def test_the_order_date_never_stands_in_for_the_date_of_the_answer() -> None:
    answer = document_of("855", "BAK*00*AD*PO-1*20261120", "PO1*1*1*EA*1**VP*A")
    assert (answer.date, answer.order_date) == (None, date(2026, 11, 20))


def test_one_line_may_have_many_answers() -> None:
    acks = ("ACK*BP*60*EA*068*20261125", "ACK*IB*40*EA*068*20261220")
    (line,) = document_of("855", BAK, "PO1*1*100*EA*1**VP*A", *acks, "CTT*1").lines
    assert line.quantity.value == "100"
    assert [(ack.code, ack.quantity, ack.uom, ack.date) for ack in line.acknowledgments] == [
        ("BP", "60", "EA", date(2026, 11, 25)),
        ("IB", "40", "EA", date(2026, 12, 20)),
    ]


def test_a_substitute_is_named_by_the_answer() -> None:
    (line,) = document_of("855", BAK, "PO1*1*2*EA*1**VP*A", "ACK*IS*2*EA****VP*B*UP*111", "CTT*1").lines
    assert line.item_ids == {"VP": ("A",)}
    assert line.acknowledgments[0].item_ids == {"VP": ("B",), "UP": ("111",)}


@pytest.mark.parametrize("code", sorted(LINE_GROUPS))
def test_every_known_code_is_carried_with_its_group(code: str) -> None:
    (line,) = document_of("855", BAK, "PO1*1*2*EA*1**VP*A", f"ACK*{code}", "CTT*1").lines
    assert [(ack.code, ack.group) for ack in line.acknowledgments] == [(code, LINE_GROUPS[code])]


def test_an_unknown_code_is_carried_and_left_to_a_person() -> None:
    (line,) = document_of("855", BAK, "PO1*1*2*EA*1**VP*A", "ACK*Q9*2*EA", "CTT*1").lines
    assert [(ack.code, ack.group) for ack in line.acknowledgments] == [("Q9", "review")]


def test_an_unknown_code_is_told_once_by_the_reader_or_by_the_document() -> None:
    found = set_of("855", BAK, "PO1*1*2*EA*1**VP*A", "ACK*Q9*2*EA", "CTT*1")
    _, warnings = read_set("855", BAK, "PO1*1*2*EA*1**VP*A", "ACK*Q9*2*EA", "CTT*1")
    assert len([each for each in (*found.findings, *warnings) if (each.segment, each.element) == ("ACK", 1)]) == 1


@pytest.mark.parametrize(
    ("code", "group"),
    [("AD", "accept"), ("AC", "by_lines"), ("AE", "by_lines"), ("AH", "hold"), ("RJ", "reject"), ("Q9", "review")],
)
def test_the_whole_answer_has_a_group_unless_its_lines_decide(code: str, group: str) -> None:
    answer = document_of("855", f"BAK*00*{code}*PO-1*20261120")
    assert isinstance(answer, OrderResponse)
    assert answer.group == group
