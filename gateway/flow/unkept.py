"""Unkept: an archive that cannot keep what is offered is one case, however many files wait for it."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.flow.cases import close_cases_of, open_case, open_subjects
from gateway.ledger.write import Tx
from gateway.ports import Drop, Unkept

_ABOUT = "archive "


def tell_of_unkept(tx: Tx, kept: Sequence[Drop], unkept: tuple[Drop, Unkept] | None) -> None:
    """Open a case about the first drop that was refused, unless one is open; it ends when that very drop is kept.

    Smaller ones may find room all the while: their being kept does not mean that the disk was seen to.
    """
    close_cases_of(tx, [_subject(drop) for drop in kept], "the archive keeps files again")
    if unkept and not open_subjects(tx, _ABOUT):
        drop, refused = unkept
        open_case(tx, refused.code, _subject(drop), facts={"reason": refused.reason})


def _subject(drop: Drop) -> str:
    return f"{_ABOUT}{drop.channel}/{drop.source_key}"
