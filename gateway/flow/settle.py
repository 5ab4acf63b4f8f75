"""Settle: the final commit of one interchange. It alone makes deliveries due, reserves keys, opens cases and creates the answers."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from gateway.flow import answers, seen
from gateway.flow.owed import owe_documents
from gateway.flow.record import (
    Course,
    Judged,
    Reading,
    first_error,
    open_cases,
    open_cases_of_sets,
    write_groups,
    write_interchange,
)
from gateway.flow.repeat import repeat_answers
from gateway.flow.sets import Fate, SetRow
from gateway.ledger.claim import TransmissionWork
from gateway.ledger.states import Owed, Processing
from gateway.ledger.write import Tx
from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity
from gateway.profiles.agreement import Agreement, OnDuplicate
from gateway.x12.verdict import GroupVerdict, InterchangeVerdict, judge_interchange, ta1_due, unacknowledged, under


def settle(tx: Tx, history: seen.History, work: TransmissionWork, reading: Reading) -> Processing:
    """Decide and write down everything about one interchange; what became of it."""
    agreement = reading.found.agreement
    course = _course(history, reading, agreement)
    groups = [(under(group.verdict, course.verdict), group.agreement) for group in reading.groups]
    by_ordinal = {verdict.group.ordinal: verdict for verdict, _ in groups}
    outcome: Counter[Processing] = Counter()
    for part in reading.sets.parts(tx):
        fates = _fates(history, part, by_ordinal, course, reading)
        reading.sets.write(tx, part, fates)
        owe_documents(tx, reading.place, part, fates)
        if course.stop is None:
            open_cases_of_sets(tx, reading.place, part, fates)
        outcome.update(fate.state for fate in fates)
    if reading.found.read.ta1:
        outcome[Processing.TAKEN] += len(reading.found.read.ta1)
    state = course.stop or _state(outcome)
    ta1 = course.answers and reading.place.partner is not None and ta1_due(agreement.ta1, course.verdict)
    write_interchange(tx, reading, course, state, Owed.GENERATED if ta1 else Owed.NONE)
    if ta1:
        header = reading.found.read.interchange
        answers.owe(tx, reading.place, work.channel, answers.answer_interchange(tx, header, course.verdict, agreement))
    read, place = reading.found.read, reading.place
    history.add(read.interchange, read.sha256, place.interchange_id, place.transmission_id, state)
    _answer_groups(tx, work, reading, course, groups)
    open_cases(tx, reading, course, groups, state)
    return state


def _course(history: seen.History, reading: Reading, agreement: Agreement) -> Course:
    """Whether its sets go on at all: who sent it, what came before, whether it is whole."""
    read, verdict = reading.found.read, reading.found.verdict
    holds = (reading.found.parties.hold, *(group.hold for group in reading.groups))
    hold = next((hold for hold in holds if hold is not None and hold.code not in reading.waived), None)
    if hold is not None:
        return Course(verdict=verdict, stop=Processing.HELD, reason=hold)
    earlier = history.earlier(read.interchange, read.sha256, reading.place.interchange_id, agreement)
    if earlier is None or "duplicate.control_number" in reading.waived:
        return _refused_or_on(verdict)
    said = seen.said_of_interchange(read.interchange, earlier)
    decided = seen.on_duplicate_interchange(agreement, earlier, read.interchange.usage)
    if said.code in reading.waived:
        decided = OnDuplicate.DUPLICATE  # a person let the same bytes pass: answered as the first time, done once
    return {
        OnDuplicate.DUPLICATE: lambda: Course(verdict=verdict, stop=Processing.DUPLICATE, reason=said, earlier=earlier),
        OnDuplicate.HOLD: lambda: Course(verdict=verdict, stop=Processing.HELD, reason=said),
        OnDuplicate.WARN: lambda: _refused_or_on(verdict, _as_warning(said)),
        OnDuplicate.REJECT: lambda: _refused_or_on(judge_interchange(read, (said,))),
    }[decided]()


def _refused_or_on(verdict: InterchangeVerdict, note: Finding | None = None) -> Course:
    if verdict.code == "R":
        return Course(verdict=verdict, stop=Processing.REJECTED, reason=verdict.reason)
    return Course(verdict=verdict, reason=note)


def _as_warning(said: Finding) -> Finding:
    return msgspec.structs.replace(said, severity=Severity.WARNING, ack=None)


def _fates(
    history: seen.History, part: list[SetRow], groups: dict[int, GroupVerdict], course: Course, reading: Reading
) -> list[Fate]:
    """What becomes of each set of a part; keys taken on the way count too."""
    history.recall((), (row.duplicate_key for row in part))
    fates = []
    for row in part:
        fate = _fate(row, groups.get(row.group_ordinal), course, history)
        if fate.state is Processing.TRANSLATED and row.duplicate_key is not None:
            history.reserve(row.duplicate_key, reading.place.transmission_id, row.content_sha or "")
        fates.append(fate)
    return fates


def _fate(row: SetRow, group: GroupVerdict | None, course: Course, history: seen.History) -> Fate:
    if course.stop is not None:
        return Fate(state=course.stop, reason=course.reason)
    if group is None or not group.processes(row.verdict):
        return Fate(state=Processing.REJECTED, reason=first_error(row.verdict.findings))
    if group.group.functional_id == "FA":
        return Fate(state=Processing.TAKEN)
    if row.duplicate_key is None:
        return Fate(state=Processing.REJECTED, reason=finding("document.none", kind=row.kind))
    earlier = history.reserved(row.duplicate_key)
    return Fate(state=Processing.TRANSLATED) if earlier is None else _fate_of_repeated(row, earlier)


def _fate_of_repeated(row: SetRow, earlier: seen.Reserved) -> Fate:
    """The same content is a duplicate; other content under the same key never goes on without a person."""
    facts: dict[str, Any] = {"kind": row.kind, "number": row.number, "earlier": earlier.transmission}
    if earlier.content_sha == row.content_sha:
        return Fate(state=Processing.DUPLICATE, reason=finding("duplicate.document", **facts))
    conflict = finding("duplicate.conflict", **facts)
    states = {OnDuplicate.REJECT: Processing.REJECTED, OnDuplicate.DUPLICATE: Processing.DUPLICATE}
    return Fate(state=states.get(row.agreement.on_duplicate_document, Processing.HELD), reason=conflict)


def _state(outcome: Counter[Processing]) -> Processing:
    """The first of these that any of its sets reached; an interchange without sets is of no use to anybody."""
    order = (Processing.TRANSLATED, Processing.TAKEN, Processing.HELD, Processing.DUPLICATE)
    reached = next((state for state in order if outcome[state]), Processing.REJECTED)
    return Processing.TRANSLATED if reached is Processing.TAKEN else reached


def _answer_groups(
    tx: Tx,
    work: TransmissionWork,
    reading: Reading,
    course: Course,
    groups: Judged,
) -> None:
    """The one answer to all groups that get one; for every other the reason why there is none."""
    place, header = reading.place, reading.found.read.interchange
    if not course.answers:
        why = "held" if course.stop is Processing.HELD else "duplicate"
        if course.earlier is not None and repeat_answers(tx, course.earlier.id, place):
            why = "repeated"
        write_groups(tx, reading, groups, {verdict.group.ordinal: why for verdict, _ in groups})
        return
    none = {
        verdict.group.ordinal: reason
        for verdict, agreed in groups
        if (reason := _no_answer(verdict, agreed, course, reading))
    }
    due = [(verdict, agreed) for verdict, agreed in groups if verdict.group.ordinal not in none]
    if due:
        answers.owe(tx, place, work.channel, answers.answer_groups(tx, header, due, reading.sets))
    write_groups(tx, reading, groups, none)


def _no_answer(verdict: GroupVerdict, agreed: Agreement, course: Course, reading: Reading) -> str | None:
    if reading.place.partner is None:
        return "partner.unknown"
    return unacknowledged(agreed.acknowledgment, verdict.group.functional_id, course.verdict)
