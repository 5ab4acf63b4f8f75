"""What would become of an interchange and of each of its sets: the rules of `gateway.flow.settle` without its ledger.

Every rule here has its twin there; a test reads the same files through both and compares.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from gateway.flow.interpret import GroupFound, InterchangeFound
from gateway.ledger.states import Processing
from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity
from gateway.profiles.agreement import Agreement, OnDuplicate
from gateway.terminal.earlier import Earlier, Taken, ThisFile
from gateway.terminal.shelf import SetSeen
from gateway.x12.verdict import GroupVerdict, InterchangeVerdict, judge_interchange

# A sender nobody knows is read with the defaults, unless the dry run names the channel the file came through.
_UNKNOWN_SENDER = "partner.unknown"


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How the interchange as a whole is taken: `stop` is the state that all of its sets get, None where each has its own."""

    verdict: InterchangeVerdict
    stop: Processing | None = None
    reason: Finding | None = None
    notes: tuple[Finding, ...] = ()


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of one set, and why where it would not go on."""

    set: SetSeen
    state: Processing
    reason: Finding | None = None


def said_of(fate: Fate, course: Course) -> Finding | None:
    """What the end of the interchange has to say of one set that reading it did not."""
    told = course.stop is not None or fate.reason in fate.set.verdict.findings
    return None if told else fate.reason


def course_of(found: InterchangeFound, groups: Sequence[GroupFound], past: ThisFile, *, channel: str | None) -> Course:
    """Whether its sets go on at all: who sent it, what came before, whether it is whole."""
    read, verdict = found.read, found.verdict
    said = (found.parties.hold,) if found.parties.hold else ()
    if channel is None and said and said[0].code == _UNKNOWN_SENDER:
        said = (_as_warning(said[0]),)
    else:
        hold = next((hold for hold in (*said, *(group.hold for group in groups)) if hold is not None), None)
        if hold is not None:
            return Course(verdict=verdict, stop=Processing.HELD, reason=hold, notes=said)
    earlier = past.interchange(read.interchange, read.sha256, found.agreement)
    if earlier is None:
        return _refused_or_on(verdict, said)
    return _repeated(found, earlier, said)


def _repeated(found: InterchangeFound, earlier: Earlier, notes: tuple[Finding, ...]) -> Course:
    header, agreement = found.read.interchange, found.agreement
    said = finding(
        "duplicate.interchange" if earlier.same_bytes else "duplicate.control_number",
        control=header.control,
        sender=header.sender,
        earlier=earlier.file,
        segment="ISA",
        element=13,
        offset=header.offset,
        value=header.control,
    )
    match _agreed(agreement, earlier, header.usage):
        case OnDuplicate.DUPLICATE:
            stop = Processing.DUPLICATE
        case OnDuplicate.HOLD:
            stop = Processing.HELD
        case OnDuplicate.WARN:
            return _refused_or_on(found.verdict, (*notes, _as_warning(said)))
        case OnDuplicate.REJECT:
            return _refused_or_on(judge_interchange(found.read, (said,)), (*notes, said))
    return Course(verdict=found.verdict, stop=stop, reason=said, notes=(*notes, said))


def _agreed(agreement: Agreement, earlier: Earlier, usage: str) -> OnDuplicate:
    if earlier.same_bytes:
        return agreement.on_duplicate_file
    return agreement.on_duplicate_interchange_test if usage == "T" else agreement.on_duplicate_interchange


def _refused_or_on(verdict: InterchangeVerdict, notes: tuple[Finding, ...]) -> Course:
    if verdict.code == "R":
        return Course(verdict=verdict, stop=Processing.REJECTED, reason=verdict.reason, notes=notes)
    return Course(verdict=verdict, notes=notes)


def _as_warning(said: Finding) -> Finding:
    return msgspec.structs.replace(said, severity=Severity.WARNING, ack=None)


def fates(
    parts: Iterable[list[SetSeen]], groups: dict[int, GroupVerdict], course: Course, past: ThisFile
) -> Iterator[Fate]:
    """What would become of each set, in order; a key that one of them takes is taken for those after it."""
    usage = course.verdict.interchange.usage
    for part in parts:
        # Test and production are told apart: each has its own keys.
        keys = [None if one.key is None else f"{usage} {one.key}" for one in part]
        taken = past.taken([key for key in keys if key is not None])
        for one, key in zip(part, keys, strict=True):
            fate = _fate(one, groups.get(one.group), course, taken.get(key or ""))
            if fate.state is Processing.TRANSLATED and key is not None:
                taken[key] = past.take(key, one.content)
            yield fate


def _fate(one: SetSeen, group: GroupVerdict | None, course: Course, earlier: Taken | None) -> Fate:
    if course.stop is not None:
        return Fate(set=one, state=course.stop, reason=course.reason)
    if group is None or not group.processes(one.verdict):
        return Fate(set=one, state=Processing.REJECTED, reason=first_error(one.verdict.findings))
    if group.group.functional_id == "FA":
        return Fate(set=one, state=Processing.TAKEN)
    if one.key is None:
        return Fate(set=one, state=Processing.REJECTED, reason=finding("document.none", kind=one.verdict.set_id))
    return Fate(set=one, state=Processing.TRANSLATED) if earlier is None else _fate_of_repeated(one, earlier)


def _fate_of_repeated(one: SetSeen, earlier: Taken) -> Fate:
    """The same content is a duplicate; other content under the same key never goes on without a person."""
    facts: dict[str, Any] = {"kind": one.verdict.set_id, "number": one.number, "earlier": earlier.file}
    if earlier.content == one.content:
        return Fate(set=one, state=Processing.DUPLICATE, reason=finding("duplicate.document", **facts))
    states = {OnDuplicate.REJECT: Processing.REJECTED, OnDuplicate.DUPLICATE: Processing.DUPLICATE}
    state = states.get(one.on_duplicate, Processing.HELD)
    return Fate(set=one, state=state, reason=finding("duplicate.conflict", **facts))


def state_of(reached: Container[Processing]) -> Processing:
    """What becomes of an interchange whose sets reached these states: the first of these; without any it is of no use."""
    order = (Processing.TRANSLATED, Processing.TAKEN, Processing.HELD, Processing.DUPLICATE)
    return next((state for state in order if state in reached), Processing.REJECTED)


def first_error(findings: Sequence[Finding]) -> Finding | None:
    """The first that is more than a warning."""
    return next((found for found in findings if found.severity is Severity.ERROR), None)
