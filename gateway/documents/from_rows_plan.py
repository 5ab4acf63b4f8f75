"""How the tables of one layout become sets: made once a table, from the fields of its kind and the map that reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from operator import getitem
from typing import Final

import msgspec

from gateway.documents.from_rows_places import Cells, Form, More, Placed, Slot, Written, node_of, opens
from gateway.documents.from_rows_values import Values
from gateway.flatfile.header import Layout, is_required
from gateway.flatfile.table import Row, picker
from gateway.flatfile.values import reader
from gateway.model import fields
from gateway.model.fields import FIELDS, Codes, Field
from gateway.profiles.agreement import Column
from gateway.x12.rules import LoopNode, SetMap


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """A level of a kind: the loop it opens, its HL03, and the fields whose values tell one of it from another.

    With `one`, all rows are the same one; with neither, every row is one of its own.
    """

    level: fields.Level
    opens: str
    code: str = ""
    same: tuple[str, ...] = ()
    one: bool = False


DEPTHS: Final[dict[str, tuple[Depth, ...]]] = {
    "850": (Depth(level="line", opens="PO1"),),
    # Several rows with one line number are several answers to that line: 60 now, 40 later.
    "855": (Depth(level="line", opens="PO1", same=("line.number",)), Depth(level="status", opens="ACK")),
    "856": (
        Depth(level="document", opens="HL", code="S", one=True),
        Depth(level="order", opens="HL", code="O", same=("order_number", "release")),
        Depth(level="pack", opens="HL", code="P", same=("pack.sscc",)),
        Depth(level="line", opens="HL", code="I"),
    ),
    "810": (Depth(level="line", opens="IT1"),),
}
_COUNTED: Final = "CTT"
_ALL: Final = b""
_MOST_FORMS: Final = 1000  # a hostile table has as many as it has rows
# X12 element 1005: shipment, order, pack, item; or without packs.
_STRUCTURE: Final = {True: "0001", False: "0004"}
_ALWAYS: Final = frozenset({"BEG", "BAK", "BSN", "BIG", "PO1", "IT1"})


class Level:
    """The head of the document (no depth) or a level under it: its loop and HL03, its cells, and what is `odd` in each."""

    def __init__(
        self,
        depth: Depth | None,
        placed: Sequence[Placed],
        slots: Sequence[Slot],
        values: Mapping[int, Values],
        needed: frozenset[int],
    ) -> None:
        self.name, self.code = (depth.level, depth.code) if depth is not None else ("", "")
        self.loop = f"{depth.opens}_loop" if depth is not None else ""
        self.cells = tuple(each.cell for each in placed)
        self.pick = picker(self.cells)
        self._needed = tuple(cell for cell in self.cells if cell in needed)
        self._slots = slots
        # What its segments are made of: its own cells, and those of other levels that they copy.
        self._used = tuple(dict.fromkeys((*self.cells, *(cell for slot in slots for cell in slot.cells))))
        self._take = picker(self._used)
        self._values = [values[cell] for cell in self._used]
        self.odd = [values[cell].odd for cell in self.cells]
        self._forms: dict[bytes, Form] = {}
        self._one = depth is None or depth.one
        self._same = [each.cell for each in placed if depth is not None and each.field.name in depth.same]

    def read(self, cells: Cells) -> tuple[Form, Sequence[str]]:
        """What a row becomes at this level, and what it says there."""
        own = self._take(cells)
        there = _ALL if all(own) else bytes(map(bool, own))  # most rows have all of them, which is seen faster
        form = self._forms.get(there) or self._form(there)
        return form, [*map(getitem, self._values, own), *form.codes]

    def _form(self, there: bytes) -> Form:
        if len(self._forms) == _MOST_FORMS:
            self._forms.clear()
        filled = frozenset(self._used if there == _ALL else compress(self._used, there))
        missing = [cell for cell in self._needed if cell not in filled]
        form = self._forms[there] = Form(self._slots, filled, self._used, missing)
        return form

    def instances(self, rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
        """The rows of each instance of this level, wherever they stand among these, in the order of their first."""
        if self._one:
            return [rows]
        if not self._same:
            return [[row] for row in rows]
        found: dict[object, list[Row]] = {}
        for row in rows:
            same = tuple([row.cells[cell] for cell in self._same])
            # What is told apart by nothing is one of its own.
            found.setdefault(same if any(same) else row.number, []).append(row)
        return found.values()


class Plan:
    """Everything that is known of a table before its first row: what its cells are, and where they go.

    `columns` are those of the layout, then one for each value that is the same in every row; `constants` are these.
    `head` is the document, `levels` what is under it, from the outermost; `counted` is its summary.
    """

    def __init__(self, layout: Layout, set_map: SetMap) -> None:
        self.kind = layout.kind
        self.columns, self.constants = _columns(layout)
        self._root = set_map.root
        # In the order of the fields, which is that of the map: so a table and a set make the same tree.
        cells = {column.field: cell for cell, column in enumerate(self.columns)}
        self.placed = {
            field.name: Placed(cells[field.name], field, self._values(cells[field.name], field, layout, set_map))
            for field in FIELDS[self.kind]
            if field.name in cells
        }
        self.head = self._level(None)
        self.levels = [self._level(depth) for depth in DEPTHS[self.kind] if depth.level != "pack" or self._has_packs]
        self.counted = Written(_COUNTED, opens(node_of(self._root, _COUNTED)), tuple)

    @property
    def _has_packs(self) -> bool:
        return any(each.field.level == "pack" for each in self.placed.values())

    def _values(self, cell: int, field: Field, layout: Layout, set_map: SetMap) -> Values:
        rule = set_map.ids[field.segment].elements[field.element - 1]
        return Values(reader(field, self.columns[cell], layout.agreed), field, rule, layout.agreed.dates)

    def _level(self, depth: Depth | None) -> Level:
        loop = self._root if depth is None else _loop(self._root, depth.opens)
        placed = [each for each in self.placed.values() if self._belongs(each, depth)]
        needed = frozenset(each.cell for each in placed if is_required(self.kind, self.columns[each.cell]))
        slots = []
        for segment, qualifier in dict.fromkeys(map(_identity, placed)):
            own = [each for each in placed if _identity(each) == (segment, qualifier)]
            slots.append(Slot(loop, segment, own, self.placed, qualifier=qualifier, more=self._more(segment)))
        values = {each.cell: each.values for each in self.placed.values()}
        return Level(depth, placed, slots, values, needed)

    def _belongs(self, placed: Placed, depth: Depth | None) -> bool:
        """Whether this field is said at this depth; what the set has no place for in its head is said of the shipment."""
        if depth is not None and depth.level != "document":
            return placed.field.level == depth.level
        at_head = _has(self._root, placed.field.within or placed.field.segment)
        return placed.field.level == "document" and at_head == (depth is None)

    def _more(self, segment: str) -> More:
        """What the segment says without a cell that says it."""
        codes = [(field.element, field.default) for field in FIELDS[self.kind] if field.segment == segment]
        structure = [(5, _STRUCTURE[self._has_packs])] if segment == "BSN" else []
        defaults = (*((element, code) for element, code in codes if code is not None), *structure)
        return More(defaults=defaults, always=segment in _ALWAYS)


def _columns(layout: Layout) -> tuple[tuple[Column, ...], Cells]:
    """The columns there are, and one for each value that no column has but every row."""
    said = {column.field for column in layout.columns}
    fixed = [(name, value) for name, value in layout.agreed.values if name not in said]
    more = tuple(Column(name=name, field=name) for name, _ in fixed)
    return (*layout.columns, *more), tuple(value.strip() for _, value in fixed)


def _identity(placed: Placed) -> tuple[str, Codes]:
    """What makes two fields stand in, or under, the same segment."""
    field = placed.field
    return field.within or field.segment, () if field.paired else field.qualifier


def _loop(root: LoopNode, trigger: str) -> LoopNode:
    """The loop that this segment opens."""
    return next(loop for loop in _loops(root) if loop.trigger == trigger)


def _loops(loop: LoopNode) -> Iterable[LoopNode]:
    for child in loop.children:
        if isinstance(child, LoopNode):
            yield child
            yield from _loops(child)


def _has(loop: LoopNode, segment: str) -> bool:
    return any((child.trigger if isinstance(child, LoopNode) else child.id) == segment for child in loop.children)
