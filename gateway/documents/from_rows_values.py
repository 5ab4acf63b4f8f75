"""The values of one column: each distinct cell is read and held against the map's rule once a table."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from gateway.flatfile.values import Read, Wrong
from gateway.model.fields import Field
from gateway.model.finding import Severity
from gateway.x12.elements import faults
from gateway.x12.fault import Fault, rule_in_words
from gateway.x12.pattern import ELEMENT
from gateway.x12.reading import Delimiters
from gateway.x12.rules import ElementRule, SegmentRule

# Characters that no cell may hold: a table has no separators within a value.
APART: Final = Delimiters(element=ELEMENT, component="\x1f", segment="\x1c")

# What the authority on elements says, as it is said of a cell; what is missing here is no fault of a table.
_OF_A_CELL: Final = {
    "syntax.element_too_long": "table.too_long",
    "syntax.element_too_short": "table.too_short",
    "syntax.invalid_character": "table.invalid_character",
    "syntax.invalid_code": "table.not_in_list",
    "syntax.invalid_date": "table.no_such_day",
    "syntax.invalid_time": "table.not_a_time",
}
_SHOWN_CODES: Final = 30
_COMPARED: Final = 40


class Odd(msgspec.Struct, frozen=True, kw_only=True):
    """A cell with something wrong: the `value` that stands for it all the same, for people to read."""

    value: str
    code: str
    facts: Mapping[str, Any]
    severity: Severity | None = None


class Values(dict[str, str]):
    """What each cell of one column says, by the cell as it stands in the table; `odd` are those with something wrong."""

    def __init__(self, read: Read, field: Field, rule: ElementRule, dates: str) -> None:
        super().__init__({"": ""})  # what is empty says nothing
        self.odd: dict[str, Odd] = {}
        self._read = read
        self._field = field
        self._rule = rule
        self._dates = dates
        # A segment of this one element: the map's fast path and its authority, for a single value.
        self._alone = SegmentRule(id="", name="", elements=(rule,), relations=())
        self._form = self._alone.forms[2]

    def __missing__(self, cell: str) -> str:
        said = self._said(cell)
        if isinstance(said, Odd):
            self.odd[cell] = said
            said = said.value
        self[cell] = said
        return said

    def _said(self, cell: str) -> str | Odd:
        value = self._read(cell)
        if isinstance(value, Wrong):
            return Odd(value=cell, code=value.code, facts=value.facts)
        if self._form.matches(ELEMENT + value) and (not self._form.listed or value in self._form.listed[0][1]):
            return value
        found = faults(self._alone, ["", value], APART)
        fault = next((fault for fault in found if fault.code in _OF_A_CELL), None)
        return value if fault is None else self._odd(fault, cell, value)

    def _odd(self, fault: Fault, cell: str, value: str) -> Odd:
        facts = {
            "count": len(cell),
            "rule": _allowed(self._field, self._rule),
            "character": fault.facts.get("character", ""),
            "hint": _hint(self._rule, value),
            "pattern": self._dates,
        }
        severity = Severity.WARNING if fault.doubtful else None
        # A code of another length is none of the codes: people read of codes, not of their lengths.
        code = "table.not_in_list" if self._rule.codes is not None else _OF_A_CELL[fault.code]
        return Odd(value=value, code=code, facts=facts, severity=severity)


def _allowed(field: Field, rule: ElementRule) -> str:
    if rule.codes is None:
        return rule_in_words(rule)
    if len(rule.codes) > _SHOWN_CODES:
        return f"a code of the standard such as {field.example}"
    return f"one of: {', '.join(sorted(rule.codes))}"


def _hint(rule: ElementRule, value: str) -> str:
    """The codes that may be meant: those that a word begins with, or those of a short list that are alike."""
    codes, said = sorted(rule.codes or ()), value.upper()[:_COMPARED]
    near = [code for code in codes if said.startswith(code)]
    if not near and len(codes) <= _SHOWN_CODES:
        near = get_close_matches(said, codes, n=3, cutoff=0.5)
    return f" Is it {' or '.join(near)}?" if near else ""
