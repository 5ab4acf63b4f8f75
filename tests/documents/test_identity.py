"""What makes two documents one: the business key and the hash of the content."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from gateway.documents import business_key, content_sha, lane_orders
from tests.documents.document_sets import document_of

LINE = "PO1*1*100*EA*1**VP*A"


def key(set_id: str, *segments: str, partner: str = "acme", control: int = 1) -> str:
    return business_key(document_of(set_id, *segments, control=control), partner)


def sha(set_id: str, *segments: str, control: int = 1) -> str:
    return content_sha(document_of(set_id, *segments, control=control))


@pytest.mark.parametrize(
    ("set_id", "one", "other"),
    [
        ("850", "BEG*00*SA*PO-1**20261120", "BEG*00*SA*PO-2**20261120"),
        ("850", "BEG*00*RL*PO-1*1*20261120", "BEG*00*RL*PO-1*2*20261120"),
        ("850", "BEG*00*SA*PO-1**20261120", "BEG*01*SA*PO-1**20261120"),
        ("856", "BSN*00*S-1*20261120*0900", "BSN*00*S-2*20261120*0900"),
        ("856", "BSN*00*S-1*20261120*0900", "BSN*05*S-1*20261120*0900"),
        ("810", "BIG*20261120*I-1", "BIG*20261120*I-2"),
        ("810", "BIG*20261120*I-1*****DI", "BIG*20261120*I-1*****CR"),
        ("810", "BIG*20261120*I-1*****DI*00", "BIG*20261120*I-1*****DI*01"),
        ("855", "BAK*00*AC*PO-1*20261120", "BAK*00*AC*PO-2*20261120"),
    ],
)
def test_another_document_has_another_key(set_id: str, one: str, other: str) -> None:
    assert key(set_id, one) != key(set_id, other)


@pytest.mark.parametrize(
    ("set_id", "one", "other"),
    [
        ("850", "BEG*00*SA*PO-1**20261120", "BEG*00*SA*po-1 **20261120"),
        ("850", "BEG*00*SA*PO-1**20261120", "BEG*07*SA*PO-1**20261120"),
        ("850", "BEG*00*SA*PO-1**20261120", "BEG*00*SA*PO-1**20261121"),
        ("856", "BSN*00*S-1*20261120*0900", "BSN*15*S-1*20261121*0900"),
        ("810", "BIG*20261120*I-1*****DI", "BIG*20261120*I-1"),
        ("810", "BIG*20261120*I-1*****CR", "BIG*20261120*I-1*****CN"),
        ("810", "BIG*20261120*I-1*****DI*00", "BIG*20261120*I-1*****DI"),
    ],
)
def test_the_same_document_has_the_same_key_however_it_is_written(set_id: str, one: str, other: str) -> None:
    assert key(set_id, one) == key(set_id, other)
    assert sha(set_id, one) != sha(set_id, other)


def test_the_number_itself_stays_as_it_was_sent() -> None:
    assert document_of("850", "BEG*00*SA* po-1 **20261120").number == " po-1 "


def test_a_key_is_the_partners_own() -> None:
    beg = "BEG*00*SA*PO-1**20261120"
    assert key("850", beg, partner="acme") != key("850", beg, partner="bolt")


def test_two_numbers_never_run_together_into_one_key() -> None:
    assert key("850", "BEG*00*SA*A|B*C*20261120") != key("850", "BEG*00*SA*A*B|C*20261120")


def test_two_answers_to_one_order_are_two_documents_and_the_same_twice_is_one() -> None:
    bak = "BAK*00*AC*PO-1*20261120"
    first = key("855", bak, LINE, "ACK*IB*100*EA")
    assert first != key("855", bak, LINE, "ACK*IA*100*EA")
    assert first == key("855", bak, LINE, "ACK*IB*100*EA", control=77)


def test_the_same_key_with_other_content_is_told_apart_by_the_hash() -> None:
    beg = "BEG*00*SA*PO-1**20261120"
    assert key("850", beg, LINE) == key("850", beg, LINE.replace("100", "101"))
    assert sha("850", beg, LINE) != sha("850", beg, LINE.replace("100", "101"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("100*EA*1", "100.0*EA*1.00"),
        ("100*EA*1", "0100*EA*+1"),
        ("100*EA*.5", "100.*EA*0.50"),
        ("100*EA*1", "1E2*EA*1E0"),
        ("100*EA*1.5", "+1e2*EA*1.50E0"),
        ("0*EA*1", "-0.0*EA*1"),
    ],
)
def test_a_number_is_what_it_is_worth_however_it_is_spelled(one: str, other: str) -> None:
    beg = "BEG*00*SA*PO-1**20261120"
    assert sha("850", beg, LINE.replace("100*EA*1", one)) == sha("850", beg, LINE.replace("100*EA*1", other))


@pytest.mark.parametrize(
    ("one", "other"), [("REF*CT*10", "REF*CT*10.0"), ("REF*CT*10", "REF*CT*010"), ("N1*ST*5.0*92*1", "N1*ST*5*92*1")]
)
def test_what_is_no_number_is_content_as_it_was_sent(one: str, other: str) -> None:
    beg = "BEG*00*SA*PO-1**20261120"
    assert sha("850", beg, one) != sha("850", beg, other)


def test_a_stated_amount_is_what_it_is_worth_and_a_reference_is_not() -> None:
    beg = "BEG*00*SA*PO-1**20261120"
    assert sha("850", beg, LINE, "CTT*1", "AMT*TT*5") == sha("850", beg, LINE, "CTT*1", "AMT*TT*5.00")


def test_where_a_segment_stood_is_no_content() -> None:
    beg, unread = "BEG*00*SA*PO-1**20261120", "CSH*Y"  # the order policy: a segment no document carries
    near, far = (document_of("850", beg, *between, LINE) for between in ((), (unread,)))
    assert near.lines[0].src != far.lines[0].src
    assert content_sha(near) == content_sha(far)


def test_what_we_make_of_a_code_or_a_time_is_no_content() -> None:
    # Our tables and a partner's settings may change between a document and its resend.
    answer = document_of("855", "BAK*00*AC*PO-1*20261120", "DTM*067*20261130*0900", "N1*SE*Acme", LINE, "ACK*IA")
    (seller,), (promised,), (line,) = answer.parties, answer.dates, answer.lines
    (said,) = line.acknowledgments
    assert (seller.role, said.group) == ("seller", "accept")
    changed = replace(
        answer,
        group="hold",
        parties=(replace(seller, role=None),),
        dates=(replace(promised, at=promised.at and promised.at + timedelta(hours=1)),),
        lines=(replace(line, acknowledgments=(replace(said, group="review"),)),),
    )
    assert changed != answer
    assert content_sha(changed) == content_sha(answer)


def test_text_that_looks_like_a_place_is_content_all_the_same() -> None:
    beg = "BEG*00*SA*PO-1**20261120"
    assert sha("850", beg, 'REF*CT*"src":1,') != sha("850", beg, 'REF*CT*"src":2,')


def test_orders_are_named_once_and_as_they_are_compared() -> None:
    assert lane_orders(document_of("850", "BEG*00*SA* po-1**20261120", LINE)) == ("PO-1",)
