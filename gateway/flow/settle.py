"""Settle: the final commit of one interchange. It alone makes deliveries due, reserves keys, opens cases and creates the answers."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import update

from gateway.flow import answers, seen
from gateway.flow.cases import open_case_for
from gateway.flow.interpret import GroupFound, InterchangeFound
from gateway.flow.repeat import repeat_answers
from gateway.flow.sets import Fate, Place, SetRow, Sets, insert_finding
from gateway.ledger import tables
from gateway.ledger.claim import TransmissionWork
from gateway.ledger.states import Delivering, Owed, Processing
from gateway.ledger.write import Tx
from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity, has_errors
from gateway.profiles.agreement import Agreement, OnDuplicate
from gateway.x12.reading import InterchangeHeader
from gateway.x12.verdict import GroupVerdict, InterchangeVerdict, judge_interchange, ta1_due, unacknowledged, under

# The gateway's own namespace for idempotency keys: any constant would do, it must only never change.
_NAMESPACE = uuid.UUID("6f1d6a5e-3f0c-5a57-9c39-7d8f5b0a9e21")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One interchange, read to its end: `waived` are reasons that a person let pass; `written`: parts of it are in the ledger."""

    place: Place
    found: InterchangeFound
    groups: Sequence[GroupFound]
    sets: Sets
    waived: frozenset[str] = frozenset()
    written: bool = False


class _Course(msgspec.Struct, frozen=True, kw_only=True):
    """How the interchange as a whole is taken: `stop` is set where none of its sets go on, with the state they get."""

    verdict: InterchangeVerdict
    stop: Processing | None = None
    reason: Finding | None = None
    earlier: seen.Earlier | None = None


def settle(tx: Tx, work: TransmissionWork, reading: Reading) -> Processing:
    """Decide and write down everything about one interchange; what became of it."""
    agreement = reading.found.agreement
    course = _course(tx, reading, agreement)
    groups = [(under(group.verdict, course.verdict), group.agreement) for group in reading.groups]
    by_ordinal = {verdict.group.ordinal: verdict for verdict, _ in groups}
    outcome: Counter[Processing] = Counter()
    for part in reading.sets.parts(tx):
        fates = _fates(tx, part, by_ordinal, course, reading)
        reading.sets.write(tx, part, fates)
        _owe_documents(tx, reading.place, part, fates)
        if course.stop is None:
            _open_cases_of_sets(tx, reading.place, part, fates)
        outcome.update(fate.state for fate in fates)
    if reading.found.read.ta1:
        outcome[Processing.TAKEN] += len(reading.found.read.ta1)
    state = course.stop or _state(outcome)
    _write_interchange(tx, reading, course, state)
    _answer(tx, work, reading, course, groups, agreement)
    _cases(tx, reading, course, groups, state)
    return state


def _course(tx: Tx, reading: Reading, agreement: Agreement) -> _Course:
    """Whether its sets go on at all: who sent it, what came before, whether it is whole."""
    read, verdict = reading.found.read, reading.found.verdict
    holds = (reading.found.parties.hold, *(group.hold for group in reading.groups))
    hold = next((hold for hold in holds if hold is not None and hold.code not in reading.waived), None)
    if hold is not None:
        return _Course(verdict=verdict, stop=Processing.HELD, reason=hold)
    earlier = seen.earlier_interchange(tx, read.interchange, read.sha256, reading.place.interchange_id, agreement)
    if earlier is None or "duplicate.control_number" in reading.waived:
        return _refused_or_on(verdict)
    said = seen.said_of_interchange(read.interchange, earlier)
    return {
        OnDuplicate.DUPLICATE: lambda: _Course(
            verdict=verdict, stop=Processing.DUPLICATE, reason=said, earlier=earlier
        ),
        OnDuplicate.HOLD: lambda: _Course(verdict=verdict, stop=Processing.HELD, reason=said),
        OnDuplicate.WARN: lambda: _refused_or_on(verdict, _as_warning(said)),
        OnDuplicate.REJECT: lambda: _refused_or_on(judge_interchange(read, (said,))),
    }[seen.on_duplicate_interchange(agreement, earlier, read.interchange.usage)]()


def _refused_or_on(verdict: InterchangeVerdict, note: Finding | None = None) -> _Course:
    if verdict.code == "R":
        return _Course(verdict=verdict, stop=Processing.REJECTED, reason=verdict.reason)
    return _Course(verdict=verdict, reason=note)


def _as_warning(said: Finding) -> Finding:
    return msgspec.structs.replace(said, severity=Severity.WARNING, ack=None)


def _fates(
    tx: Tx, part: list[SetRow], groups: dict[int, GroupVerdict], course: _Course, reading: Reading
) -> list[Fate]:
    """What becomes of each set of a part; keys taken within the part count too."""
    taken = seen.reserved(tx, [row.duplicate_key for row in part])
    fates = []
    for row in part:
        fate = _fate(row, groups.get(row.group_ordinal), course, taken)
        if fate.state is Processing.TRANSLATED and row.duplicate_key is not None:
            taken[row.duplicate_key] = seen.Reserved(
                transmission=reading.place.transmission_id, content_sha=row.content_sha or "", revision=1
            )
        fates.append(fate)
    return fates


def _fate(row: SetRow, group: GroupVerdict | None, course: _Course, taken: dict[str, seen.Reserved]) -> Fate:
    if course.stop is not None:
        return Fate(state=course.stop, reason=course.reason)
    if group is None or not group.processes(row.verdict):
        return Fate(state=Processing.REJECTED, reason=_first_error(row.verdict.findings))
    if group.group.functional_id == "FA":
        return Fate(state=Processing.TAKEN)
    if row.duplicate_key is None:
        return Fate(state=Processing.REJECTED, reason=finding("document.none", kind=row.kind))
    earlier = taken.get(row.duplicate_key)
    return Fate(state=Processing.TRANSLATED) if earlier is None else _fate_of_repeated(row, earlier)


def _fate_of_repeated(row: SetRow, earlier: seen.Reserved) -> Fate:
    """The same content is a duplicate; other content under the same key never goes on without a person."""
    facts: dict[str, Any] = {"kind": row.kind, "number": row.number, "earlier": earlier.transmission}
    if earlier.content_sha == row.content_sha:
        return Fate(state=Processing.DUPLICATE, reason=finding("duplicate.document", **facts))
    conflict = finding("duplicate.conflict", **facts)
    states = {OnDuplicate.REJECT: Processing.REJECTED, OnDuplicate.DUPLICATE: Processing.DUPLICATE}
    return Fate(state=states.get(row.agreement.on_duplicate_document, Processing.HELD), reason=conflict)


def _owe_documents(tx: Tx, place: Place, part: list[SetRow], fates: list[Fate]) -> None:
    for row, fate in zip(part, fates, strict=True):
        target = row.agreement.test_erp if place.usage == "T" else row.agreement.erp
        if fate.state is Processing.TRANSLATED and row.business_key is not None and target is not None:
            owe(
                tx, place, target, kind=row.kind, document=row.id, business_key=row.business_key, revision=1,
                orders=row.orders,
            )


def owe(  # noqa: PLR0913 - a debt has this many sides
    tx: Tx,
    place: Place,
    target: str,
    *,
    kind: str,
    document: int,
    business_key: str,
    revision: int,
    orders: tuple[str, ...],
) -> None:
    """Write down the debt of one document to an ERP, with the key it will always go under."""
    number = tx.insert(
        tables.delivery,
        kind="erp",
        target=target,
        partner=place.partner,
        document_kind=kind,
        transmission_id=place.transmission_id,
        interchange_id=place.interchange_id,
        document_id=document,
        business_key=business_key,
        revision=revision,
        idempotency_key=str(uuid.uuid5(_NAMESPACE, f"{target}\n{business_key}\n{revision}")),
        state=str(Delivering.READY),
        created_at=tx.now,
        due_at=tx.now,
    )
    tx.event("gateway", "delivery.owed", f"delivery {number}", kind=kind, document=document, target=target)
    for order in orders:
        tx.insert(tables.lane, name=f"{target} {place.partner} {order}", delivery_id=number)


def _open_cases_of_sets(tx: Tx, place: Place, part: list[SetRow], fates: list[Fate]) -> None:
    """A case for every set that waits or was refused for a reason of its own."""
    for row, fate in zip(part, fates, strict=True):
        if fate.state in (Processing.HELD, Processing.REJECTED) and fate.reason is not None:
            errors = sum(found.severity is Severity.ERROR for found in row.verdict.findings)
            open_case_for(
                tx,
                fate.reason,
                f"document {row.id}",
                more=max(errors - 1, 0),
                partner=place.partner,
                kind=row.kind,
                number=row.number,
                value=row.value,
                transmission_id=place.transmission_id,
            )


def _first_error(findings: Sequence[Finding]) -> Finding | None:
    return next((found for found in findings if found.severity is Severity.ERROR), None)


def _state(outcome: Counter[Processing]) -> Processing:
    """The first of these that any of its sets reached; an interchange without sets is of no use to anybody."""
    order = (Processing.TRANSLATED, Processing.TAKEN, Processing.HELD, Processing.DUPLICATE)
    reached = next((state for state in order if outcome[state]), Processing.REJECTED)
    return Processing.TRANSLATED if reached is Processing.TAKEN else reached


def _write_interchange(tx: Tx, reading: Reading, course: _Course, state: Processing) -> None:
    read, place = reading.found.read, reading.place
    header = read.interchange
    row = interchange_row(place, header) | {
        "sha256": read.sha256,
        "state": str(state),
        "reason": course.reason and course.reason.code,
        "ta1_code": course.verdict.code,
        "ta1_note": course.verdict.note,
        "settled_at": tx.now,
    }
    if reading.written:
        tx.execute(update(tables.interchange).where(tables.interchange.c.id == place.interchange_id).values(**row))
    else:
        tx.insert(tables.interchange, **row)
    notes = (*read.findings, *((course.reason,) if course.reason and course.reason not in read.findings else ()))
    for found in notes + tuple(f for group in reading.groups for f in group.read.findings):
        insert_finding(tx, found, place.transmission_id, place.interchange_id)
    for ta1 in read.ta1:
        _take_ta1(tx, place, msgspec.json.encode(ta1), ta1.control)
    tx.event(
        "gateway", f"interchange.{state}", f"interchange {place.interchange_id}", control=header.control,
        sender=str(header.sender), reason=course.reason and course.reason.code,
    )


def interchange_row(place: Place, header: InterchangeHeader) -> dict[str, Any]:
    """The columns of an interchange that its header fixes, in the state it has until it is settled."""
    return {
        "id": place.interchange_id,
        "transmission_id": place.transmission_id,
        "ordinal": header.ordinal,
        "partner": place.partner,
        "entity": place.entity,
        "sender": str(header.sender),
        "receiver": str(header.receiver),
        "control": header.control,
        "usage": header.usage,
        "version": header.version,
        "control_key": seen.control_key(header),
        "state": str(Processing.RECEIVED),
        "acknowledgment": str(Owed.NONE),
    }


def _take_ta1(tx: Tx, place: Place, canonical: bytes, control: str) -> None:
    tx.insert(
        tables.document,
        **msgspec.structs.asdict(place),
        ordinal=0,
        kind="TA1",
        control=control,
        canonical=canonical,
        state=str(Processing.TAKEN),
    )


def _answer(
    tx: Tx, work: TransmissionWork, reading: Reading, course: _Course,
    groups: Sequence[tuple[GroupVerdict, Agreement]], agreement: Agreement,
) -> None:
    """The answers that are due, or, group by group, the reason why there is none."""
    place, header = reading.place, reading.found.read.interchange
    if course.stop in (Processing.HELD, Processing.DUPLICATE):
        why = "held" if course.stop is Processing.HELD else "duplicate"
        if course.earlier is not None and repeat_answers(tx, course.earlier.id, place):
            why = "repeated"
        _write_groups(tx, reading, groups, {verdict.group.ordinal: why for verdict, _ in groups})
        return
    none = {
        verdict.group.ordinal: reason
        for verdict, agreed in groups
        if (reason := _no_answer(verdict, agreed, course, reading))
    }
    due = [(verdict, agreed) for verdict, agreed in groups if verdict.group.ordinal not in none]
    if place.partner is not None and ta1_due(agreement.ta1, course.verdict):
        answers.owe(tx, place, work.channel, answers.answer_interchange(tx, header, course.verdict, agreement))
    if due:
        answers.owe(tx, place, work.channel, answers.answer_groups(tx, header, due, reading.sets))
    _write_groups(tx, reading, groups, none)


def _no_answer(verdict: GroupVerdict, agreed: Agreement, course: _Course, reading: Reading) -> str | None:
    if reading.place.partner is None:
        return "partner.unknown"
    return unacknowledged(agreed.acknowledgment, verdict.group.functional_id, course.verdict)


def _write_groups(
    tx: Tx, reading: Reading, groups: Sequence[tuple[GroupVerdict, Agreement]], none: dict[int, str]
) -> None:
    for verdict, _ in groups:
        group = verdict.group
        reason = none.get(group.ordinal)
        tx.insert(
            tables.functional_group,
            interchange_id=reading.place.interchange_id,
            ordinal=group.ordinal,
            functional_id=group.functional_id,
            control=group.control,
            version=group.version,
            claimed=str(verdict.claimed),
            counted=verdict.counted,
            accepted=verdict.accepted,
            ack_code=verdict.code,
            acknowledgment=str(Owed.NONE if reason else Owed.GENERATED),
            no_ack_reason=reason,
        )


def _cases(
    tx: Tx, reading: Reading, course: _Course, groups: Sequence[tuple[GroupVerdict, Agreement]], state: Processing
) -> None:
    """One case for an interchange or a group that was stopped as a whole; sets have their own, beside their fate."""
    place = reading.place
    common: dict[str, Any] = {"partner": place.partner, "transmission_id": place.transmission_id}
    if course.stop in (Processing.HELD, Processing.REJECTED) and course.reason is not None:
        open_case_for(tx, course.reason, f"interchange {place.interchange_id}", **common)
        return
    for verdict, _ in groups:
        if course.stop is None and verdict.code == "R" and has_errors(verdict.findings):
            first = _first_error(verdict.findings)
            if first is not None:
                open_case_for(tx, first, f"interchange {place.interchange_id}", **common)
    if state is Processing.REJECTED and not groups and not reading.found.read.ta1:
        nothing = finding("file.no_sets", control=reading.found.read.interchange.control)
        open_case_for(tx, nothing, f"interchange {place.interchange_id}", **common)
