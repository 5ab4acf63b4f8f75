"""Receive: bytes at the door become ours. Kept first, then written down (commit 1); only then may the source be released."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import select, tuple_

from gateway.flow.route import Route
from gateway.flow.unkept import tell_of_unkept
from gateway.ledger import tables
from gateway.ledger.states import Processing
from gateway.ledger.write import Tx
from gateway.model.outcomes import TryLater
from gateway.ports import Admission, Blob, Drop, Unkept

log = structlog.get_logger()
_T = tables.transmission


def receive(route: Route, drops: Sequence[Drop]) -> list[Admission]:
    """Make these drops ours; those that cannot be read or kept now stay where they are, for later."""
    kept, unkept = _keep(route, drops)
    numbers: dict[str, int] = {}
    if kept or unkept:
        with route.ledger.write() as tx:
            numbers = _write_down(tx, [(drop, kept[drop.source_key]) for drop in drops if drop.source_key in kept])
            tell_of_unkept(tx, [drop for drop in drops if drop.source_key in kept], unkept)
    return [
        Admission(source_key=drop.source_key, taken=drop.source_key in kept, transmission=numbers.get(drop.source_key))
        for drop in drops
    ]


def _keep(route: Route, drops: Sequence[Drop]) -> tuple[dict[str, Blob], tuple[Drop, Unkept] | None]:
    """The blobs of those drops that could be read and kept, by source key, all on stable storage; the first that the archive refused."""
    kept: dict[str, Blob] = {}
    unkept: tuple[Drop, Unkept] | None = None
    try:
        with route.archive.keeping() as keep:
            for drop in drops:
                try:
                    with drop.open() as stream:
                        kept[drop.source_key] = keep(stream)
                except Unkept as refused:
                    unkept = unkept or (drop, refused)
                except TryLater as later:
                    log.warning("drop.left", channel=drop.channel, why=str(later))
    except Unkept as refused:
        kept, unkept = {}, (drops[0], refused)
    if unkept:
        log.error("archive.refuses", why=str(unkept[1]))
    return kept, unkept


def _write_down(tx: Tx, kept: list[tuple[Drop, Blob]]) -> dict[str, int]:
    """The transmission of each drop; one that was offered before (we died before its release) keeps its number."""
    known = _known(tx, kept)
    blobs = _known_blobs(tx, [blob for _, blob in kept])
    numbers: dict[str, int] = {}
    for drop, blob in kept:
        number = known.get((drop.source_key, blob.sha256)) or known.get((_grown(drop, blob), blob.sha256))
        if number is None:
            if blob.sha256 not in blobs:
                blobs.add(blob.sha256)
                tx.insert(tables.blob, sha256=blob.sha256, size=blob.size, kept_at=tx.now)
            taken = any(key == drop.source_key for key, _ in known)
            number = _admit(tx, drop, blob, _grown(drop, blob) if taken else drop.source_key)
        numbers[drop.source_key] = number
    return numbers


def _grown(drop: Drop, blob: Blob) -> str:
    """The key of a drop that was written to between our crash and its second offer: other bytes are another file."""
    return f"{drop.source_key} {blob.sha256}"


def _admit(tx: Tx, drop: Drop, blob: Blob, source_key: str) -> int:
    number = tx.insert(
        _T,
        direction="in",
        channel=drop.channel,
        source_key=source_key,
        name=drop.name,
        sha256=blob.sha256,
        size=blob.size,
        received_at=tx.now,
        state=str(Processing.RECEIVED),
        due_at=tx.now,
    )
    about = f"file {number}"
    known = {"channel": drop.channel, "name": drop.name, "sha256": blob.sha256, "size": blob.size}
    tx.event("gateway", "file.received", about, **known)
    for found in drop.findings:
        tx.event("gateway", found.code, about, message=found.message)
    return number


def _known(tx: Tx, kept: list[tuple[Drop, Blob]]) -> dict[tuple[str, str], int]:
    """Those offered before, by source key and bytes."""
    places = [(drop.channel, key) for drop, blob in kept for key in (drop.source_key, _grown(drop, blob))]
    query = select(_T.c.source_key, _T.c.sha256, _T.c.id).where(tuple_(_T.c.channel, _T.c.source_key).in_(places))
    return {(row.source_key, row.sha256): row.id for row in tx.execute(query)}


def _known_blobs(tx: Tx, blobs: list[Blob]) -> set[str]:
    table = tables.blob
    return set(tx.execute(select(table.c.sha256).where(table.c.sha256.in_([b.sha256 for b in blobs]))).scalars())
