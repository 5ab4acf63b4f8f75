"""The sentences of `gateway check` about a table: how it is read, by example, and what becomes of it."""

from __future__ import annotations

from datetime import date

from gateway.model.fields import Field, field_of
from gateway.profiles.agreement import Agreement, AnswerText, Column, ColumnMap, Direction, Partner, Profiles
from gateway.profiles.inherit import X12_ONLY
from gateway.profiles.words import AGAIN, LABELS, address, answers_in, in_time, kinds, origins, wrapped

_DAY = {"YYYY": "2026", "YY": "26", "MM": "11", "DD": "22"}
_SIGNS = {"\t": "a tab", ",": "a comma", ";": "a semicolon", "|": "a bar |"}
_ENCODINGS = {"auto": "UTF-8, else windows-1252"}
_ANSWERED = {
    AnswerText.NEVER: "They are not answered in words",
    AnswerText.ON_ERROR: "Where something was not taken, they are answered in words: NAME.rejected.txt",
    AnswerText.ALWAYS: "They are answered in words: NAME.accepted.txt, or NAME.rejected.txt where something was not taken",
}


def about_table(alike: list[Agreement], partner: Partner, profiles: Profiles, today: date) -> str:
    """What happens with tables of this kind, and how each of their columns is read; no two column maps are alike."""
    [agreement] = alike
    table = agreement.columns or ColumnMap(columns=())
    us = next(entity.title for entity in profiles.entities if entity.name == agreement.entity)
    way = f"from {partner.title} to us" if agreement.direction is Direction.IN else f"from us to {partner.title}"
    lines = wrapped(f"{kinds([agreement.kind])} as {_sort(table)} {way}, {us}")
    said = [*_looks(table), *_reads(table, agreement.kind)]
    said += (
        _treatment(agreement, answers_in(partner.channel, profiles), profiles)
        if agreement.direction is Direction.IN
        else [_NOT_YET]
    )
    for sentence in [*in_time(agreement, today), *said]:
        lines += wrapped(sentence, "    ", "  - ")
    return "\n".join([*lines, *_columns(table, agreement.kind), *origins(agreement, X12_ONLY)])


_NOT_YET = "This version sends none yet."


def day_like(pattern: str) -> str:
    """22 November 2026 in this pattern."""
    for part, digits in _DAY.items():
        pattern = pattern.replace(part, digits)
    return pattern


def _sort(table: ColumnMap) -> str:
    return "lines of fixed width" if table.fixed else "tables (CSV)"


def _looks(table: ColumnMap) -> list[str]:
    """What the file is written with."""
    encoding = _ENCODINGS.get(table.encoding, table.encoding)
    written = f"The text is {encoding}; dates look like {day_like(table.dates)}, numbers like 1234{table.decimal}50."
    if table.fixed:
        head = "The first line is a heading and not read. " if table.header else ""
        return [f"{head}{written}"]
    first = (
        "The first row names the columns, in any order; those that are not told below are not read."
        if table.header
        else "There is no header: the columns come in the order told below."
    )
    found = "the sign between columns is found in it" if table.header else "the sign between columns is found there"
    between = f"{_SIGNS[table.delimiter]} stands between columns" if table.delimiter else found
    return [f"{first} {between[0].upper()}{between[1:]}.", written]


def _reads(table: ColumnMap, kind: str) -> list[str]:
    """Which rows belong together, and what no column says."""
    named = {column.field: column.name for column in table.columns}
    keys = " and ".join(f'"{named.get(field, field)}"' for field in table.group_by)
    same = f"Rows with the same {keys} make one {LABELS[kind].removesuffix('s')}, wherever they stand in the file."
    fixed = [f'In every row, the {_what(kind, field)} is "{value}".' for field, value in table.values]
    return [same, *fixed]


def _treatment(agreement: Agreement, place: str, profiles: Profiles) -> list[str]:
    one = LABELS[agreement.kind].removesuffix("s")
    target = next(target for target in profiles.targets if target.name == agreement.erp)
    rows = "NAME.answer.csv tells row, column and cure of each problem" if agreement.answer_csv else ""
    answer = _ANSWERED[agreement.answer_text] + (f"; {rows}" if rows else "")
    return [
        f'They are posted to ERP "{agreement.erp}" ({address(target)}).',
        f"{answer}, in {place}.",
        f"Where one of a file is rejected, {'the others are taken' if agreement.partial_acceptance else 'none of it is taken'}.",
        f"The same file again {AGAIN[agreement.on_duplicate_file]}.",
        f"{'An' if one[0] in 'aio' else 'A'} {one} that came before with other content {AGAIN[agreement.on_duplicate_document]}.",
    ]


def _columns(table: ColumnMap, kind: str) -> list[str]:
    """A line for each column: its name, what it is, whether it can be empty, how it looks."""
    rows = [
        (_name(column), _what(kind, column.field), "needed" if column.required else "may be empty")
        for column in table.columns
    ]
    wide, what = (max((len(row[at]) for row in rows), default=0) for at in (0, 1))
    looks = [example(table, column, kind) for column in table.columns]
    return [
        "    Columns, and what each of them is:",
        *(
            f"      {row[0]:<{wide}}  {row[1]:<{what}}  {row[2]}, like {like}"
            for row, like in zip(rows, looks, strict=True)
        ),
    ]


def _name(column: Column) -> str:
    if column.start is None or column.length is None:
        return column.name
    return f"characters {column.start} to {column.start + column.length - 1}"


def _what(kind: str, name: str) -> str:
    field = field_of(kind, name)
    return field.what if field else name


def example(table: ColumnMap, column: Column, kind: str) -> str:
    """A cell of this column, written as the map reads it."""
    field = field_of(kind, column.field)
    return written(table, field, column.digits) if field else ""


def written(table: ColumnMap, field: Field, digits: int | None = None) -> str:
    """The example of a field as this map writes it; an identifier has as many digits as it must have."""
    if digits and (len(field.example) != digits or not field.example.isdigit()):
        return f"00{'1234567890' * 5}"[:digits]
    if field.form == "date":
        year, month, day = field.example.split("-")
        return table.dates.replace("YYYY", year).replace("YY", year[2:]).replace("MM", month).replace("DD", day)
    return field.example.replace(".", table.decimal) if field.form in ("number", "money") else field.example
