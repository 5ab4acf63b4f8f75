"""Corrected: what its sender sent again and we accepted leaves the queue by itself, where it is certain that it is the same.

Certain is the business key: partner, kind, number. A file that nobody could read says nothing of what was in it, and many
a partner gives every file the same name: its case stays open and says that a later file of that name was accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select, update

from gateway.flow.cases import close_cases
from gateway.flow.set_cases import subject_of_rest
from gateway.ledger import tables
from gateway.ledger.states import OPEN_CASES, Processing
from gateway.ledger.write import Tx
from gateway.model.catalogue import phrases

_C, _T, _D = tables.case, tables.transmission, tables.document
_OPEN = _C.c.state.in_(OPEN_CASES)
# A document may have been lost with these: that others of its interchange came again says nothing of it.
_LOST = ("envelope.stray_segments", "envelope.stray_group_segments")


def close_corrected(tx: Tx, files: Sequence[int]) -> None:
    """Close the cases of rejected documents that came again in these files, just settled, and were accepted."""
    if (
        not files
        or tx.execute(select(_C.c.id).where(_OPEN, _C.c.transmission_id.is_not(None)).limit(1)).first() is None
    ):
        return
    mended = _mended(tx, files)
    for row in mended:
        _close(tx, [f"document {row.id}"], row.later)
    for interchange, later in {row.interchange_id: row.later for row in mended}.items():
        if interchange is not None and not _still_rejected(tx, interchange):
            _close(tx, [f"interchange {interchange}", subject_of_rest(interchange)], later)
    _tell_of_same_name(tx, files)


def _mended(tx: Tx, files: Sequence[int]) -> Sequence[Any]:
    """Rejected documents, each with the file of an accepted one of its key."""
    new = _D.alias("new")
    # The number, which has an index, finds the few that may be meant; the key decides.
    same = (_D.c.number == new.c.number) & (_D.c.duplicate_key == new.c.duplicate_key) & (_D.c.id < new.c.id)
    query = select(_D.c.id, _D.c.interchange_id, new.c.transmission_id.label("later")).select_from(new.join(_D, same))
    accepted = (new.c.transmission_id.in_(files), new.c.state == Processing.TRANSLATED)
    return tx.execute(query.where(*accepted, _D.c.state == Processing.REJECTED).order_by(_D.c.id)).all()


def _still_rejected(tx: Tx, interchange: int) -> bool:
    """Whether anything in it waits, or was rejected and did not come again."""
    again = _D.alias("again")
    accepted = (again.c.duplicate_key == _D.c.duplicate_key) & (again.c.state == Processing.TRANSLATED)
    came_again = select(again.c.id).where(accepted, again.c.id > _D.c.id).exists()
    open_ones = (_D.c.state == Processing.HELD) | ((_D.c.state == Processing.REJECTED) & ~came_again)
    query = select(_D.c.id).where(_D.c.interchange_id == interchange, open_ones).limit(1)
    return tx.execute(query).first() is not None


def _close(tx: Tx, subjects: Iterable[str], later: int) -> None:
    outcome = phrases("queue")["corrected"].format(later=later)
    query = select(_C.c.subject, _C.c.reason).where(_C.c.subject.in_(list(subjects)), _OPEN).distinct()
    for row in tx.execute(query).all():
        if row.reason not in _LOST and row.reason != "document.many_odd":
            close_cases(tx, row.subject, outcome, reason=row.reason)


def _tell_of_same_name(tx: Tx, files: Sequence[int]) -> None:
    """The cases of files that could not be read at all, where one of these files came under the same name."""
    old, new = _T.alias("old"), _T.alias("new")
    # By the index of the subjects, not of the states: open cases about other things may be many (3,000: 2 ms, not 7).
    told = (_C.c.subject > "file ", _C.c.subject < "file:", _C.c.state.concat("").in_(OPEN_CASES))
    same = (new.c.channel == old.c.channel) & (new.c.name == old.c.name) & (new.c.id > old.c.id)
    found = select(_C.c.id, _C.c.sentence, new.c.id.label("later"))
    found = found.select_from(_C.join(old, old.c.id == _C.c.transmission_id).join(new, same))
    accepted = (new.c.id.in_(files), new.c.state == Processing.TRANSLATED)
    rejected = (*told, old.c.state == Processing.REJECTED)
    for row in tx.execute(found.where(*accepted, *rejected).order_by(new.c.id)).all():
        said = phrases("queue")["same_name"].format(later=row.later)
        start = row.sentence.partition(phrases("queue")["same_name"].partition("{")[0])[0].rstrip()
        tx.execute(update(_C).where(_C.c.id == row.id).values(sentence=f"{start} {said}"))
