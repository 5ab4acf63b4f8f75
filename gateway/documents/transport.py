"""How goods travel: carrier, packages, equipment, packing, deliveries."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 - a type that a field of the same name must not hide

from gateway.documents import elements as e
from gateway.documents.node import Node, Quantity, ReadContext
from gateway.documents.segments import Raw, day, optional_quantity, quantity, text
from gateway.x12.reading import Loop, Segment

_SCAC = "2"  # X12 element 66


class Carrier(Node, frozen=True, kw_only=True):
    """Who carries it and how (TD5, CAD); `id` is a SCAC where `scheme` is 2."""

    scheme: str | None
    id: str | None
    mode: str | None = None
    routing: str | None = None
    reference: str | None = None


class Packages(Node, frozen=True, kw_only=True):
    """How many packages of what kind, and what they weigh (TD1)."""

    packaging: str | None
    count: str | None
    weight_qualifier: str | None = None
    weight: Quantity | None = None


class Equipment(Node, frozen=True, kw_only=True):
    """The vehicle or container (TD3)."""

    type: str | None
    initial: str | None
    number: str | None
    seal: str | None = None


class Packing(Node, frozen=True, kw_only=True):
    """How an item is packed (PO4): `pack` inner packs of `size`."""

    pack: str | None
    size: Quantity | None = None


class Delivery(Node, frozen=True, kw_only=True):
    """One delivery of a line (SCH)."""

    quantity: Quantity
    date_qualifier: str | None
    date: Date | None


def carrier(segment: Segment, _loop: Loop, _context: ReadContext) -> Carrier:
    """Who carries it, from TD5."""
    return Carrier(
        src=segment.position,
        scheme=text(segment, e.TD5.scheme),
        id=text(segment, e.TD5.id),
        mode=text(segment, e.TD5.mode),
        routing=text(segment, e.TD5.routing),
    )


def invoiced_carrier(segment: Segment, _loop: Loop, _context: ReadContext) -> Carrier:
    """Who carried it, from an invoice's CAD."""
    scac = text(segment, e.CAD.scac)
    return Carrier(
        src=segment.position,
        scheme=_SCAC if scac else None,
        id=scac,
        mode=text(segment, e.CAD.mode),
        routing=text(segment, e.CAD.routing),
        reference=text(segment, e.CAD.reference),
    )


def packages(segment: Segment, _loop: Loop, _context: ReadContext) -> Packages:
    """Packages, from TD1."""
    raw: Raw = {}
    return Packages(
        src=segment.position,
        packaging=text(segment, e.TD1.packaging),
        count=text(segment, e.TD1.count),
        weight_qualifier=text(segment, e.TD1.weight_qualifier),
        weight=optional_quantity(segment, e.TD1.weight, e.TD1.weight_uom, "weight", raw),
        raw=raw or None,
    )


def equipment(segment: Segment, _loop: Loop, _context: ReadContext) -> Equipment:
    """Vehicle or container, from TD3."""
    return Equipment(
        src=segment.position,
        type=text(segment, e.TD3.type),
        initial=text(segment, e.TD3.initial),
        number=text(segment, e.TD3.number),
        seal=text(segment, e.TD3.seal),
    )


def packing(segment: Segment, _loop: Loop, _context: ReadContext) -> Packing:
    """Packing, from PO4."""
    raw: Raw = {}
    size = optional_quantity(segment, e.PO4.size, e.PO4.uom, "size", raw)
    return Packing(src=segment.position, pack=text(segment, e.PO4.pack), size=size, raw=raw or None)


def delivery(segment: Segment, _loop: Loop, _context: ReadContext) -> Delivery:
    """One delivery, from SCH."""
    raw: Raw = {}
    return Delivery(
        src=segment.position,
        quantity=quantity(segment, e.SCH.quantity, e.SCH.uom, "quantity", raw),
        date_qualifier=text(segment, e.SCH.date_qualifier),
        date=day(segment, e.SCH.date, "date", raw),
        raw=raw or None,
    )
