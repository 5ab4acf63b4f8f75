"""Conditions between the elements of a segment: P, R, E, C and L of X12's syntax notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from gateway.x12.fault import Fault, label, rule_in_words
from gateway.x12.rules import Relation, SegmentRule

# For each kind: the element to blame, given the places in order and those present; None where the condition holds.
_Blame = Callable[[Sequence[int], set[int]], int | None]


def _first_absent(places: Sequence[int], present: set[int]) -> int | None:
    return next((place for place in places if place not in present), None)


_BLAME: Final[dict[str, _Blame]] = {
    "P": lambda places, present: _first_absent(places, present) if present else None,
    "R": lambda places, present: None if present else places[0],
    "E": lambda places, present: [place for place in places if place in present][1] if len(present) > 1 else None,
    "C": lambda places, present: _first_absent(places, present) if places[0] in present else None,
    "L": lambda places, present: places[1] if present == {places[0]} else None,
}

_WORDS: Final = {
    "P": "{refs} come together or not at all",
    "R": "at least one of {refs} is required",
    "E": "only one of {refs} may be sent",
    "C": "{first} requires {rest}",
    "L": "{first} requires at least one of {rest}",
}


def broken(rule: SegmentRule, elements: Sequence[str]) -> Iterator[Fault]:
    """The conditions this segment breaks, each blamed on one element; `elements[0]` is the segment's id."""
    for relation in rule.relations:
        present = {place for place in relation.elements if place < len(elements) and elements[place]}
        blamed = _BLAME[relation.kind](relation.elements, present)
        if blamed is not None:
            yield _fault(rule, relation, blamed, elements)


def _fault(rule: SegmentRule, relation: Relation, blamed: int, elements: Sequence[str]) -> Fault:
    element = rule.elements[blamed - 1]
    refs = [rule.elements[place - 1].ref for place in relation.elements]
    condition = _WORDS[relation.kind].format(refs=_listed(refs), first=refs[0], rest=_listed(refs[1:]))
    return Fault(
        code="syntax.condition_excluded" if relation.kind == "E" else "syntax.condition_missing",
        element=blamed,
        value=elements[blamed] if relation.kind == "E" else None,
        doubtful=relation.doubtful,
        facts={"label": label(element), "ref": element.ref, "rule": rule_in_words(element), "condition": condition},
    )


def _listed(refs: Sequence[str]) -> str:
    return refs[0] if len(refs) == 1 else f"{', '.join(refs[:-1])} and {refs[-1]}"
