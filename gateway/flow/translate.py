"""Translate: a file that is ours is read to its end, and everything that follows from it is written down (commit 2)."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import structlog
from sqlalchemy import delete, select

from gateway.failpoints import failpoint
from gateway.flow.answer_text import Quoted
from gateway.flow.cases import open_case_for
from gateway.flow.corrected import close_corrected
from gateway.flow.decide import state_of
from gateway.flow.deliver import backoff
from gateway.flow.file import START, File, file_of, read_file
from gateway.flow.gather import Gathering, Standing, forget_interchange
from gateway.flow.letters import Manner, manner_of, manner_of_unread
from gateway.flow.past import control_key
from gateway.flow.quoting import quoting, stretch_of
from gateway.flow.record import Reading
from gateway.flow.reply import reply
from gateway.flow.route import Route
from gateway.flow.seen import History
from gateway.flow.sets import FewSets, insert_finding
from gateway.flow.settle import settle
from gateway.flow.unread import Nothing, nothing_to_read, told_once
from gateway.ledger import tables
from gateway.ledger.claim import TransmissionWork, claim_transmissions
from gateway.ledger.states import Processing
from gateway.ledger.told import findings_told
from gateway.ledger.write import Fenced, Tx
from gateway.model.catalogue import finding
from gateway.model.outcomes import TryLater
from gateway.profiles.agreement import Profiles
from gateway.x12.maps import Maps
from gateway.x12.reading import Unreadable

log = structlog.get_logger()
BATCH = 64
_STRIKES = 3
_PLAIN_SIZE = 1 << 20  # smaller files settle together, larger ones each in commits of their own
_T, _I = tables.transmission, tables.interchange


class FileRead(msgspec.Struct, kw_only=True):
    """A file read to its end, waiting for its commit."""

    work: TransmissionWork
    file: File
    profiles: Profiles
    readings: list[Reading]
    unreadable: list[Unreadable]
    standing: dict[int, Standing]
    nothing: Nothing | None = None

    @property
    def alone(self) -> str | None:
        """Whose it must be, where nothing in it says so."""
        return self.file.partner.name if self.file.partner else None

    @property
    def manner(self) -> Manner:
        """How its sender is told about it in words."""
        if self.nothing is not None:
            return manner_of_unread(self.file.partner, self.file.tables, self.profiles, self.file.delimiter)
        agreed = [group.agreement for reading in self.readings for group in reading.groups]
        agreed += [reading.found.agreement for reading in self.readings]
        delimiter = self.readings[0].found.read.interchange.delimiters.element if self.file.tables else ""
        return manner_of(agreed, self.profiles, delimiter)


def translate(route: Route, n: int = BATCH) -> int:
    """Read up to `n` files that are due; how many were tried."""
    with route.ledger.write() as tx:
        works = claim_transmissions(tx, route.owner, n)
        standing = _standing(tx, works)
    if works:
        failpoint("translate.claimed")
    small = [work for work in works if work.size < _PLAIN_SIZE]
    reads = (_read_safely(route, work, standing[work.id]) for work in small)
    _settle_together(route, [read for read in reads if read is not None])
    for work in works:
        if work.size >= _PLAIN_SIZE and (read := _read_safely(route, work, standing[work.id])) is not None:
            _settle_together(route, [read])
    return len(works)


def _read_safely(route: Route, work: TransmissionWork, standing: dict[int, Standing]) -> FileRead | None:
    """Read one file; whatever goes wrong with it is counted against it alone."""
    if work.attempts > _STRIKES:
        _put_back(route, work, "the gateway died while reading it", spent=True)
        return None
    try:
        return _read(route, work, standing)
    except TryLater as later:
        _put_back(route, work, str(later), spent=False)
    except Exception as error:  # the one place: a fault of ours must not stop the others
        log.exception("file.failed", file=work.id)
        _put_back(route, work, f"{type(error).__name__}: {error}", spent=True)
    return None


def _read(route: Route, work: TransmissionWork, standing: dict[int, Standing]) -> FileRead:
    profiles = route.profiles()
    with route.archive.open(work.sha256) as stream:
        start = stream.read(START)
        stream.seek(0)
        file = file_of(
            name=work.name, size=work.size, start=start, at=work.received_at, profiles=profiles, channel=work.channel
        )
        read = FileRead(work=work, file=file, profiles=profiles, readings=[], unreadable=[], standing=standing)
        found = read_file(file, stream, profiles=profiles, maps=route.maps, limits=route.limits())
        for item in Gathering(route, work, standing).readings(found):
            if isinstance(item, Unreadable):
                read.unreadable.append(item)
            else:
                read.readings.append(item)
    if not read.readings:
        read.nothing = nothing_to_read(file, [found for odd in read.unreadable for found in odd.findings])
        if len(read.unreadable) == 1:
            read.unreadable = [told_once(read.unreadable[0], read.nothing)]
    return read


def _settle_together(route: Route, reads: list[FileRead]) -> None:
    """The final commit of these files; where it fails as one, each is tried alone, so that one cannot spoil the others."""
    if not reads:
        return
    failpoint("translate.read")
    try:
        with route.ledger.write() as tx:
            history = History(tx)
            history.recall(*_keys(reads))
            finished = [_settle_file(tx, history, read, route.maps) for read in reads]
            for state in {state for state, _ in finished}:
                tx.move_all(_T, [row for reached, row in finished if reached is state], state)
            close_corrected(tx, [row["key"] for state, row in finished if state is Processing.TRANSLATED])
            _tell(tx, finished)
            for read in reads:
                reply(tx, read.work.id, read.manner, _quoting(route, read))
    except Exception as error:
        if len(reads) == 1:
            log.exception("file.failed", file=reads[0].work.id)
            _put_back(route, reads[0].work, f"{type(error).__name__}: {error}", spent=not isinstance(error, TryLater))
            return
        for read in reads:
            _settle_together(route, [read])
    else:
        failpoint("translate.committed")


def _quoting(route: Route, read: FileRead) -> Quoted:
    stretches = [stretch_of(reading.found.read) for reading in read.readings]
    return quoting(partial(route.archive.open, read.work.sha256), stretches)


def _keys(reads: list[FileRead]) -> tuple[list[str], list[str | None]]:
    """What these files will ask the past for."""
    readings = [reading for read in reads for reading in read.readings]
    controls = [control_key(reading.found.read.interchange, reading.found.read.sha256) for reading in readings]
    few = [reading.sets for reading in readings if isinstance(reading.sets, FewSets)]
    return controls, [row.duplicate_key for sets in few for row in sets.rows]


def _settle_file(tx: Tx, history: History, read: FileRead, maps: Maps) -> tuple[Processing, dict[str, Any]]:
    """Write down everything about one file but its own row: what that becomes is returned."""
    work = read.work
    outcomes = [Processing(before.state) for before in read.standing.values() if before.state != Processing.RECEIVED]
    for reading in read.readings:
        before = read.standing.get(reading.found.read.interchange.ordinal)
        if before is not None and before.state != Processing.RECEIVED:
            continue  # settled in an earlier reading of this file, and not asked for again
        if before is not None and not reading.written:
            forget_interchange(tx, reading.place.interchange_id)
        outcomes.append(settle(tx, history, work, reading, maps))
    _settle_unreadable(tx, read)
    state = state_of(outcomes) if read.readings else _settle_nothing(tx, read)
    partner = next((reading.place.partner for reading in read.readings), read.alone)
    return state, {
        "key": work.id,
        "token": work.token,
        "owner": None,
        "lease_until": None,
        "finished_at": tx.now,
        "partner": partner,
        "format": read.nothing.format if read.nothing else read.file.format,
        "reason": read.nothing.finding.code if read.nothing else None,
    }


def _tell(tx: Tx, finished: list[tuple[Processing, dict[str, Any]]]) -> None:
    """The event of each file, once all that was found in it is written down."""
    findings = findings_told(tx, [row["key"] for _, row in finished])
    for state, row in finished:
        number, partner = row["key"], row["partner"]
        tx.event("gateway", f"file.{state}", f"file {number}", partner=partner, findings=findings[number])


def _settle_unreadable(tx: Tx, read: FileRead) -> None:
    """Bytes that belong to no interchange, beside interchanges that do; told anew by a second reading, not twice."""
    if read.work.token > 1:
        of_file = (tables.finding.c.transmission_id == read.work.id, tables.finding.c.interchange_id.is_(None))
        tx.execute(delete(tables.finding).where(*of_file))
    for found in (found for odd in read.unreadable for found in odd.findings):
        insert_finding(tx, found, read.work.id)
        if read.readings and not read.standing:
            open_case_for(tx, found, f"file {read.work.id}", transmission_id=read.work.id)


def _settle_nothing(tx: Tx, read: FileRead) -> Processing:
    """A file in which there is no interchange at all."""
    nothing = read.nothing
    if nothing is None:
        return Processing.REJECTED
    if not any(nothing.finding in odd.findings for odd in read.unreadable):
        insert_finding(tx, nothing.finding, read.work.id)
    subject = f"file {read.work.id}"
    open_case_for(tx, nothing.finding, subject, partner=read.alone, transmission_id=read.work.id)
    return nothing.state


def _standing(tx: Tx, works: list[TransmissionWork]) -> dict[int, dict[int, Standing]]:
    """The interchanges of these files that have a row already, by file and ordinal."""
    standing: dict[int, dict[int, Standing]] = {work.id: {} for work in works}
    columns = (_I.c.transmission_id, _I.c.id, _I.c.ordinal, _I.c.state, _I.c.waived)
    for row in tx.execute(select(*columns).where(_I.c.transmission_id.in_(standing))) if works else ():
        waived = frozenset((row.waived or "").split())
        standing[row.transmission_id][row.ordinal] = Standing(row.id, row.state, waived)
    return standing


def _put_back(route: Route, work: TransmissionWork, why: str, *, spent: bool) -> None:
    """Back into the queue for later; after three strikes it becomes a case and the others go on."""
    with route.ledger.write() as tx:
        if spent and work.attempts >= _STRIKES:
            poison = finding("file.poison", name=work.name, attempts=_STRIKES, why=why)
            insert_finding(tx, poison, work.id)
            open_case_for(tx, poison, f"file {work.id}", transmission_id=work.id)
            done: dict[str, Any] = {"owner": None, "lease_until": None, "finished_at": tx.now, "reason": poison.code}
            tx.move(_T, work.id, Processing.HELD, token=work.token, **done)
            findings = findings_told(tx, [work.id])[work.id]
            tx.event("gateway", "file.held", f"file {work.id}", reason=poison.code, findings=findings)
            return
        values = {
            "owner": None,
            "lease_until": None,
            "due_at": tx.now + backoff(work.attempts),
            "attempts": work.attempts if spent else work.attempts - 1,
        }
        changed = tx.execute(_T.update().where(_T.c.id == work.id, _T.c.token == work.token).values(**values))
        if changed.rowcount != 1:
            raise Fenced(f"file {work.id} is another worker's now")
        tx.event("gateway", "file.put_back", f"file {work.id}", why=why)
