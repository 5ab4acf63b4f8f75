"""What the ledger holds of a file and its interchanges now, as their events tell it: hashes over documents and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec
from sqlalchemy import Connection, select

from gateway.ledger import tables
from gateway.ledger.write import Tx
from gateway.trail.reading import FOUND, READ, Rows, SetsTold

_PAGE = 500
_D, _E, _F = tables.document, tables.event, tables.finding


class Move(msgspec.Struct, frozen=True):
    """What a person made of a document after it was settled."""

    was: str
    state: str


def moves(snapshot: Connection) -> dict[int, Move]:
    """Every such move, by document."""
    # A quote within a text is escaped in JSON, so that no person's text looks like this key.
    moved = (_E.c.what.startswith("document."), _E.c.detail.contains('"was":"', autoescape=True))
    query = select(_E.c.about, _E.c.detail).where(*moved).order_by(_E.c.id)
    found: dict[int, Move] = {}
    for row in snapshot.execute(query):
        number = row.about.removeprefix("document ")
        try:
            found[int(number)] = msgspec.json.decode(row.detail, type=Move)
        except (ValueError, msgspec.DecodeError):
            continue  # a changed event: the tree names it
    return found


def sets_told(snapshot: Connection, interchange: int, moved: Mapping[int, Move]) -> dict[str, str]:
    """The hashes over the sets of an interchange, their outcomes as they were when it was settled."""
    told = SetsTold()
    query = select(_D.c.id, _D.c.state, *(_D.c[name] for name in READ)).where(_D.c.interchange_id == interchange)
    for row in snapshot.execute(query.order_by(_D.c.id).execution_options(yield_per=_PAGE)):
        told.read(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's documented name
        move = moved.get(row.id)
        # What a person moved must stand where they moved it to: then it counts as it was before.
        if move is not None:
            told.became(row.id, move.was if move.state == row.state else f"not {move.state}")
        else:
            told.became(row.id, row.state)
    return told.hashes()


def findings_told(ledger: Connection | Tx, files: Sequence[int]) -> dict[int, str | None]:
    """The hash over the findings of each of these files, in one query; None where there are none."""
    told: dict[int, str | None] = dict.fromkeys(files)
    columns = (_F.c.transmission_id, *(_F.c[name] for name in FOUND))
    query = select(*columns).where(_F.c.transmission_id.in_(files)).order_by(_F.c.transmission_id, _F.c.id)
    for file, found in groupby(ledger.execute(query), key=lambda row: row.transmission_id):
        rows = Rows()
        for row in found:
            rows.add(*row[1:])
        told[file] = rows.sha256()
    return told
