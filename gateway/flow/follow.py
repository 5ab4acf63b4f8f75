"""Follow: what a person made of a document or an interchange is told in the trail, and what it lies in follows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from gateway.ledger import tables
from gateway.ledger.states import Processing
from gateway.ledger.write import Tx

_T, _I, _D = tables.transmission, tables.interchange, tables.document


def move_documents(tx: Tx, documents: Sequence[int], state: Processing) -> None:
    """These were held, and are this from now on."""
    tx.move_all(_D, [{"key": number} for number in documents], state)
    for number in documents:
        tell_move(tx, number, state)


def tell_move(tx: Tx, document: int, state: Processing) -> None:
    """The event of its interchange fixed that it was held; from here on this one says where it stands."""
    tx.event("gateway", f"document.{state}", f"document {document}", was=str(Processing.HELD), state=str(state))


def follow(tx: Tx, interchange: int | None, transmission: int) -> None:
    """What a document or interchange lies in is held only as long as something in it is."""
    for label, table, key, within, below in (
        ("interchange", _I, interchange, _D, _D.c.interchange_id),
        ("file", _T, transmission, _I, _I.c.transmission_id),
    ):
        state = tx.execute(select(table.c.state).where(table.c.id == key)).scalar_one_or_none()
        if state != Processing.HELD:
            continue
        states = set(tx.execute(select(within.c.state).where(below == key).distinct()).scalars())
        accepted = states & {Processing.TRANSLATED, Processing.TAKEN}
        if accepted or Processing.HELD not in states:
            follows = Processing.TRANSLATED if accepted else Processing.REJECTED
            tx.move(table, key or 0, follows)
            tx.event("gateway", f"{label}.{follows}", f"{label} {key}")
