"""What the business documents share: UBL's structure, X12's codes verbatim, every node with the segment it came from.

A field without a default is always in the JSON, null where it does not apply; one with a default is left out where
it is empty.
"""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 - `date` is what documents call their field
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from gateway.documents.node import ItemIds, Node, Quantity
from gateway.documents.parties import Contact, Party
from gateway.documents.remarks import Amount, Moment, Note, Reference
from gateway.documents.terms import AllowanceCharge, DeliveryTerms, PaymentTerms, Tax
from gateway.documents.transport import Carrier, Delivery, Equipment, Packages, Packing
from gateway.model.money import extended, plain, total
from gateway.model.quantities import ExactDecimal


class Acknowledgment(Node, frozen=True, kw_only=True):
    """What the seller says to a line or to a part of it (ACK): the code verbatim, known or not."""

    code: str | None
    quantity: ExactDecimal | None
    uom: str | None
    date: Date | None
    date_qualifier: str | None = None
    item_ids: ItemIds = msgspec.field(default_factory=dict)
    group: Annotated[
        str, Meta(description="accept, reject, change, hold or backorder; review where the code is unknown.")
    ]


class Line(Node, frozen=True, kw_only=True):
    """One line of any document."""

    line_number: str | None
    order_number: Annotated[str | None, Meta(description="The purchase order this line belongs to.")]
    quantity: Quantity
    unit_price: ExactDecimal | None
    price_basis: Annotated[
        str | None, Meta(description="What the price is for, X12 element 639; HP is per hundred.")
    ] = None
    item_ids: ItemIds
    acknowledgments: tuple[Acknowledgment, ...]
    descriptions: tuple[Note, ...] = ()
    dates: tuple[Moment, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    references: tuple[Reference, ...] = ()
    parties: tuple[Party, ...] = ()
    contacts: tuple[Contact, ...] = ()
    packing: tuple[Packing, ...] = ()
    packages: tuple[Packages, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    payment_terms: tuple[PaymentTerms, ...] = ()
    delivery_terms: tuple[DeliveryTerms, ...] = ()
    allowance_charges: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    amounts: tuple[Amount, ...] = ()
    notes: tuple[Note, ...] = ()


class Totals(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What we counted, beside what the sender says in the segment `src` (TDS, else CTT)."""

    src: int | None = None
    line_count: Annotated[int, Meta(description="Lines counted.")]
    control_count: Annotated[str | None, Meta(description="The sender's own count, as sent.")]
    payable: Annotated[str | None, Meta(description="An invoice's total, its decimals applied, exact.")]
    discountable: ExactDecimal | None = None
    hash_total: str | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The envelope a document came in, control numbers verbatim; no part of its content."""

    partner: str
    standard: str = "x12"
    version: str | None = None
    implementation: str | None = None
    interchange: str | None = None
    group: str | None = None
    set: str | None = None
    usage: str | None = None


class Document(Node, frozen=True, kw_only=True, tag_field="kind"):
    """What every business document says of itself; codes and identifiers verbatim."""

    kind: ClassVar[str]

    number: Annotated[str | None, Meta(description="The document's own number.")]
    order_number: Annotated[str | None, Meta(description="The purchase order it is, or is about.")]
    release: str | None
    seller_order_number: str | None
    purpose: Annotated[
        str | None, Meta(description="X12 element 353: 00 original, 01 cancellation, 05 replacement ...")
    ]
    type: str | None
    response: str | None
    date: Date | None
    order_date: Date | None = None
    currency: str | None = None
    contract: str | None = None
    parties: tuple[Party, ...] = ()
    contacts: tuple[Contact, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Moment, ...] = ()
    payment_terms: tuple[PaymentTerms, ...] = ()
    delivery_terms: tuple[DeliveryTerms, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    packages: tuple[Packages, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    descriptions: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: tuple[Line, ...]
    allowance_charges: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[Tax, ...] = ()
    amounts: tuple[Amount, ...] = ()
    totals: Totals
    source: Source | None = None

    def identity(self) -> tuple[str | None, ...]:
        """What makes it one document, beside its kind and its partner; never a control number."""
        raise NotImplementedError

    def order_numbers(self) -> tuple[str, ...]:
        """The purchase orders it touches, verbatim, each once."""
        named = (self.order_number, *(line.order_number for line in self.lines))
        return tuple(dict.fromkeys(number for number in named if number))

    def stake(self) -> str | None:
        """The money it is about, exact: what its priced lines come to; None where nothing is priced."""
        priced = [extended(line.quantity.value, line.unit_price, line.price_basis) for line in self.lines]
        known = [amount for amount in priced if amount is not None]
        worth = total(known) if known else None
        return None if worth is None else plain(worth)


def original(purpose: str | None) -> str:
    """The purpose for telling documents apart: none given, a copy (07) and a re-submission (15) are the original (00).

    Only so is a partner's copy of an order recognised and held, rather than ordered again.
    """
    return "00" if purpose in (None, "07", "15") else str(purpose)
