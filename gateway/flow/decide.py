"""Decide: what becomes of an interchange and of each of its sets, and which answers are due.

Pure rules that the daemon and `explain` share. What came before is asked of a `Past`: the ledger, or the file itself.
`waived` are reasons that are let pass: a person released them, or a dry run asks no such question.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from gateway.flow.interpret import GroupFound, InterchangeFound
from gateway.flow.past import Earlier, Here, Past, Reserved, control_key
from gateway.ledger.states import Processing
from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity, has_errors
from gateway.profiles.agreement import Agreement, OnDuplicate
from gateway.x12.reading import InterchangeHeader
from gateway.x12.verdict import (
    GroupVerdict,
    InterchangeVerdict,
    SetVerdict,
    acknowledges,
    judge_interchange,
    ta1_due,
    unacknowledged,
    under,
)

Judged = Sequence[tuple[GroupVerdict, Agreement]]


class SetToDecide(Protocol):
    """What the rules look at of a set; `duplicate_key` is its usage and business key, None where it has no document."""

    @property
    def group_ordinal(self) -> int:
        """Its group in the interchange."""

    @property
    def verdict(self) -> SetVerdict:
        """What its own syntax deserves, with everything that was found in it."""

    @property
    def number(self) -> str | None:
        """The document's number."""

    @property
    def duplicate_key(self) -> str | None:
        """What makes a document the same one again."""

    @property
    def content_sha(self) -> str | None:
        """What it says."""

    @property
    def on_duplicate(self) -> OnDuplicate:
        """What was agreed for other content under the same number."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How the interchange as a whole is taken: `stop` is the state that all of its sets get, None where each has its own.

    `reason` is why it stops, or what it goes on in spite of; `notes` are what this adds to the findings of the
    interchange; `earlier` is the one whose answer a duplicate gets again.
    """

    verdict: InterchangeVerdict
    stop: Processing | None = None
    reason: Finding | None = None
    notes: tuple[Finding, ...] = ()
    earlier: Earlier | None = None

    @property
    def answers(self) -> bool:
        """Whether answers of its own are due: what waits has none yet, and a duplicate gets those of the first time."""
        return self.stop not in (Processing.HELD, Processing.DUPLICATE)

    def judged(self, groups: Sequence[GroupFound]) -> Judged:
        """The verdicts on its groups once it is judged itself, each with its agreement."""
        return [(under(group.verdict, self.verdict), group.agreement) for group in groups]


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a set, and the reason where it does not go on; `with_group`: it is that of its group, which is told there."""

    state: Processing
    reason: Finding | None = None
    with_group: bool = False


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to one interchange: what a TA1 tells, the groups that one 997 or 999 answers, and why the others get none."""

    ta1: InterchangeVerdict | None
    groups: Judged
    none: dict[int, str]


# The interchange as a whole


def course_of(
    found: InterchangeFound, groups: Sequence[GroupFound], past: Past, here: Here, *, waived: Container[str] = ()
) -> Course:
    """Whether its sets go on at all: who sent it, what came before, whether it is whole and there is anything in it."""
    read, verdict, of_sender = found.read, found.verdict, found.parties.hold
    notes = () if of_sender is None else (_as_warning(of_sender) if of_sender.code in waived else of_sender,)
    holds = (of_sender, *(group.hold for group in groups))
    hold = next((hold for hold in holds if hold is not None and hold.code not in waived), None)
    if hold is not None:
        return Course(verdict=verdict, stop=Processing.HELD, reason=hold, notes=notes)
    earlier = _earlier(read.interchange, read.sha256, past, here, found.agreement)
    if earlier is not None and "duplicate.control_number" not in waived:
        return _came_before(found, groups, earlier, notes, waived)
    return _by_itself(verdict, found, groups, notes)


def _earlier(header: InterchangeHeader, sha256: str, past: Past, here: Here, agreement: Agreement) -> Earlier | None:
    """The one that counts: the same bytes first; another one only where this partner counts up."""
    key, days = control_key(header), agreement.duplicate_window_days
    same = past.same_bytes(here, key, sha256, days)
    return same if same or agreement.reuses_control_numbers else past.same_number(here, key, days)


def _came_before(
    found: InterchangeFound,
    groups: Sequence[GroupFound],
    earlier: Earlier,
    notes: tuple[Finding, ...],
    waived: Container[str],
) -> Course:
    """What was agreed for one that came before."""
    verdict, said = found.verdict, _said_of_earlier(found.read.interchange, earlier)
    agreed = _on_duplicate(found.agreement, earlier, found.read.interchange.usage)
    if agreed is not OnDuplicate.REJECT:
        said = msgspec.structs.replace(said, ack=None)  # no TA1 tells of it
    # Where a person let the same bytes pass, they are answered as the first time and done once.
    match OnDuplicate.DUPLICATE if said.code in waived else agreed:
        case OnDuplicate.DUPLICATE:
            stop = Processing.DUPLICATE
            return Course(verdict=verdict, stop=stop, reason=said, notes=(*notes, said), earlier=earlier)
        case OnDuplicate.HOLD:
            return Course(verdict=verdict, stop=Processing.HELD, reason=said, notes=(*notes, said))
        case OnDuplicate.WARN:
            odd = _as_warning(said)
            course = _by_itself(verdict, found, groups, (*notes, odd))
            return msgspec.structs.replace(course, reason=course.reason or odd)
        case OnDuplicate.REJECT:
            refused = judge_interchange(found.read, (said,))
            return _by_itself(refused, found, groups, (*notes, said))


def _on_duplicate(agreement: Agreement, earlier: Earlier, usage: str) -> OnDuplicate:
    if earlier.same_bytes:
        return agreement.on_duplicate_file
    return agreement.on_duplicate_interchange_test if usage == "T" else agreement.on_duplicate_interchange


def _said_of_earlier(header: InterchangeHeader, earlier: Earlier) -> Finding:
    return finding(
        "duplicate.interchange" if earlier.same_bytes else "duplicate.control_number",
        control=header.control,
        sender=header.sender,
        earlier=earlier.file,
        segment="ISA",
        element=13,
        offset=header.offset_of(13),
        value=header.control,
    )


def _by_itself(
    verdict: InterchangeVerdict, found: InterchangeFound, groups: Sequence[GroupFound], notes: tuple[Finding, ...]
) -> Course:
    """Refused by its own syntax, or because nothing is in it; else each set has its own fate."""
    if verdict.code == "R":
        return Course(verdict=verdict, stop=Processing.REJECTED, reason=verdict.reason, notes=notes)
    if not found.read.ta1 and not any(group.read.counted or has_errors(group.verdict.findings) for group in groups):
        header = found.read.interchange
        nothing = finding("file.no_sets", control=header.control, segment="ISA", offset=header.offset)
        return Course(verdict=verdict, stop=Processing.REJECTED, reason=nothing, notes=(*notes, nothing))
    return Course(verdict=verdict, notes=notes)


def _as_warning(said: Finding) -> Finding:
    return msgspec.structs.replace(said, severity=Severity.WARNING, ack=None)


# Its sets


def fates(
    part: Sequence[SetToDecide], groups: Mapping[int, GroupVerdict], course: Course, past: Past, here: Here
) -> list[Fate]:
    """What becomes of each of these sets; a business key that one of them takes is taken for those after it."""
    past.recall((), (one.duplicate_key for one in part))
    decided = []
    for one in part:
        fate = _fate(one, groups.get(one.group_ordinal), course, past, here)
        if fate.state is Processing.TRANSLATED and one.duplicate_key is not None:
            past.reserve(here, one.duplicate_key, one.content_sha or "")
        decided.append(fate)
    return decided


def _fate(one: SetToDecide, group: GroupVerdict | None, course: Course, past: Past, here: Here) -> Fate:
    if course.stop is not None:
        return Fate(state=course.stop, reason=course.reason)
    if group is not None and group.code == "R" and one.verdict.code != "R":
        return Fate(state=Processing.REJECTED, reason=first_error(group.findings), with_group=True)
    if group is None or not group.processes(one.verdict):
        return Fate(state=Processing.REJECTED, reason=_why_refused(one, group))
    if not acknowledges(group.group.functional_id):
        return Fate(state=Processing.TAKEN)
    if one.duplicate_key is None:
        return Fate(state=Processing.REJECTED, reason=finding("document.none", kind=one.verdict.set_id))
    earlier = past.reserved(here, one.duplicate_key, one.content_sha or "")
    return Fate(state=Processing.TRANSLATED) if earlier is None else _fate_of_repeated(one, earlier)


def _why_refused(one: SetToDecide, group: GroupVerdict | None) -> Finding | None:
    """Its first error. Of an acknowledgment the case alone tells: nothing answers it."""
    first = first_error(one.verdict.findings)
    if first is None or group is None or acknowledges(group.group.functional_id):
        return first
    place: dict[str, Any] = {
        "segment": first.segment,
        "position": first.position,
        "element": first.element,
        "offset": first.offset,
    }
    kind, control = one.verdict.set_id, one.verdict.control
    return finding("acknowledgment.broken", kind=kind, control=control, why=first.message, **place)


def _fate_of_repeated(one: SetToDecide, earlier: Reserved) -> Fate:
    """The same content is a duplicate; other content under the same key never goes on without a person."""
    facts: dict[str, Any] = {"kind": one.verdict.set_id, "number": one.number, "earlier": earlier.file}
    if earlier.same_content:
        return Fate(state=Processing.DUPLICATE, reason=finding("duplicate.document", **facts))
    states = {OnDuplicate.REJECT: Processing.REJECTED, OnDuplicate.DUPLICATE: Processing.DUPLICATE}
    return Fate(state=states.get(one.on_duplicate, Processing.HELD), reason=finding("duplicate.conflict", **facts))


def said_of(fate: Fate, one: SetToDecide, course: Course) -> Finding | None:
    """What the end of the interchange has to say of one set that reading it did not."""
    told = course.stop is not None or fate.with_group or fate.reason in one.verdict.findings
    return None if told else fate.reason


def first_error(findings: Iterable[Finding]) -> Finding | None:
    """The first that is more than a warning."""
    return next((found for found in findings if found.severity is Severity.ERROR), None)


# What follows


def stopped_by(course: Course, groups: Judged) -> list[Finding]:
    """What stopped the interchange as a whole, or whole groups of it: each for a person to see once, however many sets there are."""
    if course.stop is not None:
        return [] if course.stop is Processing.DUPLICATE or course.reason is None else [course.reason]
    return list(refused_groups(course, groups).values())


def refused_groups(course: Course, groups: Judged) -> dict[int, Finding]:
    """Why groups are refused as a whole, by their ordinal; none where it is the interchange that stops."""
    judged = (verdict for verdict, _ in groups if verdict.code == "R" and course.stop is None)
    why = {verdict.group.ordinal: first_error(verdict.findings) for verdict in judged}
    return {ordinal: found for ordinal, found in why.items() if found is not None}


def state_of(reached: Container[Processing]) -> Processing:
    """What became of a whole whose parts reached these states; without any it is of no use to anybody."""
    if Processing.TAKEN in reached:
        return Processing.TRANSLATED
    order = (Processing.TRANSLATED, Processing.HELD, Processing.DUPLICATE)
    return next((state for state in order if state in reached), Processing.REJECTED)


def answers_due(course: Course, groups: Judged, agreement: Agreement) -> Due:
    """Which answers are due: at most one TA1, and one answer to all groups that get one."""
    if not course.answers:
        why = "held" if course.stop is Processing.HELD else "duplicate"
        return Due(ta1=None, groups=(), none={verdict.group.ordinal: why for verdict, _ in groups})
    none = {
        verdict.group.ordinal: reason
        for verdict, agreed in groups
        if (reason := unacknowledged(agreed.acknowledgment, verdict.group.functional_id, course.verdict))
    }
    due = [(verdict, agreed) for verdict, agreed in groups if verdict.group.ordinal not in none]
    ta1 = course.verdict if ta1_due(agreement.ta1, course.verdict) else None
    return Due(ta1=ta1, groups=due, none=none)
