"""A table: its rows, gathered into those of one document wherever they stand in the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import Any, BinaryIO, Final

import msgspec

from gateway.flatfile.header import Candidate, Layout, is_required, layout_of
from gateway.flatfile.rows import Cutter, Delimited, Dialect, Fixed, column_name
from gateway.flatfile.text import Text, text_of
from gateway.model.catalogue import finding
from gateway.model.finding import Finding, has_errors
from gateway.model.limits import Limits

_CHUNK: Final = 1 << 20
_KNOWN_AT_MOST: Final = 100_000

Pick = Callable[[Sequence[str]], Sequence[str]]
"""Picks some texts out of many."""


class Row(msgspec.Struct, gc=False):
    """One row: its number, the character at which it begins, the cells of `Table.layout.columns` without outer blanks."""

    number: int
    start: int
    cells: tuple[str, ...]


class Together(msgspec.Struct, kw_only=True):
    """The rows of one document, in the order of the file, and what is wrong with their shape."""

    rows: list[Row]
    odd: list[Finding]


class Table(msgspec.Struct, kw_only=True):
    """A table as read. `findings` are those of the whole file: with an error among them nothing of it may be processed.

    `layout` is None where it could not be read at all. `sha256` and `size` are those of the file.
    """

    size: int
    sha256: str
    layout: Layout | None = None
    documents: list[Together] = []
    findings: tuple[Finding, ...] = ()
    text: Text | None = None
    cutter: Cutter | None = None

    def place(self, row: Row, column: int) -> dict[str, Any]:
        """Where the cell of a column of the layout stands, as a finding names it."""
        if self.layout is None or self.text is None or self.cutter is None:
            return {"row": row.number}
        cell = self.layout.places[column]
        at = self.text.offset(self.cutter.character(row.start, cell))
        return {"row": row.number, "column": column_name(self.layout.names, cell), "offset": at}


def read_table(stream: BinaryIO, candidates: Sequence[Candidate], limits: Limits) -> Table:
    """Read a table to its end with the agreed map that fits it; whatever is wrong with it is a finding."""
    content, size, digest = _taken(stream, limits.table)
    table = Table(size=size, sha256=digest)
    if content is None:
        table.findings = (finding("table.too_large", size=size, limit=limits.table, offset=limits.table),)
        return table
    encodings = {agreed.encoding for _, agreed in candidates}
    text = text_of(content, encodings.pop() if len(encodings) == 1 else "auto")
    if isinstance(text, Finding):
        table.findings = (text,)
        return table
    layout = _fixed(candidates) or layout_of(text, candidates, limits)
    if isinstance(layout, Finding):
        table.findings = (*text.odd, layout)
        return table
    table.text = text
    return _Gathering(table, layout, text, limits).read()


def _taken(stream: BinaryIO, most: int) -> tuple[bytes | None, int, str]:
    """The content, None where there is too much of it to hold; its size and SHA-256 in either case."""
    parts: list[bytes] = []
    size, digest = 0, sha256()
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        digest.update(chunk)
        if size <= most:
            parts.append(chunk)
        else:
            parts.clear()
    return (b"".join(parts) if size <= most else None), size, digest.hexdigest()


def _fixed(candidates: Sequence[Candidate]) -> Layout | Finding | None:
    """The one map for lines of fixed width; such lines have nothing that tells two maps apart."""
    fixed = [candidate for candidate in candidates if candidate[1].fixed]
    if not fixed:
        return None
    if len(candidates) > 1:
        return finding("table.kind_unclear", row=1, offset=0, kinds=", ".join(kind for kind, _ in candidates))
    kind, agreed = fixed[0]
    names = tuple(column.name for column in agreed.columns)
    places = tuple(range(len(names)))
    return Layout(kind=kind, agreed=agreed, delimiter="", columns=agreed.columns, places=places, names=names)


class _Gathering:
    """One table on its way from rows to the rows of each document."""

    def __init__(self, table: Table, layout: Layout, text: Text, limits: Limits) -> None:
        columns = zip(layout.places, layout.columns, strict=True)
        self._needed = [place for place, column in columns if is_required(layout.kind, column)]
        table.layout = layout
        table.cutter = self._cutter = _cutter(layout, text, limits, self._needed)
        self._table = table
        self._layout = layout
        self._text = text
        self._width = max(layout.places, default=-1) + 1
        self._all = len(layout.names)
        self._keys = [at for at, column in enumerate(layout.columns) if column.field in layout.agreed.group_by]
        self._key = picker(self._keys)
        self._documents: dict[tuple[str, ...], Together] = {}
        self._doubtful: list[tuple[tuple[str, ...], Row]] = []
        self._whole = Bounded(limits.findings)
        for odd in text.odd:
            self._whole.add(odd)

    def read(self) -> Table:
        """Gather all rows; a fault that ends the reading leaves no document, since none may be whole."""
        pick, rows = picker(self._layout.places), self._cutter.rows()
        header = tuple(pick(self._layout.names)) if self._layout.header is not None else None
        if header is not None:
            next(rows, None)
        stripped = _Stripped().__getitem__
        for number, start, cells in rows:
            if len(cells) != self._all:
                self._measure(number, start, cells)
            mine = tuple(map(stripped, pick(cells)))
            if mine == header and self._is_header(cells):
                self._whole.add(finding("table.header_again", row=number, offset=self._text.offset(start)))
            else:
                self._take(Row(number, start, mine))
        if self._cutter.broken is not None:
            self._documents.clear()
            self._whole.add(self._cutter.broken)
        else:
            self._place_doubtful()
            for together in self._documents.values():
                self._look_for_repeats(together)
            if not self._documents and not has_errors(self._whole.kept):
                self._whole.add(finding("table.empty", offset=self._table.size, row=self._layout.header or 1))
        self._table.findings = self._whole.all()
        self._table.documents = list(self._documents.values())
        return self._table

    def _is_header(self, cells: Sequence[str]) -> bool:
        return [cell.strip() for cell in cells] == list(self._layout.names)

    def _measure(self, number: int, start: int, cells: list[str]) -> None:
        """Say what is wrong with a row that has not as many cells as the header; make it long enough to be read."""
        count, odd = len(cells), self._cutter.odd
        facts: dict[str, Any] = {"row": number, "count": count, "wanted": self._all}
        beyond = next((place for place in range(self._all, count) if cells[place].strip()), None)
        if beyond is not None:
            at = self._text.offset(self._cutter.character(start, beyond))
            odd.setdefault(number, finding("table.too_many_cells", **facts, offset=at, value=cells[beyond]))
        # Spreadsheets leave out the empty cells at the end of a row: nothing is wrong while none of them is needed.
        elif any(place >= count for place in self._needed):
            odd.setdefault(number, finding("table.too_few_cells", **facts, offset=self._text.offset(start)))
        cells.extend([""] * (self._width - count))

    def _take(self, row: Row) -> None:
        key = tuple(self._key(row.cells))
        together = self._documents.get(key)
        if row.number in self._cutter.odd:
            self._doubtful.append((key, row))
        elif together is not None:
            together.rows.append(row)
        elif self._keys and not any(key):
            # It may belong to any document, so that none of them is surely whole.
            self._whole.add(finding("table.row_without_key", **self._table.place(row, self._keys[0])))
        else:
            self._documents[key] = Together(rows=[row], odd=[])

    def _look_for_repeats(self, together: Together) -> None:
        """A row that is in a document twice was pasted twice, or means two lines: which, its sender must say."""
        if len({row.cells for row in together.rows}) == len(together.rows):
            return
        first: dict[tuple[str, ...], int] = {}
        row = next(row for row in together.rows if first.setdefault(row.cells, row.number) != row.number)
        at = self._text.offset(row.start)
        together.odd.append(finding("table.row_again", row=row.number, first=first[row.cells], offset=at))

    def _place_doubtful(self) -> None:
        """A row whose cells may have shifted goes to the document it names, if sound rows name it too."""
        touched: dict[int, Together] = {}
        for key, row in self._doubtful:
            said = self._cutter.odd[row.number]
            together = self._documents.get(key)
            if together is None:
                self._whole.add(said)
                self._whole.add(finding("table.row_of_nobody", row=row.number, offset=self._text.offset(row.start)))
            else:
                together.rows.append(row)
                together.odd.append(said)
                touched[id(together)] = together
        for together in touched.values():
            together.rows.sort(key=lambda row: row.number)


class _Stripped(dict[str, str]):
    """Cells without their outer blanks; those that are the same are held once, which halves the memory of most tables."""

    def __missing__(self, cell: str) -> str:
        if len(self) >= _KNOWN_AT_MOST:
            self.clear()
        stripped = self[cell] = cell.strip()
        return stripped


class Bounded:
    """Findings as they come, up to a bound; what goes beyond is counted."""

    def __init__(self, most: int) -> None:
        self.kept: list[Finding] = []
        self._most = most
        self._more = 0

    def add(self, found: Finding) -> None:
        """Keep it, or count it."""
        if len(self.kept) < self._most:
            self.kept.append(found)
        else:
            self._more += 1

    def all(self) -> tuple[Finding, ...]:
        """What was found, in the order of the rows, then how much more there was."""
        kept = sorted(self.kept, key=lambda found: found.row or 0)
        if not self._more:
            return tuple(kept)
        return (*kept, finding("table.more_findings", count=self._more, limit=self._most))


def _cutter(layout: Layout, text: Text, limits: Limits, needed: Collection[int]) -> Cutter:
    agreed = layout.agreed
    if agreed.fixed:
        return Fixed(text, layout.columns, limits, needed=needed, header=agreed.header)
    return Delimited(text, Dialect(layout.delimiter, agreed.quote, layout.begin), limits, layout.names)


def picker(places: Sequence[int]) -> Pick:
    """What stands at these places, always as a sequence."""
    if len(places) > 1:
        return itemgetter(*places)
    return itemgetter(slice(places[0], places[0] + 1)) if places else itemgetter(slice(0))
