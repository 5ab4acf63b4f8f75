"""Cases: what waits for a person. Everything rejected or held becomes one, in words, with who acts next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from gateway.ledger import tables
from gateway.ledger.states import OPEN_CASES, CaseState
from gateway.ledger.write import Tx
from gateway.model.catalogue import reasons
from gateway.model.finding import Finding

_C = tables.case


def open_case(tx: Tx, reason: str, subject: str, *, facts: dict[str, Any], **columns: Any) -> int:  # noqa: ANN401 - columns of any type
    """Open a case about `subject` ("document 17") for a reason of the catalogue; its number.

    `facts` fill the words; `columns` are further columns of the case (value, partner, kind, number, location, sentence).
    """
    entry = reasons()[reason]
    words = {
        "sentence": entry.message.format_map(facts),
        "fix": entry.fix and entry.fix.format_map(facts),
        "owner": str(entry.who),
    } | columns
    return _open(tx, reason, subject, words)


def _open(tx: Tx, reason: str, subject: str, words: dict[str, Any]) -> int:
    number = tx.insert(_C, subject=subject, reason=reason, state=str(CaseState.OPEN), opened_at=tx.now, **words)
    tx.event("gateway", "case.opened", f"case {number}", reason=reason, subject=subject)
    return number


def open_case_for(tx: Tx, found: Finding, subject: str, *, more: int = 0, **columns: Any) -> int:  # noqa: ANN401
    """Open a case that says what one finding says; `more` is how many others stand beside it."""
    sentence = (
        found.message if not more else f"{found.message} ({more} more of this file's problems in `gateway show`.)"
    )
    words = {"sentence": sentence, "fix": found.fix, "owner": str(found.who), "location": location(found)}
    return _open(tx, found.code, subject, words | columns)


def location(found: Finding) -> str | None:
    """Where a person sees it: "segment 7 IT102, byte 812" or "row 3, column Qty"."""
    if found.row is not None:
        return f"row {found.row}" + (f", column {found.column}" if found.column else "")
    if found.segment is None:
        return None if found.offset is None else f"byte {found.offset}"
    place = found.segment + (f"{found.element:02}" if found.element else "")
    ordinal = "" if found.position is None else f"segment {found.position} "
    return f"{ordinal}{place}" + ("" if found.offset is None else f", byte {found.offset}")


def open_case_once(tx: Tx, reason: str, subject: str, facts: dict[str, Any]) -> None:
    """Open a case unless one about this subject for this reason is open already."""
    if not _open_numbers(tx, subject, reason):
        open_case(tx, reason, subject, facts=facts)


def close_cases(tx: Tx, subject: str, outcome: str, *, who: str = "gateway", reason: str | None = None) -> None:
    """Resolve every open case about this subject, saying how it ended."""
    _resolve(tx, _open_numbers(tx, subject, reason), outcome, who)


def close_cases_of(tx: Tx, subjects: Sequence[str], outcome: str) -> None:
    """The same for several subjects, looked for together."""
    query = select(_C.c.id).where(_C.c.subject.in_(subjects), _C.c.state.in_(OPEN_CASES))
    _resolve(tx, tx.execute(query).scalars().all() if subjects else (), outcome, "gateway")


def _resolve(tx: Tx, numbers: Sequence[int], outcome: str, who: str) -> None:
    for number in numbers:
        tx.execute(
            update(_C).where(_C.c.id == number).values(state=str(CaseState.RESOLVED), closed_at=tx.now, outcome=outcome)
        )
        tx.event(who, "case.resolved", f"case {number}", state=str(CaseState.RESOLVED), outcome=outcome)


def open_subjects(snapshot: Connection | Tx, prefix: str) -> set[str]:
    """What open cases are about, of those subjects that begin like this; without the beginning."""
    query = select(_C.c.subject).where(_C.c.subject.startswith(prefix, autoescape=True), _C.c.state.in_(OPEN_CASES))
    return {subject.removeprefix(prefix) for subject in snapshot.execute(query).scalars()}


def _open_numbers(tx: Tx, subject: str, reason: str | None) -> list[int]:
    query = select(_C.c.id).where(_C.c.subject == subject, _C.c.state.in_(OPEN_CASES))
    return list(tx.execute(query if reason is None else query.where(_C.c.reason == reason)).scalars())
