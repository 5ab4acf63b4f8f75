"""Faults of the envelope: what each is called, which acknowledgment reports it, and how much it weighs."""

import pytest

from gateway.model.finding import Severity
from gateway.x12.reading import GroupRead, InterchangeRead, SetRead
from tests.x12.interchanges import (
    GS,
    ISA,
    ORDER,
    acks,
    codes,
    group,
    interchange,
    interchange_read,
    read_all,
    sets,
    transaction,
    wire,
)

ST, *BODY, SE = transaction(*ORDER)
GE = "GE*1*7"
IEA = "IEA*1*000000007"
SOUND = [ISA, GS, ST, *BODY, SE, GE, IEA]


def changed(**segments: str | None) -> bytes:
    """The sound interchange with these segments in place of its own; None leaves one out."""
    own = {"ISA": ISA, "GS": GS, "ST": ST, "SE": SE, "GE": GE, "IEA": IEA}
    kept = [segments.get(segment.split("*")[0], segment) if segment in own.values() else segment for segment in SOUND]
    return wire([segment for segment in kept if segment is not None])


SET_FAULTS = [
    ("SE*99*0001", "envelope.se_count", "AK5 4"),
    ("SE*X*0001", "envelope.se_count", "AK5 4"),
    ("SE*5*0002", "envelope.se_control", "AK5 3"),
    (None, "envelope.se_missing", "AK5 2"),
]


@pytest.mark.parametrize(("se", "code", "ack"), SET_FAULTS)
def test_a_wrong_set_trailer_is_an_error_of_the_set(se: str | None, code: str, ack: str) -> None:
    (read,) = sets(changed(SE=se))
    (finding,) = (finding for finding in read.findings if finding.code == code)
    assert (acks([finding]), finding.severity) == ([ack], Severity.ERROR)
    assert read.complete is (se is not None)


@pytest.mark.parametrize(
    ("st", "code", "ack"),
    [
        ("ST*850", "envelope.set_control_missing", "AK5 7"),
        ("ST*850*0000000001", "envelope.set_control_long", "AK5 7"),
        ("ST*8X*0001", "envelope.set_id_missing", "AK5 6"),
        ("ST*846*0001", "envelope.set_unsupported", "AK5 1"),
        ("ST*855*0001", "envelope.set_misplaced", "AK5 6"),
    ],
)
def test_a_set_that_cannot_be_taken_is_an_error_of_the_set(st: str, code: str, ack: str) -> None:
    (read,) = sets(changed(ST=st))
    assert code in codes(read.findings)
    assert ack in acks(read.findings)


def test_a_control_number_that_comes_twice_in_a_group_is_an_error_of_the_second_set() -> None:
    first, second = sets(interchange(transaction(*ORDER), transaction(*ORDER)))
    assert (acks(first.findings), acks(second.findings)) == ([], ["AK5 23"])


def test_a_set_that_is_followed_by_another_st_has_no_end() -> None:
    first, second = sets(wire([ISA, GS, ST, *BODY, *transaction(*ORDER, control="0002"), "GE*2*7", IEA]))
    assert (acks(first.findings), acks(second.findings)) == (["AK5 2"], [])


GROUP_FAULTS = [
    ({"GE": "GE*2*7"}, "envelope.ge_count", "AK9 5", Severity.WARNING),
    ({"GE": "GE*1*8"}, "envelope.ge_control", "AK9 4", Severity.WARNING),
    ({"GE": None}, "envelope.ge_missing", "AK9 3", Severity.ERROR),
    ({"GS": GS.replace("004010", "003060")}, "envelope.version_unsupported", "AK9 2", Severity.ERROR),
    ({"GS": GS.replace("GS*PO", "GS*RA")}, "envelope.group_unsupported", "AK9 1", Severity.ERROR),
    ({"GS": GS.replace("*7*X", "*N7*X"), "GE": "GE*1*N7"}, "envelope.group_control", "AK9 6", Severity.ERROR),
]


@pytest.mark.parametrize(("segments", "code", "ack", "severity"), GROUP_FAULTS)
def test_a_faulty_group_says_what_its_acknowledgment_reports(
    segments: dict[str, str | None], code: str, ack: str, severity: Severity
) -> None:
    found = group(changed(**segments))
    assert [(finding.code, finding.severity) for finding in found.findings] == [(code, severity)]
    assert acks(found.findings) == [ack]


QUIET_GROUP_FAULTS = [
    ({"GS": GS.replace("004010", "004010VICS")}, "envelope.version_by_prefix"),
    ({"GS": GS.replace("20261116", "20261316")}, "envelope.group_element"),
    ({"GE": "GE*1*07"}, "envelope.ge_control_form"),
]


@pytest.mark.parametrize(("segments", "code"), QUIET_GROUP_FAULTS)
def test_an_odd_group_is_a_warning_between_ourselves(segments: dict[str, str | None], code: str) -> None:
    found = group(changed(**segments))
    assert [(finding.code, finding.severity, finding.ack) for finding in found.findings] == [
        (code, Severity.WARNING, None)
    ]


def test_a_group_of_a_variant_is_read_by_its_release() -> None:
    assert group(changed(GS=GS.replace("004010", "004010VICS"))).group.release == "004010"


def test_two_groups_of_one_number_are_told() -> None:
    content = wire([ISA, GS, ST, *BODY, SE, GE, GS, ST, *BODY, SE, GE, "IEA*2*000000007"])
    groups = [part for part in read_all(content) if isinstance(part, GroupRead)]
    assert [codes(found.findings) for found in groups] == [[], ["envelope.group_repeated"]]


INTERCHANGE_FAULTS = [
    ({"IEA": "IEA*2*000000007"}, "envelope.iea_count", "TA1 021", Severity.WARNING),
    ({"IEA": "IEA*1*000000008"}, "envelope.iea_control", "TA1 001", Severity.ERROR),
    ({"IEA": None}, "envelope.iea_missing", "TA1 023", Severity.ERROR),
    ({"ISA": ISA.replace("ISA*00", "ISA*99")}, "envelope.authorization_qualifier", "TA1 010", Severity.WARNING),
    (
        {"ISA": ISA.replace("*00*          *ZZ", "*99*          *ZZ")},
        "envelope.security_qualifier",
        "TA1 012",
        Severity.WARNING,
    ),
    ({"ISA": ISA.replace("ZZ*NORTH", "z?*NORTH")}, "envelope.sender_qualifier", "TA1 005", Severity.WARNING),
    ({"ISA": ISA.replace("NORTHCLINIC", " " * 11)}, "envelope.sender_id", "TA1 006", Severity.ERROR),
    ({"ISA": ISA.replace("ZZ*HEALTH", "  *HEALTH")}, "envelope.receiver_qualifier", "TA1 007", Severity.WARNING),
    ({"ISA": ISA.replace("HEALTHSYS", " " * 9)}, "envelope.receiver_id", "TA1 008", Severity.ERROR),
    ({"ISA": ISA.replace("261116", "261316")}, "envelope.interchange_date", "TA1 014", Severity.WARNING),
    ({"ISA": ISA.replace("0812", "0882")}, "envelope.interchange_time", "TA1 015", Severity.WARNING),
    ({"ISA": ISA.replace("00401", "4.010")}, "envelope.interchange_version", "TA1 017", Severity.ERROR),
    (
        {"ISA": ISA.replace("000000007", "00000000X"), "IEA": "IEA*1*00000000X"},
        "envelope.interchange_control",
        "TA1 018",
        Severity.ERROR,
    ),
    ({"ISA": ISA.replace("*0*P*", "*X*P*")}, "envelope.ack_requested", "TA1 019", Severity.WARNING),
    ({"ISA": ISA.replace("*0*P*", "*0*X*")}, "envelope.usage", "TA1 020", Severity.ERROR),
]


@pytest.mark.parametrize(("segments", "code", "ack", "severity"), INTERCHANGE_FAULTS)
def test_a_faulty_interchange_says_what_a_ta1_reports(
    segments: dict[str, str | None], code: str, ack: str, severity: Severity
) -> None:
    found = interchange_read(changed(**segments))
    assert [(finding.code, finding.severity) for finding in found.findings] == [(code, severity)]
    assert acks(found.findings) == [ack]


def test_the_same_number_written_otherwise_is_only_a_warning() -> None:
    found = interchange_read(changed(IEA="IEA*1*7"))
    assert [(finding.code, finding.severity, finding.ack) for finding in found.findings] == [
        ("envelope.iea_control_form", Severity.WARNING, None)
    ]
    (read,) = sets(changed(SE="SE*5*1"))
    assert codes(read.findings) == ["envelope.se_control_form"]


def test_an_interchange_cut_off_in_a_set_lacks_all_its_ends() -> None:
    parts = read_all(wire([ISA, GS, ST, *BODY]))
    assert [(type(part), acks(part.findings)) for part in parts] == [
        (SetRead, ["AK5 2"]),
        (GroupRead, ["AK9 3"]),
        (InterchangeRead, ["TA1 023"]),
    ]


def test_an_interchange_that_runs_into_the_next_has_no_end_and_the_next_is_read() -> None:
    first, second = (part for part in read_all(wire([*SOUND[:-1], *SOUND])) if isinstance(part, InterchangeRead))
    assert (first.complete, second.complete, acks(second.findings)) == (False, True, [])


@pytest.mark.parametrize(
    ("segments", "level", "first", "count"),
    [
        ([ISA, "N1*ST*X", "N3*Y", GS, ST, *BODY, SE, GE, IEA], InterchangeRead, "N1", 2),
        ([ISA, ST, *BODY, SE, "IEA*0*000000007"], InterchangeRead, "ST", 5),
        ([ISA, "GE*1*7", "IEA*0*000000007"], InterchangeRead, "GE", 1),
        ([ISA, GS, "SE*1*0001", ST, *BODY, SE, GE, IEA], GroupRead, "SE", 1),
        ([ISA, GS, ST, *BODY, SE, "PO1*1", "TA1*1", GE, IEA], GroupRead, "PO1", 2),
    ],
)
def test_segments_that_stand_nowhere_are_never_silent(
    segments: list[str], level: type[GroupRead | InterchangeRead], first: str, count: int
) -> None:
    (found,) = (part for part in read_all(wire(segments)) if isinstance(part, level))
    (stray,) = found.findings
    assert stray.segment == first
    assert stray.message.startswith(f"At byte {stray.offset} {first} stands ")
    assert f"(segments there: {count})" in stray.message


def test_stray_segments_are_told_where_they_begin_not_where_blanks_before_them_do() -> None:
    content = wire(SOUND).replace(GE.encode() + b"~\n", GE.encode() + b"~~\nREF*AB~\n")
    (stray,) = interchange_read(content).findings
    assert stray.offset is not None
    assert content[stray.offset :].startswith(b"REF*AB")


def test_a_ta1_that_cannot_be_understood_is_told() -> None:
    found = interchange_read(wire([ISA, "TA1*000000041*261115*1200*Q", "IEA*0*000000007"]))
    assert codes(found.findings) == ["envelope.ta1_broken"]


@pytest.mark.parametrize(
    ("segments", "code", "there"),
    [
        ({"ISA": ISA.replace("*00401*", "*004X1*")}, "envelope.interchange_version", b"004X1*"),
        ({"ISA": ISA.replace("*P*>", "*X*>")}, "envelope.usage", b"X*>"),
        (
            {"ISA": ISA.replace("*ZZ*HEALTHSYS      *", "*ZZ*               *")},
            "envelope.receiver_id",
            b" " * 15 + b"*26",
        ),
        ({"GS": GS.replace("*004010", "*003060")}, "envelope.version_unsupported", b"003060~"),
        ({"GS": GS.replace("*7*X", "**X")}, "envelope.group_control", b"*X*0"),
        ({"ST": "ST*846*0001"}, "envelope.set_unsupported", b"846*"),
        ({"ST": "ST*850"}, "envelope.set_control_missing", b"~\nBEG"),
        ({"SE": "SE*9*0001"}, "envelope.se_count", b"9*0001~"),
        ({"SE": "SE*5*0002"}, "envelope.se_control", b"0002~"),
        ({"GE": "GE*9*7"}, "envelope.ge_count", b"9*7~\nIEA"),
        ({"GE": "GE*1"}, "envelope.ge_control", b"~\nIEA"),
        ({"IEA": "IEA*7*000000007"}, "envelope.iea_count", b"7*000000007~"),
        ({"IEA": "IEA*1*000000008"}, "envelope.iea_control", b"000000008~"),
    ],
)
def test_a_finding_tells_the_byte_of_its_element(segments: dict[str, str], code: str, there: bytes) -> None:
    content = b"\r\n" + changed(**segments)
    said = (found for part in read_all(content) for found in part.findings)
    assert [found.offset for found in said if found.code == code] == [content.index(there)]
