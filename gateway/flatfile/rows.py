"""A text becomes rows of cells; a row is counted as a spreadsheet counts it: from 1, blank ones and the header too.

`Delimited` and `Fixed` cut alike. The first thing wrong with the shape of a row is in `odd` under its number, what ends
the reading in `broken`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, NamedTuple, Protocol, Self

from gateway.flatfile.text import Text
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.profiles.agreement import Column

Record = tuple[int, int, list[str]]
"""A row: its number, the character at which it begins, its cells."""

_BREAK: Final = re.compile(r"\r\n?|\n")


class Dialect(NamedTuple):
    """What stands between cells and around quoted ones; the first row begins at the character `begin`."""

    delimiter: str
    quote: str
    begin: int = 0


class Cutter(Protocol):
    """Cuts one text into rows."""

    odd: dict[int, Finding]
    broken: Finding | None

    def rows(self) -> Iterator[Record]:
        """Every row that is not blank."""

    def character(self, start: int, column: int) -> int:
        """Where a cell begins, in the row that begins at `start`."""


class _Lines:
    """What both have: the text, its lines, what was found; `names` are the columns where they have names."""

    def __init__(self, text: Text, limits: Limits, names: Sequence[str] = ()) -> None:
        self.odd: dict[int, Finding] = {}
        self.broken: Finding | None = None
        self._names = names
        self._text = text
        self._characters = text.characters
        self._limits = limits
        self._mark = text.line_break

    def _end(self, at: int) -> tuple[int, int]:
        """Where the line from here ends, and where the next begins."""
        if self._mark is not None:
            end = self._characters.find(self._mark, at)
            return (end, end + len(self._mark)) if end >= 0 else (len(self._characters), len(self._characters))
        found = _BREAK.search(self._characters, at)
        return found.span() if found else (len(self._characters), len(self._characters))

    def _place(self, number: int, character: int, column: int | None = None) -> dict[str, Any]:
        place: dict[str, Any] = {"row": number, "offset": self._text.offset(character)}
        return place if column is None else place | {"column": column_name(self._names, column)}

    def _too_many_rows(self, number: int, at: int) -> bool:
        most = self._limits.rows + 1  # and a header
        if number > most:
            self.broken = finding("table.too_many_rows", limit=self._limits.rows, **self._place(number, at))
        return number > most


class _OneLine:
    """Hands on a line, and nothing more until there is another: a reader that asks for more gives up on its row."""

    line: str | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line, self.line = self.line, None
        if line is None:
            raise StopIteration
        return line


class Delimited(_Lines):
    """Cells between delimiters; a quoted cell may hold delimiters, line breaks and doubled quotes."""

    def __init__(self, text: Text, dialect: Dialect, limits: Limits, names: Sequence[str] = ()) -> None:
        super().__init__(text, limits, names)
        self._delimiter = dialect.delimiter
        self._quote = dialect.quote
        self._begin = dialect.begin
        self._next = _OneLine()
        self._tidy = csv.reader(self._next, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
        self._blank = f" \t{dialect.delimiter}"
        mark, between = re.escape(dialect.quote), re.escape(dialect.delimiter)
        self._quoted = re.compile(rf"{mark}([^{mark}]*+(?:{mark}{mark}[^{mark}]*+)*+){mark}")
        self._plain = re.compile(rf"[^{between}\r\n]*+")

    def rows(self) -> Iterator[Record]:
        """Every row that is not blank."""
        at, number, end = self._begin, 0, len(self._characters)
        while at < end:
            number, start = number + 1, at
            cells, at = self._row(number, at)
            if self.broken or self._too_many_rows(number, start):
                return
            if cells:
                yield number, start, cells

    def character(self, start: int, column: int) -> int:
        """Where a cell begins, in the row that begins at `start`."""
        at = start
        for _ in range(column):
            at = self._cell(at)[1]
            if not self._characters.startswith(self._delimiter, at):
                break
            at += len(self._delimiter)
        return at

    def _row(self, number: int, at: int) -> tuple[list[str], int]:
        """The cells of the row from here, none where it is blank, and where the next begins."""
        end, after = self._end(at)
        line = self._characters[at:end]
        # A line is measured before it is cut up: it may be all of a hostile file.
        wide = len(line) > self._limits.columns and line.count(self._delimiter) >= self._limits.columns
        if self._quote not in line:
            if wide and line.strip(self._blank):
                return self._too_wide(number, at)
            cells = line.split(self._delimiter) if line.strip(self._blank) else []
        else:
            tidy = None if wide else self._as_tidy(line)
            if tidy is None:
                return self._quoted_row(number, at)
            cells = tidy if any(tidy) else []
        if len(line) > self._limits.cell:
            self._measure(cells, number, at)
        return cells, after

    def _as_tidy(self, line: str) -> list[str] | None:
        """The cells of a line whose quotes are all in order; None where they are not, or where the row goes on after it."""
        self._next.line = line
        try:
            return next(self._tidy)
        except csv.Error:
            return None

    def _quoted_row(self, number: int, at: int) -> tuple[list[str], int]:
        """The same of any other row with quotes in it, a cell at a time."""
        start, cells = at, list[str]()
        while len(cells) < self._limits.columns:
            begin = at
            cell, at, whole = self._cell(begin)
            if cell is None:
                return self._unclosed(number, begin, len(cells))
            if not whole:
                place = self._place(number, begin, len(cells))
                self.odd.setdefault(number, finding("table.quote_inside", quote=self._quote, value=cell, **place))
            cells.append(cell)
            if not self._characters.startswith(self._delimiter, at):
                self._measure(cells, number, start)
                return cells if any(cells) else [], self._end(at)[1]
            at += len(self._delimiter)
        return self._too_wide(number, start)

    def _cell(self, at: int) -> tuple[str | None, int, bool]:
        """One cell, where it ends, whether its quotes are in order; None where its quote is never closed."""
        if not self._characters.startswith(self._quote, at):
            plain = self._plain.match(self._characters, at)
            return (plain.group(), plain.end(), True) if plain else ("", at, True)
        quoted = self._quoted.match(self._characters, at)
        if quoted is None:
            return None, len(self._characters), False
        inside, end = quoted.group(1).replace(self._quote * 2, self._quote), quoted.end()
        rest = self._plain.match(self._characters, end)
        more = rest.group() if rest else ""
        return inside + more, end + len(more), not more.strip(" ")

    def _measure(self, cells: list[str], number: int, start: int) -> None:
        long = next((column for column, cell in enumerate(cells) if len(cell) > self._limits.cell), None)
        if long is not None:
            facts: dict[str, Any] = {"size": len(cells[long]), "limit": self._limits.cell}
            at = self.character(start, long)
            self.broken = finding("table.cell_too_long", **facts, **self._place(number, at, long))

    def _too_wide(self, number: int, at: int) -> tuple[list[str], int]:
        self.broken = finding("table.too_many_columns", limit=self._limits.columns, **self._place(number, at))
        return [], at

    def _unclosed(self, number: int, at: int, column: int) -> tuple[list[str], int]:
        self.broken = finding("table.unclosed_quote", quote=self._quote, **self._place(number, at, column))
        return [], at


class Fixed(_Lines):
    """Cells at fixed places of a line, in the order of `columns`; outer blanks are padding.

    `needed` are the columns, counted from 0, that no line may be too short for.
    """

    def __init__(
        self, text: Text, columns: Sequence[Column], limits: Limits, *, needed: Collection[int], header: bool
    ) -> None:
        super().__init__(text, limits, [column.name for column in columns])
        self._spans = [_span(column) for column in columns]
        self._last = max((end for _, end in self._spans), default=0)
        self._needed = needed
        self._header = header

    def rows(self) -> Iterator[Record]:
        """Every row that is not blank, but for the header where there is one."""
        at, number = 0, 0
        while at < len(self._characters):
            number, start = number + 1, at
            end, at = self._end(start)
            if self._too_many_rows(number, start):
                return
            line = self._characters[start:end]
            if line.strip() and not (self._header and number == 1):
                self._look(line, number, start)
                yield number, start, [line[begin:until] for begin, until in self._spans]

    def character(self, start: int, column: int) -> int:
        """Where a cell begins, in the row that begins at `start`; the end of the line where it is too short."""
        return min(start + self._spans[column][0], self._end(start)[0])

    def _look(self, line: str, number: int, start: int) -> None:
        """What shows that the places of this line are not those agreed."""
        tab = line.find("\t")
        if tab >= 0:
            self.odd[number] = finding("table.tab_in_line", at=tab + 1, **self._place(number, start + tab))
            return
        beyond = line[self._last :].strip()
        if beyond:
            at = line.index(beyond, self._last)
            facts: dict[str, Any] = {"last": self._last, "value": beyond[: self._limits.cell], "at": at + 1}
            self.odd[number] = finding("table.beyond_last_field", **facts, **self._place(number, start + at))
        short = next((column for column in range(len(self._spans)) if self._is_cut(line, column)), None)
        if short is not None:
            wanted = self._spans[short][1]
            place = self._place(number, start + len(line), short)
            self.odd[number] = finding("table.short_line", length=len(line), wanted=wanted, **place)

    def _is_cut(self, line: str, column: int) -> bool:
        """Whether the line ends before a needed cell, or within one that was written to end at its right."""
        begin, end = self._spans[column]
        if len(line) <= begin:
            return column in self._needed
        return len(line) < end and line[begin] == " " and not line[begin:].isspace()


def _span(column: Column) -> tuple[int, int]:
    begin = (column.start or 1) - 1
    return begin, begin + (column.length or 0)


def column_name(names: Sequence[str], column: int) -> str:
    """What the header calls a column, or the letter that a spreadsheet gives it."""
    if column < len(names) and names[column].strip():
        return names[column].strip()
    letters, left = "", column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
