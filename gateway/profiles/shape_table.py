"""What may stand in [agreement.csv]: how a partner's table looks, and which column is which field."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from gateway.profiles.strict import Shape

_PARTS = re.compile(r"YYYY|YY|MM|DD")
_ONE_OF_EACH = (["DD", "MM", "YY"], ["DD", "MM", "YYYY"])


def _date_pattern(pattern: str) -> str:
    """Year, month and day once each; between them nothing that could be part of one."""
    between = _PARTS.split(pattern)
    if sorted(_PARTS.findall(pattern)) not in _ONE_OF_EACH or not re.fullmatch(r"[ ./_-]*", "".join(between)):
        raise PydanticCustomError("date_pattern", "", {})
    return pattern


def _quote(sign: str) -> str:
    if sign not in ('"', "'"):
        raise PydanticCustomError("quote_unfit", "", {})
    return sign


def _no_inner_table(value: Any, known: frozenset[str] = frozenset()) -> Any:  # noqa: ANN401 - as TOML has it
    """TOML reads `line.price = ...` as a table `line` with `price` in it: say so, not what is missing in that table."""
    if isinstance(value, dict) and value and not known & value.keys():
        raise PydanticCustomError("dot_unquoted", "", {"inner": next(iter(value))})
    return value


def _column(value: Any) -> Any:  # noqa: ANN401 - as TOML has it
    """The name of a field alone is the usual way to say what a column holds."""
    if isinstance(value, str):
        return {"field": value}
    if not isinstance(value, dict):
        raise PydanticCustomError("column_form", "", {})
    return _no_inner_table(value, frozenset(ColumnShape.model_fields))


def _range(value: Any) -> Any:  # noqa: ANN401 - as TOML has it
    return _no_inner_table(value, frozenset(RangeShape.model_fields))


Digits = Annotated[int, Field(ge=1, le=50)]
At = Annotated[int, Field(ge=1, le=32_000)]


class ColumnShape(Shape):
    """What a column of a delimited table holds."""

    field: str
    required: bool = False
    digits: Digits | None = None


class RangeShape(Shape):
    """Where a field stands in a line of fixed width: `start` counts from 1."""

    start: At
    length: At
    required: bool = False
    digits: Digits | None = None


class CsvShape(Shape):
    """How a table is read; with neither `columns` nor `fixed` its files are kept until there is a map."""

    delimiter: Literal[",", ";", "tab", "|"] | None = None
    encoding: Literal["auto", "utf-8", "windows-1252", "latin-1"] = "auto"
    decimal: Literal[".", ","] = "."
    dates: Annotated[str, AfterValidator(_date_pattern)] = "YYYY-MM-DD"
    group_by: list[str] = Field(default_factory=lambda: ["number"], min_length=1)
    header: bool | None = None
    quote: Annotated[str, AfterValidator(_quote)] = '"'
    columns: dict[str, Annotated[ColumnShape, BeforeValidator(_column)]] = Field(default_factory=dict)
    fixed: dict[str, Annotated[RangeShape, BeforeValidator(_range)]] = Field(default_factory=dict)
    values: dict[
        str,
        Annotated[
            str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$"), BeforeValidator(_no_inner_table)
        ],
    ] = Field(default_factory=dict)

    @property
    def mapped(self) -> bool:
        """Whether it says which column is which field."""
        return bool(self.columns or self.fixed)
