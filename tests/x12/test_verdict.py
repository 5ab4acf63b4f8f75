"""The page "Verdicts", row by row."""

import msgspec
import pytest

from gateway.model.catalogue import reasons
from gateway.model.finding import AckCode, Finding, Severity
from gateway.model.identifiers import PartyId
from gateway.profiles.agreement import AckKind, Ta1When
from gateway.x12.reading import Delimiters, GroupHeader, GroupRead, InterchangeHeader, InterchangeRead, SetRead, Ta1Read
from gateway.x12.verdict import (
    GROUP_RULES,
    INTERCHANGE_RULES,
    SET_RULES,
    TA1_RULES,
    GroupTally,
    GroupVerdict,
    InterchangeVerdict,
    acknowledges,
    judge_interchange,
    judge_set,
    ta1_due,
    unacknowledged,
    under,
)


def error(ack: str | None = None) -> Finding:
    return found(Severity.ERROR, ack)


def warning(ack: str | None = None) -> Finding:
    return found(Severity.WARNING, ack)


def found(severity: Severity, ack: str | None) -> Finding:
    code = AckCode(*ack.split(" ")) if ack else None
    return Finding(code="test.fault", severity=severity, message="a fault", segment="BEG", position=2, ack=code)


def interchange(*, asked: bool = False) -> InterchangeHeader:
    return InterchangeHeader(
        ordinal=1,
        offset=0,
        control="000000905",
        sender=PartyId("ZZ", "BUYER"),
        receiver=PartyId("ZZ", "HEALTHSYS"),
        date="261122",
        time="1015",
        version="00401",
        usage="P",
        ack_requested=asked,
        delimiters=Delimiters(element="*", component=">", segment="~"),
    )


STRAY = msgspec.structs.replace(warning(), code="envelope.stray_segments")
GROUP = GroupHeader(
    ordinal=1,
    offset=106,
    functional_id="PO",
    sender="BUYER",
    receiver="HEALTHSYS",
    date="20261122",
    time="1015",
    control="77",
    agency="X",
    version="004010",
    release="004010",
)


def read_set(*findings: Finding, complete: bool = True) -> SetRead:
    return SetRead(
        interchange=interchange(),
        group=GROUP,
        ordinal=1,
        offset=150,
        set_id="850",
        control="0001",
        implementation=None,
        segments=9,
        complete=complete,
        tree={},
        findings=findings,
    )


def close(
    sets: str,
    *findings: Finding,
    claimed: str | None = "as counted",
    complete: bool = True,
    partial: bool = True,
    unseen: int = 0,
) -> GroupVerdict:
    """The verdict on a group whose sets were judged like the letters of `sets`."""
    faults = {"A": (), "E": (warning("AK5 3"),), "R": (error("AK5 4"),)}
    tally = GroupTally()
    for letter in sets:
        tally.add(judge_set(read_set(*faults[letter])))
    read = GroupRead(
        interchange=interchange(),
        group=GROUP,
        claimed=str(len(sets)) if claimed == "as counted" else claimed,
        counted=len(sets) + unseen,
        complete=complete,
        findings=findings,
    )
    return tally.close(read, partial_acceptance=partial)


def judged(
    *findings: Finding,
    complete: bool = True,
    groups: int = 1,
    ta1: int = 0,
    asked: bool = False,
    also: tuple[Finding, ...] = (),
) -> InterchangeVerdict:
    answers = tuple(Ta1Read(control="000000001", date="261122", time="1015", code="A", note="000") for _ in range(ta1))
    read = InterchangeRead(
        interchange=interchange(asked=asked),
        claimed="1",
        counted=groups,
        complete=complete,
        size=500,
        sha256="0" * 64,
        ta1=answers,
        findings=findings,
    )
    return judge_interchange(read, also)


@pytest.mark.parametrize(
    ("read", "code", "ak5_codes"),
    [
        pytest.param(read_set(), "A", (), id="a clean set is accepted and says no code"),
        pytest.param(read_set(warning()), "A", (), id="a warning that no acknowledgment reports changes nothing"),
        pytest.param(read_set(warning("AK9 5")), "A", (), id="a warning about the group is not the set's"),
        pytest.param(
            read_set(warning("AK4 7")), "E", ("5",), id="a reported warning in an element accepts with errors"
        ),
        pytest.param(
            read_set(warning("AK5 3")), "E", ("3",), id="a reported warning about the set accepts with errors"
        ),
        pytest.param(read_set(error("AK4 7")), "R", ("5",), id="a fault in an element refuses the set"),
        pytest.param(read_set(error("AK3 3")), "R", ("5",), id="a missing segment refuses the set"),
        pytest.param(read_set(error("AK5 4")), "R", ("4",), id="SE01 wrong refuses the set with 4 alone"),
        pytest.param(read_set(error("AK5 3")), "R", ("3",), id="SE02 wrong refuses the set with 3 alone"),
        pytest.param(
            read_set(error("AK4 7"), error("AK5 4"), error("AK5 3")),
            "R",
            ("4", "3", "5"),
            id="all reasons are told at once",
        ),
        pytest.param(read_set(warning("AK4 7"), error("AK5 4")), "R", ("4", "5"), id="an error outweighs a warning"),
        pytest.param(read_set(complete=False), "R", ("2",), id="SE missing refuses the set with 2"),
        pytest.param(read_set(error("AK5 2"), complete=False), "R", ("2",), id="the same code is said once"),
        pytest.param(read_set(error()), "R", ("5",), id="a refused set always says a code"),
        pytest.param(
            read_set(*(error(f"AK5 {code}") for code in (1, 3, 4, 6, 7, 23))),
            "R",
            ("1", "3", "4", "6", "7"),
            id="AK5 has room for five codes",
        ),
    ],
)
def test_a_set_is_judged(read: SetRead, code: str, ak5_codes: tuple[str, ...]) -> None:
    verdict = judge_set(read)
    assert (verdict.code, verdict.ak5_codes) == (code, ak5_codes)


@pytest.mark.parametrize(
    ("verdict", "code", "accepted", "ak9_codes"),
    [
        pytest.param(close("AAA"), "A", 3, (), id="all A is A"),
        pytest.param(close("AEA"), "E", 3, (), id="some E and no R is E"),
        pytest.param(close("AER"), "P", 2, (), id="mixed is P"),
        pytest.param(close("ER"), "P", 1, (), id="accepted with errors counts as accepted"),
        pytest.param(close("RR"), "R", 0, (), id="all R is R"),
        pytest.param(close("AA", warning("AK9 5")), "E", 2, ("5",), id="a tolerated group fault is E with its code"),
        pytest.param(
            close("AR", warning("AK9 4")), "P", 1, ("4",), id="a tolerated group fault leaves a mixed group P"
        ),
        pytest.param(close("RR", warning("AK9 5")), "R", 0, ("5",), id="a tolerated group fault leaves all R at R"),
        pytest.param(close("AA", warning()), "A", 2, (), id="a warning that no acknowledgment reports changes nothing"),
        pytest.param(
            close("AA", error("AK9 2")), "R", 0, ("2",), id="an untolerated group fault is R and accepts none"
        ),
        pytest.param(close("AA", error()), "R", 0, (), id="an error of the group without a code is R"),
        pytest.param(close("AR", partial=False), "R", 0, (), id="without partial acceptance one R refuses the group"),
        pytest.param(close("AE", partial=False), "E", 2, (), id="without partial acceptance E still passes"),
        pytest.param(close("AA", complete=False), "R", 0, ("3",), id="GE missing is R with 3"),
        pytest.param(
            close("AA", error("AK9 3"), complete=False),
            "R",
            0,
            ("3",),
            id="GE missing that was found as a fault says 3 once",
        ),
        pytest.param(close("AA", unseen=1), "P", 2, (), id="a set that was counted and never judged is not accepted"),
        pytest.param(close("", claimed="0"), "A", 0, (), id="a group that says it is empty refuses nothing"),
        pytest.param(
            close("", warning("AK9 5"), claimed="3"), "R", 0, ("5",), id="sets that were claimed and not found are R 5"
        ),
        pytest.param(close("", claimed="9" * 5000), "R", 0, (), id="however many"),
        pytest.param(close("", STRAY, claimed="0"), "R", 0, (), id="segments of which none is a set are R"),
        pytest.param(close("A", STRAY), "A", 1, (), id="segments beside a set change nothing"),
    ],
)
def test_a_group_is_judged(verdict: GroupVerdict, code: str, accepted: int, ak9_codes: tuple[str, ...]) -> None:
    assert (verdict.code, verdict.accepted, verdict.ak9_codes) == (code, accepted, ak9_codes)


@pytest.mark.parametrize(
    ("claimed", "told"),
    [
        pytest.param("2", 2, id="GE01 right"),
        pytest.param("7", 7, id="GE01 as sent although wrong"),
        pytest.param("0002", 2, id="GE01 with zeros before it"),
        pytest.param(None, 2, id="GE without GE01: counted"),
        pytest.param("", 2, id="GE01 empty: counted"),
        pytest.param("X", 2, id="GE01 no number: counted"),
        pytest.param("-1", 2, id="GE01 negative: counted"),
        pytest.param("²", 2, id="GE01 a digit of another script: counted"),
        pytest.param("1234567", 2, id="GE01 longer than AK902 can hold: counted"),
    ],
)
def test_ak902_is_ge01_as_sent_and_ak903_what_we_counted(claimed: str | None, told: int) -> None:
    verdict = close("AA", claimed=claimed)
    assert (verdict.claimed, verdict.counted) == (told, 2)


def test_ak902_is_what_we_counted_where_ge_is_missing() -> None:
    assert close("AAA", claimed=None, complete=False).claimed == 3


def test_no_set_of_a_refused_group_is_processed_even_where_it_was_accepted() -> None:
    accepted, refused = judge_set(read_set()), judge_set(read_set(error("AK4 7")))
    assert not close("AA", error("AK9 2")).processes(accepted)
    assert close("AR").processes(accepted)
    assert not close("AR").processes(refused)


@pytest.mark.parametrize(
    ("verdict", "code", "note"),
    [
        pytest.param(judged(), "A", "000", id="a clean interchange is accepted"),
        pytest.param(judged(warning()), "A", "000", id="a warning that no TA1 reports changes nothing"),
        pytest.param(judged(warning("TA1 021")), "E", "021", id="IEA01 wrong is noted"),
        pytest.param(judged(error("TA1 001")), "R", "001", id="IEA02 wrong is R 001"),
        pytest.param(judged(complete=False), "R", "023", id="IEA missing is R 023"),
        pytest.param(judged(error("TA1 023"), complete=False), "R", "023", id="IEA missing that was found as a fault"),
        pytest.param(judged(warning("TA1 021"), complete=False), "R", "023", id="IEA missing outweighs a note"),
        pytest.param(judged(also=(error("TA1 025"),)), "R", "025", id="a refused duplicate is R 025"),
        pytest.param(judged(also=(warning(),)), "A", "000", id="a duplicate that is only warned of is accepted"),
        pytest.param(judged(error()), "R", "024", id="an error without a note code is R 024"),
        pytest.param(judged(error(), error("TA1 001")), "R", "001", id="an error with a note code is told first"),
        pytest.param(
            judged(error(), complete=False), "R", "023", id="IEA missing is told before an error without a code"
        ),
    ],
)
def test_an_interchange_is_judged(verdict: InterchangeVerdict, code: str, note: str) -> None:
    assert (verdict.code, verdict.note) == (code, note)


def test_the_reason_of_a_refused_interchange_is_the_finding_that_decided() -> None:
    wrong = error("TA1 001")
    assert judged(warning("TA1 021"), wrong).reason is wrong
    assert judged().reason is None


@pytest.mark.parametrize(
    ("verdict", "code", "accepted"),
    [
        pytest.param(judged(complete=False), "R", 0, id="IEA missing: no group of it is processed"),
        pytest.param(judged(error("TA1 001")), "R", 0, id="a refused interchange refuses its groups"),
        pytest.param(judged(warning("TA1 021")), "A", 2, id="IEA01 wrong leaves its groups alone"),
    ],
)
def test_a_group_stands_under_its_interchange(verdict: InterchangeVerdict, code: str, accepted: int) -> None:
    group = under(close("AA"), verdict)
    assert (group.code, group.accepted, group.processes(judge_set(read_set()))) == (code, accepted, code != "R")


@pytest.mark.parametrize(
    ("when", "verdict", "due"),
    [
        pytest.param(Ta1When.NEVER, judged(error("TA1 001"), asked=True), False, id="never"),
        pytest.param(Ta1When.WHEN_ASKED, judged(asked=True), True, id="when asked: ISA14 = 1"),
        pytest.param(
            Ta1When.WHEN_ASKED, judged(error("TA1 001")), False, id="when asked: ISA14 = 0, even where refused"
        ),
        pytest.param(Ta1When.ASKED_OR_REFUSED, judged(asked=True), True, id="asked or refused: ISA14 = 1"),
        pytest.param(Ta1When.ASKED_OR_REFUSED, judged(), False, id="asked or refused: neither"),
        pytest.param(Ta1When.ASKED_OR_REFUSED, judged(warning("TA1 021")), False, id="asked or refused: only noted"),
        pytest.param(
            Ta1When.ASKED_OR_REFUSED, judged(error("TA1 001")), True, id="asked or refused: R, which no AK9 explains"
        ),
        pytest.param(Ta1When.ON_ERROR, judged(asked=True), False, id="on error: none"),
        pytest.param(Ta1When.ON_ERROR, judged(error("TA1 001")), True, id="on error: refused"),
        pytest.param(Ta1When.ON_ERROR, judged(warning("TA1 021")), True, id="on error: noted"),
        pytest.param(Ta1When.ALWAYS, judged(), True, id="always"),
        pytest.param(Ta1When.ALWAYS, judged(groups=0, ta1=1, asked=True), False, id="no TA1 for a TA1 alone"),
        pytest.param(
            Ta1When.ALWAYS, judged(groups=1, ta1=1), True, id="a TA1 beside groups is answered for the groups"
        ),
        pytest.param(Ta1When.ALWAYS, None, False, id="no TA1 where the ISA is unreadable"),
    ],
)
def test_a_ta1_is_due(when: Ta1When, verdict: InterchangeVerdict | None, due: bool) -> None:  # noqa: FBT001 - a column
    assert ta1_due(when, verdict) is due


@pytest.mark.parametrize(
    ("kind", "functional_id", "verdict", "reason"),
    [
        pytest.param(AckKind.X997, "PO", judged(), None, id="an order group is acknowledged"),
        pytest.param(AckKind.X999, "PO", judged(error("TA1 001")), None, id="so it is in a refused interchange"),
        pytest.param(
            AckKind.X997, "FA", judged(), "acknowledgment.none_for_acknowledgments", id="no 997 or 999 for FA groups"
        ),
        pytest.param(AckKind.NONE, "PO", judged(), "acknowledgment.none_agreed", id="none where none is agreed"),
        pytest.param(
            AckKind.X997,
            "PO",
            judged(also=(error("TA1 025"),)),
            "acknowledgment.none_for_duplicate",
            id="none for a refused duplicate: the group number was answered before",
        ),
    ],
)
def test_every_group_without_an_acknowledgment_has_a_reason(
    kind: AckKind, functional_id: str, verdict: InterchangeVerdict, reason: str | None
) -> None:
    assert unacknowledged(kind, functional_id, verdict) == reason
    assert reason is None or reason in reasons()


def test_groups_of_acknowledgments_are_never_answered() -> None:
    assert not acknowledges("FA")
    assert acknowledges("IN")


def test_every_way_to_agree_on_a_ta1_has_its_rule() -> None:
    assert set(TA1_RULES) == set(Ta1When)


def test_the_rules_can_be_printed_each_with_a_sentence_of_its_own() -> None:
    for rules in (SET_RULES, GROUP_RULES, INTERCHANGE_RULES):
        assert len({sentence for sentence, *_ in rules}) == len(rules)
