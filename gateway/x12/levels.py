"""HL: the levels of a shipment, numbered in order, each under one that is still open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from gateway.x12.fault import Facts, Fault, shown
from gateway.x12.reading import Segment

# HL03: what a level may stand under; "" is the top. Levels that are not listed are not judged.
_UNDER: Final = {
    "S": {""},
    "O": {"S", "T", "P"},
    "T": {"S", "O", "T"},
    "P": {"S", "O", "T", "P", "I"},
    "I": {"O", "T", "P", "I"},
}
_UNTOLD: Final = "?"
_DIGITS: Final = 12  # HL01 is AN 1/12
_NAMES: Final = {
    "": "nothing",
    "S": "a shipment (S)",
    "O": "an order (O)",
    "T": "a tare (T)",
    "P": "a pack (P)",
    "I": "an item (I)",
}


def level_faults(levels: Iterable[Segment], deepest: int) -> Iterator[tuple[Segment, Fault]]:
    """What is wrong with the place of each of these HL segments, the levels of one set in order.

    Where one stands deeper than `deepest`, what comes after it is not judged.
    """
    so_far = _Levels()
    for level in levels:
        for fault in so_far.faults(level):
            yield level, fault
        if so_far.depth > deepest:
            facts: Facts = {"depth": so_far.depth, "limit": deepest}
            yield level, Fault(code="syntax.level_too_deep", element=2, value=level.get(2), facts=facts)
            return


class _Level(NamedTuple):
    numbers: frozenset[str]
    kind: str
    depth: int


class _Levels:
    """The numbers seen so far, and the levels that are open; the last one stands `depth` deep."""

    def __init__(self) -> None:
        self.depth = 0
        self._count = 0
        self._next = [1]
        self._seen: set[str] = set()
        self._open: list[_Level] = []
        self._places: dict[str, list[int]] = {}  # where in `_open` a number is, the innermost last

    def faults(self, level: Segment) -> Iterator[Fault]:
        number, parent, kind = level.get(1), level.get(2), level.get(3)
        wanted = str(self._next[0])
        self._count += 1
        if number in map(str, (*self._next, self._count)):
            self._next = [int(number) + 1]
        else:
            yield Fault(
                code="syntax.level_number", element=1, value=number, facts={"saw": _quoted(number), "wanted": wanted}
            )
            # A number left out, put in, doubled or mistyped is one fault: the next may go on from either side of it.
            sent = int(number) if number.isascii() and number.isdigit() and len(number) <= _DIGITS else self._next[0]
            self._next = [self._next[0] + 1, self._next[0], sent + 1]
        above = self._above(parent)
        if parent and above is None:
            yield from self._orphaned(parent)
        else:
            yield from self._nested(kind, above)
        self.depth = above.depth + 1 if above else 1
        # Levels below may go by the number it should have had.
        numbers = frozenset({number, wanted})
        for one in numbers:
            self._places.setdefault(one, []).append(len(self._open))
        self._open.append(_Level(numbers, kind or _UNTOLD, self.depth))
        self._seen |= numbers

    def _above(self, parent: str) -> _Level | None:
        """The open level of this number; those within it are closed. None where there is none, or none is named."""
        if not parent or not self._places.get(parent):
            return None
        while self._places[parent][-1] < len(self._open) - 1:
            for number in self._open.pop().numbers:
                self._places[number].pop()
        return self._open[-1]

    def _orphaned(self, parent: str) -> Iterator[Fault]:
        fault = "that level was closed by a later one" if parent in self._seen else "no level before it has that number"
        yield Fault(code="syntax.level_parent", element=2, value=parent, facts={"saw": _quoted(parent), "fault": fault})

    def _nested(self, kind: str, above: _Level | None) -> Iterator[Fault]:
        parent = above.kind if above else ""
        if kind in _UNDER and parent not in _UNDER[kind] and parent in _NAMES:
            facts = {"saw": _NAMES[kind], "parent": _NAMES[parent]}
            yield Fault(code="syntax.level_order", element=3, value=kind, facts=facts)


def _quoted(number: str) -> str:
    return f'"{shown(number)}"'
