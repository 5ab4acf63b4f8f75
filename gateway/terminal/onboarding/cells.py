"""What the values of a column look like: numbers, dates in which form; by the same reading that the gateway reads tables with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from gateway.flatfile.values import Wrong, date_pattern, reader
from gateway.model.fields import Field
from gateway.profiles.agreement import Column, ColumnMap

# The forms in which spreadsheets write days, the usual ones first.
DATE_FORMS: Final = (
    "YYYY-MM-DD",
    "MM/DD/YYYY",
    "DD/MM/YYYY",
    "DD.MM.YYYY",
    "MM-DD-YYYY",
    "DD-MM-YYYY",
    "YYYY/MM/DD",
    "YYYYMMDD",
    "MM/DD/YY",
    "DD/MM/YY",
    "DD.MM.YY",
)
_TELLING: Final = (
    "date",
    "time",
    "number",
    "count",
    "money",
)  # a text, a code or a number of something may be anything
_FEW: Final = 0.5  # of the values that fit: with fewer, the name of the column means something else


class Fit(NamedTuple):
    """How many cells there are, and how many of them can be a value of the field."""

    cells: int
    fitting: int

    @property
    def part(self) -> float:
        """From 0 to 1."""
        return self.fitting / self.cells

    @property
    def speaks_against(self) -> bool:
        """Whether the values say that the column is not this field, whatever its name is."""
        return self.part < _FEW


def fits(cells: Sequence[str], field: Field, dates: Sequence[str], decimal: str) -> Fit | None:
    """How well these cells go with this field; None where they say nothing about it."""
    filled = [cell for cell in cells if cell]
    if not filled or field.form not in _TELLING:
        return None
    forms = (dates or DATE_FORMS) if field.form == "date" else ("YYYY-MM-DD",)
    reads = [reader(field, _ANY, ColumnMap(columns=(), dates=form, decimal=decimal)) for form in forms]
    return Fit(len(filled), sum(any(not isinstance(read(cell), Wrong) for read in reads) for cell in filled))


def date_forms(cells: Iterable[str]) -> tuple[str, ...]:
    """The forms in which all of these are days; several where no day is beyond the 12th."""
    filled = [cell for cell in cells if cell]
    return tuple(form for form in DATE_FORMS if filled and all(_is_day(cell, form) for cell in filled))


def look_like_days(cells: Sequence[str]) -> bool:
    """Whether most of these are days in one form or another."""
    filled = [cell for cell in cells if cell]
    return bool(filled) and max(sum(_is_day(cell, form) for cell in filled) for form in DATE_FORMS) > len(filled) / 2


def decimal_of(columns: Iterable[Sequence[str]]) -> str:
    """The sign before decimals: a comma where more values have one there than have a full stop."""
    cells = [cell for column in columns for cell in column if cell.replace(",", "").replace(".", "").isdigit()]
    last = [max(cell.rfind(","), cell.rfind(".")) for cell in cells]
    signs = [cell[at] for cell, at in zip(cells, last, strict=True) if at >= 0 and len(cell) - at != len("1,000") - 1]
    return "," if signs.count(",") > signs.count(".") else "."


def _is_day(cell: str, form: str) -> bool:
    if not date_pattern(form).fullmatch(cell):
        return False
    return not isinstance(reader(_DAY, _ANY, ColumnMap(columns=(), dates=form))(cell), Wrong)


_ANY: Final = Column(name="", field="")
_DAY: Final = Field(name="date", what="day", example="2026-11-22", form="date", segment="DTM", element=2)
