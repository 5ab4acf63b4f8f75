"""The invoice and the credit memo, 810."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from gateway.documents import elements as e
from gateway.documents.common import Document, Line, Totals, original
from gateway.documents.header import at, header, miscounted, priced_line, totals
from gateway.documents.invoice_total import mismatch
from gateway.documents.kind import Kind
from gateway.documents.node import ReadContext
from gateway.documents.segments import Raw, day, first, headed, money, segments, text
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.x12.reading import Loop, Segment

INVOICE = "invoice"
CREDIT = "credit"
# X12 element 640, as far as it makes another document of the same number.
CLASSES = {"CN": CREDIT, "CR": CREDIT, "DR": "debit"}
_ORDER = "PO"  # the purchase order, as a reference (128) and among item ids (235)


class Invoice(Document, frozen=True, kw_only=True, tag="810"):
    """A claim: `type` is X12 element 640 (DI invoice, CR credit memo ...), `totals.payable` what is claimed."""

    kind: ClassVar[str] = "810"

    original_number: str | None = None

    def identity(self) -> tuple[str | None, ...]:
        """Number, class and purpose: a credit memo may bear the number of the invoice it takes back."""
        return self.number, invoice_class(self.type), original(self.purpose)

    def stake(self) -> str | None:
        """What is claimed."""
        return self.totals.payable


def invoice_class(code: str | None) -> str:
    """What BIG07 makes of it: invoice unless it says credit or debit."""
    return CLASSES.get(code or "", INVOICE)


def build(tree: Loop, context: ReadContext) -> tuple[Invoice | None, tuple[Finding, ...]]:
    """The invoice in this set; none without BIG."""
    big = first(tree, "BIG")
    if big is None:
        return None, ()
    raw: Raw = {}
    order_number = text(big, e.BIG.order_number)
    lines = tuple(_line(it1, loop, order_number, context) for it1, loop in headed(tree, "IT1"))
    tds = first(tree, "TDS")
    invoice = Invoice(
        src=big.position,
        number=text(big, e.BIG.number),
        order_number=order_number,
        release=text(big, e.BIG.release),
        seller_order_number=None,
        purpose=text(big, e.BIG.purpose),
        type=text(big, e.BIG.type),
        response=None,
        date=day(big, e.BIG.date, "date", raw),
        order_date=day(big, e.BIG.order_date, "order_date", raw),
        original_number=text(big, e.BIG.original_number),
        lines=lines,
        totals=_totals(tree, tds, len(lines), raw),
        raw=raw or None,
        **header(tree, context),
    )
    return invoice, (*_checked(invoice, tds), *miscounted(tree, "lines", len(lines)))


def _line(it1: Segment, loop: Loop, order_number: str | None, context: ReadContext) -> Line:
    """A line that names its own order belongs to that, else to the invoice's."""
    own = None
    for ref in segments(loop, "REF"):
        if own is None and ref.get(e.REF.qualifier) == _ORDER:
            own = text(ref, e.REF.value)
    line = priced_line(it1, loop, own or order_number, context)
    if own is None and _ORDER in line.item_ids:
        return msgspec.structs.replace(line, order_number=line.item_ids[_ORDER][0])
    return line


def _totals(tree: Loop, tds: Segment | None, line_count: int, raw: Raw) -> Totals:
    counted = totals(tree, line_count)
    if tds is None:
        return counted
    return msgspec.structs.replace(
        counted,
        src=tds.position,
        payable=money(tds, e.TDS.payable, "payable", raw),
        discountable=money(tds, e.TDS.discountable, "discountable", raw),
    )


def _checked(invoice: Invoice, tds: Segment | None) -> tuple[Finding, ...]:
    """Warnings about the money; no verdict depends on them."""
    if tds is None:
        return ()
    if invoice.raw and "payable" in invoice.raw:
        return (finding("document.total_unreadable", **at(tds, e.TDS.payable)),)
    wrong = mismatch(invoice, credit=invoice_class(invoice.type) == CREDIT)
    if wrong is None:
        return ()
    return (
        finding("document.total_mismatch", arithmetic=wrong, stated=invoice.totals.payable, **at(tds, e.TDS.payable)),
    )


KIND = Kind(kind="810", functional_id="IN", label="invoice", model=Invoice, build=build)
