"""Owe: the debt of a document to its ERP, with the key under which it will always go."""

from __future__ import annotations

import uuid

from gateway.flow.decide import Fate
from gateway.flow.sets import Place, SetRow
from gateway.ledger import tables
from gateway.ledger.states import Delivering, Processing
from gateway.ledger.write import Tx

# The gateway's own namespace for idempotency keys: any constant would do, it must only never change.
_NAMESPACE = uuid.UUID("6f1d6a5e-3f0c-5a57-9c39-7d8f5b0a9e21")


def owe_documents(tx: Tx, place: Place, part: list[SetRow], fates: list[Fate]) -> None:
    """The debts of those sets of a part that were accepted; usage T goes to the test ERP, or nowhere."""
    for row, fate in zip(part, fates, strict=True):
        target = row.agreement.test_erp if place.usage == "T" else row.agreement.erp
        if fate.state is Processing.TRANSLATED and row.business_key is not None and target is not None:
            owe(
                tx,
                place,
                target,
                kind=row.kind,
                document=row.id,
                business_key=row.business_key,
                revision=1,
                orders=row.orders,
            )


def owe(  # noqa: PLR0913 - a debt has this many sides
    tx: Tx,
    place: Place,
    target: str,
    *,
    kind: str,
    document: int,
    business_key: str,
    revision: int,
    orders: tuple[str, ...],
) -> None:
    """Write down the debt of one document to an ERP, with the key it will always go under."""
    key = str(uuid.uuid5(_NAMESPACE, f"{target}\n{business_key}\n{revision}"))
    number = tx.insert(
        tables.delivery,
        kind="erp",
        target=target,
        partner=place.partner,
        document_kind=kind,
        transmission_id=place.transmission_id,
        interchange_id=place.interchange_id,
        document_id=document,
        business_key=business_key,
        revision=revision,
        idempotency_key=key,
        state=str(Delivering.READY),
        created_at=tx.now,
        due_at=tx.now,
    )
    known = {"kind": kind, "document": document, "target": target, "key": key}
    tx.event("gateway", "delivery.owed", f"delivery {number}", **known)
    for order in orders:
        tx.insert(tables.lane, name=f"{target} {place.partner} {order}", delivery_id=number)
