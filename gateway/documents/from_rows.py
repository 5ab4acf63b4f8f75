"""Rows become documents: the cells of a document go to the places of their kind's set, and the same builder reads it.

So a table and a set that say the same make the same document, but for where it came from: `src` is a row. What is
wrong is told by row and column, never by segment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from gateway.documents.common import Document, Source
from gateway.documents.from_rows_places import Cells, Form, write
from gateway.documents.from_rows_plan import Level, Plan
from gateway.documents.from_rows_words import Words
from gateway.documents.kind import Kind
from gateway.documents.node import ReadContext
from gateway.flatfile.table import Row, Table, Together
from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.x12.maps import Maps
from gateway.x12.reading import GroupHeader, InterchangeHeader, Loop, Segment, SetRead

RELEASE: Final = "004010"
"""The release whose maps say what a field may hold: nothing in a table names one."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What a table stands in: it has no envelope of its own, so its reader says whose it is."""

    interchange: InterchangeHeader
    group: GroupHeader


class RowsRead(msgspec.Struct, kw_only=True):
    """One document of a table: its rows as a set, and what it says.

    The set's `control` is the document's number and its `segments` are rows; its findings, and the warnings `odd`
    about what the document says, stand at rows and columns.
    """

    read: SetRead
    document: Document | None
    odd: tuple[Finding, ...]


def documents_in(  # noqa: PLR0913 - what a reading depends on, all of it named
    table: Table, kind: Kind, envelope: Envelope, context: ReadContext, maps: Maps, limits: Limits
) -> Iterator[RowsRead]:
    """Each document of a table, one by one, in the order of their first rows; none where it could not be read."""
    set_map = maps.get(kind.kind, RELEASE)
    if table.layout is None or set_map is None:
        return
    plan = Plan(table.layout, set_map)
    source = Source(
        partner=context.partner,
        standard="fixed" if table.layout.agreed.fixed else "csv",
        usage=envelope.interchange.usage,
    )
    for ordinal, together in enumerate(table.documents, start=1):
        words = Words(table, plan, together, limits)
        rows = _Rows(plan, together, words)
        document, odd = kind.read(rows.tree(), context)
        yield RowsRead(
            read=_set_read(plan, rows, envelope, ordinal, words),
            document=document and msgspec.structs.replace(document, source=source),
            odd=tuple(words.about(odd)),
        )


def _set_read(plan: Plan, rows: _Rows, envelope: Envelope, ordinal: int, words: Words) -> SetRead:
    number = plan.placed.get("number")
    return SetRead(
        interchange=envelope.interchange,
        group=envelope.group,
        ordinal=ordinal,
        offset=words.begin,
        set_id=plan.kind,
        control=rows.all[0].cells[number.cell] if number is not None else "",
        implementation=None,
        segments=len(rows.all),
        complete=True,
        tree=rows.root,
        findings=words.all(),
    )


class _Rows:
    """The rows of one document on their way into a tree."""

    def __init__(self, plan: Plan, together: Together, words: Words) -> None:
        self.root: Loop = {}
        constants = plan.constants
        self.all = [Row(row.number, row.start, row.cells + constants) for row in together.rows]
        self._plan = plan
        self._words = words
        self._levels = 0
        self._lines = 0

    def tree(self) -> Loop:
        """The set that these rows are another spelling of; its summary counts what is in it."""
        plan = self._plan
        self._put(plan.head, self.root, self.all)
        self._descend(0, self.root, self.all, "")
        counted = str(self._levels or self._lines)
        write([plan.counted], self.root, ("CTT", counted), self.all[0])
        return self.root

    def _descend(self, depth: int, above: Loop, rows: Sequence[Row], parent: str) -> None:
        """Write this level, and those under it, of these rows."""
        level = self._plan.levels[depth]
        deeper = depth + 1 < len(self._plan.levels)
        for instance in level.instances(rows):
            loop, number = self._open(level, above, instance, parent)
            cells = instance[0].cells if loop is above else self._put(level, loop, instance)
            if deeper:
                self._descend(depth + 1, loop, _agreeing(level, instance, cells), number)

    def _open(self, level: Level, above: Loop, rows: Sequence[Row], parent: str) -> tuple[Loop, str]:
        """The loop of an instance of this level, and its number where levels have one.

        Items that are in no package stand right under what the package would stand under.
        """
        if level.name == "pack" and not any(rows[0].cells[cell] for cell in level.cells):
            return above, parent
        loop: Loop = {}
        self._lines += level.name == "line"
        if level.code:
            above = self.root
            self._levels += 1
            head = ["HL", str(self._levels), parent, level.code]
            loop["HL"] = [Segment(rows[0].number, rows[0].start, head)]
            parent = str(self._levels)
        above.setdefault(level.loop, []).append(loop)  # type: ignore[arg-type]  # the name of a loop leads to loops
        return loop, parent

    def _put(self, level: Level, loop: Loop, rows: Sequence[Row]) -> Cells:
        """Write what these rows, all of one instance of the level, say of it, and say it as one row would."""
        self._words.here = rows
        cells = rows[0].cells if len(rows) == 1 else self._as_one(level, rows)
        form, said = level.read(cells)
        write(form.written, loop, said, rows[0])
        if form.missing or form.broken or any(level.odd):
            self._tell(level, form, cells)
        return cells

    def _tell(self, level: Level, form: Form, cells: Cells) -> None:
        """What is wrong with what was read last."""
        for cell in form.missing:
            self._words.missing(cell)
        for cell, odd in zip(level.cells, level.odd, strict=True):
            if cells[cell] in odd:
                self._words.of_cell(cell, odd[cells[cell]])
        for slot, fault in form.broken:
            self._words.of_segment(slot, fault)

    def _as_one(self, level: Level, rows: Sequence[Row]) -> Cells:
        """What several rows say of the same thing: a cell may be left empty, but two may not differ."""
        first = rows[0].cells
        picked = [level.pick(row.cells) for row in rows]
        if picked.count(picked[0]) == len(picked):
            return first
        cells = list(first)
        for cell in level.cells:
            for row in rows:
                if not cells[cell]:
                    cells[cell] = row.cells[cell]
                elif row.cells[cell] and row.cells[cell] != cells[cell]:
                    self._words.differing(cell, row, cells[cell])
        return tuple(cells)


def _agreeing(level: Level, rows: Sequence[Row], cells: Cells) -> Sequence[Row]:
    """The same rows, each with what they say together of this level: the levels below may take after it."""
    if {level.pick(row.cells) for row in rows} == {level.pick(cells)}:
        return rows
    own = frozenset(level.cells)
    return [
        Row(row.number, row.start, tuple(cells[at] if at in own else cell for at, cell in enumerate(row.cells)))
        for row in rows
    ]
