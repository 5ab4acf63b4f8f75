"""The TA1, 997 and 999 that we write."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyx12.params import params
from pyx12.x12file import X12Reader
from pyx12.x12n_document import x12n_document

from gateway.model.finding import AckCode, Finding, Severity
from gateway.model.identifiers import PartyId
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import AckKind, Agreement, Direction, Separators
from gateway.x12.acknowledge import Answer, answer_for, fa_groups, stream_ack, write_ack, write_ta1
from gateway.x12.reading import Delimiters, GroupHeader, InterchangeHeader
from gateway.x12.verdict import GroupVerdict, InterchangeVerdict, SetCode, SetVerdict
from gateway.x12.write import Envelope

ENVELOPE = Envelope(
    our_id=PartyId("ZZ", "HEALTHSYS"),
    partner_id=PartyId("ZZ", "NORTHCLINIC"),
    now=datetime(2026, 11, 22, 9, 5, tzinfo=UTC),
    control=42,
    group_controls=(7,),
    separators=Separators(suffix=""),
)
INTERCHANGE = InterchangeHeader(
    ordinal=1,
    offset=0,
    control="000000905",
    sender=PartyId("ZZ", "NORTHCLINIC"),
    receiver=PartyId("ZZ", "HEALTHSYS"),
    date="261121",
    time="2359",
    version="00401",
    usage="P",
    ack_requested=True,
    delimiters=Delimiters(element="*", component=">", segment="~"),
)
GROUP = GroupHeader(
    ordinal=1,
    offset=106,
    functional_id="PO",
    sender="NORTHGS",
    receiver="HEALTHSYS",
    date="20261121",
    time="2359",
    control="0077",
    agency="X",
    version="004010VICS",
    release="004010",
)
AGREEMENT = Agreement(
    entity="us",
    partner="northclinic",
    direction=Direction.IN,
    kind="850",
    our_id=PartyId("ZZ", "HEALTHSYS"),
    our_gs="HEALTHSYS",
    partner_gs=("NORTHGS",),
    effective_from=date(2026, 1, 1),
)
X999 = msgspec.structs.replace(AGREEMENT, acknowledgment=AckKind.X999)


def fault(ack: str, segment: str | None = None, position: int | None = None, **place: object) -> Finding:
    bare = Finding(
        code="test.fault",
        severity=Severity.ERROR,
        message="a fault",
        segment=segment,
        position=position,
        ack=AckCode(*ack.split(" ")),
    )
    return msgspec.structs.replace(bare, **place)


def judged(control: str, code: SetCode = "A", *findings: Finding, codes: tuple[str, ...] = ()) -> SetVerdict:
    return SetVerdict(
        set_id="850", control=control, implementation=None, code=code, ordinal=1, findings=findings, ak5_codes=codes
    )


def group_verdict(
    header: GroupHeader = GROUP, code: str = "A", counted: int = 1, codes: tuple[str, ...] = ()
) -> GroupVerdict:
    verdict = {
        "interchange": INTERCHANGE,
        "group": header,
        "code": code,
        "claimed": counted,
        "counted": counted,
        "accepted": 0 if code == "R" else counted,
        "ak9_codes": codes,
        "findings": (),
    }
    return msgspec.convert(verdict, GroupVerdict, from_attributes=True)


def answer(*sets: SetVerdict, agreement: Agreement = AGREEMENT, header: GroupHeader = GROUP, code: str = "A") -> Answer:
    return answer_for(group_verdict(header, code, counted=len(sets)), sets, agreement)


def changed_group(**changes: object) -> GroupHeader:
    return msgspec.structs.replace(GROUP, **changes)


def written(*answers: Answer, envelope: Envelope = ENVELOPE) -> list[str]:
    numbered = msgspec.structs.replace(envelope, group_controls=tuple(range(7, 7 + fa_groups(answers))))
    return write_ack(numbered, answers).decode("ascii").split("~")[:-1]


def details(*findings: Finding, agreement: Agreement = AGREEMENT) -> list[str]:
    """What the acknowledgment says between AK2 and AK5 of a set with these findings."""
    segments = written(answer(judged("0001", "R", *findings, codes=("5",)), agreement=agreement, code="R"))
    return segments[5:-5]


def pyx12_faults(content: bytes) -> list[tuple[str, str]]:
    """What the referee has to say about envelopes, numbers and counts."""
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    reader = X12Reader(io.StringIO(content.decode("latin-1")))
    faults = [error for _ in reader for error in reader.pop_errors()]
    reader.cleanup()
    return [(level, code) for level, code, *_ in [*faults, *reader.pop_errors()]]


def test_a_997_tells_of_the_group_and_of_every_set_accepted_ones_too() -> None:
    wrong = (
        fault("AK4 7", "BEG", 2, element=2, value="QQ"),
        fault("AK3 3", "N1", 5),
    )
    sets = (judged("0001"), judged("0002", "R", *wrong, codes=("5",)))
    verdict = GroupVerdict(
        interchange=INTERCHANGE, group=GROUP, code="P", claimed=3, counted=2, accepted=1, ak9_codes=("5",), findings=()
    )
    assert written(answer_for(verdict, sets, AGREEMENT)) == [
        "ISA*00*          *00*          *ZZ*HEALTHSYS      *ZZ*NORTHCLINIC    *261122*0905*U*00401*000000042*0*P*>",
        "GS*FA*HEALTHSYS*NORTHGS*20261122*0905*7*X*004010",
        "ST*997*0001",
        "AK1*PO*0077",
        "AK2*850*0001",
        "AK5*A",
        "AK2*850*0002",
        "AK3*BEG*2**8",
        "AK4*2**7*QQ",
        "AK3*N1*5**3",
        "AK5*R*5",
        "AK9*P*3*2*1*5",
        "SE*11*0001",
        "GE*1*7",
        "IEA*1*000000042",
    ]


def test_a_999_says_the_same_in_its_own_segments_and_names_its_guide() -> None:
    header = changed_group(version="005010", release="005010")
    set_read = msgspec.structs.replace(
        judged("0001", "R", fault("AK4 7", "BEG", 2, element=2, value="QQ"), codes=("5",)), implementation="005010GUIDE"
    )
    assert written(answer(set_read, agreement=X999, header=header, code="R")) == [
        "ISA*00*          *00*          *ZZ*HEALTHSYS      *ZZ*NORTHCLINIC    *261122*0905*^*00501*000000042*0*P*>",
        "GS*FA*HEALTHSYS*NORTHGS*20261122*0905*7*X*005010X231A1",
        "ST*999*0001*005010X231A1",
        "AK1*PO*0077*005010",
        "AK2*850*0001*005010GUIDE",
        "IK3*BEG*2**8",
        "IK4*2**7*QQ",
        "IK5*R*5",
        "AK9*R*1*1*0",
        "SE*8*0001",
        "GE*1*7",
        "IEA*1*000000042",
    ]


@pytest.mark.parametrize(
    ("agreement", "version", "release", "expected"),
    [
        pytest.param(AGREEMENT, "004010VICS", "004010", "004010", id="997: the group's six digits"),
        pytest.param(AGREEMENT, "005010", "005010", "005010", id="997 in 005010"),
        pytest.param(AGREEMENT, "VICS", "004010", "004010", id="997: no version sent, that of the maps"),
        pytest.param(AGREEMENT, "", None, "004010", id="997: nothing known"),
        pytest.param(X999, "005010X222A1", "005010", "005010X231A1", id="999: its own guide"),
        pytest.param(
            msgspec.structs.replace(AGREEMENT, acknowledgment_version="004030"),
            "004010",
            "004010",
            "004030",
            id="as agreed",
        ),
    ],
)
def test_gs08_of_an_acknowledgment(agreement: Agreement, version: str, release: str | None, expected: str) -> None:
    made = answer(judged("0001"), agreement=agreement, header=changed_group(version=version, release=release))
    assert made.version == expected


def test_a_997_names_version_and_implementation_from_005010_on() -> None:
    header = changed_group(version="005010X220", release="005010")
    each = msgspec.structs.replace(judged("0001"), implementation="005010X220")
    segments = written(answer(each, header=header))
    assert segments[2:5] == ["ST*997*0001", "AK1*PO*0077*005010X220", "AK2*850*0001*005010X220"]


def test_it_goes_to_who_sent_the_group_else_to_the_agreed_id() -> None:
    assert answer(judged("0001"), header=changed_group(sender="ELSEWHERE")).partner_gs == "ELSEWHERE"
    assert answer(judged("0001"), header=changed_group(sender="")).partner_gs == "NORTHGS"


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        pytest.param([fault("AK3 3", "BEG", 2)], ["AK3*BEG*2**3"], id="a missing segment"),
        pytest.param(
            [fault("AK4 1", "BEG", 2, element=3)], ["AK3*BEG*2**8", "AK4*3**1"], id="an element without a value to show"
        ),
        pytest.param(
            [fault("AK4 5", "REF", 4, element=4, component=2, value="X")],
            ["AK3*REF*4**8", "AK4*4>2**5*X"],
            id="a component",
        ),
        pytest.param(
            [fault("AK4 7", "PO1", 9, element=6, value="b"), fault("AK4 6", "PO1", 9, element=2, value="a")],
            ["AK3*PO1*9**8", "AK4*6**7*b", "AK4*2**6*a"],
            id="one AK3 for all elements of a segment",
        ),
        pytest.param(
            [fault("AK3 2", "ZZZ", 30), fault("AK4 7", "BEG", 2, element=2, value="Q"), fault("AK3 5", "BEG", 2)],
            ["AK3*BEG*2**8", "AK4*2**7*Q", "AK3*BEG*2**5", "AK3*ZZZ*30**2"],
            id="in the order of the set, one AK3 for each reason",
        ),
        pytest.param(
            [fault("AK3 3", "REF", 5), fault("AK4 7", "N1", 5, element=1, value="Q")],
            ["AK3*REF*5**3", "AK3*N1*5**8", "AK4*1**7*Q"],
            id="what is missing before a segment is not that segment",
        ),
        pytest.param(
            [fault("AK4 2", "N1", 6, element=4), fault("AK4 2", "N1", 6, element=4)],
            ["AK3*N1*6**8", "AK4*4**2"],
            id="the same fault is told once",
        ),
        pytest.param([fault("AK5 4")], [], id="what is about the whole set has no AK3"),
        pytest.param([fault("AK4 7", None, None, element=1)], [], id="what has no place is told by AK5 alone"),
        pytest.param([fault("AK4 6", "N1", 6)], ["AK3*N1*6**8"], id="an element that nobody can name has no AK4"),
        pytest.param([fault("AK4 3", "N1", 6, element=500)], ["AK3*N1*6**8"], id="AK401 has two digits"),
    ],
)
def test_faults_are_told_by_segment_and_element(findings: list[Finding], expected: list[str]) -> None:
    assert details(*findings) == expected


def test_ak3_has_room_for_99_elements() -> None:
    many = [fault("AK4 7", "N1", 6, element=element % 90 + 1, value=str(element)) for element in range(150)]
    assert len(details(*many)) == 1 + 99


@pytest.mark.parametrize(
    ("agreement", "ack", "told"),
    [
        pytest.param(AGREEMENT, "AK4 12", "AK4*2**3*v", id="too many repetitions, before 004030: too many elements"),
        pytest.param(AGREEMENT, "AK4 13", "AK4*2**3*v", id="too many components, before 004030: too many elements"),
        pytest.param(X999, "AK4 12", "IK4*2**12*v", id="a 999 has the code"),
        pytest.param(X999, "AK4 I10", "IK4*2**I10*v", id="a 999 has the codes of guides"),
        pytest.param(AGREEMENT, "AK4 I10", "AK4*2**10*v", id="a 997 says the nearest"),
        pytest.param(AGREEMENT, "AK4 I6", "AK4*2**7*v", id="a code the guide does not have is an invalid code"),
        pytest.param(AGREEMENT, "AK3 I4", "AK3*N1*6**2", id="a segment the guide does not have is unexpected"),
        pytest.param(X999, "AK3 I4", "IK3*N1*6**I4", id="a 999 says so"),
    ],
)
def test_codes_are_those_of_the_kind_and_release(agreement: Agreement, ack: str, told: str) -> None:
    assert details(fault(ack, "N1", 6, element=2, value="v"), agreement=agreement)[-1] == told


def test_a_997_says_of_a_guide_that_the_set_is_not_supported() -> None:
    segments = written(answer(judged("0001", "R", codes=("I6", "1")), code="R"))
    assert "AK5*R*1" in segments


@pytest.mark.parametrize(
    ("agreement", "place"), [(AGREEMENT, "3>2"), (X999, "3>2>4")], ids=["004010: two components", "005010: three"]
)
def test_repetitions_are_named_where_the_release_can(agreement: Agreement, place: str) -> None:
    told = details(fault("AK4 7", "N1", 6, element=3, component=2, repetition=4), agreement=agreement)[-1]
    assert told.split("*")[1] == place


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("QQ", "QQ", id="as sent"),
        pytest.param("a|b:c", "a|b:c", id="the partner's separators are not ours"),
        pytest.param(None, "", id="no value: personal, or none there"),
        pytest.param("a*b", "", id="our element separator"),
        pytest.param("a>b", "", id="our component separator"),
        pytest.param("a~b", "", id="our terminator"),
        pytest.param("a^b", "", id="our repetition separator"),
        pytest.param("a\nb", "", id="a control character"),
        pytest.param("Müller", "", id="beyond the extended character set"),
        pytest.param("9" * 99, "9" * 99, id="99 characters"),
        pytest.param("9" * 100, "", id="100 characters"),
        pytest.param("   ", "", id="only spaces"),
    ],
)
def test_ak404_is_the_value_where_it_can_be_written(value: str | None, shown: str) -> None:
    told = details(fault("AK4 7", "N1", 6, element=3, value=value))[-1]
    assert told == f"AK4*3**7*{shown}".removesuffix("*")


def test_ak402_is_the_number_of_the_data_element_where_it_is_known() -> None:
    asked: list[object] = []

    def number(release: str, segment: str, element: int, component: int | None) -> str | None:
        asked.append((release, segment, element, component))
        return {2: "92", 4: "C040"}.get(element)

    findings = (
        fault("AK4 7", "BEG", 2, element=2),
        fault("AK4 7", "BEG", 2, element=3),
        fault("AK4 7", "BEG", 2, element=4),
    )
    one = answer(judged("0001", "R", *findings, codes=("5",)), code="R")
    told = write_ack(ENVELOPE, (one,), number).decode("ascii").split("~")[6:9]
    assert told == ["AK4*2*92*7", "AK4*3**7", "AK4*4**7"]
    assert asked[0] == ("004010", "BEG", 2, None)


def test_one_interchange_answers_all_groups_with_one_set_each() -> None:
    second = changed_group(ordinal=2, control="0078", functional_id="PR")
    segments = written(answer(judged("0001")), answer(judged("0001"), judged("0002"), header=second))
    assert [segment for segment in segments if segment.startswith(("GS", "ST", "AK1", "SE", "GE", "IEA"))] == [
        "GS*FA*HEALTHSYS*NORTHGS*20261122*0905*7*X*004010",
        "ST*997*0001",
        "AK1*PO*0077",
        "SE*6*0001",
        "ST*997*0002",
        "AK1*PR*0078",
        "SE*8*0002",
        "GE*2*7",
        "IEA*1*000000042",
    ]


def test_each_kind_version_and_pair_of_ids_has_its_own_group() -> None:
    elsewhere = changed_group(sender="OTHERGS")
    answers = (answer(judged("0001")), answer(judged("0001"), agreement=X999), answer(judged("0001"), header=elsewhere))
    segments = written(*answers)
    heads = [segment.split("*") for segment in segments if segment.startswith("GS*")]
    assert [(head[3], head[6], head[8]) for head in heads] == [
        ("NORTHGS", "7", "004010"),
        ("NORTHGS", "8", "005010X231A1"),
        ("OTHERGS", "9", "004010"),
    ]
    assert segments[0].split("*")[12] == "00501"
    assert segments[-1] == "IEA*3*000000042"


def test_a_group_without_sets_is_answered() -> None:
    assert written(answer())[3:5] == ["AK1*PO*0077", "AK9*A*0*0*0"]


def test_numbers_that_were_left_out_are_answered_with_zeros() -> None:
    segments = written(answer(judged(""), header=changed_group(control="")))
    assert segments[3:5] == ["AK1*PO*0", "AK2*850*0000"]


def test_hostile_numbers_cannot_write_segments_of_their_own() -> None:
    evil = "1~ISA*00*x>y^z\n"
    sets = (
        msgspec.structs.replace(judged(evil), set_id=evil, implementation=evil, findings=(fault("AK3 1", evil, 3),)),
    )
    header = changed_group(control=evil, functional_id=evil, sender=evil, version=evil)
    segments = written(answer(*sets, header=header, agreement=X999))
    assert " ".join(segment.split("*")[0] for segment in segments) == "ISA GS ST AK1 AK2 IK3 IK5 AK9 SE GE IEA"
    assert segments[3] == "AK1*1?*1?ISA?00?"


def test_what_is_said_back_fits_its_own_element() -> None:
    long = "1" * 51
    one = msgspec.structs.replace(judged(long), set_id=long, implementation=long)
    header = changed_group(control=long, functional_id=long, sender=long, version=long)
    segments = written(
        answer(one, header=header, agreement=msgspec.structs.replace(AGREEMENT, acknowledgment_version="005010"))
    )
    assert segments[1].split("*")[3] == "1" * 15
    assert segments[3:5] == ["AK1*11*111111111", "AK2*111*111111111"]


def test_an_agreed_id_that_cannot_be_written_is_refused() -> None:
    wrong = msgspec.structs.replace(AGREEMENT, our_gs="HEALTH*SYS")
    with pytest.raises(Refused) as refused:
        written(answer(judged("0001"), agreement=wrong))
    assert refused.value.code == "acknowledgment.separator_in_value"


def test_sets_are_taken_one_at_a_time() -> None:
    taken = 0

    def sets() -> Iterator[SetVerdict]:
        nonlocal taken
        while True:
            taken += 1
            yield judged(f"{taken:04}")

    endless = answer_for(group_verdict(), sets(), AGREEMENT)
    chunks = stream_ack(ENVELOPE, (endless,))
    assert [next(chunks) for _ in range(6)][4:] == [b"AK2*850*0001~", b"AK5*A~"]
    assert taken == 1


def ta1(code: SetCode = "A", note: str = "000", inbound: InterchangeHeader = INTERCHANGE) -> InterchangeVerdict:
    return InterchangeVerdict(interchange=inbound, code=code, note=note, reason=None, findings=(), ta1_only=False)


def test_a_ta1_stands_alone_and_repeats_number_date_and_time_of_what_it_answers() -> None:
    assert write_ta1(ENVELOPE, ta1("R", "001")).decode("ascii").split("~") == [
        "ISA*00*          *00*          *ZZ*HEALTHSYS      *ZZ*NORTHCLINIC    *261122*0905*U*00401*000000042*0*P*>",
        "TA1*000000905*261121*2359*R*001",
        "IEA*0*000000042",
        "",
    ]


@pytest.mark.parametrize(
    ("header", "isa12", "told"),
    [
        pytest.param({"version": "00501"}, "00501", "TA1*000000905*261121*2359*A*000", id="the version of the inbound"),
        pytest.param({"version": "5010"}, "00401", "TA1*000000905*261121*2359*A*000", id="no version"),
        pytest.param({"control": "905"}, "00401", "TA1*000000905*261121*2359*A*000", id="a short number in its width"),
        pytest.param({"control": "0" * 15 + "905"}, "00401", "TA1*000000905*261121*2359*A*000", id="a long form of it"),
        pytest.param({"control": "1000000905"}, "00401", "TA1*000000000*261121*2359*A*000", id="a number too long"),
        pytest.param({"control": "~IEA*0*"}, "00401", "TA1*000000000*261121*2359*A*000", id="a hostile number"),
        pytest.param({"control": ""}, "00401", "TA1*000000000*261121*2359*A*000", id="no number"),
        pytest.param({"date": "", "time": ""}, "00401", "TA1*000000905*000101*0000*A*000", id="no date"),
        pytest.param({"date": "20261121"}, "00401", "TA1*000000905*000101*2359*A*000", id="a date too long"),
        pytest.param({"date": "260229"}, "00401", "TA1*000000905*000101*2359*A*000", id="a day that is none"),
        pytest.param({"time": "235959"}, "00401", "TA1*000000905*261121*0000*A*000", id="a time too long"),
        pytest.param({"time": "2460"}, "00401", "TA1*000000905*261121*0000*A*000", id="a time that is none"),
    ],
)
def test_a_ta1_is_readable_whatever_it_answers(header: dict[str, object], isa12: str, told: str) -> None:
    isa, segment, *_ = (
        write_ta1(ENVELOPE, ta1(inbound=msgspec.structs.replace(INTERCHANGE, **header))).decode("ascii").split("~")
    )
    assert isa.split("*")[12] == isa12
    assert segment == told


TEXT = st.text(max_size=12) | st.text("0123456789", min_size=1, max_size=9)


@settings(deadline=None)
@given(TEXT, TEXT, TEXT)
def test_whatever_stood_in_isa_a_ta1_is_x12(control: str, day: str, time: str) -> None:
    inbound = msgspec.structs.replace(INTERCHANGE, control=control, date=day, time=time)
    said = write_ta1(ENVELOPE, ta1("R", "018", inbound)).decode("ascii").split("~")[1].split("*")
    assert said[0] == "TA1"
    assert said[4:] == ["R", "018"]
    assert len(said[1]) == 9
    assert said[1].isdigit()
    assert datetime.strptime(said[2] + said[3] + "+0000", "%y%m%d%H%M%z").strftime("%y%m%d%H%M") == said[2] + said[3]


def test_a_test_interchange_is_answered_in_test() -> None:
    envelope = msgspec.structs.replace(ENVELOPE, usage="T")
    assert write_ta1(envelope, ta1()).split(b"*")[15] == b"T"


PLACE = st.none() | st.integers(0, 120)
FINDING = st.builds(
    fault,
    st.sampled_from(["AK3 3", "AK3 I4", "AK4 7", "AK4 12", "AK4 I10", "AK5 4"]),
    st.none() | TEXT,
    PLACE,
    element=PLACE,
    component=PLACE,
    repetition=PLACE,
    value=st.none() | TEXT,
)
SET = st.builds(
    lambda control, code, findings: judged(control, code, *findings, codes=("5",) if code != "A" else ()),
    TEXT,
    st.sampled_from("AER"),
    st.lists(FINDING, max_size=4),
)
GROUPS = st.builds(
    lambda control, sender, version, sets, agreement: answer(
        *sets, agreement=agreement, header=changed_group(control=control, sender=sender, version=version)
    ),
    TEXT,
    TEXT,
    st.sampled_from(["004010", "004030", "005010"]) | TEXT,
    st.lists(SET, max_size=4),
    st.sampled_from([AGREEMENT, X999]),
)
SEPARATORS = st.lists(st.sampled_from("*|>:^!~'\x1c\x1d"), min_size=4, max_size=4, unique=True).map(
    lambda four: Separators(element=four[0], component=four[1], repetition=four[2], segment=four[3], suffix="\n")
)


@settings(deadline=None)
@given(st.lists(GROUPS, min_size=1, max_size=4), SEPARATORS)
def test_whatever_was_sent_the_answer_is_whole_and_the_same_each_time(
    answers: list[Answer], separators: Separators
) -> None:
    envelope = msgspec.structs.replace(
        ENVELOPE, separators=separators, group_controls=tuple(range(1, 1 + fa_groups(answers)))
    )
    content = write_ack(envelope, answers)
    assert write_ack(envelope, answers) == content
    segments = [
        line.split(separators.element) for line in content.decode("ascii").split(separators.segment + "\n")[:-1]
    ]
    names = [segment[0] for segment in segments]
    assert names.count("ST") == names.count("AK1") == names.count("AK9") == len(answers)
    assert names.count("AK2") == sum(len(list(each.sets)) for each in answers)
    assert names.count("GS") == names.count("GE") == fa_groups(answers)
    opened = [ordinal for ordinal, name in enumerate(names) if name == "ST"]
    closed = [ordinal for ordinal, name in enumerate(names) if name == "SE"]
    assert [int(segments[end][1]) for end in closed] == [
        end - start + 1 for start, end in zip(opened, closed, strict=True)
    ]


def test_pyx12_reads_what_we_write_without_a_fault() -> None:
    second = changed_group(ordinal=2, control="78")
    wrong = (fault("AK4 7", "BEG", 2, element=2, value="QQ"), fault("AK3 3", "N1", 5))
    answers = (
        answer(judged("0001"), judged("0002", "R", *wrong, codes=("5",))),
        answer(judged("0001"), header=second),
        answer(judged("0003", "E", *wrong, codes=("5",)), agreement=X999),
    )
    envelope = msgspec.structs.replace(ENVELOPE, group_controls=(7, 8), separators=Separators())
    assert pyx12_faults(write_ack(envelope, answers)) == []
    assert pyx12_faults(write_ta1(envelope, ta1("R", "025"))) == []


@pytest.mark.parametrize(
    ("release", "agreement"),
    [("004010", AGREEMENT), ("005010", AGREEMENT), ("005010", X999)],
    ids=["997", "997", "999"],
)
def test_pyx12_validates_what_we_write_against_our_maps(release: str, agreement: Agreement) -> None:
    wrong = (fault("AK4 7", "BEG", 2, element=2, component=1, value="QQ"), fault("AK3 3", "N1", 5))
    sets = (judged("0001"), judged("0002", "R", *wrong, codes=("5",)))
    one = answer(*sets, agreement=agreement, header=changed_group(version=release, release=release))
    content = write_ack(msgspec.structs.replace(ENVELOPE, separators=Separators()), (one,)).decode("ascii")
    report = io.StringIO()
    maps = str(Path(__file__).parents[2] / "edi_maps" / release)
    assert x12n_document(params(), io.StringIO(content), None, None, None, report, map_path=maps)
    (interchange,) = json.loads(report.getvalue())["interchanges"]
    (group,) = interchange["groups"]
    assert [(each["trn_set_id"], each["ack_code"]) for each in group["transactions"]] == [
        (agreement.acknowledgment.value, "A")
    ]
    assert interchange["errors"] == group["errors"] == group["transactions"][0]["errors"] == []


def test_the_referee_sees_a_wrong_count() -> None:
    spoiled = write_ack(ENVELOPE, (answer(judged("0001")),)).replace(b"SE*6*", b"SE*7*")
    assert pyx12_faults(spoiled) == [("st", "4")]
