"""HL: the levels of a shipment, numbered in order, each under one that is still open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.x12.fault import Fault
from gateway.x12.reading import Segment

# HL03: what a level may stand under; "" is the top. Levels that are not listed are not judged.
_UNDER: Final = {
    "S": {""},
    "O": {"S", "T", "P"},
    "T": {"S", "O", "T"},
    "P": {"S", "O", "T", "P", "I"},
    "I": {"O", "T", "P", "I"},
}
_NAMES: Final = {
    "": "nothing",
    "S": "a shipment (S)",
    "O": "an order (O)",
    "T": "a tare (T)",
    "P": "a pack (P)",
    "I": "an item (I)",
}


class Levels:
    """The levels of one set so far: every number seen, and the way from the top to the last one."""

    def __init__(self) -> None:
        self._count = 0
        self._seen: set[str] = set()
        self._open: list[tuple[str, str]] = []

    def faults(self, level: Segment) -> Iterator[Fault]:
        """Take the next HL and say what is wrong with its place."""
        self._count += 1
        number, parent, kind = level.get(1), level.get(2), level.get(3)
        if number != str(self._count):
            yield Fault(
                code="syntax.level_number", element=1, value=number, facts={"saw": f'"{number}"', "wanted": self._count}
            )
        if parent and not any(number == parent for number, _ in self._open):
            fault = (
                "that level was closed by a later one" if parent in self._seen else "no level before it has that number"
            )
            yield Fault(
                code="syntax.level_parent", element=2, value=parent, facts={"saw": f'"{parent}"', "fault": fault}
            )
        else:
            yield from self._nested(kind, parent)
        self._seen.add(number)
        self._open.append((number, kind))

    def _nested(self, kind: str, parent: str) -> Iterator[Fault]:
        while self._open and self._open[-1][0] != parent:
            self._open.pop()
        above = self._open[-1][1] if self._open else ""
        if kind in _UNDER and above not in _UNDER[kind] and above in _NAMES:
            facts = {"saw": _NAMES[kind], "parent": _NAMES[above]}
            yield Fault(code="syntax.level_order", element=3, value=kind, facts=facts)
