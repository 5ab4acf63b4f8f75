"""Gather: sets, groups and trailer of each interchange come together; many sets go to the ledger on the way."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import delete

from gateway.failpoints import failpoint
from gateway.flow.interpret import Found, GroupFound, InterchangeFound, Parties, SetFound
from gateway.flow.record import Reading, interchange_row
from gateway.flow.route import Route
from gateway.flow.sets import PART, FewSets, ManySets, Place, SetRow, row_of
from gateway.ledger import tables
from gateway.ledger.claim import TransmissionWork
from gateway.ledger.states import Processing
from gateway.ledger.write import Tx
from gateway.profiles.agreement import Agreement
from gateway.x12.reading import InterchangeHeader, Unreadable


class Standing(msgspec.Struct, frozen=True):
    """An interchange of a file that has a row already: settled before, or asked to be read again."""

    id: int
    state: str
    waived: frozenset[str]


class Gathering:
    """One file on its way through: what of the interchange in hand is read so far."""

    def __init__(self, route: Route, work: TransmissionWork, standing: dict[int, Standing]) -> None:
        self._route = route
        self._work = work
        self._standing = standing
        self._few: list[SetRow] = []
        self._agreements: dict[str, Agreement] = {}
        self._groups: list[GroupFound] = []
        self._many: ManySets | None = None
        self._place: Place | None = None

    def readings(self, found: Iterator[Found]) -> Iterator[Reading | Unreadable]:
        """Each interchange as it ends, and what belongs to none."""
        for item in found:
            if isinstance(item, Unreadable):
                yield item
                continue
            if self._place is None:
                self._place = self._place_of(item.read.interchange, item.parties)
            if isinstance(item, SetFound):
                self._add(item, self._place)
            elif isinstance(item, GroupFound):
                self._groups.append(item)
            else:
                yield self._end(item, self._place)
                self._begin()

    def _begin(self) -> None:
        """Nothing of the next interchange is read yet."""
        self._few, self._agreements, self._groups, self._many, self._place = [], {}, [], None, None

    def _add(self, found: SetFound, place: Place) -> None:
        before = self._standing.get(found.read.interchange.ordinal)
        if before is not None and before.state != Processing.RECEIVED:
            return  # settled in an earlier reading of this file, and not asked for again
        if found.document is not None or not self._agreements:  # of the others any will do: nothing of them goes on
            self._agreements[found.read.set_id] = found.agreement
        self._few.append(row_of(self._route.ledger.new_id(tables.document), found, place.usage))
        if len(self._few) >= PART:
            self._many = self._many or self._open_many(found.read.interchange, place)
            self._keep_part(self._many)

    def _end(self, found: InterchangeFound, place: Place) -> Reading:
        if self._many is not None:
            self._keep_part(self._many)
        return Reading(
            place=place,
            found=found,
            groups=self._groups,
            sets=self._many or FewSets(self._few, place),
            waived=self._waived(found.read.interchange),
            written=self._many is not None,
        )

    def _waived(self, header: InterchangeHeader) -> frozenset[str]:
        before = self._standing.get(header.ordinal)
        return before.waived if before else frozenset()

    def _place_of(self, header: InterchangeHeader, parties: Parties) -> Place:
        partner, entity, before = parties.partner, parties.entity, self._standing.get(header.ordinal)
        return Place(
            transmission_id=self._work.id,
            interchange_id=before.id if before else self._route.ledger.new_id(tables.interchange),
            partner=partner.name if partner else None,
            entity=entity.name if entity else None,
            usage=header.usage,
        )

    def _open_many(self, header: InterchangeHeader, place: Place) -> ManySets:
        """The first part of a large interchange: whatever an earlier attempt left of it goes first."""
        with self._route.ledger.write() as tx:
            forget_interchange(tx, place.interchange_id)
            tx.insert(tables.interchange, **interchange_row(place, header, self._waived(header)))
        return ManySets(place, self._agreements)

    def _keep_part(self, many: ManySets) -> None:
        with self._route.ledger.write() as tx:
            many.keep(tx, self._few)
        failpoint("translate.part")
        self._few = []


def forget_interchange(tx: Tx, interchange: int) -> None:
    """Remove what an attempt that did not count wrote of this interchange; nothing had followed from it."""
    for table in (tables.finding, tables.document, tables.functional_group):
        tx.execute(delete(table).where(table.c.interchange_id == interchange))
    tx.execute(delete(tables.interchange).where(tables.interchange.c.id == interchange))
