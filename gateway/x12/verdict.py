"""What we answer to a set, a group and an interchange: the page "Verdicts", as tables.

In every table of rules the first row that holds decides. Syntax and the agreed guide are judged here, nothing else:
a business fault never comes this way. Only a warning that names a place in an acknowledgment weighs anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from gateway.model.finding import Finding, Severity, has_errors
from gateway.profiles.agreement import AckKind, Ta1When
from gateway.x12.reading import GroupHeader, GroupRead, InterchangeHeader, InterchangeRead, SetRead

SetCode = Literal["A", "E", "R"]
GroupCode = Literal["A", "E", "P", "R"]

# AK502-06 and AK905-09: five places each.
_CODES_AT_MOST = 5
# AK902 is element 97, N0 with at most six digits.
_COUNT_DIGITS = 6

_SET_SEGMENTS = frozenset({"AK3", "AK4", "AK5"})
_DETAIL_SEGMENTS = frozenset({"AK3", "AK4"})
_SEGMENTS_IN_ERROR = "5"  # 718
_SET_TRAILER_MISSING = "2"  # 718
_GROUP_TRAILER_MISSING = "3"  # 716
_NO_NOTE = "000"  # I18
_INTERCHANGE_TRAILER_MISSING = "023"  # I18: the file ends too early
_CONTENT_INVALID = "024"  # I18
_DUPLICATE_NOTE = "025"  # I18: this control number came before


class SetVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one transaction set: `code` is AK501/IK501, `ak5_codes` AK502-06 in 997 terms, `ordinal` counts in the group."""

    set_id: str
    control: str
    implementation: str | None
    code: SetCode
    ordinal: int
    findings: tuple[Finding, ...]
    ak5_codes: tuple[str, ...]


class GroupVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one group: `code` AK901, `claimed` AK902, `counted` AK903, `accepted` AK904, `ak9_codes` AK905-09."""

    interchange: InterchangeHeader
    group: GroupHeader
    code: GroupCode
    claimed: int
    counted: int
    accepted: int
    ak9_codes: tuple[str, ...]
    findings: tuple[Finding, ...]

    def processes(self, verdict: SetVerdict) -> bool:
        """Whether a document of this set may go on: its group was not refused and neither was the set."""
        return self.code != "R" and verdict.code != "R"


class InterchangeVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one interchange: `code` TA104, `note` TA105, `reason` the finding that decided, None where all is well."""

    interchange: InterchangeHeader
    code: SetCode
    note: str
    reason: Finding | None
    findings: tuple[Finding, ...]
    ta1_only: bool


class _GroupFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules of a group look at; `tolerated` and `untolerated` speak of faults of the group itself.

    `lost`: no set was found in it, and yet sets were claimed or segments stood there.
    """

    complete: bool
    untolerated: bool
    tolerated: bool
    counted: int
    accepted: int
    with_errors: int
    lost: bool
    partial_acceptance: bool


def _is_error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def _at_ta1(finding: Finding) -> bool:
    return finding.ack is not None and finding.ack.segment == "TA1"


SET_RULES: tuple[tuple[str, Callable[[SetRead], bool], SetCode], ...] = (
    ("its trailer SE is missing", lambda read: not read.complete, "R"),
    ("it has an error", lambda read: has_errors(read.findings), "R"),
    (
        "it has a warning that the acknowledgment reports",
        lambda read: bool(_reported(read.findings, _SET_SEGMENTS)),
        "E",
    ),
    ("nothing, or only warnings between ourselves", lambda _: True, "A"),
)

GROUP_RULES: tuple[tuple[str, Callable[[_GroupFacts], bool], GroupCode], ...] = (
    ("its trailer GE is missing", lambda facts: not facts.complete, "R"),
    ("the group itself has an error", lambda facts: facts.untolerated, "R"),
    # A group that says itself that it holds nothing (GE01 is 0, no segment) is true to its word, and there is nothing in
    # it to refuse: it passes every row, down to A 0/0/0. Where something was in it and we found no set, nothing was
    # taken, and the partner must not read that all was well.
    ("sets were claimed or segments stood there, and none was a set", lambda facts: facts.lost, "R"),
    ("sets came and none was accepted", lambda facts: facts.counted > 0 and facts.accepted == 0, "R"),
    (
        "a set was refused and the agreement takes all or nothing",
        lambda facts: facts.accepted < facts.counted and not facts.partial_acceptance,
        "R",
    ),
    ("some sets were refused, others accepted", lambda facts: facts.accepted < facts.counted, "P"),
    ("every set was accepted, some with errors", lambda facts: facts.with_errors > 0, "E"),
    ("every set was accepted, the group has a tolerated fault", lambda facts: facts.tolerated, "E"),
    ("every set was accepted", lambda _: True, "A"),
)

# TA105 has room for one code: the first finding of the first row that any finding fits decides.
INTERCHANGE_RULES: tuple[tuple[str, Callable[[Finding], bool], SetCode], ...] = (
    ("an error that a TA1 has a code for", lambda finding: _is_error(finding) and _at_ta1(finding), "R"),
    ("any other error of the interchange", _is_error, "R"),
    ("a warning that a TA1 has a code for", _at_ta1, "E"),
)

TA1_RULES: dict[Ta1When, Callable[[InterchangeVerdict], bool]] = {
    Ta1When.NEVER: lambda _: False,
    Ta1When.WHEN_ASKED: lambda verdict: verdict.interchange.ack_requested,
    # An AK9 has no code for a fault of the interchange: without the TA1 its sender reads R and is never told why.
    Ta1When.ASKED_OR_REFUSED: lambda verdict: verdict.interchange.ack_requested or verdict.code == "R",
    Ta1When.ON_ERROR: lambda verdict: verdict.code != "A",
    Ta1When.ALWAYS: lambda _: True,
}

# Why a group gets no 997 or 999, as codes of the catalogue.
UNACKNOWLEDGED: tuple[tuple[str, Callable[[AckKind, str, InterchangeVerdict], bool]], ...] = (
    ("acknowledgment.none_for_acknowledgments", lambda _kind, functional_id, _verdict: not acknowledges(functional_id)),
    ("acknowledgment.none_agreed", lambda kind, _functional_id, _verdict: kind is AckKind.NONE),
    # A 997 that refuses a repeated group number would be taken for the answer to the first, which was accepted.
    ("acknowledgment.none_for_duplicate", lambda _kind, _functional_id, verdict: is_refused_duplicate(verdict)),
)


def judge_set(read: SetRead) -> SetVerdict:
    """Accepted, accepted with errors, or refused."""
    code = next(code for _, holds, code in SET_RULES if holds(read))
    return SetVerdict(
        set_id=read.set_id,
        control=read.control,
        implementation=read.implementation,
        code=code,
        ordinal=read.ordinal,
        findings=read.findings,
        ak5_codes=() if code == "A" else _set_codes(read),
    )


def _set_codes(read: SetRead) -> tuple[str, ...]:
    """A set that is not simply accepted always says why: where nothing else is known, that segments are in error."""
    missing = () if read.complete else (_SET_TRAILER_MISSING,)
    codes = (*_codes(read.findings, "AK5"), *missing)
    if not codes or _reported(read.findings, _DETAIL_SEGMENTS):
        codes = (*codes, _SEGMENTS_IN_ERROR)
    return _distinct(codes)


class GroupTally:
    """The verdicts on a group's sets, counted as they pass: a group of any length needs no more than this.

    `accepted` is how many were, each by itself.
    """

    def __init__(self) -> None:
        self.accepted = 0
        self._with_errors = 0

    def add(self, verdict: SetVerdict) -> None:
        """Count one set."""
        self.accepted += verdict.code != "R"
        self._with_errors += verdict.code == "E"

    def close(self, read: GroupRead, *, partial_acceptance: bool = True) -> GroupVerdict:
        """The verdict on the whole group; a set that was counted in the file and not judged here counts as refused."""
        facts = _GroupFacts(
            complete=read.complete,
            untolerated=has_errors(read.findings),
            tolerated=bool(_codes(read.findings, "AK9")),
            counted=read.counted,
            accepted=self.accepted,
            with_errors=self._with_errors,
            lost=not read.counted and (_claims_sets(read) or _has_stray_segments(read)),
            partial_acceptance=partial_acceptance,
        )
        code = next(code for _, holds, code in GROUP_RULES if holds(facts))
        missing = () if read.complete else (_GROUP_TRAILER_MISSING,)
        return GroupVerdict(
            interchange=read.interchange,
            group=read.group,
            code=code,
            claimed=_claimed(read),
            counted=read.counted,
            accepted=0 if code == "R" else self.accepted,
            ak9_codes=_distinct((*_codes(read.findings, "AK9"), *missing)),
            findings=read.findings,
        )


def _claimed(read: GroupRead) -> int:
    """GE01 where it is a number that AK902 can hold, else what we counted."""
    sent = (read.claimed or "").strip()
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= _COUNT_DIGITS else read.counted


def _claims_sets(read: GroupRead) -> bool:
    """Whether GE01 is a number above 0, however long."""
    sent = (read.claimed or "").strip()
    return sent.isascii() and sent.isdigit() and bool(sent.strip("0"))


def _has_stray_segments(read: GroupRead) -> bool:
    return any(finding.code == "envelope.stray_segments" for finding in read.findings)


def judge_interchange(read: InterchangeRead, also: tuple[Finding, ...] = ()) -> InterchangeVerdict:
    """Accepted, with errors noted, or refused; `also` are findings that only the ledger can make (a duplicate, TA1 025)."""
    findings = (*read.findings, *also)
    code, reason = _decision(findings)
    note = _note(reason)
    if not read.complete and (code != "R" or note == _CONTENT_INVALID):
        code, note = "R", _INTERCHANGE_TRAILER_MISSING
    return InterchangeVerdict(
        interchange=read.interchange,
        code=code,
        note=note,
        reason=reason,
        findings=findings,
        ta1_only=bool(read.ta1) and read.counted == 0,
    )


def _decision(findings: tuple[Finding, ...]) -> tuple[SetCode, Finding | None]:
    deciding = ((code, finding) for _, fits, code in INTERCHANGE_RULES for finding in findings if fits(finding))
    return next(deciding, ("A", None))


def _note(reason: Finding | None) -> str:
    if reason is None:
        return _NO_NOTE
    return reason.ack.code if reason.ack and _at_ta1(reason) else _CONTENT_INVALID


def under(group: GroupVerdict, interchange: InterchangeVerdict) -> GroupVerdict:
    """This group's verdict once its interchange is judged: no group of a refused interchange is processed."""
    return msgspec.structs.replace(group, code="R", accepted=0) if interchange.code == "R" else group


def ta1_due(when: Ta1When, verdict: InterchangeVerdict | None) -> bool:
    """Whether this interchange is answered with a TA1; None is one whose ISA could not be read, which cannot be."""
    return verdict is not None and not verdict.ta1_only and TA1_RULES[when](verdict)


def acknowledges(functional_id: str) -> bool:
    """Whether a group of this kind (GS01) is answered at all: a group of acknowledgments never is."""
    return functional_id != "FA"


def is_refused_duplicate(verdict: InterchangeVerdict) -> bool:
    """Whether this interchange was refused because its control number came before."""
    return (verdict.code, verdict.note) == ("R", _DUPLICATE_NOTE)


def unacknowledged(kind: AckKind, functional_id: str, interchange: InterchangeVerdict) -> str | None:
    """Why a group gets no 997 or 999, as a code of the catalogue; None where it gets one."""
    return next((code for code, holds in UNACKNOWLEDGED if holds(kind, functional_id, interchange)), None)


def _reported(findings: Iterable[Finding], segments: frozenset[str]) -> list[Finding]:
    return [finding for finding in findings if finding.ack and finding.ack.segment in segments]


def _codes(findings: Iterable[Finding], segment: str) -> tuple[str, ...]:
    return tuple(finding.ack.code for finding in findings if finding.ack and finding.ack.segment == segment)


def _distinct(codes: Iterable[str]) -> tuple[str, ...]:
    """Each code once, as first seen, as many as the segment has room for."""
    return tuple(dict.fromkeys(codes))[:_CODES_AT_MOST]
