"""A person's verbs on a case: release, replay, reject, reopen. Each says what it did, and is an event in the trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Table, func, select, update

from gateway.flow.cases import close_cases
from gateway.flow.owed import owe
from gateway.flow.route import Route
from gateway.flow.sets import Place
from gateway.ledger import tables
from gateway.ledger.states import OPEN_CASES, CaseState, Delivering, Processing
from gateway.ledger.write import Tx
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Direction, Profiles

_C, _T, _I, _D, _V = tables.case, tables.transmission, tables.interchange, tables.document, tables.delivery

_WAIVABLE = ("duplicate.control_number", "duplicate.interchange")
_READ_AGAIN = "It is read again now, with today's maps and agreements."


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked: which case, who, why, and whether they vouch that the earlier effect is undone.

    The same `request` again is answered as the first time and done once.
    """

    case: int
    who: str
    reason: str = ""
    earlier_undone: bool = False
    request: str = ""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, in a sentence."""

    case: int
    sentence: str


def release(route: Route, asked: Asked) -> Done:
    """Let a held thing go on, or a given-up delivery try again under its own key."""
    with route.ledger.write() as tx:
        if done := _done_before(tx, asked):
            return done
        case, kind, number = _case(tx, asked)
        verbs: dict[str, Callable[[], str]] = {
            "file": lambda: _read_again(tx, number, Processing.HELD),
            "interchange": lambda: _release_interchange(tx, number, case.reason),
            "document": lambda: _release_document(tx, number, asked, route.profiles()),
            "delivery": lambda: _try_again(tx, number),
        }
        if kind not in verbs:
            raise Refused("review.nothing_to_release", subject=case.subject)
        return _close(tx, asked, case, "released", verbs[kind]())


def replay(route: Route, asked: Asked) -> Done:
    """Read a rejected thing again with today's maps and agreements, where nobody was told about it yet."""
    with route.ledger.write() as tx:
        if done := _done_before(tx, asked):
            return done
        case, kind, number = _case(tx, asked)
        interchange = number if kind == "interchange" else _interchange_of(tx, number) if kind == "document" else None
        if interchange is not None:
            return _close(tx, asked, case, "replayed", _replay_interchange(tx, interchange, case.subject))
        if kind != "file":
            raise Refused("review.nothing_to_replay", subject=case.subject)
        return _close(tx, asked, case, "replayed", _read_again(tx, number, Processing.REJECTED))


def reject(route: Route, asked: Asked) -> Done:
    """Say that a held thing shall not go on, and why; a refused or given-up one is closed with that reason."""
    if not asked.reason.strip():
        raise Refused("review.reason_missing")
    with route.ledger.write() as tx:
        if done := _done_before(tx, asked):
            return done
        case, kind, number = _case(tx, asked)
        table = {"file": _T, "interchange": _I, "document": _D, "delivery": _V}.get(kind)
        if table is None:
            raise Refused("review.nothing_to_reject", subject=case.subject)
        _stop(tx, table, number)
        return _close(tx, asked, case, "rejected", "It stays in the archive and goes nowhere.")


def reopen(route: Route, asked: Asked) -> Done:
    """Put a closed case back into the queue."""
    with route.ledger.write() as tx:
        if done := _done_before(tx, asked):
            return done
        case = tx.execute(select(_C).where(_C.c.id == asked.case)).one_or_none()
        if case is None:
            raise Refused("review.no_case", case=asked.case)
        if case.state not in (CaseState.RESOLVED, CaseState.IGNORED):
            raise Refused("review.not_closed", case=asked.case)
        tx.move(_C, asked.case, CaseState.OPEN, closed_at=None, outcome=None)
        tx.event(asked.who, "case.reopened", f"case {asked.case}", reason=asked.reason)
        return _remember(tx, asked, Done(case=asked.case, sentence=f"Case {asked.case} is open again."))


def _case(tx: Tx, asked: Asked) -> tuple[Any, str, int]:
    """The open case, and what it is about: a kind and its number."""
    case = tx.execute(select(_C).where(_C.c.id == asked.case)).one_or_none()
    if case is None:
        raise Refused("review.no_case", case=asked.case)
    if case.state in (CaseState.RESOLVED, CaseState.IGNORED):
        raise Refused("review.closed", case=asked.case, outcome=case.outcome or "closed")
    kind, _, number = case.subject.partition(" ")
    return case, kind, int(number) if number.isdigit() else 0


def _close(tx: Tx, asked: Asked, case: Any, verb: str, sentence: str) -> Done:  # noqa: ANN401 - a row of case
    tx.event(asked.who, f"{case.subject.partition(' ')[0]}.{verb}", case.subject, case=case.id, reason=asked.reason)
    close_cases(tx, case.subject, f"{verb}: {asked.reason}" if asked.reason else verb, who=asked.who)
    done = Done(case=case.id, sentence=f"Case {case.id} ({case.subject}) is {verb}. {sentence}")
    return _remember(tx, asked, done)


def _done_before(tx: Tx, asked: Asked) -> Done | None:
    """The answer to this very request, where its asker lost it and asks again."""
    if not asked.request:
        return None
    query = select(tables.request.c.answer).where(tables.request.c.id == asked.request)
    answer = tx.execute(query).scalar_one_or_none()
    return None if answer is None else msgspec.json.decode(answer, type=Done)


def _remember(tx: Tx, asked: Asked, done: Done) -> Done:
    if asked.request:
        tx.insert(tables.request, id=asked.request, verb="review", answer=msgspec.json.encode(done).decode(), at=tx.now)
    return done


def _not_in_state(subject: str, state: str, wanted: str) -> Refused:
    """That this verb is not for a thing in this state, and which one is."""
    others = {str(Processing.REJECTED): "review.is_rejected", str(Processing.HELD): "review.is_held"}
    code = others.get(state, "review.state")
    return Refused(code, subject=subject, state=state, wanted=wanted)


def _read_again(tx: Tx, transmission: int, was: Processing) -> str:
    row = tx.execute(select(_T.c.state).where(_T.c.id == transmission)).one()
    if row.state != was:
        raise _not_in_state(f"file {transmission}", row.state, was)
    _due(tx, transmission)
    return _READ_AGAIN


def _due(tx: Tx, transmission: int) -> None:
    """Put the file back to work; what was settled of it stays settled."""
    state = tx.execute(select(_T.c.state).where(_T.c.id == transmission)).scalar_one()
    if state != Processing.RECEIVED:
        tx.move(_T, transmission, Processing.RECEIVED, due_at=tx.now, attempts=0, finished_at=None, reason=None)


def _release_interchange(tx: Tx, number: int, reason: str) -> str:
    row = tx.execute(select(_I).where(_I.c.id == number)).one()
    if row.state != Processing.HELD:
        raise _not_in_state(f"interchange {number}", row.state, Processing.HELD)
    # That a number was used again a person may let pass. Who sent it and what was agreed is for the profiles to say.
    waives = reason in _WAIVABLE
    waived = " ".join(dict.fromkeys((*(row.waived or "").split(), *([reason] if waives else []))))
    tx.move(_I, number, Processing.RECEIVED, waived=waived)
    _due(tx, row.transmission_id)
    return "It is read again now and goes on." if waives else _READ_AGAIN


def _replay_interchange(tx: Tx, number: int, asked_about: str) -> str:
    """Only what was refused as a whole and answered to nobody: an answer that went out stays true."""
    row = tx.execute(select(_I).where(_I.c.id == number)).one()
    owed = tx.execute(select(_V.c.target).where(_V.c.interchange_id == number).distinct().order_by(_V.c.target))
    if targets := ", ".join(owed.scalars()):
        raise Refused("review.answered", subject=f"interchange {number}", targets=targets)
    if row.state not in (Processing.REJECTED, Processing.HELD):
        raise _not_in_state(f"interchange {number}", row.state, Processing.REJECTED)
    _close_others(tx, row.transmission_id, number, asked_about)
    tx.move(_I, number, Processing.RECEIVED)
    _due(tx, row.transmission_id)
    return _READ_AGAIN


def _close_others(tx: Tx, transmission: int, interchange: int, asked_about: str) -> None:
    """The cases of what is read again, but for the one that a person named: reading opens those anew that still hold."""
    documents = tx.execute(select(_D.c.id).where(_D.c.interchange_id == interchange)).scalars()
    within = {f"interchange {interchange}", *(f"document {number}" for number in documents)} - {asked_about}
    waiting = select(_C.c.subject).where(_C.c.transmission_id == transmission, _C.c.state.in_(OPEN_CASES)).distinct()
    for subject in within.intersection(tx.execute(waiting).scalars()):
        close_cases(tx, subject, f"read again with {asked_about}")


def _interchange_of(tx: Tx, document: int) -> int | None:
    found: int | None = tx.execute(select(_D.c.interchange_id).where(_D.c.id == document)).scalar_one()
    return found


def _release_document(tx: Tx, number: int, asked: Asked, profiles: Profiles) -> str:
    """A held document goes on. Over an earlier one of the same number it is a correction: a new revision, by a person's word."""
    row = tx.execute(select(_D).where(_D.c.id == number)).one()
    if row.state != Processing.HELD:
        raise _not_in_state(f"document {number}", row.state, Processing.HELD)
    same_key = (_D.c.duplicate_key == row.duplicate_key, _D.c.state == Processing.TRANSLATED)
    last = tx.execute(select(func.max(_D.c.revision)).where(*same_key)).scalar_one()
    if last is not None and not asked.earlier_undone:
        raise Refused("review.earlier_stands", kind=row.kind, number=row.number)
    revision = (last or 0) + 1
    tx.move(_D, number, Processing.TRANSLATED, revision=revision, reason=None)
    _follow(tx, row.interchange_id, row.transmission_id)
    agreement = profiles.agreement_for(row.entity, row.partner, Direction.IN, row.kind, row.usage, tx.now)
    target = None if agreement is None else agreement.test_erp if row.usage == "T" else agreement.erp
    if target is None:
        return "It is accepted; its agreement names no ERP for it."
    place = Place(
        transmission_id=row.transmission_id,
        interchange_id=row.interchange_id,
        partner=row.partner,
        entity=row.entity,
        usage=row.usage,
    )
    orders = tuple((row.orders or "").splitlines())
    owe(
        tx,
        place,
        target,
        kind=row.kind,
        document=number,
        business_key=row.business_key,
        revision=revision,
        orders=orders,
    )
    return f"It goes to {target} as revision {revision}."


def _try_again(tx: Tx, number: int) -> str:
    row = tx.execute(select(_V.c.state, _V.c.target).where(_V.c.id == number)).one()
    if row.state != Delivering.DEAD:
        raise _not_in_state(f"delivery {number}", row.state, Delivering.DEAD)
    # In doubt, so that the target is asked first whether an earlier try got through after all.
    tx.move(_V, number, Delivering.IN_DOUBT, due_at=tx.now, attempts=0, give_up_at=None)
    return f"It goes to {row.target} again, under the same key."


def _stop(tx: Tx, table: Table, number: int) -> None:
    """What was held is rejected; a delivery that was given up is cancelled and frees its lane."""
    state = tx.execute(select(table.c.state).where(table.c.id == number)).scalar_one()
    if table is _V and state == Delivering.DEAD:
        tx.move(_V, number, Delivering.CANCELLED)
        tx.execute(tables.lane.delete().where(tables.lane.c.delivery_id == number))
    if state != Processing.HELD:
        return
    tx.move(table, number, Processing.REJECTED)
    if table is _I:
        held = (_D.c.interchange_id == number, _D.c.state == Processing.HELD)
        tx.execute(update(_D).where(*held).values(state=str(Processing.REJECTED)))
    if table is not _T:
        above = _I.c.id if table is _I else _D.c.interchange_id
        row = tx.execute(select(above.label("interchange"), table.c.transmission_id).where(table.c.id == number)).one()
        _follow(tx, row.interchange, row.transmission_id)


def _follow(tx: Tx, interchange: int | None, transmission: int) -> None:
    """What a document or interchange lies in is held only as long as something in it is."""
    for table, key, within, below in (
        (_I, interchange, _D, _D.c.interchange_id),
        (_T, transmission, _I, _I.c.transmission_id),
    ):
        state = tx.execute(select(table.c.state).where(table.c.id == key)).scalar_one_or_none()
        states = set(tx.execute(select(within.c.state).where(below == key)).scalars())
        if state == Processing.HELD and states & {Processing.TRANSLATED, Processing.TAKEN}:
            tx.move(table, key or 0, Processing.TRANSLATED)
        elif state == Processing.HELD and Processing.HELD not in states:
            tx.move(table, key or 0, Processing.REJECTED)
