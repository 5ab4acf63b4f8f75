"""One thing wrong within a segment, before it is known where in the file the segment stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity
from gateway.x12.charset import readable
from gateway.x12.reading import Segment, element_offset
from gateway.x12.rules import ElementRule

# What a message's words need.
Facts = dict[str, Any]

_SHOWN_CODES = 8
_SHOWN_VALUE = 256
_SHOWN_ID = 16
_WORDS = {
    "DT": "a date as CCYYMMDD",
    "TM": "a time as HHMM, HHMMSS or HHMMSSDD",
    "R": "a number, a point before its decimals",
    "B": "binary content",
}


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """`code` of the catalogue with the facts its words need; `doubtful` where our own rule is too weak to refuse by."""

    code: str
    element: int | None = None
    component: int | None = None
    repetition: int | None = None
    value: str | None = None
    doubtful: bool = False
    facts: Facts = {}


def label(rule: ElementRule) -> str:
    """The element in words and its place: "purchase order number (BEG03)"."""
    return f"{rule.name} ({rule.ref})"


def rule_in_words(rule: ElementRule) -> str:
    """What may stand there."""
    if rule.codes is not None:
        return _codes(sorted(rule.codes))
    kind = _WORDS.get(rule.type)
    if rule.type.startswith("N"):
        decimals = rule.type[1:].strip("0")
        kind = f"digits alone, the last {decimals} of them decimals" if decimals else "a whole number"
    if rule.type == "DT" and rule.longest <= 6:  # noqa: PLR2004 - YYMMDD
        kind = "a date as YYMMDD"
    unit = "characters" if kind is None or rule.type == "B" else "digits"
    size = _size(rule.shortest, rule.longest, unit)
    return size if kind is None else kind if rule.type == "DT" else f"{kind}, {size}"


def _codes(codes: list[str]) -> str:
    shown = ", ".join(codes[:_SHOWN_CODES])
    if len(codes) == 1:
        return shown
    return f"one of: {shown} … ({len(codes)} in all)" if len(codes) > _SHOWN_CODES else f"one of: {shown}"


def _size(shortest: int, longest: int, unit: str) -> str:
    return f"{longest} {unit}" if shortest == longest else f"{shortest} to {longest} {unit}"


def saw(rule: ElementRule, value: str) -> str:
    """The value; of a free text its length alone, since it may be nobody's business."""
    if rule.type in ("AN", "B"):
        return f"{len(value)} characters long"
    shown = readable(value)
    if len(value) <= max(rule.longest, 1) * 2 + 20:
        return f'"{shown}"'
    return f'"{shown[:20]}…", {len(value)} characters long'


def remedy(rule: ElementRule) -> str:
    """What to do about a character that may not stand there."""
    if rule.type.startswith("N"):
        decimals = rule.type[1:].strip("0")
        return f"Write the number with digits alone{f', the last {decimals} of them decimals' if decimals else ''}"
    if rule.type == "R":
        return "Write the number with digits and at most one point, without letters, commas or spaces"
    return "Leave that character out"


def shown(name: str) -> str:
    """A segment id as a message shows it: a broken file may have anything in its place."""
    return name[:_SHOWN_ID]


def place_of(elements: Sequence[str], offset: int, element: int) -> Facts:
    """Where an element of the segment at `offset` stands, as a finding names it."""
    return {
        "segment": shown(elements[0]),
        "element": element,
        "offset": element_offset(elements, offset, element),
    }


def located(fault: Fault, segment: Segment, set_id: str) -> Finding:
    """The finding this fault is in this segment; its offset is that of the element, or of the end that lacks it."""
    return finding(
        fault.code,
        severity=Severity.WARNING if fault.doubtful else None,
        segment=shown(segment.elements[0]),
        position=segment.position,
        element=fault.element,
        component=fault.component,
        repetition=fault.repetition,
        offset=element_offset(segment.elements, segment.offset, fault.element or 0),
        value=fault.value and readable(fault.value)[:_SHOWN_VALUE],
        set_id=set_id,
        **fault.facts,
    )
