"""A row of a table as a spreadsheet shows it, under its header, with a caret under the cell that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import BinaryIO, Final

import msgspec
from msgspec import UNSET

from gateway.flatfile.header import Layout
from gateway.flatfile.rows import Delimited, Dialect, Fixed, column_name
from gateway.flatfile.table import read_table
from gateway.flatfile.text import Text
from gateway.model.fields import field_of
from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.profiles.agreement import Agreement
from gateway.terminal.mask import MASK, is_free_text
from gateway.x12.charset import printable
from gateway.x12.quote import columns

_WIDTH: Final = 100  # columns of a line, as a terminal has them
_CELL: Final = 24  # and of a cell
_BETWEEN: Final = " | "
_CUT: Final = "…"


class Grid:
    """One table, to show rows of."""

    def __init__(self, stream: BinaryIO, agreed: Sequence[Agreement], limits: Limits) -> None:
        candidates = [(each.kind, each.columns) for each in agreed if each.columns is not None]
        table = read_table(stream, candidates, limits)
        self._layout, self._text, self._limits = table.layout, table.text, limits

    def lines(self, found: Finding, *, show: bool) -> Sequence[str]:
        """Header, row and carets; nothing where the finding is about no row. Free text shows as dots unless `show`."""
        layout, text = self._layout, self._text
        if layout is None or text is None or found.row not in self._starts:
            return ()
        cells = self._cells(layout, text, found.row)
        place = _place(layout, found, len(cells))
        shown = [cell if show or not self._is_free(layout, at) else MASK for at, cell in enumerate(cells)]
        names = [column_name(layout.names, at) for at in range(len(cells))]
        return _drawn(found.row, names, shown, place)

    def masked(self, found: Finding) -> Finding:
        """The same without what people wrote in a cell of free text, wherever its words repeat it."""
        layout = self._layout
        if layout is None or not found.value or found.column is None:
            return found
        place = _place(layout, found, len(layout.names))
        if place is None or not self._is_free(layout, place):
            return found
        said = found.facts.get("shown") if found.facts else None
        message = found.message.replace(str(said), MASK) if said else found.message
        message = message.replace(found.value, MASK)
        return msgspec.structs.replace(found, message=message, value=MASK, facts=UNSET)  # facts would say it once more

    def _is_free(self, layout: Layout, place: int) -> bool:
        """Whether people write what they like in this column; what no map reads may be anything."""
        column = next((column for at, column in zip(layout.places, layout.columns, strict=True) if at == place), None)
        field = field_of(layout.kind, column.field) if column else None
        return field is None or is_free_text(field.segment, field.element)

    def _cells(self, layout: Layout, text: Text, row: int) -> list[str]:
        """The cells of one row, cut up anew."""
        cutter = _cutter(layout, text, self._limits, self._starts[row])
        cells = next((cells for _, _, cells in cutter.rows()), [])
        return cells + [""] * (len(layout.names) - len(cells))

    @cached_property
    def _starts(self) -> dict[int, int]:
        """The character at which each row begins."""
        if self._layout is None or self._text is None:
            return {}
        cutter = _cutter(self._layout, self._text, self._limits, self._layout.begin)
        return {number: start for number, start, _ in cutter.rows()}


def _cutter(layout: Layout, text: Text, limits: Limits, begin: int) -> Delimited | Fixed:
    if not layout.agreed.fixed:
        return Delimited(text, Dialect(layout.delimiter, layout.agreed.quote, begin), limits, layout.names)
    rest = msgspec.structs.replace(text, characters=text.characters[begin:]) if begin else text
    return Fixed(rest, layout.columns, limits, needed=(), header=False)


def _place(layout: Layout, found: Finding, cells: int) -> int | None:
    """Which cell is meant."""
    places = range(max(cells, len(layout.names)))
    return next((at for at in places if column_name(layout.names, at) == found.column), None)


def _drawn(row: int, names: Sequence[str], cells: Sequence[str], place: int | None) -> Sequence[str]:
    """The lines, of as many columns around the cell as there is room for."""
    label = f"row {row}"
    heads = [_short(name) for name in names]
    shown = [_short(cell) for cell in cells]
    widths = [max(columns(head), columns(cell), 1) for head, cell in zip(heads, shown, strict=True)]
    first, last = _around(widths, place or 0, _WIDTH - len(label) - 2 * len(_BETWEEN))
    before, after = (_CUT + _BETWEEN if first else ""), (_BETWEEN + _CUT if last + 1 < len(widths) else "")
    lines = [
        f"{margin:<{len(label)}}  {before}{_BETWEEN.join(_padded(part[at], widths[at]) for at in range(first, last + 1))}{after}"
        for margin, part in (("", heads), (label, shown))
    ]
    if place is not None and place < len(widths):
        ahead = len(label) + 2 + len(before) + sum(widths[first:place]) + len(_BETWEEN) * (place - first)
        lines.append(" " * ahead + "^" * max(columns(shown[place]), 1))
    return [line.rstrip() for line in lines]


def _around(widths: Sequence[int], place: int, room: int) -> tuple[int, int]:
    """The first and the last column that are shown with this one, as many on its left as on its right where there is room."""
    first = last = min(place, len(widths) - 1)
    room -= widths[first]
    while True:
        left = widths[first - 1] + len(_BETWEEN) if first else None
        right = widths[last + 1] + len(_BETWEEN) if last + 1 < len(widths) else None
        if left is not None and left <= room and (right is None or right > room or place - first <= last - place):
            first, room = first - 1, room - left
        elif right is not None and right <= room:
            last, room = last + 1, room - right
        else:
            return first, last


def _short(text: str) -> str:
    plain = printable(" ".join(text.split()))
    return plain if len(plain) <= _CELL else plain[: _CELL - 1] + _CUT


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))
