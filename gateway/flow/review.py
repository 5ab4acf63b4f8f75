"""A person's verbs on a case: release, replay, reject, reopen. Each says what it did, and is an event in the trail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Table, func, select

from gateway.flow.again import not_in_state, read_again, release_interchange, replay_interchange
from gateway.flow.cases import close_cases
from gateway.flow.follow import follow, move_documents, tell_move
from gateway.flow.owed import owe
from gateway.flow.reply import reply_to_decided
from gateway.flow.route import Route
from gateway.flow.seen import UNDONE
from gateway.flow.set_cases import REST, held_rest, subject_of_rest
from gateway.flow.sets import Place, insert_finding
from gateway.ledger import tables
from gateway.ledger.states import CaseState, Delivering, Processing
from gateway.ledger.told import findings_told
from gateway.ledger.write import Tx
from gateway.model.catalogue import finding
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Direction, Profiles

_C, _T, _I, _D, _V = tables.case, tables.transmission, tables.interchange, tables.document, tables.delivery

_GOES_NOWHERE = (Processing.REJECTED, Processing.DUPLICATE, Delivering.CANCELLED)
_TOLD = ("file", "interchange", "document")  # what its sender is told about in words


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
            "file": lambda: read_again(tx, number, Processing.HELD),
            "interchange": lambda: release_interchange(tx, number, case.reason),
            "document": lambda: _release_document(tx, number, asked, route.profiles()),
            "delivery": lambda: _try_again(tx, number),
            REST: lambda: _release_rest(tx, number, asked, route.profiles()),
        }
        if kind not in verbs:
            raise Refused("review.nothing_to_release", subject=case.subject)
        done = _close(tx, asked, case, "released", verbs[kind]())
        _answer(tx, route, case, kind)
        return done


def replay(route: Route, asked: Asked) -> Done:
    """Read a rejected thing again with today's maps and agreements, where nobody was told about it yet."""
    with route.ledger.write() as tx:
        if done := _done_before(tx, asked):
            return done
        case, kind, number = _case(tx, asked)
        interchange = (
            number if kind in ("interchange", REST) else _interchange_of(tx, number) if kind == "document" else None
        )
        if interchange is not None:
            return _close(tx, asked, case, "replayed", replay_interchange(tx, interchange, case.subject))
        if kind != "file":
            raise Refused("review.nothing_to_replay", subject=case.subject)
        return _close(tx, asked, case, "replayed", read_again(tx, number, Processing.REJECTED))


def reject(route: Route, asked: Asked) -> Done:
    """Say that a held thing shall not go on, and why; a refused or given-up one is closed with that reason.

    What went on before, and was reopened, is not stopped by this: its case is closed and says so.
    """
    if not asked.reason.strip():
        raise Refused("review.reason_missing")
    with route.ledger.write() as tx:
        if done := _done_before(tx, asked):
            return done
        case, kind, number = _case(tx, asked)
        if kind == REST:
            return _reject_rest(tx, route, asked, case, number)
        table = {"file": _T, "interchange": _I, "document": _D, "delivery": _V}.get(kind)
        if table is None:
            raise Refused("review.nothing_to_reject", subject=case.subject)
        if _stop(tx, table, number) and kind in _TOLD:
            interchange = {_I: number, _D: _interchange_of(tx, number) if table is _D else None}.get(table)
            places = [(interchange, number if table is _D else None)]
            _say_why(tx, places, asked.reason, case.transmission_id)
            _answer(tx, route, case, kind)
        state = tx.execute(select(table.c.state).where(table.c.id == number)).scalar_one()
        if state in _GOES_NOWHERE:
            return _close(tx, asked, case, "rejected", "It stays in the archive and goes nowhere.")
        return _end(tx, asked, case, "closed", f"Nothing is stopped by this: {case.subject} is {state}.")


def _say_why(tx: Tx, places: Sequence[tuple[int | None, int | None]], reason: str, transmission: int) -> None:
    """A person's reason among what is found at these places (interchange, document): what the sender is told."""
    said = finding("file.rejected", reason=reason)
    for interchange, document in places:
        insert_finding(tx, said, transmission, interchange, document)
    findings = findings_told(tx, [transmission])[transmission]
    tx.event("gateway", "file.reason_added", f"file {transmission}", findings=findings)


def _answer(tx: Tx, route: Route, case: Any, kind: str) -> None:  # noqa: ANN401 - a row of case
    """A file that waited as a whole is answered once a person decided."""
    if kind in _TOLD and case.transmission_id is not None:
        reply_to_decided(tx, case.transmission_id, route)


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
        tx.event(asked.who, "case.reopened", f"case {asked.case}", state=str(CaseState.OPEN), reason=asked.reason)
        return _remember(tx, asked, Done(case=asked.case, sentence=f"Case {asked.case} is open again."))


def _case(tx: Tx, asked: Asked) -> tuple[Any, str, int]:
    """The open case, and what it is about: a kind and its number."""
    case = tx.execute(select(_C).where(_C.c.id == asked.case)).one_or_none()
    if case is None:
        raise Refused("review.no_case", case=asked.case)
    if case.state in (CaseState.RESOLVED, CaseState.IGNORED):
        raise Refused("review.closed", case=asked.case, outcome=case.outcome or "closed")
    kind, _, number = case.subject.rpartition(" ")
    return case, kind, int(number) if number.isdigit() else 0


def _close(tx: Tx, asked: Asked, case: Any, verb: str, sentence: str) -> Done:  # noqa: ANN401 - a row of case
    """Write down that this was done to what the case is about, and close it."""
    tx.event(asked.who, f"{case.subject.partition(' ')[0]}.{verb}", case.subject, case=case.id, reason=asked.reason)
    return _end(tx, asked, case, verb, sentence)


def _end(tx: Tx, asked: Asked, case: Any, verb: str, sentence: str) -> Done:  # noqa: ANN401 - a row of case
    """Close the case, and the others about the same; of the rest of an interchange each case is about others."""
    reason = case.reason if case.subject.startswith(REST) else None
    close_cases(tx, case.subject, f"{verb}: {asked.reason}" if asked.reason else verb, who=asked.who, reason=reason)
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


def _interchange_of(tx: Tx, document: int) -> int | None:
    found: int | None = tx.execute(select(_D.c.interchange_id).where(_D.c.id == document)).scalar_one()
    return found


def _release_document(tx: Tx, number: int, asked: Asked, profiles: Profiles) -> str:
    """A held document goes on. Over an earlier one of the same number it is a correction: a new revision, by a person's word."""
    row = tx.execute(select(_D).where(_D.c.id == number)).one()
    if row.state != Processing.HELD:
        raise not_in_state(f"document {number}", row.state, Processing.HELD)
    same_key = (_D.c.duplicate_key == row.duplicate_key, _D.c.state == Processing.TRANSLATED)
    last = tx.execute(select(func.max(_D.c.revision)).where(*same_key)).scalar_one()
    if last is not None and not asked.earlier_undone:
        raise Refused("review.earlier_stands", kind=row.kind, number=row.number)
    revision = (last or 0) + 1
    tx.move(_D, number, Processing.TRANSLATED, revision=revision, reason=None)
    tell_move(tx, number, Processing.TRANSLATED)
    follow(tx, row.interchange_id, row.transmission_id)
    table = tx.execute(select(_T.c.format).where(_T.c.id == row.transmission_id)).scalar_one() == "csv"
    coordinates = (row.entity, row.partner, Direction.IN, row.kind, row.usage, tx.now)
    agreement = profiles.agreement_for(*coordinates, table=table)
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


def _release_rest(tx: Tx, interchange: int, asked: Asked, profiles: Profiles) -> str:
    """All documents of an interchange that are held and have no case of their own go on."""
    held = held_rest(tx, interchange)
    if not held:
        raise Refused("review.nothing_to_release", subject=subject_of_rest(interchange))
    for number in held:
        _release_document(tx, number, asked, profiles)
    return f"{len(held)} documents that were held go on."


def _reject_rest(tx: Tx, route: Route, asked: Asked, case: Any, interchange: int) -> Done:  # noqa: ANN401 - a row of case
    """Those that are held go nowhere; what went on or was refused before stays as it is."""
    held = held_rest(tx, interchange) if case.reason == "document.many_stopped" else []
    if held:
        move_documents(tx, held, Processing.REJECTED)
        follow(tx, interchange, case.transmission_id)
        _say_why(tx, [(interchange, number) for number in held], asked.reason, case.transmission_id)
        _answer(tx, route, case, "document")
    return _close(
        tx, asked, case, "rejected", f"{len(held)} documents that were held go nowhere; all stay in the archive."
    )


def _try_again(tx: Tx, number: int) -> str:
    row = tx.execute(select(_V.c.state, _V.c.target).where(_V.c.id == number)).one()
    if row.state != Delivering.DEAD:
        raise not_in_state(f"delivery {number}", row.state, Delivering.DEAD)
    # In doubt, so that the target is asked first whether an earlier try got through after all.
    tx.move(_V, number, Delivering.IN_DOUBT, due_at=tx.now, attempts=0, give_up_at=None)
    return f"It goes to {row.target} again, under the same key."


def _stop(tx: Tx, table: Table, number: int) -> bool:
    """What was held is rejected (whether it was); a delivery that was given up is cancelled and frees its lane."""
    state = tx.execute(select(table.c.state).where(table.c.id == number)).scalar_one()
    if table is _V and state == Delivering.DEAD:
        tx.move(_V, number, Delivering.CANCELLED)
        tx.execute(tables.lane.delete().where(tables.lane.c.delivery_id == number))
    if state != Processing.HELD:
        return False
    unanswered: dict[str, Any] = {"no_ack_reason": UNDONE} if table is _I else {}
    tx.move(table, number, Processing.REJECTED, **unanswered)
    if table is _I:
        held = select(_D.c.id).where(_D.c.interchange_id == number, _D.c.state == Processing.HELD)
        move_documents(tx, tx.execute(held).scalars().all(), Processing.REJECTED)
    if table is _D:
        tell_move(tx, number, Processing.REJECTED)
    if table is not _T:
        above = _I.c.id if table is _I else _D.c.interchange_id
        row = tx.execute(select(above.label("interchange"), table.c.transmission_id).where(table.c.id == number)).one()
        follow(tx, row.interchange, row.transmission_id)
    return True
