"""Record: what was decided about an interchange, written into its rows, groups and cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import update

from gateway.flow import seen
from gateway.flow.cases import open_case_for
from gateway.flow.interpret import GroupFound, InterchangeFound
from gateway.flow.sets import Fate, Place, SetRow, Sets, insert_finding
from gateway.ledger import tables
from gateway.ledger.states import Owed, Processing
from gateway.ledger.write import Tx
from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity, has_errors
from gateway.profiles.agreement import Agreement
from gateway.x12.reading import InterchangeHeader
from gateway.x12.verdict import GroupVerdict, InterchangeVerdict

Judged = Sequence[tuple[GroupVerdict, Agreement]]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One interchange, read to its end: `waived` are reasons that a person let pass; `written`: parts of it are in the ledger."""

    place: Place
    found: InterchangeFound
    groups: Sequence[GroupFound]
    sets: Sets
    waived: frozenset[str] = frozenset()
    written: bool = False


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How the interchange as a whole is taken: `stop` is set where none of its sets go on, with the state they get."""

    verdict: InterchangeVerdict
    stop: Processing | None = None
    reason: Finding | None = None
    earlier: seen.Earlier | None = None

    @property
    def answers(self) -> bool:
        """Whether answers of its own are due: what waits has none yet, and a duplicate gets those of the first time."""
        return self.stop not in (Processing.HELD, Processing.DUPLICATE)


def write_interchange(tx: Tx, reading: Reading, course: Course, state: Processing, ta1: Owed) -> None:
    """The interchange's own row, its findings and the TA1s it brought."""
    read, place = reading.found.read, reading.place
    header = read.interchange
    row = interchange_row(place, header, reading.waived) | {
        "sha256": read.sha256,
        "state": str(state),
        "reason": course.reason and course.reason.code,
        "acknowledgment": str(ta1),
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
    for taken in read.ta1:
        _take_ta1(tx, place, msgspec.json.encode(taken), taken.control)
    tx.event(
        "gateway",
        f"interchange.{state}",
        f"interchange {place.interchange_id}",
        control=header.control,
        sender=str(header.sender),
        reason=course.reason and course.reason.code,
    )


def interchange_row(place: Place, header: InterchangeHeader, waived: frozenset[str]) -> dict[str, Any]:
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
        "waived": " ".join(sorted(waived)) or None,
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


def write_groups(tx: Tx, reading: Reading, groups: Judged, none: dict[int, str]) -> None:
    """A row per group; `none` gives the recorded reason of those that get no answer."""
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


def open_cases(tx: Tx, reading: Reading, course: Course, groups: Judged, state: Processing) -> None:
    """One case for an interchange or a group that was stopped as a whole; sets have their own, beside their fate."""
    place = reading.place
    common: dict[str, Any] = {"partner": place.partner, "transmission_id": place.transmission_id}
    if course.stop in (Processing.HELD, Processing.REJECTED) and course.reason is not None:
        open_case_for(tx, course.reason, f"interchange {place.interchange_id}", **common)
        return
    for verdict, _ in groups:
        if course.stop is None and verdict.code == "R" and has_errors(verdict.findings):
            first = first_error(verdict.findings)
            if first is not None:
                open_case_for(tx, first, f"interchange {place.interchange_id}", **common)
    if state is Processing.REJECTED and not groups and not reading.found.read.ta1:
        nothing = finding("file.no_sets", control=reading.found.read.interchange.control)
        open_case_for(tx, nothing, f"interchange {place.interchange_id}", **common)


def open_cases_of_sets(tx: Tx, place: Place, part: list[SetRow], fates: list[Fate]) -> None:
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


def first_error(findings: Sequence[Finding]) -> Finding | None:
    """The first that is more than a warning."""
    return next((found for found in findings if found.severity is Severity.ERROR), None)
