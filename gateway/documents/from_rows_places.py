"""Where the cells of a row go: one segment of a set, with the columns that fill it and what stands under it.

Which segments a row makes follows from which of its cells are filled, and so do the codes in them and the conditions
they break: a `Form` says it once for all rows of a table with the same empty cells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from gateway.documents.from_rows_values import Values
from gateway.flatfile.table import Pick, Row, picker
from gateway.model.fields import Codes, Field
from gateway.x12.fault import Fault
from gateway.x12.reading import Loop, Segment
from gateway.x12.relations import broken
from gateway.x12.rules import LoopNode, SegmentNode

Cells = tuple[str, ...]


class Placed(msgspec.Struct, frozen=True):
    """A field that has cells: those at `cell` of each row."""

    cell: int
    field: Field
    values: Values


class More(NamedTuple):
    """What a segment says without cells: codes where nothing else stands, and whether it is there with nothing to say."""

    defaults: Codes = ()
    always: bool = False


_NOTHING_MORE: Final = More()


class Laid(NamedTuple):
    """A segment with its elements: each a code, or the number of the cell whose value stands there."""

    slot: Slot
    elements: list[str | int]
    under: list[Laid]


class Written(msgspec.Struct, frozen=True):
    """A segment on its way into a tree: `take` picks its elements out of what a row says; `opens` is the loop it opens."""

    id: str
    opens: str | None
    take: Pick
    under: Sequence[Written] = ()


def write(segments: Sequence[Written], loop: Loop, said: Sequence[str], row: Row) -> None:
    """Let these segments stand in this loop, with what is under them; the row is their position and offset."""
    entry: Any  # a segment where the key is its id, else a loop
    for each in segments:
        segment = Segment(row.number, row.start, list(each.take(said)))
        if each.opens is None:
            key, entry = each.id, segment
        else:
            key, entry = each.opens, {each.id: [segment]}
            if each.under:
                write(each.under, entry, said, row)
        if key in loop:
            loop[key].append(entry)
        else:
            loop[key] = [entry]


class Form:
    """What rows become that have the same cells `there`: segments, and the conditions `broken` by what is not there.

    What is written is picked out of the values of the cells `used` and, after them, `codes`.
    """

    def __init__(
        self, slots: Iterable[Slot], there: Collection[int], used: Sequence[int], missing: Sequence[int]
    ) -> None:
        laid = list(_laid(slots, there))
        self.missing = missing
        self.broken = [fault for each in laid for fault in _broken(each)]
        self._places: dict[str | int, int] = {cell: place for place, cell in enumerate(used)}
        self.written = [self._written(each) for each in laid]
        self.codes = [code for code in self._places if isinstance(code, str)]

    def _written(self, laid: Laid) -> Written:
        for element in laid.elements:
            self._places.setdefault(element, len(self._places))
        take = picker([self._places[element] for element in laid.elements])
        return Written(laid.slot.id, laid.slot.opens, take, [self._written(each) for each in laid.under])


class Slot:
    """One segment of a set: `placed` are the fields in and under it, `named` all fields of the table."""

    def __init__(  # noqa: PLR0913 - all that a segment depends on
        self,
        loop: LoopNode,
        segment: str,
        placed: Sequence[Placed],
        named: Mapping[str, Placed],
        *,
        qualifier: Codes = (),
        more: More = _NOTHING_MORE,
    ) -> None:
        node = node_of(loop, segment)
        self.id = segment
        self.opens = opens(node)
        self.rule = node.first.rule if isinstance(node, LoopNode) else node.rule
        self.placed = tuple(each for each in placed if each.field.segment == segment)
        self._qualifier = qualifier
        self._always = more.always
        self._beside = [(of.field.element, *code) for of in self.placed for code in of.field.beside]
        self._beside += [(0, *code) for code in more.defaults]
        self._copies = [
            (of.field.element, element, named[name].cell)
            for of in self.placed
            for element, name in of.field.copies
            if name in named
        ]
        under = dict.fromkeys(each.field.segment for each in placed if each.field.segment != segment)
        self._under = [Slot(node, name, placed, named) for name in under] if isinstance(node, LoopNode) else []

    @property
    def cells(self) -> Iterator[int]:
        """Every cell that it, or what stands under it, may be made of."""
        yield from (each.cell for each in self.placed)
        yield from (cell for *_, cell in self._copies)
        for slot in self._under:
            yield from slot.cells

    def laid(self, there: Collection[int]) -> Laid | None:
        """The segment that these cells make, and what stands under it; None where they say nothing."""
        filled = [each for each in self.placed if each.cell in there]
        under = list(_laid(self._under, there))
        if filled or self._always:
            return Laid(self, self._elements(filled, there), under)
        return Laid(self, _trimmed(self._blank()), under) if under else None

    def _elements(self, filled: Sequence[Placed], there: Collection[int]) -> list[str | int]:
        """A qualifier, the cells in their places, then codes and copies where nothing else stands."""
        elements = self._blank()
        for each in filled:
            if each.field.paired:
                elements += (each.field.qualifier[0][1], each.cell)
            else:
                elements[each.field.element] = each.cell
        for of, element, code in self._beside:
            if elements[of] != "" and elements[element] == "":
                elements[element] = code
        for of, element, cell in self._copies:
            if elements[of] != "" and elements[element] == "" and cell in there:
                elements[element] = cell
        return _trimmed(elements)

    def _blank(self) -> list[str | int]:
        """The segment with its qualifier, and room for all that may come; the pairs follow after that."""
        last = [each.field.element for each in self.placed if not each.field.paired]
        last += [each.field.qualifier[0][0] - 1 for each in self.placed if each.field.paired]
        last += [element for _, element, _ in (*self._beside, *self._copies)]
        last += [element for element, _ in self._qualifier]
        blank: list[str | int] = [self.id, *[""] * max(last, default=0)]
        for element, code in self._qualifier:
            blank[element] = code
        return blank


def _laid(slots: Iterable[Slot], there: Collection[int]) -> Iterator[Laid]:
    return (laid for slot in slots if (laid := slot.laid(there)) is not None)


def _broken(laid: Laid) -> Iterator[tuple[Slot, Fault]]:
    """The conditions that are broken between the elements of a segment, after those under it."""
    for each in laid.under:
        yield from _broken(each)
    yield from (
        (laid.slot, fault) for fault in broken(laid.slot.rule, ["x" if each != "" else "" for each in laid.elements])
    )


def _trimmed(elements: list[str | int]) -> list[str | int]:
    while elements[-1] == "":
        elements.pop()
    return elements


def opens(node: SegmentNode | LoopNode) -> str | None:
    """The loop that this segment opens, as a tree names it."""
    return node.key if isinstance(node, LoopNode) else None


def node_of(loop: LoopNode, segment: str) -> SegmentNode | LoopNode:
    """Where a segment may stand in this loop; raises ValueError where it may not."""
    for child in loop.children:
        if (child.trigger if isinstance(child, LoopNode) else child.id) == segment:
            return child
    raise ValueError(f"a {loop.trigger} loop has no {segment}")
