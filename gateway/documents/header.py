"""The frame of every document: what its header carries, its priced lines, its totals and the sender's own count."""

from __future__ import annotations

from typing import Any

from gateway.documents import elements as e
from gateway.documents.common import Acknowledgment, Document, Line, Totals
from gateway.documents.fields import parts
from gateway.documents.node import ReadContext
from gateway.documents.remarks import amount
from gateway.documents.segments import Raw, exact, first, loops, pairs, quantity, segments, text
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.x12.charset import readable
from gateway.x12.reading import Loop, Segment

IN_A_HEADER = frozenset(Document.__struct_fields__)


def header(tree: Loop, context: ReadContext) -> dict[str, Any]:
    """Everything of the set that stands before or after its lines, as fields of a document."""
    found = {field: nodes for field, nodes in parts(tree, context).items() if field in IN_A_HEADER}
    closing = [amount(each, inner, context) for inner in loops(tree, "CTT") for each in segments(inner, "AMT")]
    if closing:
        found["amounts"] = (*found.get("amounts", ()), *closing)
    currency = first(tree, "CUR")
    if currency is not None:
        found["currency"] = text(currency, e.CUR.currency)
    return found


def priced_line(
    head: Segment,
    loop: Loop,
    order_number: str | None,
    context: ReadContext,
    acknowledgments: tuple[Acknowledgment, ...] = (),
) -> Line:
    """A line with a quantity and a price, from PO1 or IT1 and what follows it."""
    raw: Raw = {}
    price = exact(head, e.PO1.unit_price, "unit_price", raw)
    return Line(
        src=head.position,
        line_number=text(head, e.PO1.line_number),
        order_number=order_number,
        quantity=quantity(head, e.PO1.quantity, e.PO1.uom, "quantity", raw),
        unit_price=price,
        price_basis=text(head, e.PO1.price_basis),
        item_ids=pairs(head, e.PO1.item_ids),
        acknowledgments=acknowledgments,
        raw=raw or None,
        **parts(loop, context),
    )


def totals(tree: Loop, line_count: int) -> Totals:
    """What was counted, and what CTT claims."""
    ctt = first(tree, "CTT")
    return Totals(
        src=None if ctt is None else ctt.position,
        line_count=line_count,
        control_count=text(ctt, e.CTT.count),
        payable=None,
        hash_total=text(ctt, e.CTT.hash_total),
    )


def miscounted(tree: Loop, what: str, *counts: int) -> tuple[Finding, ...]:
    """A warning where CTT01 is a number that none of these counts of `what` is."""
    ctt = first(tree, "CTT")
    claimed = text(ctt, e.CTT.count)
    if ctt is None or claimed is None or not claimed.isdecimal():
        return ()
    if claimed.lstrip("0") in [str(count or "") for count in counts]:
        return ()
    return (
        finding("document.line_count_mismatch", claimed=claimed, counted=counts[0], what=what, **at(ctt, e.CTT.count)),
    )


def at(segment: Segment, element: int) -> dict[str, Any]:
    """Where a finding about this element stands."""
    # Elements are latin-1 text, so that a character is a byte; each is followed by one separator.
    before = sum(len(sent) + 1 for sent in segment.elements[:element])
    return {
        "segment": segment.get(0),
        "position": segment.position,
        "element": element,
        "offset": segment.offset + before,
        "value": readable(segment.get(element)),
    }
