"""The packages of a shipment: each level of the ship notice as a unit, with its parent and its marks."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from gateway.documents import elements as e
from gateway.documents.fields import parts
from gateway.documents.hierarchy import ORDER, SHIPMENT, Level
from gateway.documents.node import Node, ReadContext
from gateway.documents.parties import Party
from gateway.documents.remarks import Moment, Reference
from gateway.documents.segments import segments, text
from gateway.documents.transport import Packages, Packing
from gateway.x12.reading import Segment

_SSCC = ("GM", "AA")  # X12 element 88


class Mark(Node, frozen=True, kw_only=True):
    """What is written on a package (MAN), or the first and last of a run of marks."""

    qualifier: str | None
    value: str
    through: str | None = None


class LogisticUnit(Node, frozen=True, kw_only=True):
    """One level of the shipment: `level` is S shipment, O order, T tare, P pack, I item; `parent` the unit it is in."""

    id: str | None
    level: str | None
    parent: str | None
    sscc: Annotated[str | None, Meta(description="Serial shipping container code, verbatim.")]
    order_number: str | None = None
    marks: tuple[Mark, ...] = ()
    packages: tuple[Packages, ...] = ()
    packing: tuple[Packing, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Moment, ...] = ()
    parties: tuple[Party, ...] = ()


def unit(level: Level, context: ReadContext) -> LogisticUnit:
    """The unit at this level; what a line, an order or the shipment says of itself is told there."""
    marks = tuple(mark for man in segments(level.loop, "MAN") for mark in _marks(man))
    told_elsewhere = level.is_line or level.code in (SHIPMENT, ORDER)
    return LogisticUnit(
        src=level.head.position,
        id=text(level.head, e.HL.id),
        level=level.code or None,
        parent=text(level.head, e.HL.parent),
        order_number=text(level.order, e.PRF.order_number),
        sscc=next((mark.value for mark in marks if mark.qualifier in _SSCC), None),
        marks=marks,
        **({} if told_elsewhere else fitting(LogisticUnit, level, context)),
    )


def fitting(model: type[Node], level: Level, context: ReadContext) -> dict[str, Any]:
    """What this level holds, as far as the model has a field for it."""
    return {field: nodes for field, nodes in parts(level.loop, context).items() if field in model.__struct_fields__}


def _marks(man: Segment) -> tuple[Mark, ...]:
    """Up to two marks of one MAN."""
    sent = (
        (e.MAN.qualifier, e.MAN.value, text(man, e.MAN.through)),
        (e.MAN.second_qualifier, e.MAN.second_value, None),
    )
    return tuple(
        Mark(src=man.position, qualifier=text(man, qualifier), value=value, through=through)
        for qualifier, place, through in sent
        if (value := man.get(place))
    )
