"""The fields a table may have, and where in the X12 set of its kind each of them lives: the one place for both.

A column map names fields; `gateway.documents.from_rows` puts the cells of a row into their places. The fields of a
kind stand in the order in which their segments stand in its map, so that a table and a set make the same document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

Level = Literal["document", "order", "pack", "line", "status"]
"""What a field says something about. `status` is an answer to a line, of which a line may have several."""

Form = Literal["text", "identifier", "code", "date", "time", "number", "count", "money"]
"""How a cell is written: an identifier keeps its leading zeros, a count is whole, money has two decimals at most."""

Codes = tuple[tuple[int, str], ...]
"""Elements of a segment and what stands in them."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field: `name` as column maps write it, `what` it is in words, its `segment` and `element` in the set.

    `needed`: without it there is no document. `default` is its value where nothing gives one. `lengths` are those an
    identifier of digits may have. `qualifier` tells its segment from others of the same id (N1 with ST in its first
    element) or, where it is `paired`, its pair of elements from the others; `within` is the segment whose loop it
    stands in, which then has the qualifier. Only where the field has a value, `beside` fills elements that have none
    of their own with a code, and `copies` with what another field says.
    """

    name: str
    what: str
    example: str
    form: Form
    segment: str
    element: int
    level: Level = "document"
    needed: bool = False
    default: str | None = None
    lengths: tuple[int, ...] = ()
    qualifier: Codes = ()
    paired: bool = False
    within: str | None = None
    beside: Codes = ()
    copies: Codes = ()


def _at(place: str, name: str, form: Form, example: str, what: str, **more: Any) -> Field:  # noqa: ANN401 - the rest of Field
    """A field at a place such as BEG03."""
    return Field(name=name, what=what, example=example, form=form, segment=place[:-2], element=int(place[-2:]), **more)


def _each(level: Level, *fields: Field) -> tuple[Field, ...]:
    return tuple(msgspec.structs.replace(field, level=level) for field in fields)


def _day(name: str, code: str, what: str) -> Field:
    """A date in a DTM of its own; element 374 says which."""
    return _at("DTM02", name, "date", "2026-11-25", what, qualifier=((1, code),))


def _number(name: str, code: str, example: str, what: str) -> Field:
    """A number in a REF of its own; element 128 says which."""
    return _at("REF02", name, "identifier", example, what, qualifier=((1, code),))


def _charge(name: str, codes: str, example: str, what: str) -> Field:
    """A charge (C) or an allowance (A) in a SAC of its own; element 1300 says which."""
    return _at("SAC05", name, "money", example, what, qualifier=((1, codes[0]), (2, codes[1:])))


def _party(name: str, code: str, example: str, who: str) -> tuple[Field, ...]:
    """Who plays a part: the N1 with this code, and what stands under it."""
    role: dict[str, Any] = {"qualifier": ((1, code),)}
    under = {**role, "within": "N1"}
    scheme = "what the number is (92 given by us, 1 DUNS, UL GLN, 21 HIN)"
    return (
        _at("N102", f"{name}.name", "text", example, f"name of {who}", **role),
        _at("N103", f"{name}.id_scheme", "code", "92", scheme, **role),
        _at("N104", f"{name}.id", "identifier", "0042", f"number of {who}", beside=((3, "92"),), **role),
        _at("N301", f"{name}.address", "text", "14 Hill Street", f"street of {who}", **under),
        _at("N302", f"{name}.address2", "text", "Second floor", f"more of the street of {who}", **under),
        _at("N401", f"{name}.city", "text", "Springfield", f"town of {who}", **under),
        _at("N402", f"{name}.state", "code", "OH", f"state of {who}, two letters", **under),
        _at("N403", f"{name}.postal_code", "identifier", "45501", f"postal code of {who}", **under),
        _at("N404", f"{name}.country", "code", "US", f"country of {who}, two letters", **under),
    )


_SHIP_TO: Final = _party("ship_to", "ST", "Main dock", "the place the goods go to")
_BILL_TO: Final = _party("bill_to", "BT", "North Clinic", "whoever gets the invoice")
_BUYER: Final = _party("buyer", "BY", "North Clinic", "the buyer")
_SELLER: Final = _party("seller", "SE", "Acme Medical", "the seller")
_REMIT_TO: Final = _party("remit_to", "RE", "Acme Medical, receivables", "whoever is paid")
_SHIP_FROM: Final = _party("ship_from", "SF", "Acme Medical", "the place the goods come from")

_TERMS: Final = (
    _at("ITD03", "discount_percent", "number", "2", "percent taken off for early payment"),
    _at("ITD05", "discount_days", "count", "10", "days in which to pay less"),
    _at("ITD06", "due_date", "date", "2026-12-22", "day by which to pay"),
    _at("ITD07", "net_days", "count", "30", "days in which to pay"),
    _at("ITD12", "terms", "text", "Net 30", "terms of payment, in words"),
)
_CARRIER: Final = (
    _at("TD503", "carrier_scac", "code", "ABCD", "SCAC of the carrier, two to four letters", beside=((2, "2"),)),
    _at("TD505", "carrier", "text", "Any road", "carrier, in words"),
)
# A purpose other than 00 makes another document of the same number.
_PURPOSE: Final = ("purpose", "code", "00", "00 original, 01 cancellation, 05 replacement")

# Item numbers by X12 element 235, in the order of their pairs.
_ITEMS: Final = (
    ("VP", "vendor_item", "GLV-M", "item number of the seller", ()),
    ("BP", "buyer_item", "10-442", "item number of the buyer", ()),
    ("MG", "manufacturer_item", "MF-100", "item number of the manufacturer", ()),
    ("UP", "upc", "012345678905", "UPC, 12 digits", (12,)),
    ("EN", "ean", "4012345678901", "EAN, 13 digits (or 8)", (8, 13)),
    ("UK", "gtin", "00012345678905", "GTIN, 14 digits (or 8, 12, 13)", (8, 12, 13, 14)),
    ("N4", "ndc", "00002822501", "NDC, 11 digits", ()),
)
_UNIT: Final = "unit of the quantity (EA each, BX box, CA case)"
_ITEM_WORDS: Final = _at("PID05", "line.description", "text", "Gloves, medium", "item in words", beside=((1, "F"),))


def _items(segment: str, first: int) -> tuple[Field, ...]:
    """The item numbers of a line: pairs of elements, from this one on."""
    place = f"{segment}{first + 1:02}"
    return tuple(
        _at(place, f"line.{name}", "identifier", like, what, lengths=lengths, paired=True, qualifier=((first, code),))
        for code, name, like, what, lengths in _ITEMS
    )


def _priced(segment: str, quantity: str) -> tuple[Field, ...]:
    """A line with a quantity and a price, and what the item is."""
    return (
        _at(f"{segment}01", "line.number", "identifier", "1", "number of the line"),
        _at(f"{segment}02", "line.quantity", "number", "10", quantity),
        _at(f"{segment}03", "line.uom", "code", "BX", _UNIT),
        _at(f"{segment}04", "line.price", "number", "9.50", "price of one unit"),
        _at(f"{segment}05", "line.price_basis", "code", "HP", "what the price is for, if not for one (HP a hundred)"),
        *_items(segment, 6),
        _ITEM_WORDS,
    )


def _with_needed(fields: tuple[Field, ...], *needed: str) -> tuple[Field, ...]:
    return tuple(msgspec.structs.replace(field, needed=field.name in needed) for field in fields)


_ORDER: Final = (
    _at("BEG01", *_PURPOSE, default="00"),
    _at("BEG02", "type", "code", "SA", "kind of order (SA stand-alone, RL release)", default="SA"),
    _at("BEG03", "number", "identifier", "PO-4711", "number of the order"),
    _at("BEG04", "release", "identifier", "3", "number of the release"),
    _at("BEG05", "date", "date", "2026-11-20", "day of the order"),
    _at("BEG06", "contract", "identifier", "CT-88", "number of the contract"),
    _at("CUR02", "currency", "code", "USD", "currency of every amount", beside=((1, "BY"),)),
    *_TERMS,
    _day("requested_date", "002", "day on which the goods are wanted"),
    _day("requested_ship_date", "010", "day on which the goods are to be shipped"),
    *_CARRIER,
    *_BUYER,
    *_BILL_TO,
    *_SHIP_TO,
    *_SELLER,
    *_each("line", *_priced("PO1", "quantity ordered"), _day("line.requested_date", "002", "day the line is wanted")),
)

_RESPONSE: Final = (
    _at("BAK01", *_PURPOSE, default="00"),
    # AC is "see the lines": a table with no word for the whole says no more than its lines.
    _at("BAK02", "response", "code", "AC", "answer to the order (AD accepted, RJ refused, AC see lines)", default="AC"),
    _at("BAK03", "number", "identifier", "PO-4711", "number of the order answered, as the buyer sent it"),
    _at("BAK04", "order_date", "date", "2026-11-20", "day of the order"),
    _at("BAK05", "release", "identifier", "3", "number of the release"),
    _at("BAK07", "contract", "identifier", "CT-88", "number of the contract"),
    _at("BAK08", "seller_order_number", "identifier", "SO-900", "the seller's own number of the order"),
    _at("BAK09", "date", "date", "2026-11-21", "day of the answer"),
    _at("CUR02", "currency", "code", "USD", "currency of every amount", beside=((1, "SE"),)),
    *_CARRIER,
    *_BUYER,
    *_SHIP_TO,
    *_SELLER,
    *_each("line", *_priced("PO1", "quantity ordered")),
    *_each(
        "status",
        _at("ACK01", "line.status", "code", "IA", "answer to the line (IA accepted, IB backordered, IR refused ...)"),
        _at("ACK02", "line.status_quantity", "number", "10", "quantity of this answer", copies=((3, "line.uom"),)),
        _at("ACK03", "line.status_uom", "code", "BX", "unit of that quantity, if not the line's"),
        _at("ACK04", "line.status_date_type", "code", "068", "what the date means (068 ships, 067 arrives)"),
        _at("ACK05", "line.status_date", "date", "2026-11-25", "day that quantity ships", beside=((4, "068"),)),
    ),
)

_NOTICE: Final = (
    _at("BSN01", *_PURPOSE, default="00"),
    _at("BSN02", "number", "identifier", "SHP-77", "number of the shipment"),
    _at("BSN03", "date", "date", "2026-11-25", "day of the ship notice"),
    _at("BSN04", "time", "time", "06:45", "time of the ship notice"),
    _at("TD102", "packages", "count", "4", "number of packages"),
    _at("TD107", "weight", "number", "412.5", "gross weight", beside=((6, "G"), (8, "LB"))),
    _at("TD108", "weight_uom", "code", "LB", "unit of the weight (LB, KG)"),
    *_CARRIER,
    _number("bill_of_lading", "BM", "BOL-5", "number of the bill of lading"),
    _number("tracking_number", "CN", "PRO-123456", "tracking number of the carrier"),
    _number("packing_slip", "PK", "PS-9", "number of the packing slip"),
    _day("ship_date", "011", "day on which the goods were shipped"),
    _day("delivery_date", "017", "day on which the goods arrive"),
    *_SHIP_FROM,
    *_SHIP_TO,
    *_each(
        "order",
        _at("PRF01", "order_number", "identifier", "PO-4711", "number of the order that is shipped"),
        _at("PRF02", "release", "identifier", "3", "number of the release"),
        _at("PRF04", "order_date", "date", "2026-11-20", "day of the order"),
    ),
    *_each(
        "pack",
        msgspec.structs.replace(
            _at("MAN02", "pack.sscc", "identifier", "000123450000000018", "SSCC of the package, 18 digits (or 20)"),
            qualifier=((1, "GM"),),
            lengths=(18, 20),
        ),
    ),
    *_each(
        "line",
        _at("LIN01", "line.number", "identifier", "1", "line number of the order"),
        *_items("LIN", 2),
        _at("SN102", "line.quantity_shipped", "number", "10", "quantity shipped"),
        _at("SN103", "line.uom", "code", "BX", _UNIT),
        _at("SN105", "line.quantity_ordered", "number", "10", "quantity ordered", copies=((6, "line.uom"),)),
        _ITEM_WORDS,
        _number("line.lot", "LT", "LOT-A", "number of the lot"),
        _number("line.serial", "SE", "SN-0001", "serial number"),
        _day("line.expiry", "036", "day on which the lot expires"),
    ),
)

_INVOICE: Final = (
    _at("BIG01", "date", "date", "2026-11-28", "day of the invoice"),
    _at("BIG02", "number", "identifier", "INV-1", "number of the invoice"),
    _at("BIG03", "order_date", "date", "2026-11-20", "day of the order"),
    _at("BIG04", "order_number", "identifier", "PO-4711", "number of the order that is invoiced"),
    _at("BIG05", "release", "identifier", "3", "number of the release"),
    _at("BIG07", "type", "code", "DI", "kind of invoice (DI invoice, CR credit memo)"),
    _at("BIG08", *_PURPOSE),
    _at("BIG10", "original_number", "identifier", "INV-0", "number of the invoice that a credit memo takes back"),
    _at("CUR02", "currency", "code", "USD", "currency of every amount", beside=((1, "SE"),)),
    _number("bill_of_lading", "BM", "BOL-5", "number of the bill of lading"),
    _number("packing_slip", "PK", "PS-9", "number of the packing slip"),
    *_BUYER,
    *_BILL_TO,
    *_SHIP_TO,
    *_REMIT_TO,
    *_SELLER,
    *_TERMS,
    _day("ship_date", "011", "day on which the goods were shipped"),
    *_each(
        "line",
        *_priced("IT1", "quantity invoiced"),
        _number("line.order_number", "PO", "PO-4712", "number of the order of the line, where lines differ"),
    ),
    _at("TDS01", "total", "money", "195.25", "total of the invoice"),
    _at("TXI02", "tax", "number", "10.25", "tax on the whole invoice", qualifier=((1, "TX"),)),
    _at("CAD04", "carrier_scac", "code", "ABCD", "SCAC of the carrier, two to four letters"),
    _at("CAD05", "carrier", "text", "Any road", "carrier, in words"),
    _at("CAD08", "tracking_number", "identifier", "PRO-1", "tracking number of the carrier", beside=((7, "CN"),)),
    _charge("discount", "AC310", "9.50", "amount taken off the whole invoice"),
    _charge("freight", "CD240", "11.00", "freight charged"),
    _charge("handling", "CD500", "5.00", "handling charged"),
)

FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    "850": _with_needed(_ORDER, "number", "line.quantity"),
    "855": _with_needed(_RESPONSE, "number", "line.status"),
    "856": _with_needed(_NOTICE, "number", "order_number", "line.quantity_shipped", "line.uom"),
    "810": _with_needed(_INVOICE, "number", "date", "line.quantity", "line.uom", "line.price", "total"),
}


def field_of(kind: str, name: str) -> Field | None:
    """The field of this name in tables of this kind; None where they have no such field."""
    return next((field for field in FIELDS.get(kind, ()) if field.name == name), None)
