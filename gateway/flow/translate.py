"""Translate: a file that is ours is read to its end, and everything that follows from it is written down (commit 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import structlog
from sqlalchemy import delete, select

from gateway.flow.cases import open_case_for
from gateway.flow.deliver import backoff
from gateway.flow.interpret import Found, GroupFound, InterchangeFound, SetFound, agreement_of, interpret
from gateway.flow.route import Route
from gateway.flow.sets import PART, FewSets, ManySets, Place, Sets, insert_finding
from gateway.flow.settle import Reading, interchange_row, settle
from gateway.flow.unread import Nothing, nothing_to_read
from gateway.ledger import tables
from gateway.ledger.claim import TransmissionWork, claim_transmissions
from gateway.ledger.states import Processing
from gateway.ledger.write import Fenced, Tx
from gateway.model.catalogue import finding
from gateway.model.outcomes import TryLater
from gateway.profiles.agreement import Profiles
from gateway.x12.reading import InterchangeHeader, Unreadable

log = structlog.get_logger()
BATCH = 64
_STRIKES = 3
_PLAIN_SIZE = 1 << 20  # smaller files settle together, larger ones each in commits of their own
_T, _I = tables.transmission, tables.interchange


class _Standing(msgspec.Struct, frozen=True):
    """An interchange of this file that has a row already: settled before, or asked to be read again."""

    id: int
    state: str
    waived: frozenset[str]


class FileRead(msgspec.Struct, kw_only=True):
    """A file read to its end, waiting for its commit."""

    work: TransmissionWork
    readings: list[Reading]
    unreadable: list[Unreadable]
    standing: dict[int, _Standing]
    nothing: Nothing | None = None


def translate(route: Route, n: int = BATCH) -> int:
    """Read up to `n` files that are due; how many were tried."""
    with route.ledger.write() as tx:
        works = claim_transmissions(tx, route.owner, n)
    small = [work for work in works if work.size < _PLAIN_SIZE]
    _settle_together(route, [read for work in small if (read := _read_safely(route, work)) is not None])
    for work in works:
        if work.size >= _PLAIN_SIZE and (read := _read_safely(route, work)) is not None:
            _settle_together(route, [read])
    return len(works)


def _read_safely(route: Route, work: TransmissionWork) -> FileRead | None:
    """Read one file; whatever goes wrong with it is counted against it alone."""
    try:
        return _read(route, work)
    except TryLater as later:
        _put_back(route, work, str(later), spent=False)
    except Exception as error:  # the one place: a fault of ours must not stop the others
        log.exception("file.failed", file=work.id)
        _put_back(route, work, f"{type(error).__name__}: {error}", spent=True)
    return None


def _read(route: Route, work: TransmissionWork) -> FileRead:
    profiles = route.profiles()
    standing = _standing(route, work)
    read = FileRead(work=work, readings=[], unreadable=[], standing=standing)
    with route.archive.open(work.sha256) as stream:
        found = interpret(
            stream, profiles=profiles, maps=route.maps, limits=route.limits, at=work.received_at, channel=work.channel
        )
        for item in _gather(route, work, profiles, standing, found):
            if isinstance(item, Unreadable):
                read.unreadable.append(item)
            else:
                read.readings.append(item)
    if not read.readings:
        with route.archive.open(work.sha256) as stream:
            read.nothing = nothing_to_read(stream.read(64), work, read.unreadable, profiles)
    return read


def _gather(
    route: Route, work: TransmissionWork, profiles: Profiles, standing: dict[int, _Standing], found: Iterator[Found]
) -> Iterator[Reading | Unreadable]:
    """Put sets, groups and trailer of each interchange together; many sets go to the ledger on the way."""
    few: list[SetFound] = []
    groups: list[GroupFound] = []
    many: ManySets | None = None
    place: Place | None = None
    for item in found:
        if isinstance(item, Unreadable):
            yield item
            continue
        if place is None:
            place = _place(route, work, item.read.interchange, profiles, standing)
        if isinstance(item, SetFound):
            few.append(item)
            if len(few) >= PART:
                many = many or _open_many(route, place, item.read.interchange, profiles, work)
                _keep_part(route, many, few)
                few = []
        elif isinstance(item, GroupFound):
            groups.append(item)
        else:
            if many is not None:
                _keep_part(route, many, few)
            yield _reading(item, groups, many or FewSets(few, place), place, standing, written=many is not None)
            few, groups, many, place = [], [], None, None


def _reading(
    found: InterchangeFound, groups: list[GroupFound], sets: Sets, place: Place, standing: dict[int, _Standing], *,
    written: bool,
) -> Reading:
    before = standing.get(found.read.interchange.ordinal)
    return Reading(
        place=place,
        found=found,
        groups=groups,
        sets=sets,
        waived=before.waived if before else frozenset(),
        written=written,
    )


def _place(
    route: Route, work: TransmissionWork, header: InterchangeHeader, profiles: Profiles, standing: dict[int, _Standing]
) -> Place:
    partner, entity = profiles.partner_of(header.sender), profiles.entity_of(header.receiver)
    before = standing.get(header.ordinal)
    return Place(
        transmission_id=work.id,
        interchange_id=before.id if before else route.ledger.new_id(_I),
        partner=partner.name if partner else None,
        entity=entity.name if entity else None,
        usage=header.usage,
    )


def _open_many(
    route: Route, place: Place, header: InterchangeHeader, profiles: Profiles, work: TransmissionWork
) -> ManySets:
    """The first part of a large interchange: whatever an earlier attempt left of it goes first."""
    with route.ledger.write() as tx:
        forget_interchange(tx, place.interchange_id)
        tx.insert(_I, **interchange_row(place, header))
    return ManySets(place, lambda kind: agreement_of(kind, header, profiles, work.received_at))


def _keep_part(route: Route, many: ManySets, few: list[SetFound]) -> None:
    with route.ledger.write() as tx:
        many.keep(tx, few)


def _settle_together(route: Route, reads: list[FileRead]) -> None:
    """The final commit of these files; where it fails as one, each is tried alone, so that one cannot spoil the others."""
    if not reads:
        return
    try:
        with route.ledger.write() as tx:
            for read in reads:
                _settle_file(tx, read)
    except Exception as error:
        if len(reads) == 1:
            log.exception("file.failed", file=reads[0].work.id)
            _put_back(route, reads[0].work, f"{type(error).__name__}: {error}", spent=not isinstance(error, TryLater))
            return
        for read in reads:
            _settle_together(route, [read])


def _settle_file(tx: Tx, read: FileRead) -> None:
    work = read.work
    outcomes = [Processing(before.state) for before in read.standing.values() if before.state != Processing.RECEIVED]
    for reading in read.readings:
        before = read.standing.get(reading.found.read.interchange.ordinal)
        if before is not None and before.state != Processing.RECEIVED:
            continue  # settled in an earlier reading of this file, and not asked for again
        if not reading.written:
            forget_interchange(tx, reading.place.interchange_id)
        outcomes.append(settle(tx, work, reading))
    for odd in read.unreadable:
        for found in odd.findings:
            insert_finding(tx, found, work.id)
            if read.readings:
                open_case_for(tx, found, f"file {work.id}", transmission_id=work.id)
    state = _file_state(outcomes) if read.readings else _settle_nothing(tx, read)
    partner = next((reading.place.partner for reading in read.readings), None)
    tx.move(
        _T,
        work.id,
        state,
        token=work.token,
        owner=None,
        lease_until=None,
        finished_at=tx.now,
        partner=partner or (read.nothing and read.nothing.partner),
        format="x12" if read.readings else read.nothing and read.nothing.format,
        reason=read.nothing and read.nothing.finding.code,
    )
    tx.event("gateway", f"file.{state}", f"file {work.id}", partner=partner)


def _settle_nothing(tx: Tx, read: FileRead) -> Processing:
    """A file in which there is no interchange at all."""
    nothing = read.nothing
    if nothing is None:
        return Processing.REJECTED
    insert_finding(tx, nothing.finding, read.work.id)
    subject = f"file {read.work.id}"
    open_case_for(tx, nothing.finding, subject, partner=nothing.partner, transmission_id=read.work.id)
    return nothing.state


def _file_state(outcomes: list[Processing]) -> Processing:
    """What became of the file as a whole: the first of these that one of its interchanges reached."""
    order = (Processing.TRANSLATED, Processing.HELD, Processing.DUPLICATE)
    return next((state for state in order if state in outcomes), Processing.REJECTED)


def _standing(route: Route, work: TransmissionWork) -> dict[int, _Standing]:
    """The interchanges of this file that have a row already, by ordinal."""
    query = select(_I.c.id, _I.c.ordinal, _I.c.state, _I.c.waived).where(_I.c.transmission_id == work.id)
    with route.ledger.read() as snapshot:
        return {
            row.ordinal: _Standing(row.id, row.state, frozenset((row.waived or "").split()))
            for row in snapshot.execute(query)
        }


def forget_interchange(tx: Tx, interchange: int) -> None:
    """Remove what an attempt that did not count wrote of this interchange; nothing had followed from it."""
    for table in (tables.finding, tables.document, tables.functional_group):
        tx.execute(delete(table).where(table.c.interchange_id == interchange))
    tx.execute(delete(_I).where(_I.c.id == interchange))


def _put_back(route: Route, work: TransmissionWork, why: str, *, spent: bool) -> None:
    """Back into the queue for later; after three strikes it becomes a case and the others go on."""
    with route.ledger.write() as tx:
        if spent and work.attempts >= _STRIKES:
            poison = finding("file.poison", name=work.name, attempts=work.attempts, why=why)
            insert_finding(tx, poison, work.id)
            open_case_for(tx, poison, f"file {work.id}", transmission_id=work.id)
            done: dict[str, Any] = {"owner": None, "lease_until": None, "finished_at": tx.now, "reason": poison.code}
            tx.move(_T, work.id, Processing.HELD, token=work.token, **done)
            return
        values = {
            "owner": None,
            "lease_until": None,
            "due_at": tx.now + backoff(work.attempts),
            "attempts": work.attempts if spent else work.attempts - 1,
        }
        changed = tx.execute(
            _T.update().where(_T.c.id == work.id, _T.c.token == work.token).values(**values)
        )
        if changed.rowcount != 1:
            raise Fenced(f"file {work.id} is another worker's now")
        tx.event("gateway", "file.put_back", f"file {work.id}", why=why)
