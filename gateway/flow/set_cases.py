"""The cases about the sets of one interchange: one each while they are few, then one for all the rest.

A file in which everything is wrong is one thing to look at, not forty thousand.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Final

import msgspec
from sqlalchemy import select

from gateway.flow.cases import open_case, open_case_for
from gateway.flow.conflict import what_differs
from gateway.flow.decide import LONGEST_NUMBER, Fate
from gateway.flow.sets import Place, SetRow
from gateway.ledger import tables
from gateway.ledger.states import Processing
from gateway.ledger.write import Tx
from gateway.model.catalogue import phrases
from gateway.model.finding import Finding, Severity, Who
from gateway.x12.charset import opening

MOST_ALONE: Final = 20  # sets of one interchange that get a case of their own
_REASONS: Final = 5  # that the case of the rest names
_WAITS_OR_FAILED: Final = (Processing.HELD, Processing.REJECTED)
_C, _D = tables.case, tables.document


REST: Final = "documents of interchange"
"""How the subject of a case about those without one of their own begins."""


def subject_of_rest(interchange: int) -> str:
    """What such a case is about."""
    return f"{REST} {interchange}"


def held_rest(tx: Tx, interchange: int) -> list[int]:
    """The documents of an interchange that are held and have no case of their own."""
    held = select(_D.c.id, _D.c.transmission_id).where(
        _D.c.interchange_id == interchange, _D.c.state == Processing.HELD
    )
    rows = tx.execute(held.order_by(_D.c.id)).all()
    of_file = _C.c.transmission_id == (rows[0].transmission_id if rows else None)
    own = set(tx.execute(select(_C.c.subject).where(of_file)).scalars())
    return [row.id for row in rows if f"document {row.id}" not in own]


class _Rest(msgspec.Struct):
    """Those without a case of their own: how many by state and reason, and the money that they are about."""

    counted: Counter[tuple[Processing, str]] = msgspec.field(default_factory=Counter)
    kinds: set[str] = msgspec.field(default_factory=set)
    value: Decimal | None = None

    def add(self, row: SetRow, state: Processing, code: str) -> None:
        self.counted[state, code] += 1
        self.kinds.add(row.kind)
        if row.value is not None:
            self.value = (self.value or Decimal(0)) + Decimal(row.value)

    def listed(self) -> str:
        """Its most frequent reasons, each with its count."""
        say, first = phrases("queue")["stopped"], self.counted.most_common(_REASONS)
        named = [say.format(count=f"{count:,}", state=state, reason=code) for (state, code), count in first]
        left = self.counted.total() - sum(count for _, count in first)
        return ", ".join((*named, *([phrases("queue")["more_differences"].format(count=f"{left:,}")] if left else ())))


class CasesOfSets:
    """Opens them as the sets are settled, part by part; the one for the rest at the end."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._alone = 0
        self._stopped, self._odd = _Rest(), _Rest()

    def open(self, tx: Tx, part: list[SetRow], fates: list[Fate]) -> None:
        """A case for every set that waits, was refused for a reason of its own, or went on with something that we must look at."""
        for row, fate in zip(part, fates, strict=True):
            reason = _for_a_person(row, fate)
            if reason is None:
                continue
            if self._alone < MOST_ALONE:
                self._alone += 1
                self._open(tx, row, reason)
            else:
                rest = self._stopped if fate.state in _WAITS_OR_FAILED else self._odd
                rest.add(row, fate.state, reason.code)

    def _open(self, tx: Tx, row: SetRow, reason: Finding) -> None:
        errors = sum(found.severity is Severity.ERROR for found in row.verdict.findings)
        differs = what_differs(tx, row) if reason.code == "duplicate.conflict" else ""
        open_case_for(
            tx,
            msgspec.structs.replace(reason, message=f"{reason.message} {differs}".strip()),
            f"document {row.id}",
            more=max(errors - 1, 0),
            partner=self._place.partner,
            kind=row.kind,
            number=row.number and opening(row.number, LONGEST_NUMBER),
            value=row.value,
            transmission_id=self._place.transmission_id,
        )

    def open_for_the_rest(self, tx: Tx) -> None:
        """Those beyond the bound: one case for what stopped, one for what went on with something odd."""
        held = any(state is Processing.HELD for state, _ in self._stopped.counted)
        for reason, rest, owner in (
            ("document.many_stopped", self._stopped, Who.US if held else Who.PARTNER),
            ("document.many_odd", self._odd, Who.US),
        ):
            if rest.counted:
                facts = {
                    "count": rest.counted.total(),
                    "alone": MOST_ALONE,
                    "listed": rest.listed(),
                    "file": self._place.transmission_id,
                }
                open_case(
                    tx,
                    reason,
                    subject_of_rest(self._place.interchange_id),
                    facts=facts,
                    owner=str(owner),
                    partner=self._place.partner,
                    kind=next(iter(rest.kinds)) if len(rest.kinds) == 1 else None,
                    value=None if rest.value is None else f"{rest.value:f}",
                    transmission_id=self._place.transmission_id,
                )


def _for_a_person(row: SetRow, fate: Fate) -> Finding | None:
    """What somebody must look at; money that does not add up never stops a document, and is a case all the same."""
    if fate.state is Processing.TRANSLATED:
        return next((found for found in row.verdict.findings if found.who is Who.US), None)
    return fate.reason if fate.state in _WAITS_OR_FAILED and not fate.with_group else None
