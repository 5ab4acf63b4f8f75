"""Reply: a file is answered in words, once, as soon as it no longer waits as a whole. What came before gets again what the first got."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import select, update

from gateway.flow.answer_file import DocumentOutcome, named_again
from gateway.flow.answer_text import Quoted
from gateway.flow.file import START, alone_on, between
from gateway.flow.letters import FOR_PEOPLE, Letter, Manner, Telling, letters, manner_of, manner_of_unread
from gateway.flow.route import Route
from gateway.flow.sets import findings_of
from gateway.ledger import tables
from gateway.ledger.states import Delivering, Owed, Processing
from gateway.ledger.write import Tx
from gateway.model.finding import Finding
from gateway.profiles.agreement import Direction

_T, _I, _G, _D, _F, _V = (
    tables.transmission,
    tables.interchange,
    tables.functional_group,
    tables.document,
    tables.finding,
    tables.delivery,
)
_PAGE = 500
_WAITS = (Processing.RECEIVED, Processing.HELD)


def reply(tx: Tx, number: int, manner: Manner, quoted: Quoted | None = None) -> None:
    """Owe the answer files of this file, where they are due and it was not answered before.

    `quoted` gives the lines that show a problem, where its bytes are at hand.
    """
    if manner.silent:
        return
    file = tx.execute(select(_T).where(_T.c.id == number)).one()
    if file.state in _WAITS or _letters_of(tx, _V.c.transmission_id == number):
        return
    again = _of_the_first(tx, file) if file.state == Processing.DUPLICATE else ()
    told = _told(tx, number).outcome
    written = again or letters(told(file.name, file.received_at, number, manner), manner, quoted)
    interchange = _interchange_of_table(tx, number) if file.format == "csv" else None
    for letter in written:
        owe_letter(tx, file, interchange, letter, again=bool(again))
    if interchange is not None and written:
        _note(tx, interchange, again=bool(again))


def reply_to_decided(tx: Tx, number: int, route: Route) -> None:
    """The same, in the manner agreed now, for a file about which a person decided."""
    reply(tx, number, _manner_now(tx, number, route))


def _manner_now(tx: Tx, number: int, route: Route) -> Manner:
    profiles = route.profiles()
    file = tx.execute(select(_T.c.channel, _T.c.partner, _T.c.format, _T.c.sha256).where(_T.c.id == number)).one()
    of_file, table = _D.c.transmission_id == number, file.format == "csv"
    delimiter = _delimiter(route, file.sha256) if table else ""
    settled = select(_I.c.id).where(_I.c.transmission_id == number, _I.c.settled_at.is_not(None)).limit(1)
    if tx.execute(settled).first() is None:
        partner = profiles.partner(file.partner) if file.partner else alone_on(file.channel, profiles)
        return manner_of_unread(partner, partner.tables(tx.now) if partner and table else (), profiles, delimiter)
    kinds = tx.execute(select(_D.c.entity, _D.c.partner, _D.c.kind, _D.c.usage).where(of_file).distinct()).all()
    agreed = (
        profiles.agreement_for(one.entity, one.partner, Direction.IN, one.kind, one.usage, tx.now, table=table)
        for one in kinds
    )
    return manner_of([each for each in agreed if each is not None], profiles, delimiter)


def _delimiter(route: Route, sha256: str) -> str:
    """What stands between the cells of this table: the ledger does not know, its first lines do."""
    with route.archive.open(sha256) as stream:
        return between(stream.read(START))


def owe_letter(tx: Tx, file: Any, interchange: int | None, letter: Letter, *, again: bool) -> None:  # noqa: ANN401 - a row of transmission
    """Write the debt down, with its bytes: whatever happens now, these and no others are sent."""
    sha256, target = hashlib.sha256(letter.content).hexdigest(), f"channel:{file.channel}"
    delivery = tx.insert(
        _V,
        kind="acknowledgment",
        target=target,
        partner=file.partner,
        transmission_id=file.id,
        interchange_id=interchange,
        acknowledgment_kind=letter.kind,
        name=letter.name,
        content=letter.content,
        sha256=sha256,
        state=str(Delivering.READY),
        created_at=tx.now,
        due_at=tx.now,
    )
    known = {"kind": letter.kind, "target": target, "name": letter.name, "sha256": sha256}
    tx.event("gateway", "delivery.owed", f"delivery {delivery}", **known, **({"again": True} if again else {}))


def _of_the_first(tx: Tx, file: Any) -> Sequence[Letter]:  # noqa: ANN401 - a row of transmission
    """What was written about the latest file before it with these bytes that was answered, under this file's name."""
    same = (_T.c.sha256 == file.sha256, _T.c.channel == file.channel, _T.c.id < file.id)
    earlier = select(_V.c.transmission_id).join(_T, _T.c.id == _V.c.transmission_id)
    earlier = earlier.where(*same, _V.c.acknowledgment_kind.in_(FOR_PEOPLE)).order_by(_T.c.id.desc()).limit(1)
    first = _letters_of(tx, _V.c.transmission_id == earlier.scalar_subquery())
    return [msgspec.structs.replace(letter, name=named_again(letter.name, file.name)) for letter in first]


def _letters_of(tx: Tx, which: Any) -> list[Letter]:  # noqa: ANN401 - a condition on delivery
    columns = (_V.c.acknowledgment_kind, _V.c.name, _V.c.content)
    query = select(*columns).where(which, _V.c.acknowledgment_kind.in_(FOR_PEOPLE)).order_by(_V.c.id)
    rows = tx.execute(query).all()
    return [Letter(kind=row.acknowledgment_kind, name=row.name, content=row.content) for row in rows]


def _told(tx: Tx, number: int) -> Telling:
    """What there is to tell of this file, read back from the ledger a page at a time."""
    told = Telling()
    query = select(_F.c.body).where(_F.c.transmission_id == number, _F.c.document_id.is_(None)).order_by(_F.c.id)
    told.say(msgspec.json.decode(body, type=Finding) for body in tx.execute(query).scalars())
    for document in _documents(tx, number):
        told.add(document)
    return told


def _documents(tx: Tx, number: int) -> Iterator[DocumentOutcome]:
    after = 0
    columns = (_D.c.id, _D.c.kind, _D.c.number, _D.c.control, _D.c.state)
    while page := tx.execute(
        select(*columns).where(_D.c.transmission_id == number, _D.c.id > after).order_by(_D.c.id).limit(_PAGE)
    ).all():
        after = page[-1].id
        found = findings_of(tx, [row.id for row in page])
        for row in page:
            yield DocumentOutcome(
                kind=row.kind,
                number=row.number,
                state=Processing(row.state),
                findings=tuple(found[row.id]),
                control=row.control or None,
            )


def _interchange_of_table(tx: Tx, number: int) -> int | None:
    """A table has one, whose group these files answer as a 997 would."""
    found: int | None = tx.execute(select(_I.c.id).where(_I.c.transmission_id == number)).scalar_one_or_none()
    return found


def _note(tx: Tx, interchange: int, *, again: bool) -> None:
    """In the group of a table, that it is answered."""
    values = {"no_ack_reason": "repeated"} if again else {"acknowledgment": str(Owed.GENERATED), "no_ack_reason": None}
    tx.execute(update(_G).where(_G.c.interchange_id == interchange).values(**values))
