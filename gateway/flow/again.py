"""Again: what a person lets be read once more goes back to work, unless somebody was told already what became of it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from gateway.flow.cases import close_cases
from gateway.flow.set_cases import subject_of_rest
from gateway.ledger import tables
from gateway.ledger.states import OPEN_CASES, Processing
from gateway.ledger.write import Tx
from gateway.model.outcomes import Refused

_C, _T, _I, _D, _V = tables.case, tables.transmission, tables.interchange, tables.document, tables.delivery

_WAIVABLE = ("duplicate.control_number", "duplicate.interchange", "file.duplicate")
_READ_AGAIN = "It is read again now, with today's maps and agreements."


def read_again(tx: Tx, transmission: int, was: Processing) -> str:
    """A file in which nothing could be read goes back to work."""
    row = tx.execute(select(_T.c.state).where(_T.c.id == transmission)).one()
    if row.state != was:
        raise not_in_state(f"file {transmission}", row.state, was)
    _unanswered(tx, f"file {transmission}", _of_file(transmission))
    _due(tx, transmission)
    return _READ_AGAIN


def release_interchange(tx: Tx, number: int, reason: str) -> str:
    """A held interchange goes back to work; what a person may let pass, lets it pass this time."""
    row = tx.execute(select(_I).where(_I.c.id == number)).one()
    if row.state != Processing.HELD:
        raise not_in_state(f"interchange {number}", row.state, Processing.HELD)
    # That a number was used again a person may let pass. Who sent it and what was agreed is for the profiles to say.
    waives = reason in _WAIVABLE
    waived = " ".join(dict.fromkeys((*(row.waived or "").split(), *([reason] if waives else []))))
    tx.move(_I, number, Processing.RECEIVED, waived=waived)
    tx.event("gateway", "interchange.read_again", f"interchange {number}")
    _due(tx, row.transmission_id)
    return "It is read again now and goes on." if waives else _READ_AGAIN


def replay_interchange(tx: Tx, number: int, asked_about: str) -> str:
    """Only what was refused as a whole and answered to nobody: an answer that went out stays true."""
    row = tx.execute(select(_I).where(_I.c.id == number)).one()
    _unanswered(tx, f"interchange {number}", (_V.c.interchange_id == number) | _of_file(row.transmission_id))
    if row.state not in (Processing.REJECTED, Processing.HELD):
        raise not_in_state(f"interchange {number}", row.state, Processing.REJECTED)
    _close_others(tx, row.transmission_id, number, asked_about)
    tx.move(_I, number, Processing.RECEIVED)
    tx.event("gateway", "interchange.read_again", f"interchange {number}")
    _due(tx, row.transmission_id)
    return _READ_AGAIN


def not_in_state(subject: str, state: str, wanted: str) -> Refused:
    """That this verb is not for a thing in this state, and which one is."""
    others = {str(Processing.REJECTED): "review.is_rejected", str(Processing.HELD): "review.is_held"}
    code = others.get(state, "review.state")
    return Refused(code, subject=subject, state=state, wanted=wanted)


def _close_others(tx: Tx, transmission: int, interchange: int, asked_about: str) -> None:
    """The cases of what is read again, but for the one that a person named: reading opens those anew that still hold."""
    documents = tx.execute(select(_D.c.id).where(_D.c.interchange_id == interchange)).scalars()
    within = {
        f"interchange {interchange}",
        subject_of_rest(interchange),
        *(f"document {number}" for number in documents),
    } - {asked_about}
    waiting = select(_C.c.subject).where(_C.c.transmission_id == transmission, _C.c.state.in_(OPEN_CASES)).distinct()
    for subject in within.intersection(tx.execute(waiting).scalars()):
        close_cases(tx, subject, f"read again with {asked_about}")


def _of_file(transmission: int) -> ColumnElement[bool]:
    """The answers to a file as a whole."""
    return (_V.c.transmission_id == transmission) & _V.c.interchange_id.is_(None)


def _unanswered(tx: Tx, subject: str, owed: ColumnElement[bool]) -> None:
    """Nothing that this finds was owed: else it was told what became of it, and that stays true."""
    targets = tx.execute(select(_V.c.target).where(owed).distinct().order_by(_V.c.target)).scalars()
    if told := ", ".join(targets):
        raise Refused("review.answered", subject=subject, targets=told)


def _due(tx: Tx, transmission: int) -> None:
    """Put the file back to work; what was settled of it stays settled."""
    state = tx.execute(select(_T.c.state).where(_T.c.id == transmission)).scalar_one()
    if state != Processing.RECEIVED:
        tx.move(_T, transmission, Processing.RECEIVED, due_at=tx.now, attempts=0, finished_at=None, reason=None)
        tx.event("gateway", "file.read_again", f"file {transmission}")
