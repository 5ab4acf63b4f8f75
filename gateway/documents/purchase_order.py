"""The purchase order, 850."""

from __future__ import annotations

from typing import ClassVar

from gateway.documents import elements as e
from gateway.documents.common import Document, original
from gateway.documents.header import header, miscounted, priced_line, totals
from gateway.documents.kind import Kind
from gateway.documents.node import ReadContext
from gateway.documents.segments import Raw, day, first, headed, text
from gateway.model.finding import Finding
from gateway.x12.reading import Loop


class PurchaseOrder(Document, frozen=True, kw_only=True, tag="850"):
    """An order: its number is the order number, its type is X12 element 92 (SA stand-alone, BK blanket, RL release ...)."""

    kind: ClassVar[str] = "850"

    def identity(self) -> tuple[str | None, ...]:
        """Order number, release and purpose: a change or a cancellation is another document than its original."""
        return self.number, self.release, original(self.purpose)


def build(tree: Loop, context: ReadContext) -> tuple[PurchaseOrder | None, tuple[Finding, ...]]:
    """The order in this set; none without BEG."""
    beg = first(tree, "BEG")
    if beg is None:
        return None, ()
    raw: Raw = {}
    number = text(beg, e.BEG.number)
    lines = tuple(priced_line(po1, loop, number, context) for po1, loop in headed(tree, "PO1"))
    order = PurchaseOrder(
        src=beg.position,
        number=number,
        order_number=number,
        release=text(beg, e.BEG.release),
        seller_order_number=None,
        purpose=text(beg, e.BEG.purpose),
        type=text(beg, e.BEG.type),
        response=None,
        date=day(beg, e.BEG.date, "date", raw),
        contract=text(beg, e.BEG.contract),
        lines=lines,
        totals=totals(tree, len(lines)),
        raw=raw or None,
        **header(tree, context),
    )
    return order, miscounted(tree, "lines", len(lines))


KIND = Kind(kind="850", functional_id="PO", label="order", model=PurchaseOrder, build=build)
