"""What is wrong with the rows of one document, told by row and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from gateway.documents.from_rows_places import Slot
from gateway.documents.from_rows_plan import Plan
from gateway.documents.from_rows_values import Odd
from gateway.flatfile.table import Bounded, Row, Table, Together
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.x12.fault import Fault

# What the builders say of a document, as it is said of a table, and the word in it that is the cell as it was sent. They
# say no more of one: an amount that cannot be read was told of its cell, and the count is our own.
_OF_A_TABLE: Final = {
    "document.total_mismatch": ("table.total_mismatch", "stated"),
    "document.unknown_line_status": ("table.unknown_line_status", "status"),
}
_SHOWN_VALUE: Final = 256
_SHOWN: Final = 40


class Words:
    """The findings of one document; `here` are the rows that are being read, all of them about one thing."""

    def __init__(self, table: Table, plan: Plan, together: Together, limits: Limits) -> None:
        self.here: Sequence[Row] = together.rows
        self._table = table
        self._plan = plan
        self._rows = together.rows
        self._found = Bounded(limits.findings)
        self._told: set[tuple[int, int]] = set()
        for odd in together.odd:
            self._found.add(odd)

    @property
    def begin(self) -> int:
        """The byte at which the first row begins."""
        return self._table.text.offset(self._rows[0].start) if self._table.text is not None else 0

    def all(self) -> tuple[Finding, ...]:
        """Everything that was found, in the order of the rows."""
        return self._found.all()

    def of_cell(self, cell: int, odd: Odd) -> None:
        """Something is wrong with the value of a cell."""
        row = self._row_of(cell)
        self._say(odd.code, cell, row, severity=odd.severity, **odd.facts)

    def of_segment(self, slot: Slot, fault: Fault) -> None:
        """Cells are not there that others need beside them."""
        names = {each.field.element: f'"{self._plan.columns[each.cell].name}"' for each in slot.placed}
        condition = str(fault.facts.get("condition", ""))
        for element, rule in enumerate(slot.rule.elements, start=1):
            condition = condition.replace(rule.ref, names.get(element, rule.name))
        blamed = [each.cell for each in slot.placed if each.field.element == fault.element]
        filled = [each.cell for each in slot.placed if self.here[0].cells[each.cell]]
        cell = next(iter((*blamed, *filled)), None)
        # One cause, one finding: a cell that is needed anyway was told already.
        if cell is not None and (self.here[0].number, cell) not in self._told:
            self._say("table.not_alone", cell, self._row_of(cell), condition=condition)

    def missing(self, cell: int) -> None:
        """A cell is empty that no document can do without."""
        self._say("table.required_empty", cell, self.here[0])

    def differing(self, cell: int, row: Row, other: str) -> None:
        """A row says something else of the same thing than the rows before it."""
        self._say("table.differs", cell, row, other=_shown(other), first=self.here[0].number)

    def about(self, odd: Sequence[Finding]) -> Iterator[Finding]:
        """What the builder says of the document, at its row and column; nothing of a cell that was told already."""
        for found in odd:
            cell, row = self._of_element(found)
            if (row.number, cell) not in self._told:
                yield self._of_document(found, cell, row)

    def _of_document(self, found: Finding, cell: int | None, row: Row) -> Finding:
        """The same, in words about a table."""
        code, word = _OF_A_TABLE[found.code]
        facts: dict[str, Any] = dict(found.facts or {})
        if cell is None:
            return finding(code, row=row.number, **facts)
        sent = (row.cells + self._plan.constants)[cell]
        facts[word] = _shown(sent)
        return finding(code, value=sent[:_SHOWN_VALUE], **facts, **self._place(cell, row))

    def _of_element(self, found: Finding) -> tuple[int | None, Row]:
        """The cell that the element of a finding came from, and its row: the first from there on that fills it."""
        placed = (each for each in self._plan.placed.values() if each.field.segment == found.segment)
        cell = next((each.cell for each in placed if each.field.element == found.element), None)
        rows = [row for row in self._rows if row.number >= (found.position or 0)]
        filled = (row for row in rows if cell is not None and cell < len(row.cells) and row.cells[cell])
        return cell, next(filled, rows[0])

    def _say(self, code: str, cell: int, row: Row, **facts: Any) -> None:  # noqa: ANN401 - facts fill a template
        value, place = row.cells[cell], self._place(cell, row)
        self._told.add((row.number, cell))
        self._found.add(finding(code, value=value[:_SHOWN_VALUE] or None, shown=_shown(value), **facts, **place))

    def _place(self, cell: int, row: Row) -> dict[str, Any]:
        """Where a cell stands; a value that is the same in every row stands in none."""
        columns = self._plan.columns
        if cell >= len(columns) - len(self._plan.constants):
            return {"row": row.number, "column": columns[cell].name}
        return self._table.place(row, cell)

    def _row_of(self, cell: int) -> Row:
        """The row that said it first."""
        return next((row for row in self.here if row.cells[cell]), self.here[0])


def _shown(value: str) -> str:
    """A cell as a message shows it: in quotes, on one line, not too long."""
    shown = value if value.isprintable() else "".join(each if each.isprintable() else "\ufffd" for each in value)
    return f'"{shown}"' if len(shown) <= _SHOWN else f'"{shown[:_SHOWN]}…" ({len(value)} characters)'
