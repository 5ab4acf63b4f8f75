"""Writing what we answer: a TA1 for an interchange, one 997 or 999 for each of its groups.

What a partner sent is said back verbatim where it can be, because he finds his group by it. Where it would break our
own segments (hostile or damaged control numbers, ids, versions) each such character becomes a stand-in; an element's
value (AK404), which is only there to be read, is left out instead. A TA1 says back only what it has room for as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from gateway.model.dates import calendar_date
from gateway.model.finding import Finding
from gateway.profiles.agreement import AckKind, Agreement, Separators
from gateway.x12.reading import GroupHeader, InterchangeHeader
from gateway.x12.verdict import GroupVerdict, InterchangeVerdict, SetVerdict
from gateway.x12.write import (
    Element,
    Envelope,
    GroupToWrite,
    SegmentToWrite,
    SetToWrite,
    isa_version,
    write_interchange,
)

# (release, segment, element, component or None) -> data element number, or None where it is not known.
DataElement = Callable[[str, str, int, int | None], str | None]

_999_VERSION: Final = "005010X231A1"
_OLDEST_DEFAULT: Final = "004010"
_SIX: Final = 6
_AK4_AT_MOST: Final = 99
_VALUE_AT_MOST: Final = 99
_ELEMENT_AT_MOST: Final = 99  # AK401-1 has two digits
_SEGMENT_ID_AT_MOST: Final = 3
_GS_ID_AT_MOST: Final = 15  # GS03
_GROUP_KIND_AT_MOST: Final = 2  # AK101
_CONTROL_AT_MOST: Final = 9  # AK102 and AK202
_VERSION_AT_MOST: Final = 12  # AK103
_SET_ID_AT_MOST: Final = 3  # AK201
_GUIDE_AT_MOST: Final = 35  # AK203
_VERSIONS_SINCE: Final = "005010"  # AK103 and AK203
_REPETITIONS_SINCE: Final = "004030"  # AK401-3, and codes 12 and 13 of AK403
# TA101 is a number of nine digits, TA102 a day, TA103 a time; what stands there where ISA has none is no interchange's.
_TA101: Final = re.compile(r"0*(\d{1,9})", re.ASCII)
_TA103: Final = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d", re.ASCII)
_NO_CONTROL: Final = "000000000"
_NO_DAY: Final = "000101"
_NO_TIME: Final = "0000"
_DATA_ELEMENT_ERRORS: Final = "8"  # AK304/IK304
_PRINTABLE: Final = frozenset(map(chr, range(0x20, 0x7F)))  # the extended character set

# What differs between the two: the set, and the names of the three segments that tell of segment, element, set.
_SEGMENTS: Final = {
    AckKind.X997: {"AK3": "AK3", "AK4": "AK4", "AK5": "AK5"},
    AckKind.X999: {"AK3": "IK3", "AK4": "IK4", "AK5": "IK5"},
}
# A 997 lacks the codes of implementation guides that a 999 has (620, 621, 618): the nearest it can say (720, 723, 718).
_IN_A_997: Final = {
    "AK3": {"I4": "2", "I6": "3", "I7": "3", "I8": "3", "I9": "2"},
    "AK4": {"I6": "7", "I9": "2", "I10": "10", "I11": "1", "I12": "7", "I13": "10"},
    "AK5": {"I6": "1"},
}
# 723 before 004030 lacks "too many repetitions" and "too many components": both are too many elements there.
_BEFORE_REPETITIONS: Final = {"AK4": {"12": "3", "13": "3"}}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one inbound group is answered with: a 997 or 999 of this GS08, between these GS ids, over all of its `sets` in order."""

    kind: AckKind
    version: str
    our_gs: str
    partner_gs: str
    verdict: GroupVerdict
    sets: Iterable[SetVerdict]


def answer_for(verdict: GroupVerdict, sets: Iterable[SetVerdict], agreement: Agreement) -> Answer:
    """The answer agreed for this group, addressed to who sent it; only for a group that `unacknowledged` names no reason for."""
    group = verdict.group
    default = _999_VERSION if agreement.acknowledgment is AckKind.X999 else _six_digits(group)
    return Answer(
        kind=agreement.acknowledgment,
        version=agreement.acknowledgment_version or default,
        our_gs=agreement.our_gs,
        partner_gs=group.sender or next(iter(agreement.partner_gs), ""),
        verdict=verdict,
        sets=sets,
    )


def envelope_back(
    header: InterchangeHeader, separators: Separators, control: int, group_controls: tuple[int, ...], now: datetime
) -> Envelope:
    """Back to whom this interchange came from, from whom it was for, with the usage it had."""
    return Envelope(
        our_id=header.receiver,
        partner_id=header.sender,
        now=now,
        control=control,
        group_controls=group_controls,
        usage=header.usage,
        separators=separators,
    )


def _six_digits(group: GroupHeader) -> str:
    """004010 for 004010VICS; where GS08 is no version, that of the maps that read it."""
    six = group.version[:_SIX]
    return six if len(six) == _SIX and six.isascii() and six.isdigit() else group.release or _OLDEST_DEFAULT


def write_ta1(envelope: Envelope, verdict: InterchangeVerdict) -> bytes:
    """ISA, TA1, IEA with no group between them, in the version of the interchange that it answers.

    What a broken ISA has in the place of its number, day or time cannot be said back: 000000000, 000101 and 0000 stand
    for them, so that the TA1 is X12 itself and a cut number names no other interchange than his.
    """
    inbound = verdict.interchange
    number, is_time = _TA101.fullmatch(inbound.control), _TA103.fullmatch(inbound.time)
    ta1 = (
        "TA1",
        number[1].rjust(9, "0") if number else _NO_CONTROL,
        inbound.date if calendar_date(f"20{inbound.date}") else _NO_DAY,
        inbound.time if is_time else _NO_TIME,
        verdict.code,
        verdict.note,
    )
    version = envelope.version or isa_version(inbound.version)
    alone = msgspec.structs.replace(envelope, version=version, group_controls=())
    return b"".join(write_interchange(alone, (), before=(ta1,)))


def fa_groups(answers: Sequence[Answer]) -> int:
    """How many functional groups, and so how many GS06, these answers need."""
    return len(_by_group(answers))


def write_ack(envelope: Envelope, answers: Sequence[Answer], data_element: DataElement | None = None) -> bytes:
    """All answers to one interchange, as one interchange; see `stream_ack`."""
    return b"".join(stream_ack(envelope, answers, data_element))


def stream_ack(
    envelope: Envelope, answers: Sequence[Answer], data_element: DataElement | None = None
) -> Iterator[bytes]:
    """All answers to one interchange, as one interchange: a group for each kind, version and pair of GS ids, a set for each answer.

    Takes each answer's sets one at a time. `envelope.group_controls` must hold `fa_groups(answers)` numbers;
    `data_element` gives AK402. Raises Refused where what was agreed (ids, versions) cannot be written.
    """
    echo = _Echo(envelope.separators)
    groups = [
        GroupToWrite(
            functional_id="FA",
            sender=our_gs,
            receiver=echo.verbatim(partner_gs, envelope.partner_id.id, _GS_ID_AT_MOST),
            version=version,
            sets=[_answer(_Dialect(kind, version, data_element), echo, answer) for answer in together],
        )
        for (kind, version, our_gs, partner_gs), together in _by_group(answers).items()
    ]
    return write_interchange(envelope, groups)


def _by_group(answers: Sequence[Answer]) -> dict[tuple[AckKind, str, str, str], list[Answer]]:
    groups: dict[tuple[AckKind, str, str, str], list[Answer]] = {}
    for answer in answers:
        groups.setdefault((answer.kind, answer.version, answer.our_gs, answer.partner_gs), []).append(answer)
    return groups


class _Echo:
    """Says back what a partner sent, in characters that do not break our segments."""

    def __init__(self, separators: Separators) -> None:
        marks = {separators.element, separators.component, separators.segment, separators.repetition}
        self._allowed = _PRINTABLE - marks
        self._stand_in = next(each for each in "?._-=" if each in self._allowed)

    def verbatim(self, value: str, absent: str, at_most: int = _VALUE_AT_MOST) -> str:
        """As sent, as much of it as our element has room for; `absent` where nothing was, since it is mandatory."""
        if not value.strip():
            return absent
        short = value[:at_most]
        if self._allowed.issuperset(short):
            return short
        return "".join(each if each in self._allowed else self._stand_in for each in short)

    def or_nothing(self, value: str | None, at_most: int = _VALUE_AT_MOST) -> str:
        """As sent, or left out."""
        fits = value is not None and len(value) <= at_most and self._allowed.issuperset(value)
        return value if value and fits and value.strip() else ""


class _Dialect:
    """What the kind and the release of an acknowledgment change in it."""

    def __init__(self, kind: AckKind, version: str, data_element: DataElement | None) -> None:
        self.set_id = kind.value
        self.implementation = version if kind is AckKind.X999 else ""
        self.segments = _SEGMENTS[kind]
        self.has_versions = version >= _VERSIONS_SINCE
        self.has_repetitions = version >= _REPETITIONS_SINCE
        self.data_element = data_element
        self._replacing = [
            *([_IN_A_997] if kind is AckKind.X997 else []),
            *([] if self.has_repetitions else [_BEFORE_REPETITIONS]),
        ]

    def code(self, segment: str, code: str) -> str:
        """This code of a segment, in 997 terms, as this acknowledgment can say it."""
        for table in self._replacing:
            code = table.get(segment, {}).get(code, code)
        return code


def _answer(dialect: _Dialect, echo: _Echo, answer: Answer) -> SetToWrite:
    return SetToWrite(set_id=dialect.set_id, implementation=dialect.implementation, body=_body(dialect, echo, answer))


def _body(dialect: _Dialect, echo: _Echo, answer: Answer) -> Iterator[SegmentToWrite]:
    verdict, group = answer.verdict, answer.verdict.group
    version = echo.or_nothing(group.version, _VERSION_AT_MOST) if dialect.has_versions else ""
    kind = echo.verbatim(group.functional_id, "", _GROUP_KIND_AT_MOST)
    yield "AK1", kind, echo.verbatim(group.control, "0", _CONTROL_AT_MOST), version
    for each in answer.sets:
        implementation = echo.or_nothing(each.implementation, _GUIDE_AT_MOST) if dialect.has_versions else ""
        set_id = echo.verbatim(each.set_id, "000", _SET_ID_AT_MOST)
        yield "AK2", set_id, echo.verbatim(each.control, "0000", _CONTROL_AT_MOST), implementation
        if each.findings:
            yield from _details(dialect, echo, each.findings, group.release)
        yield dialect.segments["AK5"], each.code, *dict.fromkeys(dialect.code("AK5", code) for code in each.ak5_codes)
    counts = (str(verdict.claimed), str(verdict.counted), str(verdict.accepted))
    yield "AK9", verdict.code, *counts, *verdict.ak9_codes


def _details(
    dialect: _Dialect, echo: _Echo, findings: Iterable[Finding], release: str | None
) -> Iterator[SegmentToWrite]:
    """AK3 for each faulty segment and reason, in the order of the set, each with the AK4 of its elements."""
    for (position, segment, code), elements in sorted(_faults(findings).items(), key=lambda fault: fault[0][0]):
        name = echo.verbatim(segment, "")[:_SEGMENT_ID_AT_MOST]
        # AK303, the loop, is left out: partners seldom agree on its name, and the position says where.
        yield dialect.segments["AK3"], name, str(position), "", dialect.code("AK3", code)
        yield from dict.fromkeys(_element(dialect, echo, finding, release) for finding in elements[:_AK4_AT_MOST])


def _faults(findings: Iterable[Finding]) -> dict[tuple[int, str, str], list[Finding]]:
    """(position, segment, AK304) -> what is wrong in its elements; what has no place is told by AK5 alone."""
    faults: dict[tuple[int, str, str], list[Finding]] = {}
    for finding in findings:
        ack, position, segment = finding.ack, finding.position, finding.segment
        if ack is None or position is None or not segment:
            continue
        if ack.segment == "AK3":
            faults.setdefault((position, segment, ack.code), [])
        if ack.segment == "AK4":
            elements = faults.setdefault((position, segment, _DATA_ELEMENT_ERRORS), [])
            if 0 < (finding.element or 0) <= _ELEMENT_AT_MOST:
                elements.append(finding)
    return faults


def _element(dialect: _Dialect, echo: _Echo, finding: Finding, release: str | None) -> tuple[Element, ...]:
    element, component = finding.element or 0, finding.component
    repetition = finding.repetition if dialect.has_repetitions else None
    place = tuple(str(part or "") for part in (element, component, repetition))
    known = (
        dialect.data_element(release or "", finding.segment or "", element, component) if dialect.data_element else None
    )
    number = known if known and known.isascii() and known.isdigit() else ""
    code = dialect.code("AK4", finding.ack.code if finding.ack else "")
    return dialect.segments["AK4"], place, number, code, echo.or_nothing(finding.value)
