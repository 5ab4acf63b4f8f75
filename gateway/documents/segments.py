"""How a document reads the tree of its set: what is in a loop, and what is in an element.

A damaged set has holes everywhere: nothing here expects a segment to be there or to be long enough.
"""

from __future__ import annotations

from datetime import date
from typing import cast

from gateway.documents.node import Quantity
from gateway.model.dates import calendar_date
from gateway.model.money import with_implied_decimals
from gateway.model.quantities import is_decimal
from gateway.x12.reading import Loop, Segment

Raw = dict[str, str]
"""Texts as sent that could not be read, by the name of the field they were meant for."""


_NONE: list[Segment] = []  # never changed


def loops(loop: Loop, name: str) -> list[Loop]:
    """Every loop that a `name` opens here; a `name` that had no place stands as a loop of itself, after the others."""
    opened = cast("list[Loop]", loop.get(name + "_loop") or [])
    lost = [segment for segment in cast("list[Segment]", loop.get("?") or []) if segment.get(0) == name]
    return opened if not lost else opened + [cast("Loop", {name: [segment]}) for segment in lost]


def segments(loop: Loop, name: str) -> list[Segment]:
    """Every `name` of this loop, whether it stands alone or opens a loop of its own, in order."""
    alone: list[Segment] = loop.get(name) or _NONE  # type: ignore[assignment]  # a plain name leads to segments
    if name + "_loop" not in loop and "?" not in loop:
        return alone
    return alone + [each for inner in loops(loop, name) for each in cast("list[Segment]", inner.get(name) or [])]


def first(loop: Loop, name: str) -> Segment | None:
    """The first `name` of this loop, wherever `segments` would find it."""
    found = loop.get(name) or segments(loop, name)
    return found[0] if found else None  # type: ignore[return-value]  # a plain name leads to segments


def headed(loop: Loop, name: str) -> list[tuple[Segment, Loop]]:
    """Every loop that a `name` opens here, with that segment; a loop that lost it is passed over."""
    return [(head, inner) for inner in loops(loop, name) if (head := first(inner, name)) is not None]


def text(segment: Segment | None, element: int) -> str | None:
    """The element verbatim; None where it, or its segment, is missing."""
    if segment is None:
        return None
    sent = segment.elements  # as Segment.get, without the price of another call
    return (sent[element] or None) if element < len(sent) else None


def exact(segment: Segment, element: int, name: str, raw: Raw) -> str | None:
    """The decimal as sent; one that is no decimal goes to `raw` as field `name`."""
    sent = segment.elements
    number = sent[element] if element < len(sent) else ""
    if not number or is_decimal(number):
        return number or None
    raw[name] = number
    return None


def money(segment: Segment, element: int, name: str, raw: Raw) -> str | None:
    """An amount of type N2 with its decimals applied; what is no integer goes to `raw`, never guessed."""
    sent = text(segment, element)
    amount = None if sent is None else with_implied_decimals(sent)
    if sent is not None and amount is None:
        raw[name] = sent
    return amount


def day(segment: Segment, element: int, name: str, raw: Raw) -> date | None:
    """The calendar date; one that is none goes to `raw`."""
    sent = text(segment, element)
    read = None if sent is None else calendar_date(sent)
    if sent is not None and read is None:
        raw[name] = sent
    return read


def pairs(segment: Segment, places: range) -> dict[str, tuple[str, ...]]:
    """Qualified values by their qualifier, verbatim, in the order they were sent."""
    found: dict[str, tuple[str, ...]] = {}
    sent = segment.elements
    last = len(sent) - 1
    for place in places:
        if place >= last:
            break
        value = sent[place + 1]
        if value:
            qualifier = sent[place]
            found[qualifier] = (*found[qualifier], value) if qualifier in found else (value,)
    return found


def quantity(segment: Segment, element: int, uom: int, name: str, raw: Raw) -> Quantity:
    """A quantity and its unit, each null where it was not sent."""
    return Quantity(value=exact(segment, element, name, raw), uom=text(segment, uom))


def optional_quantity(segment: Segment, element: int, uom: int, name: str, raw: Raw) -> Quantity | None:
    """A quantity and its unit where a quantity was sent."""
    return quantity(segment, element, uom, name, raw) if segment.get(element) else None
