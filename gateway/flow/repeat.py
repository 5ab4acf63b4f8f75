"""The stored answer again: same bytes, same numbers, for an interchange that came before."""

from __future__ import annotations

from sqlalchemy import select

from gateway.flow.sets import Place
from gateway.ledger import tables
from gateway.ledger.states import Delivering
from gateway.ledger.write import Tx

_D = tables.delivery
_SAME = ("kind", "target", "partner", "acknowledgment_kind", "name", "content")


def repeat_answers(tx: Tx, interchange: int, place: Place) -> int:
    """Owe the acknowledgments of an earlier interchange once more; how many there were."""
    columns = [_D.c[name] for name in _SAME]
    query = select(*columns).where(_D.c.interchange_id == interchange, _D.c.kind == "acknowledgment").order_by(_D.c.id)
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
        tx.event(
            "gateway", "delivery.owed", f"delivery {number}", kind=row.acknowledgment_kind, name=row.name, again=True
        )
    return len(rows)
