"""The authority on the elements of a segment: what is wrong with each, one fault a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from gateway.x12.fault import Fault, label, remedy, rule_in_words, saw
from gateway.x12.reading import Delimiters
from gateway.x12.relations import broken
from gateway.x12.rules import ElementRule, SegmentRule

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_BEYOND: Final = re.compile(r"[\x80-\xff]")
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d\d?)?)?")
_DECIMAL: Final = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
_WHOLE: Final = re.compile(r"-?\d+")
_NUMERIC: Final = re.compile(r"[-.]")
_EARLIEST_YEAR: Final = 1800


def faults(rule: SegmentRule, elements: Sequence[str], delimiters: Delimiters) -> Iterator[Fault]:
    """Everything wrong with this segment; `elements[0]` is its id."""
    found = list(_faults(rule, elements, delimiters))
    if not any(elements[1:]) and all(fault.code == "syntax.trailing_separator" for fault in found):
        return iter([Fault(code="syntax.segment_bare")])
    return iter(found)


def _faults(rule: SegmentRule, elements: Sequence[str], delimiters: Delimiters) -> Iterator[Fault]:
    if len(elements) - 1 > len(rule.elements):
        most = len(rule.elements)
        yield Fault(
            code="syntax.too_many_elements" if any(elements[most + 1 :]) else "syntax.trailing_separator",
            element=most + 1,
            value=elements[most + 1],
            facts={"count": len(elements) - 1, "most": most},
        )
    elif len(elements) > 1 and not elements[-1]:
        yield Fault(code="syntax.trailing_separator", element=len(elements) - 1)
    for place, element in enumerate(rule.elements, 1):
        value = elements[place] if place < len(elements) else ""
        if value:
            yield from _element(element, place, value, delimiters)
        elif element.required:
            yield _about(element, place, "element_missing")
    yield from broken(rule, elements)


def _about(rule: ElementRule, place: int, code: str, value: str | None = None, **facts: object) -> Fault:
    words = {
        "label": label(rule),
        "ref": rule.ref,
        "rule": rule_in_words(rule),
        "saw": saw(rule, value or ""),
        "remedy": remedy(rule),
    }
    return Fault(
        code=f"syntax.{code}",
        element=place,
        value=value,
        doubtful=code == "invalid_code" and rule.doubtful_codes,
        facts=words | facts,
    )


def _element(rule: ElementRule, place: int, value: str, delimiters: Delimiters) -> Iterator[Fault]:
    if not rule.used:
        yield _about(rule, place, "element_not_used", value)
        return
    values = value.split(delimiters.repetition) if delimiters.repetition else [value]
    if len(values) > rule.repeats:
        yield _about(rule, place, "too_many_repetitions", value, count=len(values), most=rule.repeats)
        return
    for ordinal, one in enumerate(values, 1):
        found = _composite(rule, place, one, delimiters) if rule.components else _simple(rule, place, one, delimiters)
        for fault in found:
            yield _at(fault, repetition=ordinal) if len(values) > 1 else fault


def _composite(rule: ElementRule, place: int, value: str, delimiters: Delimiters) -> Iterator[Fault]:
    values = value.split(delimiters.component)
    if len(values) > len(rule.components):
        yield _about(rule, place, "too_many_components", value, count=len(values), most=len(rule.components))
        return
    for ordinal, component in enumerate(rule.components, 1):
        one = values[ordinal - 1] if ordinal <= len(values) else ""
        if one:
            for fault in _simple(component, place, one, delimiters):
                yield _at(fault, component=ordinal)
        elif component.required:
            yield _at(_about(component, place, "element_missing"), component=ordinal)


def _at(fault: Fault, *, component: int | None = None, repetition: int | None = None) -> Fault:
    return Fault(
        code=fault.code,
        element=fault.element,
        component=component or fault.component,
        repetition=repetition or fault.repetition,
        value=fault.value,
        doubtful=fault.doubtful,
        facts=fault.facts,
    )


def _simple(rule: ElementRule, place: int, value: str, delimiters: Delimiters) -> Iterator[Fault]:
    """The first thing wrong with one value, then what is only odd."""
    code, facts = _wrong(rule, value, delimiters)
    if code:
        yield _about(rule, place, code, value, **facts)
        return
    beyond = _BEYOND.search(value)
    if beyond:
        yield _about(rule, place, "outside_charset", value, character=_named(beyond.group()))
    if value.endswith(" ") and rule.type in ("AN", "ID") and len(value.rstrip()) >= rule.shortest:
        yield _about(rule, place, "trailing_spaces", value)


def _wrong(rule: ElementRule, value: str, delimiters: Delimiters) -> tuple[str, dict[str, str]]:
    strange = _CONTROL.search(value)
    if strange:
        return "invalid_character", {"character": _named(strange.group())}
    if delimiters.component in value:
        return "invalid_character", {"character": f"the component separator {delimiters.component!r}"}
    if rule.type == "DT":
        return ("", {}) if _is_date(value, rule) else ("invalid_date", {})
    if rule.type == "TM":
        fits = rule.shortest <= len(value) <= rule.longest and _TIME.fullmatch(value)
        return ("", {}) if fits else ("invalid_time", {})
    return _wrong_text(rule, value)


def _wrong_text(rule: ElementRule, value: str) -> tuple[str, dict[str, str]]:
    numeric = rule.type[:1] in ("N", "R")
    # X12 counts neither the sign nor the point of a number.
    size = len(_NUMERIC.sub("", value)) if numeric else len(value)
    if size > rule.longest:
        return "element_too_long", {}
    if numeric and not (_DECIMAL if rule.type == "R" else _WHOLE).fullmatch(value):
        wanted = re.compile(r"[^\d.]" if rule.type == "R" else r"\D").search(value.removeprefix("-"))
        without = "a second point" if value.count(".") > 1 else "a number without digits"
        return "invalid_character", {"character": _named(wanted.group()) if wanted else without}
    if size < rule.shortest:
        return "element_too_short", {}
    if rule.codes is not None and value not in rule.codes:
        return "invalid_code", {}
    return "", {}


def _is_date(value: str, rule: ElementRule) -> bool:
    if not (value.isascii() and value.isdigit()) or len(value) not in (6, 8):
        return False
    if not rule.shortest <= len(value) <= rule.longest:
        return False
    full = value if len(value) == 8 else f"20{value}"  # noqa: PLR2004 - CCYYMMDD
    try:
        return date(int(full[:4]), int(full[4:6]), int(full[6:])).year >= _EARLIEST_YEAR
    except ValueError:
        return False


def _named(character: str) -> str:
    return f'"{character}"' if " " < character < "\x7f" else f"0x{ord(character):02X}"
