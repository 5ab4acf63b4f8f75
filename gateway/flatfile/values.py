"""A cell becomes a value as X12 writes it, or what is wrong with it: one rule for each form a field may have.

Dates are read by the agreed pattern and numbers with the agreed decimal sign alone; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from gateway.flatfile import excel
from gateway.model.fields import Field, Form
from gateway.profiles.agreement import Column, ColumnMap


class Wrong(msgspec.Struct, frozen=True):
    """What is wrong with a cell: a code of the catalogue's `table` area, and the facts its words need."""

    code: str
    facts: Mapping[str, Any] = {}


Read = Callable[[str], "str | Wrong"]
"""Makes the value of a cell that is neither empty nor surrounded by blanks."""

_BREAKS: Final = re.compile(r"[\t\r\n]+")
_PLAIN: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
_GROUPED: Final = re.compile(r"-?[0-9]{1,3}(?:([.,'\u00a0\u202f ])[0-9]{3})(?:\1[0-9]{3})*(?:[.,][0-9]+)?")
_OTHER_SIGN: Final = re.compile(r"-?[0-9]*[.,][0-9]+")
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3]):?([0-5][0-9])(?::?([0-5][0-9]))?")
_PARTS: Final = {"YYYY": r"(?P<year>[0-9]{4})", "YY": r"(?P<year>[0-9]{2})", "MM": "(?P<month>{})", "DD": "(?P<day>{})"}
_TOKEN: Final = re.compile("YYYY|YY|MM|DD")
_CENTS: Final = 2
_CENTURY: Final = 2000


def reader(field: Field, column: Column, agreed: ColumnMap) -> Read:
    """How the cells of this column are read; a line break within a cell counts as a blank."""
    by_form = _FORMS[field.form](field, column, agreed)
    free = field.form == "text"  # where an apostrophe may begin a word, and takes no value for another

    def read(cell: str) -> str | Wrong:
        if excel.is_error(cell):
            return Wrong("table.excel_error")
        if excel.is_formula(cell):
            return Wrong("table.excel_formula")
        if not free and excel.is_marked_text(cell):
            return Wrong("table.excel_apostrophe")
        return by_form(cell if cell.isprintable() else _BREAKS.sub(" ", cell))

    return read


def _text(_field: Field, _column: Column, _agreed: ColumnMap) -> Read:
    return str


def _identifier(field: Field, column: Column, _agreed: ColumnMap) -> Read:
    lengths = (column.digits,) if column.digits else field.lengths

    def read(cell: str) -> str | Wrong:
        if excel.is_shortened_number(cell):
            return Wrong("table.excel_exponent")
        if excel.is_decimal(cell):
            return Wrong("table.identifier_as_number")
        if not lengths or (cell.isascii() and cell.isdigit() and len(cell) in lengths):
            return cell
        wanted = " or ".join(map(str, lengths))
        if excel.has_lost_zeros(cell, lengths):
            return Wrong(
                "table.excel_lost_zeros", {"count": len(cell), "wanted": wanted, "zeros": max(lengths) - len(cell)}
            )
        return Wrong("table.not_digits", {"count": len(cell), "wanted": wanted})

    return read


def _number(_field: Field, _column: Column, agreed: ColumnMap) -> Read:
    sign = agreed.decimal

    def read(cell: str) -> str | Wrong:
        plain = cell if sign == "." else cell.replace(".", "?").replace(sign, ".")
        return plain if _PLAIN.fullmatch(plain) else _no_number(cell, sign)

    return read


def _no_number(cell: str, sign: str) -> Wrong:
    """Why this is no number; how to write it is said where it can only mean one."""
    other = "," if sign == "." else "."
    facts = {"decimal": sign, "other": other}
    if excel.is_shortened_number(cell):
        return Wrong("table.excel_exponent")
    if _GROUPED.fullmatch(cell):
        return Wrong("table.number_grouped", facts)
    if _OTHER_SIGN.fullmatch(cell):
        return Wrong("table.number_other_sign", facts)
    return Wrong("table.not_a_number", facts)


def _money(field: Field, column: Column, agreed: ColumnMap) -> Read:
    """Plain money as X12 type N2: its cents, without a point."""
    number = _number(field, column, agreed)

    def read(cell: str) -> str | Wrong:
        amount = number(cell)
        if isinstance(amount, Wrong):
            return amount
        whole, _, decimals = amount.partition(".")
        if len(decimals) > _CENTS:
            return Wrong("table.too_many_decimals", {"count": len(decimals)})
        return whole + decimals.ljust(_CENTS, "0")

    return read


def _count(field: Field, column: Column, agreed: ColumnMap) -> Read:
    number = _number(field, column, agreed)

    def read(cell: str) -> str | Wrong:
        count = number(cell)
        return Wrong("table.not_whole") if isinstance(count, str) and "." in count else count

    return read


def _date(_field: Field, _column: Column, agreed: ColumnMap) -> Read:
    pattern = agreed.dates
    matches = date_pattern(pattern).fullmatch

    def read(cell: str) -> str | Wrong:
        found = matches(cell)
        if found is not None:
            year, month, day = (int(found[part]) for part in ("year", "month", "day"))
            try:
                return date(year if len(found["year"]) > _CENTS else _CENTURY + year, month, day).strftime("%Y%m%d")
            except ValueError:
                return Wrong("table.no_such_day", {"pattern": pattern})
        if excel.is_day_number(cell):
            return Wrong("table.excel_day_number", {"pattern": pattern})
        if excel.is_reformatted_date(cell):
            return Wrong("table.excel_date", {"pattern": pattern})
        return Wrong("table.not_a_date", {"pattern": pattern})

    return read


def date_pattern(agreed: str) -> re.Pattern[str]:
    """The dates an agreed pattern such as MM/DD/YYYY means; where signs part them, 1/4/2026 is meant as well."""
    parted = len(_TOKEN.sub("", agreed)) > 1
    digits = "[0-9]{1,2}" if parted else "[0-9]{2}"
    at, text = 0, ""
    for token in _TOKEN.finditer(agreed):
        text += re.escape(agreed[at : token.start()]) + _PARTS[token.group()].replace("{}", digits)
        at = token.end()
    return re.compile(text + re.escape(agreed[at:]))


def _time(_field: Field, _column: Column, _agreed: ColumnMap) -> Read:
    def read(cell: str) -> str | Wrong:
        found = _TIME.fullmatch(cell)
        return "".join([found[1].zfill(2), found[2], found[3] or ""]) if found else Wrong("table.not_a_time")

    return read


_FORMS: Final[Mapping[Form, Callable[[Field, Column, ColumnMap], Read]]] = {
    "text": _text,
    "identifier": _identifier,
    "code": _text,
    "date": _date,
    "time": _time,
    "number": _number,
    "count": _count,
    "money": _money,
}
