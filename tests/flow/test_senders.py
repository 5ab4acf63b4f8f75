"""Whose file it is, whether it is whole, and who is answered: every file ends in a named outcome."""

from collections.abc import Callable

import pytest

from gateway.flow.review import reject, release
from tests.passage.home import out
from tests.passage.route import Passage
from tests.passage.x12 import (
    ACME,
    NORTH,
    Set,
    accepted,
    answer,
    group,
    interchange,
    invoice,
    invoices,
    order,
    orders,
    shipment,
)

Agreed = Callable[..., Passage]


@pytest.mark.parametrize(
    ("reason", "content", "channel"),
    [
        ("partner.not_carried", orders("PO-1"), "acme"),
        ("partner.unknown", interchange(group(order("PO-1"), sender="NOBODY"), sender="NOBODY"), "northclinic"),
        ("partner.not_for_us", interchange(group(order("PO-1")), receiver="SOMEBODY"), "northclinic"),
        ("partner.not_agreed", interchange(group(invoice("I-1"), sender=NORTH)), "northclinic"),
    ],
)
def test_a_file_that_may_not_go_on_waits_unanswered_and_says_why(
    passage: Passage, reason: str, content: bytes, channel: str
) -> None:
    (number,) = passage.take(content, channel=channel)
    assert passage.file(number) == ("held", reason)
    case = passage.the_case()
    assert (case.reason, case.transmission_id) == (reason, number)
    assert case.fix
    assert passage.owed() == []
    assert passage.books.order == []
    assert passage.rows("SELECT no_ack_reason FROM functional_group") == [("held",)]
    assert passage.holds()


@pytest.mark.parametrize(
    ("reason", "content", "channel"),
    [
        ("partner.not_carried", orders("PO-1"), "acme"),
        ("partner.unknown", interchange(group(order("PO-1"), sender="NOBODY"), sender="NOBODY"), "northclinic"),
        ("partner.not_agreed", interchange(group(invoice("I-1"), sender=NORTH)), "northclinic"),
    ],
)
def test_a_release_alone_does_not_make_up_for_what_was_not_agreed(
    passage: Passage, reason: str, content: bytes, channel: str
) -> None:
    passage.take(content, channel=channel)
    first = passage.the_case()
    release(passage.route, passage.asked(first.id))
    passage.run()
    assert passage.the_case().reason == reason
    assert passage.the_case().id != first.id
    assert passage.books.order == []
    assert passage.owed() == []
    assert passage.holds()


def test_a_file_in_anothers_folder_is_told_where_it_belongs_and_goes_on_from_there(passage: Passage) -> None:
    passage.take(orders("PO-1"), channel="acme")
    case = passage.the_case()
    assert case.fix
    assert "reject this case and have it sent again through northclinic (inbox/northclinic) with a new" in case.fix
    reject(passage.route, passage.asked(case.id, reason="put into the wrong folder"))
    (number,) = passage.take(orders("PO-1", control=2), channel="northclinic")
    assert passage.file(number)[0] == "translated"
    assert len(passage.books.order) == 1
    assert passage.holds()


def test_once_the_channel_carries_the_sender_it_goes_on_and_is_answered_there(agreed: Agreed) -> None:
    hub = '[channel.hub]\ncarries = ["acme"]\ncomplete = "rename"\n'
    passage = agreed(more_config=hub)
    passage.take(orders("PO-1"), channel="hub")
    config = passage.home.config
    config.write_text(config.read_text().replace('["acme"]', '["acme", "northclinic"]'))
    passage.reread()
    release(passage.route, passage.asked(passage.the_case().id))
    passage.run()
    assert len(passage.books.order) == 1
    assert [answer(content).answers for content in out(passage.home, "hub").values()] == [(("PO", "1"),)]
    assert passage.cases() == []


def test_once_it_is_agreed_the_held_file_goes_on_when_released(passage: Passage) -> None:
    passage.take(interchange(group(invoice("I-1"), sender=NORTH)))
    page = passage.home.partners / "northclinic.toml"
    page.write_text(page.read_text().replace('["850"]', '["850", "810"]'))
    passage.reread()
    release(passage.route, passage.asked(passage.the_case().id))
    passage.run()
    assert [posting.kind for posting in passage.books.order] == ["810"]
    assert len(passage.owed()) == 1
    assert passage.holds()


def test_test_files_are_answered_as_tests_with_numbers_of_their_own_and_go_to_no_erp(passage: Passage) -> None:
    passage.take(orders("PO-1", control=1), orders("PO-2", control=2))
    passage.take(orders("PO-1", control=3, usage="T"))
    assert [(one.usage, one.control, one.group_controls) for one in passage.answers()] == [
        ("P", 1, (1,)),
        ("P", 2, (2,)),
        ("T", 1, (1,)),
    ]
    assert passage.states("document") == ["translated"] * 3
    assert len(passage.books.order) == 2
    assert passage.holds()


def test_a_test_order_does_not_take_the_number_of_the_real_one(passage: Passage) -> None:
    passage.take(orders("PO-1", control=1, usage="T"))
    passage.take(orders("PO-1", control=2))
    assert passage.states("document") == ["translated", "translated"]
    assert len(passage.books.order) == 1


def test_a_group_without_its_end_is_not_processed_and_the_one_beside_it_is(passage: Passage) -> None:
    broken, whole = group(order("PO-1"), control=1), group(order("PO-2"), control=2)
    passage.take(interchange(broken[:-1], whole))
    assert passage.states("document") == ["rejected", "translated"]
    assert [posting.business_key for posting in passage.books.order] == ["850|NORTHCLINIC|PO-2||00"]
    assert [one.group_codes for one in passage.answers()] == [("R", "A")]
    assert passage.holds()


def test_nothing_of_an_interchange_without_its_end_is_processed(passage: Passage) -> None:
    content = orders("PO-1", "PO-2", ta1=1).replace(b"IEA*1*000000001~\n", b"")
    (number,) = passage.take(content)
    assert passage.file(number)[0] == "rejected"
    assert set(passage.states("document")) == {"rejected"}
    assert passage.books.order == []
    ta1, functional = passage.answers()
    assert (ta1.ta1 or ())[3:] == ("R", "023")
    assert functional.group_codes == ("R",)
    assert len(passage.cases()) == 1
    assert passage.holds()


def test_two_interchanges_in_one_file_are_two(passage: Passage) -> None:
    passage.take(orders("PO-1", control=1) + orders("PO-2", "PO-3", control=2))
    assert passage.states("interchange") == ["translated", "translated"]
    assert [one.answers for one in passage.answers()] == [(("PO", "1"),), (("PO", "2"),)]
    assert [one.control for one in passage.answers()] == [1, 2]
    assert len(passage.books.order) == 3
    assert passage.holds()


def test_one_interchange_may_wait_while_the_other_in_its_file_goes_on(passage: Passage) -> None:
    passage.take(orders("PO-1", control=1))
    (number,) = passage.take(orders("PO-2", control=1) + orders("PO-3", control=2))
    assert passage.states("interchange") == ["translated", "held", "translated"]
    assert passage.file(number)[0] == "translated"
    release(passage.route, passage.asked(passage.the_case().id))
    passage.run()
    assert passage.states("interchange") == ["translated"] * 3
    assert len(passage.books.order) == 3
    assert sorted(one.control for one in passage.answers()) == [1, 2, 3]
    assert len({one.answers for one in passage.answers()}) == 2  # group 1 was used by two interchanges
    assert passage.holds()


@pytest.mark.parametrize(
    ("agreement", "asked", "sent"),
    [
        ("when_asked", 1, True),
        ("when_asked", 0, False),
        ("always", 0, True),
        ("never", 1, False),
        ("on_error", 1, False),
    ],
)
def test_the_ta1_comes_when_it_was_agreed(agreed: Agreed, agreement: str, asked: int, *, sent: bool) -> None:
    passage = agreed(north=f'ta1 = "{agreement}"')
    passage.take(orders("PO-1", ta1=asked))
    said = [one.ta1 for one in passage.answers() if one.ta1]
    assert said == ([("000000001", "261116", "0812", "A", "000")] if sent else [])
    assert len([one for one in passage.answers() if one.answers]) == 1
    assert passage.holds()


@pytest.mark.parametrize("kind", ["997", "999", "none"])
def test_a_group_gets_the_acknowledgment_that_was_agreed_or_a_reason_for_none(agreed: Agreed, kind: str) -> None:
    passage = agreed(north=f'acknowledgment = "{kind}"')
    passage.take(orders("PO-1"))
    query = "SELECT acknowledgment_kind FROM delivery WHERE kind = 'acknowledgment'"
    assert passage.rows(query) == ([] if kind == "none" else [(kind,)])
    (state, reason) = passage.rows("SELECT acknowledgment, no_ack_reason FROM functional_group")[0]
    assert (state, bool(reason)) == (("n/a", True) if kind == "none" else ("sent", False))


def test_an_acknowledgment_of_ours_is_taken_and_never_answered(passage: Passage) -> None:
    content = interchange(group(accepted()), group(invoice("I-1"), control=2), sender=ACME, ta1=0)
    passage.take(content, channel="acme")
    assert passage.states("document") == ["taken", "translated"]
    assert [one.answers for one in passage.answers()] == [(("IN", "2"),)]
    assert passage.cases() == []
    assert passage.holds()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "file.empty"), (b"Dear customer, our prices go up.", "envelope.not_x12"), (b"ISA*00*", None)],
)
def test_what_cannot_be_read_at_all_is_a_case(passage: Passage, content: bytes, reason: str | None) -> None:
    (number,) = passage.take(content)
    assert passage.file(number)[0] == "rejected"
    assert reason in (None, passage.the_case().reason)
    assert passage.the_case().transmission_id == number
    assert passage.holds()


def test_good_sets_of_a_file_go_on_beside_a_rejected_one(passage: Passage) -> None:
    passage.take(interchange(group(order("PO-1"), order("PO-2", quantity="1O"), order("PO-3"))))
    assert passage.states("document") == ["translated", "rejected", "translated"]
    (said,) = passage.answers()
    assert (said.set_codes, said.group_codes) == (("A", "R", "A"), ("P",))
    assert (passage.the_case().kind, passage.the_case().number) == ("850", "PO-2")
    assert passage.holds()


def test_none_of_a_file_goes_on_beside_a_rejected_one_where_that_was_agreed(agreed: Agreed) -> None:
    passage = agreed(north="partial_acceptance = false")
    passage.take(interchange(group(order("PO-1"), order("PO-2", quantity="1O"))))
    assert passage.states("document") == ["rejected", "rejected"]
    assert [one.group_codes for one in passage.answers()] == [("R",)]
    assert passage.books.order == []
    assert passage.holds()


def test_what_is_refused_with_its_group_says_why_and_is_one_case_of_what_it_is_worth(agreed: Agreed) -> None:
    passage = agreed(acme="partial_acceptance = false")
    good = [invoice(f"I-{number}") for number in range(3)]
    bad = Set("810", ("BIG*2026112X*I-9*20261116*1***DI", *invoice("I-9").segments[1:]))
    passage.take(invoices(*good, bad), channel="acme")
    reasons = [reason for (reason,) in passage.rows("SELECT reason FROM document ORDER BY id")]
    assert reasons[:3] == ["partner.group_refused"] * 3
    assert reasons[3].startswith("syntax.")
    of_set, of_group = passage.cases()
    assert (of_set.subject, of_set.number) == ("document 4", "I-9")
    assert (of_group.subject, of_group.reason, of_group.value) == ("interchange 1", "partner.group_refused", "124.50")
    assert "3 of its documents, worth 124.50" in of_group.sentence
    assert passage.rows("SELECT count(*) FROM finding WHERE code = 'partner.group_refused'") == [(1,)]
    assert passage.holds()


def test_a_group_that_lost_its_end_names_the_documents_it_takes_along(passage: Passage) -> None:
    passage.take(interchange(group(order("PO-1"), order("PO-2"))[:-1]))
    assert passage.rows("SELECT DISTINCT reason FROM document") == [("envelope.ge_missing",)]
    case = passage.the_case()
    assert (case.subject, case.reason) == ("interchange 1", "envelope.ge_missing")
    assert "2 of its documents, worth 168" in case.sentence
    assert passage.holds()


def test_a_group_whose_sets_were_lost_is_refused_beside_a_good_one_and_is_a_case(passage: Passage) -> None:
    lost, whole = group(order("PO-1"), control=1), group(order("PO-2"), control=2)
    passage.take(interchange([lost[0], lost[-1]], whole))
    assert [one.group_codes for one in passage.answers()] == [("R", "A")]
    assert passage.the_case().reason == "envelope.group_without_sets"
    assert passage.holds()


def test_other_group_ids_than_agreed_are_told_where_they_stand_and_change_nothing(agreed: Agreed) -> None:
    passage = agreed(north='partner_gs = ["NORTHEDI"]\nour_gs = "HEALTHEDI"')
    content = orders("PO-1")
    passage.take(content)
    assert passage.states("document") == ["translated"]
    assert [one.group_codes for one in passage.answers()] == [("A",)]
    told = "SELECT code, severity, body ->> 'value', body ->> 'offset' FROM finding ORDER BY id"
    gs = content.index(b"GS*")
    assert passage.rows(told) == [
        ("envelope.group_sender", "warning", "NORTHCLINIC", gs + 6),
        ("envelope.group_receiver", "warning", "HEALTHSYS", gs + 18),
    ]
    assert passage.cases() == []


@pytest.mark.parametrize(("content", "reason"), [(b"", "file.empty"), (b"A,B\n1,2\n", "file.unreadable")])
def test_one_cause_is_told_once(passage: Passage, content: bytes, reason: str) -> None:
    passage.take(content)
    assert passage.rows("SELECT code FROM finding") == [(reason,)]
    assert passage.the_case().reason == reason


def test_a_shipment_and_an_invoice_go_to_the_erp_as_what_they_are(passage: Passage) -> None:
    passage.take(invoices(shipment("S-1", "450001", "450002")), invoices(invoice("I-1"), control=2), channel="acme")
    assert sorted(posting.kind for posting in passage.books.order) == ["810", "856"]
    assert passage.cases() == []
