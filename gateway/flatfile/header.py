"""Which of the agreed maps reads this table, what stands between its cells, and where each column is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

import msgspec

from gateway.flatfile.names import cut, listed, nearest, plain
from gateway.flatfile.rows import Delimited, Dialect
from gateway.flatfile.text import Text
from gateway.model.catalogue import finding
from gateway.model.fields import field_of
from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.profiles.agreement import Column, ColumnMap

Candidate = tuple[str, ColumnMap]
"""A kind ("810") and how its tables are read."""

_DELIMITERS: Final = (",", ";", "\t", "|")
_NAMES: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars (|)"}
# Excel's own first line, which says what the delimiter is.
_SAYS_DELIMITER: Final = "sep="
_LOOKED_AT: Final = 10
_COMPARED: Final = 100


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How one table is read: `places` are the cells of a row that hold each of `columns`, `names` is its header.

    `begin` is the character at which the first row begins, `header` the number of the row that is one.
    """

    kind: str
    agreed: ColumnMap
    delimiter: str
    columns: tuple[Column, ...]
    places: tuple[int, ...]
    names: tuple[str, ...]
    begin: int = 0
    header: int | None = None


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A first row as one map sees it."""

    kind: str
    agreed: ColumnMap
    delimiter: str
    row: int
    start: int
    cells: tuple[str, ...]
    found: dict[str, int]
    missing: tuple[str, ...]


def is_required(kind: str, column: Column) -> bool:
    """Whether a document needs this column: it was agreed so, or there is none without it."""
    field = field_of(kind, column.field)
    return column.required or (field is not None and field.needed)


def layout_of(text: Text, candidates: Sequence[Candidate], limits: Limits) -> Layout | Finding:
    """The map whose required columns are all there (the most columns win), or why there is none."""
    begin, said = _said_delimiter(text.characters)
    seen = [_best(text, candidate, limits, begin, said) for candidate in candidates if not candidate[1].fixed]
    looks = [look for look in seen if look is not None]
    fitting = [look for look in looks if not look.missing]
    nearest = max(looks, key=_rank, default=None)
    if nearest is None or not nearest.found:
        broken = _broken(text, candidates[0][1], limits, begin)
        if broken is not None or nearest is None:
            return broken or finding("table.empty", offset=text.offset(begin), row=1)
    if not fitting:
        return _why_not(text, nearest, limits, begin)
    best = max(map(_rank, fitting))
    winners = [look for look in fitting if _rank(look) == best]
    if len(winners) > 1:
        kinds = ", ".join(look.kind for look in winners)
        return finding("table.kind_unclear", row=winners[0].row, offset=text.offset(begin), kinds=kinds)
    return _layout(winners[0], begin)


def _broken(text: Text, agreed: ColumnMap, limits: Limits, begin: int) -> Finding | None:
    """Why the first row cannot be cut up, where that is so."""
    cutter = Delimited(text, Dialect(agreed.delimiter or _DELIMITERS[0], agreed.quote, begin), limits)
    next(cutter.rows(), None)
    return cutter.broken


def _rank(look: _Seen) -> tuple[bool, int, int]:
    """How well a map fits; one that finds its columns by name beats one that counts them."""
    return look.agreed.header and bool(look.found), len(look.found), -len(look.missing)


def _said_delimiter(characters: str) -> tuple[int, str | None]:
    """Where the rows begin, and what Excel's first line says stands between cells."""
    line = characters[: len(_SAYS_DELIMITER) + 3]
    if not line.startswith(_SAYS_DELIMITER) or line[len(_SAYS_DELIMITER) :][:1] not in _DELIMITERS:
        return 0, None
    after = characters.find("\n")
    return (after + 1 if after >= 0 else len(characters)), line[len(_SAYS_DELIMITER)]


def _best(text: Text, candidate: Candidate, limits: Limits, begin: int, said: str | None) -> _Seen | None:
    """The first row cut up in the way that shows most of the map's columns; None where there is no row."""
    agreed = candidate[1].delimiter or said
    choices = (agreed,) if agreed else _DELIMITERS
    looks = [
        look
        for delimiter in choices
        if (look := _look(text, candidate, Dialect(delimiter, candidate[1].quote, begin), limits)) is not None
    ]
    return max(looks, key=lambda look: (*_rank(look), len(look.cells)), default=None)


def _look(text: Text, candidate: Candidate, dialect: Dialect, limits: Limits) -> _Seen | None:
    kind, agreed = candidate
    first = next(Delimited(text, dialect, limits).rows(), None)
    if first is None:
        return None
    row, start, cells = first
    found = _found(agreed, cells)
    missing = tuple(column.name for column in agreed.columns if column.name not in found and is_required(kind, column))
    return _Seen(
        kind=kind,
        agreed=agreed,
        delimiter=dialect.delimiter,
        row=row,
        start=start,
        cells=tuple(cells),
        found=found,
        missing=missing,
    )


def _found(agreed: ColumnMap, cells: Sequence[str]) -> dict[str, int]:
    """Which cell of the first row is which column, by name, or by order where tables have no header."""
    if not agreed.header:
        fits = len(cells) >= len(agreed.columns)
        return {column.name: place for place, column in enumerate(agreed.columns)} if fits else {}
    wanted = {plain(column.name): column.name for column in agreed.columns}
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = wanted.get(plain(cell))
        if name is not None:
            found.setdefault(name, place)
    return found


def _layout(look: _Seen, begin: int) -> Layout | Finding:
    twice = _twice(look) if look.agreed.header else None
    if twice is not None:
        return twice
    columns = tuple(column for column in look.agreed.columns if column.name in look.found)
    header = look.agreed.header
    return Layout(
        kind=look.kind,
        agreed=look.agreed,
        delimiter=look.delimiter,
        columns=columns,
        places=tuple(look.found[column.name] for column in columns),
        names=tuple(cell.strip() for cell in look.cells) if header else tuple(column.name for column in columns),
        begin=begin,
        header=look.row if header else None,
    )


def _twice(look: _Seen) -> Finding | None:
    """A column that stands in the header twice: which of them is meant cannot be told."""
    names = [plain(cell) for cell in look.cells]
    for name, place in look.found.items():
        if names.count(plain(name)) > 1:
            return finding("table.column_twice", row=look.row, column=look.cells[place].strip(), value=name)
    return None


def _why_not(text: Text, look: _Seen, limits: Limits, begin: int) -> Finding:
    """Why the first row is not the header of the map that is nearest to it."""
    place: dict[str, Any] = {"row": look.row, "offset": text.offset(look.start)}
    place |= {"kind": look.kind, "saw": listed(look.cells)}
    quoted = _in_quotes(text, look)
    if quoted is not None:
        return finding("table.rows_in_quotes", **place, quote=look.agreed.quote, other=_NAMES[quoted])
    if not look.agreed.header:
        wanted = len(look.agreed.columns)
        return finding("table.too_few_columns", **place, count=len(look.cells), wanted=wanted)
    wanted_names = listed([column.name for column in look.agreed.columns if is_required(look.kind, column)])
    if look.found:
        return finding("table.columns_missing", **place, missing=_missing(look), wanted=wanted_names)
    lower = _lower(text, look, limits, begin)
    if lower is not None:
        return finding("table.header_lower", **place, lower=lower)
    if look.agreed.delimiter and len(look.cells) == 1:
        other = max(_DELIMITERS, key=look.cells[0].count)
        if look.cells[0].count(other):
            agreed = _NAMES.get(look.agreed.delimiter, look.agreed.delimiter)
            return finding("table.other_delimiter", **place, agreed=agreed, other=_NAMES[other])
    return finding("table.no_header", **place, wanted=wanted_names)


def _missing(look: _Seen) -> str:
    """The columns that are missing, each with the name in the header that may be meant."""
    known = {plain(name) for name in look.found}
    spare = [cell for cell in look.cells[:_COMPARED] if cell.strip() and plain(cell) not in known]
    near = {name: nearest(name, spare) for name in look.missing}
    return listed([f"{name} (is it {cut(meant)}?)" if meant else name for name, meant in near.items()])


def _in_quotes(text: Text, look: _Seen) -> str | None:
    """The sign between the cells of a row that is one cell in quotes as a whole; None where it is no such row."""
    quote, agreed = look.agreed.quote, look.agreed
    if any(map(str.strip, look.cells[1:])) or not text.characters.startswith(quote, look.start):
        return None
    for delimiter in _DELIMITERS:
        cells = [cell.strip(f" {quote}") for cell in look.cells[0].split(delimiter)]
        if len(cells) > 1 and _found(agreed, cells):
            return delimiter
    return None


def _lower(text: Text, look: _Seen, limits: Limits, begin: int) -> int | None:
    """The row further down that is the header."""
    rows = Delimited(text, Dialect(look.delimiter, look.agreed.quote, begin), limits).rows()
    wanted = {column.name for column in look.agreed.columns if is_required(look.kind, column)}
    return next(
        (row for row, _, cells in islice(rows, _LOOKED_AT) if wanted <= _found(look.agreed, cells).keys()), None
    )
