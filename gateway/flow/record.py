"""Record: what was decided about an interchange, written into its rows, groups and cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import update

from gateway.flow.cases import open_case_for
from gateway.flow.course import Course, Judged
from gateway.flow.decide import Fate, said_of
from gateway.flow.interpret import GroupFound, InterchangeFound
from gateway.flow.past import control_key
from gateway.flow.sets import Place, SetRow, Sets, insert_finding
from gateway.flow.stopped import passed_over, refused_groups, stopped_by
from gateway.ledger import tables
from gateway.ledger.states import Owed, Processing
from gateway.ledger.write import Tx
from gateway.trail.reading import SetsTold
from gateway.x12.reading import InterchangeHeader


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One interchange, read to its end: `waived` are reasons that a person let pass; `written`: parts of it are in the ledger."""

    place: Place
    found: InterchangeFound
    groups: Sequence[GroupFound]
    sets: Sets
    waived: frozenset[str] = frozenset()
    written: bool = False


def write_interchange(tx: Tx, reading: Reading, course: Course, state: Processing, ta1: Owed) -> None:
    """The interchange's own row and its findings."""
    read, place = reading.found.read, reading.place
    header = read.interchange
    row = interchange_row(place, header, reading.waived) | {
        "control_key": control_key(header, read.sha256),
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
    for found in (*read.findings, *course.notes, *(found for group in reading.groups for found in group.findings)):
        insert_finding(tx, found, place.transmission_id, place.interchange_id)


def tell_interchange(tx: Tx, reading: Reading, course: Course, state: Processing, told: SetsTold) -> None:
    """Its event, which fixes what was read and what became of it."""
    header, place = reading.found.read.interchange, reading.place
    tx.event(
        "gateway",
        f"interchange.{state}",
        f"interchange {place.interchange_id}",
        control=header.control,
        sender=str(header.sender),
        receiver=str(header.receiver),
        usage=header.usage,
        partner=place.partner,
        reason=course.reason and course.reason.code,
        sha256=reading.found.read.sha256,
        **told.hashes(),
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
        "control_key": "",
        "waived": " ".join(sorted(waived)) or None,
        "state": str(Processing.RECEIVED),
        "acknowledgment": str(Owed.NONE),
    }


def take_ta1s(tx: Tx, reading: Reading, told: SetsTold) -> None:
    """The TA1s that it brought, each a document of its own."""
    for taken in reading.found.read.ta1:
        row: dict[str, Any] = msgspec.structs.asdict(reading.place) | {
            "ordinal": 0,
            "kind": "TA1",
            "control": taken.control,
            "canonical": msgspec.json.encode(taken),
            "state": str(Processing.TAKEN),
        }
        number = tx.insert(tables.document, **row)
        told.read(row)
        told.became(number, row["state"])


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


class Spoiled:
    """The sets in order that are refused with their group: by its ordinal how many, and the money that they are about."""

    def __init__(self) -> None:
        self._counted: Counter[int] = Counter()
        self._values: dict[int, Decimal] = {}

    def add(self, part: list[SetRow], fates: list[Fate]) -> None:
        """Count those among these."""
        for row, fate in zip(part, fates, strict=True):
            if fate.with_group and row.verdict.code != "R":
                self._counted[row.group_ordinal] += 1
                if row.value is not None:
                    self._values[row.group_ordinal] = self._values.get(row.group_ordinal, Decimal(0)) + Decimal(
                        row.value
                    )

    def value(self, group: int) -> str | None:
        """What those of a group are worth; None where none of them names money."""
        return None if group not in self._values else f"{self._values[group]:f}"

    def told(self, group: int) -> str:
        """Those of a group, in a sentence to follow the reason."""
        counted, value = self._counted[group], self.value(group)
        worth = "" if value is None else f", worth {value}"
        return f" Refused with it though in order: {counted} of its documents{worth}." if counted else ""


def open_cases(tx: Tx, reading: Reading, course: Course, groups: Judged, spoiled: Spoiled) -> None:
    """A case for what stopped the interchange or a group as a whole or was passed over; sets have their own, beside their fate."""
    place = reading.place
    subject = f"interchange {place.interchange_id}"
    common: dict[str, Any] = {"partner": place.partner, "transmission_id": place.transmission_id}
    for found in (*stopped_by(course, ()), *passed_over(course, groups)):
        open_case_for(tx, found, subject, **common)
    for group, found in refused_groups(course, groups).items():
        sentence, value = found.message + spoiled.told(group), spoiled.value(group)
        open_case_for(tx, found, subject, sentence=sentence, value=value, **common)


def tell_sets(tx: Tx, place: Place, part: list[SetRow], fates: list[Fate], course: Course) -> None:
    """What their end says of sets, beside what was found in them."""
    for row, fate in zip(part, fates, strict=True):
        said = said_of(fate, row, course)
        if said is not None:
            insert_finding(tx, said, place.transmission_id, place.interchange_id, row.id)
