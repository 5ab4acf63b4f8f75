"""The fast path: for each segment and number of elements one expression that accepts only what is surely valid.

What it does not accept is not wrong yet: `gateway.x12.elements` is the authority and says what is. All separators of a
file are first made uniform (`gateway.x12.cut`), so that one expression serves every interchange.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from gateway.x12.rules import ElementRule, Relation, SegmentRule

# What the expressions see in place of a file's own separators: characters that no value may hold.
ELEMENT: Final = "\x1d"

_NEVER: Final = r"(?!)"
_DAY: Final = r"(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)"
_TIME: Final = r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d\d?)?)?"


class Form(msgspec.Struct, frozen=True):
    """How a segment with so many elements looks: `matches` its text, and the elements whose value is one of a list."""

    matches: Callable[[str], re.Match[str] | None]
    listed: tuple[tuple[int, frozenset[str]], ...]


class Forms(dict[int, Form]):
    """The forms of one segment by len(elements), its id counted; each is made when first asked for."""

    def __init__(self, rule: SegmentRule) -> None:
        super().__init__()
        self._rule = rule
        self._longest = len(rule.elements) + 1
        self._never = Form(re.compile(_NEVER).fullmatch, ())

    def __missing__(self, count: int) -> Form:
        if count > self._longest:
            return self._never
        form = self[count] = _form(self._rule, count - 1)
        return form


def _form(rule: SegmentRule, last: int) -> Form:
    elements = rule.elements[:last]
    present = _Presence(elements)
    values = "".join(ELEMENT + present.captured(place, _value(element)) for place, element in enumerate(elements, 1))
    relations = "".join(_relation(relation, present) for relation in rule.relations)
    lacking = _NEVER if not last or any(element.required for element in rule.elements[last:]) else ""
    listed = tuple(
        (place, element.codes | {""}) for place, element in enumerate(elements, 1) if element.codes is not None
    )
    return Form(re.compile(rule.id + values + relations + lacking).fullmatch, listed)


def _value(element: ElementRule) -> str:
    """Only values that are surely valid; composites, decimals' odd forms, 29 February … are left to the authority."""
    if element.components or not element.used:
        return _NEVER
    shortest, longest = element.shortest, element.longest
    match element.type[:1]:
        case "D":
            return rf"(?:1[89]|2\d)\d\d{_DAY}" if shortest <= 8 <= longest else _NEVER  # noqa: PLR2004 - CCYYMMDD
        case "T":
            return rf"(?=\d{{{shortest},{longest}}}+(?!\d)){_TIME}"
        case "R":
            return rf"-?(?:\d{{{shortest},{longest}}}|(?=[\d.]{{{shortest + 1},{longest + 1}}}+(?![\d.]))\d*\.\d+)"
        case "N":
            return rf"-?\d{{{shortest},{longest}}}"
        case _:
            return rf"[ -~]{{{shortest},{longest}}}+(?<! )"


class _Presence:
    """Which elements are there: known from the form alone, or found out by a group of the expression."""

    def __init__(self, elements: Sequence[ElementRule]) -> None:
        self._last = len(elements)
        self._known = {place for place, element in enumerate(elements, 1) if element.required} | {self._last}

    def captured(self, place: int, value: str) -> str:
        # The last element has a value: a separator with nothing after it is the authority's to judge.
        return value if place in self._known else f"(?:|(?P<e{place}>{value}))"

    def choose(self, place: int, there: str, absent: str) -> str:
        if place in self._known:
            return there
        return f"(?(e{place}){there}|{absent})" if place <= self._last else absent

    def all(self, places: Sequence[int]) -> str:
        return "".join(self.choose(place, "", _NEVER) for place in places)

    def none(self, places: Sequence[int]) -> str:
        return "".join(self.choose(place, _NEVER, "") for place in places)

    def some(self, places: Sequence[int]) -> str:
        return self.choose(places[0], "", self.some(places[1:])) if places else _NEVER

    def at_most_one(self, places: Sequence[int]) -> str:
        return self.choose(places[0], self.none(places[1:]), self.at_most_one(places[1:])) if places else ""


def _relation(relation: Relation, present: _Presence) -> str:
    first, rest = relation.elements[0], relation.elements[1:]
    match relation.kind:
        case "P":
            return present.choose(first, present.all(rest), present.none(rest))
        case "R":
            return present.some(relation.elements)
        case "E":
            return present.at_most_one(relation.elements)
        case "C":
            return present.choose(first, present.all(rest), "")
        case "L":
            return present.choose(first, present.some(rest), "")
        case unknown:
            raise ValueError(f"a map has a relation of the unknown kind {unknown!r}")
