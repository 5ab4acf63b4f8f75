"""How spreadsheets name the fields of a document, and how near the name of a column is to that: words, no values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Final

from gateway.terminal.template import called

Words = tuple[str, ...]
"""A name as its words, small and unabbreviated: "PO No." is ("po", "number")."""

LEAST: Final = 0.65  # how near a name must be to be proposed at all: two of three words in common
_MISPRINT: Final = 0.85  # of the letters of two names, for one to be taken for a misprint of the other

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|#|[^\W\d_A-Za-z]+")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SHORT: Final[Mapping[str, str]] = {
    "no": "number",
    "nr": "number",
    "num": "number",
    "nbr": "number",
    "id": "number",
    "code": "number",
    "#": "number",
    "qty": "quantity",
    "quan": "quantity",
    "inv": "invoice",
    "desc": "description",
    "descr": "description",
    "amt": "amount",
    "um": "uom",
    "mfg": "manufacturer",
    "mfr": "manufacturer",
    "dt": "date",
    "exp": "expiry",
    "expiration": "expiry",
    "cust": "customer",
    "customer": "buyer",
    "supplier": "seller",
    "vendor": "seller",
    "sku": "item",
    "part": "item",
    "article": "item",
    "product": "item",
    "catalog": "item",
    "material": "item",
    "pos": "line",
    "position": "line",
    "shipped": "ship",
    "billed": "invoiced",
}
_JOINED: Final = (
    (re.compile(r"\bp\.? ?o\b\.?|\bpurchase order\b", re.IGNORECASE), "po"),
    (re.compile(r"\bunits? of meas(?:ure)?\b|\bu\.?o\.?m\b\.?|\bu/m\b", re.IGNORECASE), "uom"),
    (re.compile(r"\bitem\W*(?:code|no|number|#)", re.IGNORECASE), "item number"),
)

# What people write besides the field's own name, by field; where kinds differ, by kind and field. A field that stands
# earlier wins where a column could be either.
_SAID: Final[Mapping[str, str]] = {
    "810 number": "invoice, bill number, document number",
    "856 number": "shipment, asn number, delivery note number, ship notice number, despatch number",
    "850 number": "order, po, po number",
    "855 number": "order, po, po number",
    "810 date": "invoice date, bill date, date",
    "850 date": "order date, po date, date",
    "855 date": "answer date, response date, acknowledgment date, date",
    "856 date": "notice date, asn date, date",
    "order_number": "po, po number, order, your order, buyer po",
    "order_date": "po date",
    "855 line.status": "answer, status, response, ack number",
    "855 line.status_quantity": "quantity, confirmed quantity, accepted quantity, quantity confirmed",
    "855 line.status_uom": "unit, uom",
    "855 line.status_date": "ship date, date, promised date, confirmed date, delivery date",
    "line.number": "line, line item, item line",
    "line.quantity": "quantity, quantity ordered, quantity invoiced, order quantity, invoiced quantity, units",
    "line.quantity_shipped": "quantity ship, ship quantity, quantity, units",
    "line.quantity_ordered": "ordered, order quantity",
    "line.uom": "unit, uom, ea, pack unit",
    "line.price": "unit price, price, unit cost, cost, price each, cost each, net price, rate",
    "line.vendor_item": "item, item number, seller item, seller item number",
    "line.buyer_item": "buyer item, your item, buyer item number",
    "line.manufacturer_item": "manufacturer item, manufacturer item number, mpn",
    "line.upc": "upc number, barcode",
    "line.gtin": "gtin number",
    "line.ndc": "ndc number, national drug number",
    "line.description": "item description, item name, text",
    "line.lot": "lot number, batch, batch number",
    "line.serial": "serial number",
    "line.expiry": "expiry date, expires, best before",
    "total": "invoice total, total amount, amount due, invoice amount, grand total, total due",
    "tax": "sales tax, tax amount, vat",
    "freight": "shipping, freight charge, shipping charge",
    "discount": "discount amount",
    "ship_date": "date ship",
    "delivery_date": "eta, arrival date, date delivered",
    "requested_date": "need by, required date, delivery date, due date",
    "due_date": "payment due, payment due date",
    "carrier": "ship via, carrier name",
    "carrier_scac": "scac",
    "tracking_number": "tracking, pro number, waybill number",
    "bill_of_lading": "bol, bol number, bill of lading number",
    "packages": "cartons, number of packages",
    "weight": "gross weight",
    "pack.sscc": "sscc, carton number, pallet number, license plate",
    "ship_to.name": "ship to",
    "bill_to.name": "bill to",
}


def words(name: str) -> Words:
    """The words of a name as they are compared."""
    name = _joined(_CAMEL.sub(" ", _joined(name[:200])))
    found = (_SHORT.get(word, word) for word in (each.casefold() for each in _WORD.findall(name)))
    return tuple(_SHORT.get(word, word) for word in found)


def _joined(name: str) -> str:
    """The name with one word for what is usually said in several."""
    for pattern, whole in _JOINED:
        name = pattern.sub(f" {whole} ", name)
    return name


def said_of(kind: str, field: str) -> Iterator[Words]:
    """The names under which this field of this kind may stand."""
    yield words(called(kind, field))
    yield words(field.replace(".", " ").replace("_", " "))
    for key in (f"{kind} {field}", field):
        for phrase in filter(None, _SAID.get(key, "").split(", ")):
            yield words(phrase)


def nearness(header: Words, phrase: Words) -> float:
    """From 0 (nothing in common) to 1 (the same words)."""
    if not header or not phrase:
        return 0.0
    if header == phrase:
        return 1.0
    one, two = set(header), set(phrase)
    if one == two:
        return 0.95
    common = 0.9 * 2 * len(one & two) / (len(one) + len(two))
    letters = SequenceMatcher(None, " ".join(header)[:60], " ".join(phrase)[:60]).ratio()
    return max(common, 0.8 * letters if letters >= _MISPRINT else 0.0)
