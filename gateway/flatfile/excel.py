"""What spreadsheet programs do to a cell on its way through them; it is named, and never undone by a guess."""

from __future__ import annotations

import re
from typing import Final

# The words of Excel and of those who copy it for a formula without a result.
_ERROR: Final = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|#+)", re.IGNORECASE)
_FORMULA: Final = re.compile(r"=.*", re.DOTALL)
# A long number in a column too narrow or too general for it: 1.00614E+13, always with a sign.
_EXPONENT: Final = re.compile(r"-?\d(?:[.,]\d+)?E[-+]\d{2,3}", re.IGNORECASE | re.ASCII)
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_WORDED_DATE: Final = re.compile(rf"(?:\d{{1,2}}[- ./])?(?:{_MONTHS})[a-z]*[- ./,]+\d.*", re.IGNORECASE | re.ASCII)
_NUMBERED_DATE: Final = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?: 0?0:00(?::00)?)?", re.ASCII)
# The same dates as ISO 8601 writes them, without signs or with a time.
_ISO_DATE: Final = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|\d{4}-\d\d-\d\dT.*", re.ASCII)
# A whole number that went through a program's decimal numbers.
_DECIMAL: Final = re.compile(r"\d+[.,]0", re.ASCII)
_DIGITS: Final = re.compile(r"\d+", re.ASCII)
# Day numbers of 1954 to 2119.
_FIRST_DAY, _LAST_DAY = 20_000, 80_000


def is_error(cell: str) -> bool:
    """Whether this is what a formula without a result shows, or a column too narrow for its number."""
    return cell[:1] == "#" and _ERROR.fullmatch(cell) is not None


def is_formula(cell: str) -> bool:
    """Whether this is a formula in place of its value, such as ="00123"."""
    return cell[:1] == "=" and _FORMULA.fullmatch(cell) is not None


def is_marked_text(cell: str) -> bool:
    """Whether the apostrophe stands before the value that is typed in a spreadsheet to keep a cell as text."""
    return cell[:1] == "'"


def is_decimal(cell: str) -> bool:
    """Whether this is a whole number written with a decimal, such as 4500017688.0."""
    return _DECIMAL.fullmatch(cell) is not None


def is_shortened_number(cell: str) -> bool:
    """Whether this is a long number in scientific notation, whose last digits are gone."""
    return _EXPONENT.fullmatch(cell) is not None


def has_lost_zeros(cell: str, lengths: tuple[int, ...]) -> bool:
    """Whether this identifier of digits is shorter than any of its kind: a number has no leading zeros."""
    return _DIGITS.fullmatch(cell) is not None and len(cell) < max(lengths) and len(cell) not in lengths


def is_reformatted_date(cell: str) -> bool:
    """Whether this is a date in a form that was not agreed, as a program shows it by the settings of its computer."""
    return any(form.fullmatch(cell) for form in (_NUMBERED_DATE, _WORDED_DATE, _ISO_DATE))


def is_day_number(cell: str) -> bool:
    """Whether this may be a date as its number of days since 1900."""
    return (
        cell.isascii() and cell.isdigit() and len(cell) == len(str(_FIRST_DAY)) and _FIRST_DAY <= int(cell) < _LAST_DAY
    )
