from __future__ import annotations

from pathlib import Path

import pytest

from gateway.model.outcomes import Refused
from gateway.settings import init
from gateway.terminal.report import Report
from tests.terminal.conftest import Explain
from tests.terminal.files import order, x12

GOOD, BAD = order(), order("PO-2", quantity="X")


def test_all_sets_accepted_is_accepted_without_a_reason(explained: Explain) -> None:
    report = explained(x12(GOOD))
    assert (report.outcome, report.reason) == ("accepted", None)


def test_some_sets_rejected_is_partial(explained: Explain) -> None:
    report = explained(x12(GOOD, BAD))
    assert (report.outcome, _reason(report)) == ("partial", "syntax.invalid_character")
    assert [each.ack_code for each in report.interchanges[0].groups] == ["P"]
    assert [each.kind for each in report.deliveries] == ["850", "997"]


def test_nothing_usable_is_rejected_and_answered(explained: Explain) -> None:
    report = explained(x12(BAD))
    assert (report.outcome, _reason(report)) == ("rejected", "syntax.invalid_character")
    assert [each.kind for each in report.deliveries] == ["997"]


def test_a_set_that_is_good_in_a_group_that_is_not_keeps_its_own_status(explained: Explain) -> None:
    report = explained(x12(GOOD).replace(b"GE*1*101~\n", b""))
    (group,) = report.interchanges[0].groups
    assert (report.outcome, _reason(report)) == ("rejected", "envelope.ge_missing")
    assert (group.ack_code, group.transactions[0].status) == ("R", "accepted")


def test_an_interchange_cut_off_rejects_all_of_its_groups(explained: Explain) -> None:
    report = explained(x12(GOOD).replace(b"IEA*1*000000101~\n", b""))
    assert (report.outcome, _reason(report)) == ("rejected", "envelope.iea_missing")
    assert report.interchanges[0].groups[0].ack_code == "R"


def test_an_interchange_without_sets_is_rejected(explained: Explain) -> None:
    content = x12().replace(b"GS*PO*NORTHCLINIC*HEALTHSYS*20261116*0812*101*X*004010~\nGE*0*101~\n", b"")
    assert _reason(explained(content)) == _reason(explained(x12())) == "file.no_sets"


def test_bytes_after_the_interchange_make_it_partial(explained: Explain) -> None:
    report = explained(x12(GOOD) + b"THANK YOU")
    assert (report.outcome, _reason(report)) == ("partial", "envelope.not_x12")
    assert [each.code for each in report.findings] == ["envelope.not_x12"]
    assert report.consumed == report.bytes


def test_without_an_installation_an_unknown_sender_is_read_with_the_defaults(explained: Explain) -> None:
    report = explained(x12(GOOD))
    (finding,) = report.interchanges[0].findings
    assert (finding.code, finding.severity) == ("partner.unknown", "warning")
    assert (report.partner, report.outcome) == (None, "accepted")
    assert [each.kind for each in report.acknowledgments] == ["997"]


def test_in_an_installation_an_unknown_sender_is_judged_by_the_content_too(explained: Explain, home: Path) -> None:
    assert explained(x12(GOOD, sender="SOMEBODY"), home=home).outcome == "accepted"


def test_a_channel_that_does_not_carry_the_sender_holds_the_file(explained: Explain, home: Path) -> None:
    through_own = explained(x12(GOOD), home=home, partner="northclinic")
    through_other = explained(x12(GOOD), home=home, partner="acme")
    of_nobody = explained(x12(GOOD, sender="SOMEBODY"), home=home, partner="acme")
    assert through_own.outcome == "accepted"
    assert (through_other.outcome, _reason(through_other)) == ("held", "partner.not_carried")
    assert (of_nobody.outcome, _reason(of_nobody)) == ("held", "partner.unknown")
    assert through_other.acknowledgments == ()


def test_a_file_for_somebody_else_or_of_a_kind_not_agreed_is_held(explained: Explain, home: Path) -> None:
    elsewhere = explained(x12(GOOD, receiver="SOMEBODY"), home=home)
    orders_of_a_seller = explained(x12(GOOD, sender="ACMEMED"), home=home)
    assert (elsewhere.outcome, _reason(elsewhere)) == ("held", "partner.not_for_us")
    assert (orders_of_a_seller.outcome, _reason(orders_of_a_seller)) == ("held", "partner.not_agreed")
    assert [each.code for each in orders_of_a_seller.interchanges[0].groups[0].findings] == ["partner.not_agreed"]


def test_test_usage_is_answered_and_posted_nowhere(explained: Explain, home: Path) -> None:
    report = explained(x12(GOOD, usage="T"), home=home)
    assert report.outcome == "accepted"
    assert [each.kind for each in report.deliveries] == ["997"]
    assert "*0*T*" in report.acknowledgments[0].content


def test_the_same_interchange_twice_in_a_file_is_a_duplicate_the_second_time(explained: Explain) -> None:
    report = explained(x12(GOOD) * 2)
    assert (report.outcome, _reason(report)) == ("partial", "duplicate.interchange")
    assert [each.kind for each in report.deliveries] == ["850", "997"]


def test_the_same_number_with_other_content_is_held(explained: Explain) -> None:
    report = explained(x12(GOOD, order(quantity="13")))
    second = report.interchanges[0].groups[0].transactions[1]
    assert (report.outcome, _reason(report)) == ("partial", "duplicate.conflict")
    assert (second.status, [each.code for each in second.findings]) == ("accepted", ["duplicate.conflict"])


def test_a_table_is_rejected_by_its_header_where_tables_were_agreed_and_as_no_x12_else(
    explained: Explain, home: Path
) -> None:
    table = b"Invoice No,Line,Qty\nB-1,1,50\n"
    of_bolt, of_acme = explained(table, home=home, partner="bolt"), explained(table, home=home, partner="acme")
    of_nobody = explained(table)
    assert (of_bolt.format, of_bolt.outcome, _reason(of_bolt)) == ("csv", "rejected", "table.columns_missing")
    assert (of_acme.format, of_acme.outcome, _reason(of_acme)) == ("csv", "rejected", "file.unreadable")
    assert (of_nobody.format, of_nobody.outcome, _reason(of_nobody)) == ("csv", "rejected", "file.unreadable")
    assert (of_bolt.partner, of_acme.partner, of_nobody.partner) == ("bolt", "acme", None)


@pytest.mark.parametrize(
    ("content", "form", "code"),
    [
        (b"", "unknown", "file.empty"),
        (b" \r\n ", "unknown", "envelope.empty"),
        (b"Dear customer, we moved.\n", "unknown", "envelope.not_x12"),
        (b"\x00\x01,\x02\n,\xff", "unknown", "envelope.not_x12"),
        (b"ISA*00*too short~", "x12", "envelope.isa_unreadable"),
    ],
)
def test_a_file_with_no_interchange_is_rejected(explained: Explain, content: bytes, form: str, code: str) -> None:
    report = explained(content)
    assert (report.format, report.outcome, _reason(report)) == (form, "rejected", code)
    assert [each.code for each in report.findings] == [code]
    assert (report.bytes, report.consumed) == (len(content), len(content))


def test_what_cannot_be_answered_says_why_instead(explained: Explain) -> None:
    content = x12(GOOD).replace(b"*ZZ*HEALTHSYS      *", b"*ZZ*               *")
    report = explained(content)
    assert report.acknowledgments == ()
    assert "acknowledgment.identity_unwritable" in [each.code for each in report.interchanges[0].findings]


def test_a_partner_that_is_not_there_is_refused(explained: Explain, home: Path) -> None:
    with pytest.raises(Refused, match="nobody"):
        explained(x12(GOOD), home=home, partner="nobody")
    with pytest.raises(Refused, match="no installation"):
        explained(x12(GOOD), partner="acme")


def test_a_home_in_which_the_file_may_be_that_of_a_broken_partner_is_refused(
    explained: Explain, tmp_path: Path
) -> None:
    home = init(tmp_path / "home")
    page = home.partners / "northclinic.toml"
    page.write_text(page.read_text("utf-8").replace("title", "titel"), "utf-8")
    for partner in (None, "northclinic"):
        with pytest.raises(Refused, match=r"2 mistakes; the first is in partners/northclinic\.toml, line 1") as refused:
            explained(x12(GOOD), home=home.root, partner=partner)
        assert refused.value.code == "explain.home_broken"
    of_acme = explained(x12(GOOD, sender="ACMEMED"), home=home.root, partner="acme")
    assert _reason(of_acme) == "partner.not_agreed"
    with pytest.raises(Refused, match="nobody") as refused:
        explained(x12(GOOD), home=home.root, partner="nobody")
    assert refused.value.code == "profile.no_such_partner"


def test_a_partner_file_that_names_no_partner_breaks_the_home_too(explained: Explain, tmp_path: Path) -> None:
    home = init(tmp_path / "home")
    (home.partners / "northclinic.toml").rename(home.partners / "North Clinic.toml")
    with pytest.raises(Refused, match=r"a mistake in partners/North Clinic\.toml, line 1"):
        explained(x12(GOOD), home=home.root)


def _reason(report: Report) -> str:
    return (report.reason or "").split(": ")[0]
