"""The stored answer again: same bytes, same numbers, for an interchange that came before."""

from __future__ import annotations

from sqlalchemy import select

from gateway.flow.letters import FOR_PEOPLE
from gateway.flow.sets import Place
from gateway.ledger import tables
from gateway.ledger.states import Delivering
from gateway.ledger.write import Tx

_D = tables.delivery
_SAME = ("kind", "target", "partner", "acknowledgment_kind", "name", "content", "sha256")


def repeat_answers(tx: Tx, interchange: int, place: Place) -> int:
    """Owe the acknowledgments of an earlier interchange once more; how many there were. Answer files go by file: `reply`."""
    columns = [_D.c[name] for name in _SAME]
    which = (_D.c.interchange_id == interchange, _D.c.kind == "acknowledgment")
    query = select(*columns).where(*which, _D.c.acknowledgment_kind.not_in(FOR_PEOPLE)).order_by(_D.c.id)
    rows = tx.execute(query).all()
    for row in rows:
        number = tx.insert(
            _D,
            **row._mapping,  # noqa: SLF001 - SQLAlchemy's documented name
            transmission_id=place.transmission_id,
            interchange_id=place.interchange_id,
            state=str(Delivering.READY),
            created_at=tx.now,
            due_at=tx.now,
        )
        known = {"kind": row.acknowledgment_kind, "target": row.target, "name": row.name, "sha256": row.sha256}
        tx.event("gateway", "delivery.owed", f"delivery {number}", **known, again=True)
    return len(rows)
