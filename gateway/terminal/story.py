"""The story of one file in a few lines: partner, kind, number, outcome, acknowledgment, ERP id, what waits for a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, TypeVar

import msgspec
from sqlalchemy import Connection

from gateway.flow.decide import LONGEST_NUMBER
from gateway.flow.letters import FOR_PEOPLE
from gateway.ledger import following
from gateway.ledger.views import CaseRow, DeliveryRow, FileRow, SetLine
from gateway.x12.charset import opening

SHOWN: Final = 5  # of each kind that get a line of their own
_OUTCOMES: Final = {"translated": "accepted", "rejected": "rejected", "duplicate": "duplicate", "held": "held"}
_MARKS: Final = {"accepted": "+", "partial": "~", "rejected": "x", "held": "!", "duplicate": "="}

Row = TypeVar("Row", SetLine, DeliveryRow, CaseRow)


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One file and what came of it so far: a few of its sets, debts and open cases.

    `outcome` is what a person calls it; `owes`: a document of it is not with its ERP yet; `down` are targets that do not
    answer.
    """

    file: FileRow
    outcome: str
    sets: list[SetLine]
    debts: list[DeliveryRow]
    cases: list[CaseRow]
    owes: bool
    down: set[str]


def stories_of(snapshot: Connection, files: list[FileRow]) -> list[Story]:
    """What came of these files: a few queries, however many they are."""
    numbers = [row.id for row in files]
    if not numbers:
        return []
    sets = _by_file(following.sets_of_files(snapshot, numbers))
    debts = _by_file(following.deliveries_of_files(snapshot, numbers))
    cases = _by_file(following.cases_of_files(snapshot, numbers))
    in_part, owing, down = (
        following.partial_files(snapshot, numbers),
        following.owing_files(snapshot, numbers),
        following.targets_down(snapshot),
    )
    return [
        Story(
            file=row,
            outcome="partial"
            if row.state == "translated" and row.id in in_part
            else _OUTCOMES.get(row.state, row.state),
            sets=sets[row.id],
            debts=debts[row.id],
            cases=cases[row.id],
            owes=row.id in owing,
            down=down,
        )
        for row in files
    ]


def lines_of(story: Story) -> Iterator[str]:
    """The outcome, each of its first documents, the answer, each of the first cases."""
    row = story.file
    yield f"{_MARKS.get(story.outcome, '?')} {story.outcome:<9} {row.partner or row.channel:<12} {row.name}"
    yield from document_lines(story)
    if acknowledgments := ", ".join(_answer(debt) for debt in story.debts if debt.acknowledgment_kind):
        yield f"    answered: {acknowledgments}"
    for case in story.cases[:SHOWN]:
        yield f"    case {case.id}: {case.told}"
    if len(story.cases) > SHOWN:
        yield f"    ... and {len(story.cases) - SHOWN} more cases (`gateway queue`)"


def document_lines(story: Story) -> Iterator[str]:
    """Each of its first documents, with the ERP's number for it."""
    booked = {debt.document_id: debt for debt in story.debts if debt.kind == "erp"}
    for one in story.sets[:SHOWN]:
        debt = booked.get(one.id)
        named = opening(one.number or one.control or "", LONGEST_NUMBER)
        yield f"    {one.kind} {named}" + ("" if debt is None else f" -> {debt.target} {_state(debt, story.down)}")
    if len(story.sets) > SHOWN:
        yield "    ... and more"


def _state(debt: DeliveryRow, down: set[str]) -> str:
    if debt.reference:
        return debt.reference
    waits = debt.state in ("ready", "retry", "in_flight", "in_doubt") and debt.target in down
    return "does not answer, so it waits" if waits else debt.state


def _answer(debt: DeliveryRow) -> str:
    kind = debt.name if debt.acknowledgment_kind in FOR_PEOPLE else debt.acknowledgment_kind
    return f"{kind} {debt.state if debt.done_at is None else 'sent'}"


def _by_file(rows: list[Row]) -> dict[int, list[Row]]:
    """Rows by the file they belong to."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.transmission_id or 0].append(row)
    return found
