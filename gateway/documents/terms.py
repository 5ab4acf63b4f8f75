"""Terms of payment and delivery, allowances, charges and taxes."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 - a type that a field of the same name must not hide

from gateway.documents import elements as e
from gateway.documents.node import Node, Quantity, ReadContext
from gateway.documents.segments import Raw, day, exact, money, optional_quantity, segments, text
from gateway.model.quantities import ExactDecimal
from gateway.x12.reading import Loop, Segment


class PaymentTerms(Node, frozen=True, kw_only=True):
    """Terms of payment (ITD)."""

    type: str | None
    basis: str | None = None
    discount_percent: ExactDecimal | None = None
    discount_days: str | None = None
    discount_due: Date | None = None
    net_days: str | None = None
    net_due: Date | None = None
    discount_amount: ExactDecimal | None = None
    description: str | None = None


class DeliveryTerms(Node, frozen=True, kw_only=True):
    """Who pays the freight, and from where (FOB)."""

    payment: str | None
    location_qualifier: str | None = None
    location: str | None = None


class Tax(Node, frozen=True, kw_only=True):
    """A tax (TXI)."""

    type: str | None
    amount: ExactDecimal | None
    percent: ExactDecimal | None = None
    jurisdiction_qualifier: str | None = None
    jurisdiction: str | None = None
    exempt: str | None = None
    relationship: str | None = None


class AllowanceCharge(Node, frozen=True, kw_only=True):
    """An allowance (indicator A), a charge (C) or a remark (N and others), decimals of the amount applied (SAC)."""

    indicator: str | None
    code: str | None
    amount: ExactDecimal | None
    agency: str | None = None
    agency_code: str | None = None
    percent_basis: str | None = None
    percent: ExactDecimal | None = None
    rate: ExactDecimal | None = None
    quantity: Quantity | None = None
    method: str | None = None
    description: str | None = None
    taxes: tuple[Tax, ...] = ()


def payment_terms(segment: Segment, _loop: Loop, _context: ReadContext) -> PaymentTerms:
    """Terms of payment, from ITD."""
    raw: Raw = {}
    return PaymentTerms(
        src=segment.position,
        type=text(segment, e.ITD.type),
        basis=text(segment, e.ITD.basis),
        discount_percent=exact(segment, e.ITD.discount_percent, "discount_percent", raw),
        discount_days=text(segment, e.ITD.discount_days),
        discount_due=day(segment, e.ITD.discount_due, "discount_due", raw),
        net_days=text(segment, e.ITD.net_days),
        net_due=day(segment, e.ITD.net_due, "net_due", raw),
        discount_amount=money(segment, e.ITD.discount_amount, "discount_amount", raw),
        description=text(segment, e.ITD.description),
        raw=raw or None,
    )


def delivery_terms(segment: Segment, _loop: Loop, _context: ReadContext) -> DeliveryTerms:
    """Terms of delivery, from FOB."""
    return DeliveryTerms(
        src=segment.position,
        payment=text(segment, e.FOB.payment),
        location_qualifier=text(segment, e.FOB.location_qualifier),
        location=text(segment, e.FOB.location),
    )


def tax(segment: Segment, _loop: Loop, _context: ReadContext) -> Tax:
    """A tax, from TXI."""
    raw: Raw = {}
    return Tax(
        src=segment.position,
        type=text(segment, e.TXI.type),
        amount=exact(segment, e.TXI.amount, "amount", raw),
        percent=exact(segment, e.TXI.percent, "percent", raw),
        jurisdiction_qualifier=text(segment, e.TXI.jurisdiction_qualifier),
        jurisdiction=text(segment, e.TXI.jurisdiction),
        exempt=text(segment, e.TXI.exempt),
        relationship=text(segment, e.TXI.relationship),
        raw=raw or None,
    )


def allowance_charge(segment: Segment, loop: Loop, context: ReadContext) -> AllowanceCharge:
    """An allowance or charge, from SAC, with the taxes on it."""
    raw: Raw = {}
    return AllowanceCharge(
        src=segment.position,
        indicator=text(segment, e.SAC.indicator),
        code=text(segment, e.SAC.code),
        amount=money(segment, e.SAC.amount, "amount", raw),
        agency=text(segment, e.SAC.agency),
        agency_code=text(segment, e.SAC.agency_code),
        percent_basis=text(segment, e.SAC.percent_basis),
        percent=exact(segment, e.SAC.percent, "percent", raw),
        rate=exact(segment, e.SAC.rate, "rate", raw),
        quantity=optional_quantity(segment, e.SAC.quantity, e.SAC.uom, "quantity", raw),
        method=text(segment, e.SAC.method),
        description=text(segment, e.SAC.description),
        raw=raw or None,
        taxes=tuple(tax(each, loop, context) for each in segments(loop, "TXI")),
    )
