"""The ship notice, 856: what is on its way, in which packages, for which orders; one line for each item shipped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date  # noqa: N812 - `date` is what documents call their field
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from gateway.documents import elements as e
from gateway.documents.common import Document, Line, original
from gateway.documents.fields import parts
from gateway.documents.header import IN_A_HEADER, header, miscounted, totals
from gateway.documents.hierarchy import ORDER, SHIPMENT, Level, levels
from gateway.documents.kind import Kind
from gateway.documents.logistics import LogisticUnit, fitting, unit
from gateway.documents.node import Node, Quantity, ReadContext
from gateway.documents.parties import Party
from gateway.documents.remarks import Moment, Reference
from gateway.documents.segments import Raw, day, exact, first, optional_quantity, pairs, text
from gateway.documents.transport import Packages
from gateway.model.dates import Instant, instant
from gateway.model.finding import Finding
from gateway.model.quantities import ExactDecimal
from gateway.x12.reading import Loop, Segment

_SHIPPED, _EXPECTED, _EXPIRES = ("011",), ("017",), ("036", "208")  # X12 element 374
_TRACKING, _BILL_OF_LADING, _PACKING_SLIP = ("CN", "2I"), ("BM",), ("PK",)  # X12 element 128
# Lots and serial numbers stand among the references (128) or among the item ids (235).
_LOTS = {"REF": ("LT", "BT"), "LIN": ("LT", "B8")}
_SERIALS = {"REF": ("SE",), "LIN": ("SN",)}


class TraceNumber(Node, frozen=True, kw_only=True):
    """A lot or serial number, verbatim."""

    number: str


class ShippedOrder(Node, frozen=True, kw_only=True):
    """A purchase order in the shipment; `unit` is its level."""

    order_number: str | None
    release: str | None
    date: Date | None
    unit: str | None
    contract: str | None = None
    packages: tuple[Packages, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Moment, ...] = ()
    parties: tuple[Party, ...] = ()


class ShippedLine(Line, frozen=True, kw_only=True):
    """An item shipped; `unit` is its level, and the parents of that are the packages it is in."""

    unit: str | None
    ordered: Quantity | None = None
    cumulative: ExactDecimal | None = None
    status: str | None = None
    lots: tuple[TraceNumber, ...] = ()
    serials: tuple[TraceNumber, ...] = ()
    expires: Date | None = None


class ShipNotice(Document, frozen=True, kw_only=True, tag="856"):
    """A despatch advice: `type` is X12 element 1005 (0001 shipment, order, pack, item ...)."""

    kind: ClassVar[str] = "856"

    lines: tuple[ShippedLine, ...]
    time: Annotated[str | None, Meta(description="When it was made, as sent; `at` is that moment.")]
    at: Instant | None = None
    shipped: Date | None = None
    expected: Date | None = None
    bill_of_lading: str | None = None
    packing_slip: str | None = None
    tracking: tuple[str, ...] = ()
    orders: tuple[ShippedOrder, ...] = ()
    logistic_units: tuple[LogisticUnit, ...] = ()

    def identity(self) -> tuple[str | None, ...]:
        """Number and purpose."""
        return self.number, original(self.purpose)

    def order_numbers(self) -> tuple[str, ...]:
        """Every order in the shipment, with lines or without."""
        named = (*(order.order_number for order in self.orders), *(line.order_number for line in self.lines))
        return tuple(dict.fromkeys(number for number in named if number))

    def stake(self) -> str | None:
        """A ship notice names no money."""
        return None


def build(tree: Loop, context: ReadContext) -> tuple[ShipNotice | None, tuple[Finding, ...]]:
    """The ship notice in this set; none without BSN."""
    bsn = first(tree, "BSN")
    if bsn is None:
        return None, ()
    raw: Raw = {}
    found = levels(tree)
    lines = tuple(_line(level, context) for level in found if level.is_line)
    orders = tuple(_order(level, context) for level in found if level.code == ORDER or first(level.loop, "PRF"))
    when, clock = day(bsn, e.BSN.date, "date", raw), bsn.get(e.BSN.time)
    notice = ShipNotice(
        src=bsn.position,
        number=text(bsn, e.BSN.number),
        **_the_one_order(orders),
        seller_order_number=None,
        purpose=text(bsn, e.BSN.purpose),
        type=text(bsn, e.BSN.structure),
        response=None,
        date=when,
        time=clock or None,
        at=instant(when, clock, "", context.timezone) if clock else None,
        orders=orders,
        logistic_units=tuple(unit(level, context) for level in found),
        lines=lines,
        totals=totals(tree, len(lines)),
        raw=raw or None,
        **_shipment(tree, found, context),
    )
    # Partners count levels, as the standard has it, or lines.
    return notice, miscounted(tree, "levels", len(found), len(lines))


def _the_one_order(orders: tuple[ShippedOrder, ...]) -> dict[str, Any]:
    """The order of the whole notice, where there is but one."""
    named = {(order.order_number, order.release) for order in orders if order.order_number}
    number, release = next(iter(named)) if len(named) == 1 else (None, None)
    return {"order_number": number, "release": release}


def _shipment(tree: Loop, found: list[Level], context: ReadContext) -> dict[str, Any]:
    """What is said of the shipment as a whole, at its own level or before the first."""
    said = header(tree, context)
    for level in found:
        if level.code == SHIPMENT and not level.is_line:
            for field, nodes in parts(level.loop, context).items():
                if field in IN_A_HEADER:
                    said[field] = (*said.get(field, ()), *nodes)
    references, dates = said.get("references", ()), said.get("dates", ())
    return said | {
        "shipped": _date(dates, _SHIPPED),
        "expected": _date(dates, _EXPECTED),
        "bill_of_lading": next(iter(_values(references, _BILL_OF_LADING)), None),
        "packing_slip": next(iter(_values(references, _PACKING_SLIP)), None),
        "tracking": _values(references, _TRACKING),
    }


def _order(level: Level, context: ReadContext) -> ShippedOrder:
    raw: Raw = {}
    prf = first(level.loop, "PRF")
    return ShippedOrder(
        src=level.head.position if prf is None else prf.position,
        order_number=text(prf, e.PRF.order_number),
        release=text(prf, e.PRF.release),
        date=None if prf is None else day(prf, e.PRF.date, "date", raw),
        contract=text(prf, e.PRF.contract),
        unit=text(level.head, e.HL.id),
        raw=raw or None,
        **(fitting(ShippedOrder, level, context) if level.code == ORDER and not level.is_line else {}),
    )


def _line(level: Level, context: ReadContext) -> ShippedLine:
    raw: Raw = {}
    lin, sn1 = first(level.loop, "LIN"), first(level.loop, "SN1") or _NOT_SAID
    item_ids = pairs(lin, e.LIN.item_ids) if lin is not None else {}
    said = parts(level.loop, context)
    references = said.get("references", ())
    return ShippedLine(
        src=level.head.position,
        unit=text(level.head, e.HL.id),
        line_number=text(lin, e.LIN.line_number) or text(sn1, e.SN1.line_number),
        order_number=text(level.order, e.PRF.order_number) or next(iter(item_ids.get("PO", ())), None),
        quantity=Quantity(value=exact(sn1, e.SN1.quantity, "quantity", raw), uom=text(sn1, e.SN1.uom)),
        ordered=optional_quantity(sn1, e.SN1.ordered, e.SN1.ordered_uom, "ordered", raw),
        cumulative=exact(sn1, e.SN1.cumulative, "cumulative", raw),
        status=text(sn1, e.SN1.status),
        unit_price=None,
        item_ids=item_ids,
        acknowledgments=(),
        lots=_traces(references, lin, item_ids, _LOTS),
        serials=_traces(references, lin, item_ids, _SERIALS),
        expires=_date(said.get("dates", ()), _EXPIRES),
        raw=raw or None,
        **said,
    )


_NOT_SAID = Segment(0, 0, [])


def _traces(
    references: tuple[Reference, ...],
    lin: Segment | None,
    item_ids: dict[str, tuple[str, ...]],
    qualifiers: Mapping[str, tuple[str, ...]],
) -> tuple[TraceNumber, ...]:
    named = [
        (lin.position, number) for code in qualifiers["LIN"] for number in item_ids.get(code, ()) if lin is not None
    ]
    named += [(ref.src, ref.value) for ref in references if ref.qualifier in qualifiers["REF"] and ref.value]
    return tuple(TraceNumber(src=src, number=number) for src, number in named)


def _date(dates: tuple[Moment, ...], qualifiers: tuple[str, ...]) -> Date | None:
    return next((moment.date for moment in dates if moment.qualifier in qualifiers and moment.date), None)


def _values(references: tuple[Reference, ...], qualifiers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(ref.value for ref in references if ref.qualifier in qualifiers and ref.value)


KIND = Kind(kind="856", functional_id="SH", label="ship notice", model=ShipNotice, build=build)
