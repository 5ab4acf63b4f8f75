"""The order response, 855: what the seller says to an order, line by line, in as many parts as it takes."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from gateway.documents import elements as e
from gateway.documents.common import Acknowledgment, Document, Line
from gateway.documents.content import content_sha
from gateway.documents.header import at, header, miscounted, priced_line, totals
from gateway.documents.kind import Kind
from gateway.documents.node import ReadContext
from gateway.documents.segments import Raw, day, exact, first, headed, pairs, segments, text
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.x12.charset import readable
from gateway.x12.reading import Loop, Segment

_REVIEW = "review"


def _by_code(groups: dict[str, str]) -> dict[str, str]:
    return {code: group for group, codes in groups.items() for code in codes.split()}


# X12 element 668. IE is accepted with its price to come. A code that is not here is for a person, never an acceptance.
LINE_GROUPS = _by_code(
    {
        "accept": "AA AC AR IA IE SP",
        "reject": "ID IR R1 R2 R3 R4 R5 R6 R7 R8 RD RF RJ RN RO RV",
        "change": "DR IC IP IQ IS",
        "hold": "IF IH IW",
        "backorder": "BP IB",
    }
)
# X12 element 587. AC (with detail and change) and AE (exceptions only) say nothing themselves: their lines do.
RESPONSE_GROUPS = _by_code(
    {"accept": "AD AK AP AT", "by_lines": "AC AE", "change": "CE", "hold": "AH", "reject": "RD RF RJ RN RO RV"}
)


class OrderResponse(Document, frozen=True, kw_only=True, tag="855"):
    """An answer to an order: `number` and `order_number` are the buyer's, `response` is X12 element 587."""

    kind: ClassVar[str] = "855"

    group: Annotated[
        str, Meta(description="accept, reject, change, hold or by_lines; review where the code is unknown.")
    ]

    def identity(self) -> tuple[str | None, ...]:
        """The order and all that is said of it: two answers to one order are normal, the same answer twice is not."""
        return self.order_number, content_sha(self)


def build(tree: Loop, context: ReadContext) -> tuple[OrderResponse | None, tuple[Finding, ...]]:
    """The answer in this set; none without BAK."""
    bak = first(tree, "BAK")
    if bak is None:
        return None, ()
    raw: Raw = {}
    number = text(bak, e.BAK.order_number)
    lines = tuple(_line(po1, loop, number, context) for po1, loop in headed(tree, "PO1"))
    response = OrderResponse(
        src=bak.position,
        number=number,
        order_number=number,
        release=text(bak, e.BAK.release),
        seller_order_number=text(bak, e.BAK.seller_order_number),
        purpose=text(bak, e.BAK.purpose),
        type=None,
        response=text(bak, e.BAK.response),
        group=RESPONSE_GROUPS.get(bak.get(e.BAK.response), _REVIEW),
        date=day(bak, e.BAK.date, "date", raw),
        order_date=day(bak, e.BAK.order_date, "order_date", raw),
        contract=text(bak, e.BAK.contract),
        lines=lines,
        totals=totals(tree, len(lines)),
        raw=raw or None,
        **header(tree, context),
    )
    return response, (*_unknown(tree), *miscounted(tree, "lines", len(lines)))


def _line(po1: Segment, loop: Loop, order_number: str | None, context: ReadContext) -> Line:
    said = tuple(_acknowledgment(ack) for ack in segments(loop, "ACK"))
    return priced_line(po1, loop, order_number, context, said)


def _acknowledgment(ack: Segment) -> Acknowledgment:
    raw: Raw = {}
    return Acknowledgment(
        src=ack.position,
        code=text(ack, e.ACK.code),
        group=_group(ack),
        quantity=exact(ack, e.ACK.quantity, "quantity", raw),
        uom=text(ack, e.ACK.uom),
        date=day(ack, e.ACK.date, "date", raw),
        date_qualifier=text(ack, e.ACK.date_qualifier),
        item_ids=pairs(ack, e.ACK.item_ids),
        raw=raw or None,
    )


def _group(ack: Segment) -> str:
    return LINE_GROUPS.get(ack.get(e.ACK.code), _REVIEW)


def _unknown(tree: Loop) -> tuple[Finding, ...]:
    acks = (ack for _, loop in headed(tree, "PO1") for ack in segments(loop, "ACK"))
    return tuple(
        finding("document.unknown_line_status", status=readable(ack.get(e.ACK.code)), **at(ack, e.ACK.code))
        for ack in acks
        if _group(ack) == _REVIEW
    )


KIND = Kind(kind="855", functional_id="PR", label="order response", model=OrderResponse, build=build)
