"""The sets of one interchange on their way into the ledger: in memory while they are few, written down in parts when they are many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec
from sqlalchemy import select

from gateway import documents
from gateway.flow.decide import Fate
from gateway.flow.interpret import SetFound
from gateway.flow.past import duplicate_key
from gateway.ledger import tables
from gateway.ledger.states import Processing
from gateway.ledger.write import Tx
from gateway.model.finding import Finding
from gateway.profiles.agreement import Agreement, OnDuplicate
from gateway.trail.reading import Rows, SetsTold, add_set
from gateway.x12.taken import take_set
from gateway.x12.verdict import SetVerdict

PART = 500  # sets written down at once, and so held in memory at once
_D, _F = tables.document, tables.finding


class SetRow(msgspec.Struct, kw_only=True):
    """One set as the ledger knows it; `orders` are the purchase orders it touches."""

    id: int
    group_ordinal: int
    verdict: SetVerdict
    agreement: Agreement
    segments: int = 0
    number: str | None = None
    business_key: str | None = None
    duplicate_key: str | None = None
    content_sha: str | None = None
    value: str | None = None
    orders: tuple[str, ...] = ()
    canonical: bytes | None = None
    map_sha: str | None = None

    @property
    def kind(self) -> str:
        """The set id, "850"."""
        return self.verdict.set_id

    @property
    def on_duplicate(self) -> OnDuplicate:
        """What was agreed for other content under the same number."""
        return self.agreement.on_duplicate_document


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a set lies: the columns that all sets of one interchange share."""

    transmission_id: int
    interchange_id: int
    partner: str | None
    entity: str | None
    usage: str


class Sets(Protocol):
    """The sets of one interchange, wherever they are kept until it is settled."""

    def told(self) -> SetsTold:
        """What the trail will tell of them, as far as it is written down: a commit that is tried again begins anew."""

    def parts(self, tx: Tx) -> Iterator[list[SetRow]]:
        """All of them, in order, at most PART at once."""

    def verdicts(self, tx: Tx, group_ordinal: int) -> Iterator[SetVerdict]:
        """The verdicts of one group, in order."""

    def write(self, tx: Tx, part: list[SetRow], fates: list[Fate], told: SetsTold) -> None:
        """Fix what becomes of each, and add it to what is told."""


class FewSets:
    """The sets of an interchange that fits in memory: written once, with their fate."""

    def __init__(self, rows: list[SetRow], place: Place) -> None:
        self.rows = rows
        self._place = place

    def told(self) -> SetsTold:
        """Nothing is written down yet."""
        return SetsTold()

    def parts(self, _tx: Tx) -> Iterator[list[SetRow]]:
        """All of them, as one part."""
        yield self.rows

    def verdicts(self, _tx: Tx, group_ordinal: int) -> Iterator[SetVerdict]:
        """From memory."""
        return (row.verdict for row in self.rows if row.group_ordinal == group_ordinal)

    def write(self, tx: Tx, part: list[SetRow], fates: list[Fate], told: SetsTold) -> None:
        """Insert them."""
        for row, fate in zip(part, fates, strict=True):
            told.read(insert_set(tx, self._place, row, fate))
            told.became(row.id, fate.state)


class ManySets:
    """The sets of a large interchange: written down before it ends, provisional until it does.

    `agreements` are those of its documents, by kind; of sets that hold none any will do.
    """

    def __init__(self, place: Place, agreements: Mapping[str, Agreement]) -> None:
        self._place = place
        self._agreements = agreements
        self._read = Rows()

    def told(self) -> SetsTold:
        """What was read of all of them."""
        return SetsTold(self._read)

    def keep(self, tx: Tx, rows: list[SetRow]) -> None:
        """Write a part down; nothing follows from it yet."""
        provisional = Fate(state=Processing.RECEIVED)
        for row in rows:
            add_set(self._read, insert_set(tx, self._place, row, provisional))

    def parts(self, tx: Tx) -> Iterator[list[SetRow]]:
        """As they were written down."""
        return self._stored(tx, None)

    def verdicts(self, tx: Tx, group_ordinal: int) -> Iterator[SetVerdict]:
        """As they were written down."""
        return (row.verdict for part in self._stored(tx, group_ordinal) for row in part)

    def write(self, tx: Tx, part: list[SetRow], fates: list[Fate], told: SetsTold) -> None:
        """Update them."""
        by_state: dict[Processing, list[dict[str, Any]]] = defaultdict(list)
        for row, fate in zip(part, fates, strict=True):
            by_state[fate.state].append({"key": row.id, "reason": fate.reason and fate.reason.code})
            told.became(row.id, fate.state)
        for state, rows in by_state.items():
            tx.move_all(_D, rows, state)

    def _stored(self, tx: Tx, group_ordinal: int | None) -> Iterator[list[SetRow]]:
        after = 0
        columns = [column for column in _D.c if column.name != "canonical"]
        while True:
            query = select(*columns).where(_D.c.interchange_id == self._place.interchange_id, _D.c.id > after)
            if group_ordinal is not None:
                query = query.where(_D.c.group_ordinal == group_ordinal)
            rows = tx.execute(query.order_by(_D.c.id).limit(PART)).all()
            if not rows:
                return
            findings = findings_of(tx, [row.id for row in rows])
            yield [self._row(row, tuple(findings[row.id])) for row in rows]
            after = rows[-1].id

    def _row(self, row: Any, findings: tuple[Finding, ...]) -> SetRow:  # noqa: ANN401 - a row of document
        agreement = self._agreements.get(row.kind) or next(iter(self._agreements.values()))
        return SetRow(
            id=row.id,
            group_ordinal=row.group_ordinal,
            verdict=SetVerdict(
                set_id=row.kind,
                control=row.control,
                implementation=row.implementation,
                code=row.verdict,
                ordinal=row.ordinal,
                findings=findings,
                ak5_codes=tuple((row.ak5_codes or "").split()),
            ),
            agreement=agreement,
            number=row.number,
            business_key=row.business_key,
            duplicate_key=row.duplicate_key,
            content_sha=row.content_sha,
            value=row.value,
            orders=tuple((row.orders or "").splitlines()),
        )


def row_of(number: int, found: SetFound, usage: str) -> SetRow:
    """What the ledger keeps of a set that was just read, as its row `number`."""
    row = SetRow(
        id=number,
        group_ordinal=found.read.group.ordinal,
        verdict=found.verdict,
        agreement=found.agreement,
        segments=found.read.segments,
        map_sha=found.map_sha,
    )
    document = found.document
    if document is not None:
        row.number = document.number
        row.business_key = documents.business_key(document, found.agreement.partner)
        row.duplicate_key = duplicate_key(usage, row.business_key)
        row.content_sha = documents.content_sha(document)
        row.value = documents.value_at_stake(document)
        row.orders = documents.lane_orders(document)
        row.canonical = documents.canonical_json(document)
    elif found.read.group.functional_id == "FA":
        row.canonical = msgspec.json.encode(take_set(found.read))
    return row


def insert_set(tx: Tx, place: Place, row: SetRow, fate: Fate) -> dict[str, Any]:
    """Write one set and its findings down; the row that it is."""
    verdict = row.verdict
    written = msgspec.structs.asdict(place) | {
        "id": row.id,
        "group_ordinal": row.group_ordinal,
        "ordinal": verdict.ordinal,
        "kind": row.kind,
        "control": verdict.control,
        "verdict": verdict.code,
        "implementation": verdict.implementation,
        "ak5_codes": " ".join(verdict.ak5_codes),
        "segments": row.segments,
        "number": row.number,
        "orders": "\n".join(row.orders),
        "business_key": row.business_key,
        "duplicate_key": row.duplicate_key,
        "content_sha": row.content_sha,
        "value": row.value,
        "canonical": row.canonical,
        "profile_sha": row.agreement.sha256,
        "map_sha": row.map_sha,
        "state": str(fate.state),
        "reason": fate.reason and fate.reason.code,
    }
    tx.insert(_D, **written)
    for found in verdict.findings:
        insert_finding(tx, found, place.transmission_id, place.interchange_id, row.id)
    return written


def insert_finding(
    tx: Tx, found: Finding, transmission: int, interchange: int | None = None, document: int | None = None
) -> None:
    """Write one finding down, beside what it is about."""
    tx.insert(
        _F,
        transmission_id=transmission,
        interchange_id=interchange,
        document_id=document,
        code=found.code,
        severity=str(found.severity),
        body=msgspec.json.encode(found).decode(),
    )


def findings_of(tx: Tx, ids: list[int]) -> dict[int, list[Finding]]:
    """What was found in each of these documents, in order; none where it has no row."""
    found: dict[int, list[Finding]] = defaultdict(list)
    query = select(_F.c.document_id, _F.c.body).where(_F.c.document_id.in_(ids)).order_by(_F.c.id)
    for row in tx.execute(query):
        found[row.document_id].append(msgspec.json.decode(row.body, type=Finding))
    return found
