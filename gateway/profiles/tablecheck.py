"""Every mistake that [agreement.csv] can have beside the form of its values: each rule finds all of its own."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import msgspec

from gateway.model.fields import FIELDS, Field
from gateway.profiles.agreement import Direction
from gateway.profiles.inherit import X12_ONLY, PartnerFile
from gateway.profiles.locate import Place
from gateway.profiles.mistakes import Mistake, mistake
from gateway.profiles.page import Page
from gateway.profiles.shape import AgreementShape
from gateway.profiles.shape_table import ColumnShape, CsvShape, RangeShape


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One [agreement.csv] for one kind: what was written, where, and the fields its kind has."""

    page: Page
    place: Place
    kind: str
    shape: CsvShape
    fields: Mapping[str, Field]

    def wrong(self, code: str, *step: str | int, **facts: Any) -> Mistake:  # noqa: ANN401 - facts fill a template
        """Say `profile.<code>` about this part of the table."""
        return mistake(code, self.page.name, self.page.line((*self.place, *step)), **facts)

    def columns(self) -> Iterator[tuple[Place, str, ColumnShape | RangeShape]]:
        """Every column with where it stands and the field it holds."""
        for name, column in self.shape.columns.items():
            yield ("columns", name), column.field, column
        for field, span in self.shape.fixed.items():
            yield ("fixed", field), field, span

    def set(self) -> Iterator[tuple[Place, str]]:
        """Every place that gives a field its value: the columns, then the values that are the same in all rows."""
        yield from ((place, field) for place, field, _ in self.columns())
        yield from ((("values", field), field) for field in self.shape.values)


def table_mistakes(partner: PartnerFile) -> Iterator[Mistake]:
    """Every mistake in the partner's tables."""
    for number, own in enumerate(partner.shape.agreement):
        yield from (_csv_on_x12 if own.format == "x12" else _x12_on_csv)(partner.page, number, own)
        if own.format == "csv":
            yield from _kinds(partner.page, number, own)
    yield from _fixed_width_is_alone(partner)


def _fixed_width_is_alone(partner: PartnerFile) -> Iterator[Mistake]:
    """Lines of fixed width have no header that would tell them from other tables of their time."""
    maps = [
        (number, own, own.csv)
        for number, own in enumerate(partner.shape.agreement)
        if own.direction == Direction.IN and own.format == "csv" and own.csv and own.csv.mapped
    ]
    for number, own, table in maps:
        others = (other for nth, other, _ in maps if nth != number and _meet(own, other))
        if table.fixed and (other := next(others, None)):
            line = partner.page.line(("agreement", number, "csv", "fixed"))
            yield mistake("fixed_not_alone", partner.page.name, line, kinds=", ".join(other.kinds))


def _meet(one: AgreementShape, other: AgreementShape) -> bool:
    """Whether both hold on some day."""
    since = max(one.effective_from or date.min, other.effective_from or date.min)
    return since <= min(one.effective_to or date.max, other.effective_to or date.max)


def _csv_on_x12(page: Page, number: int, own: AgreementShape) -> Iterator[Mistake]:
    for key in ("csv", "answer_csv"):
        if getattr(own, key) is not None:
            yield mistake("csv_on_x12", page.name, page.line(("agreement", number, key)), key=key)


def _x12_on_csv(page: Page, number: int, own: AgreementShape) -> Iterator[Mistake]:
    for key in X12_ONLY:
        if getattr(own, key) is not None:
            yield mistake("x12_on_csv", page.name, page.line(("agreement", number, key)), key=key)


def _kinds(page: Page, number: int, own: AgreementShape) -> Iterator[Mistake]:
    """The kinds are ones a table can hold, and a map is about one of them."""
    place = ("agreement", number)
    for nth, kind in enumerate(own.kinds):
        if kind not in FIELDS:
            line = page.line((*place, "kinds", nth))
            yield mistake("no_table_kind", page.name, line, kind=kind, known=", ".join(FIELDS))
    if own.csv is None or not own.csv.mapped:
        return
    if len(set(own.kinds)) > 1:
        yield mistake("map_of_many_kinds", page.name, page.line((*place, "csv")), kinds=", ".join(own.kinds))
    elif own.kinds[0] in FIELDS:
        fields = {field.name: field for field in FIELDS[own.kinds[0]]}
        table = Table(page=page, place=(*place, "csv"), kind=own.kinds[0], shape=own.csv, fields=fields)
        yield from (found for rule in RULES for found in rule(table))


def _columns_are_of_one_sort(table: Table) -> Iterator[Mistake]:
    """Delimited or of fixed width; and what tells cells apart is set for delimited ones only."""
    if not table.shape.fixed:
        return
    if table.shape.columns:
        yield table.wrong("columns_and_fixed", "fixed")
    for key in ("delimiter", "quote"):
        if key in table.shape.model_fields_set:
            yield table.wrong("fixed_has_none", key, key=key)


def _fields_are_known(table: Table) -> Iterator[Mistake]:
    for place, name in table.set():
        if name not in table.fields:
            yield table.wrong("field_unknown", *place, field=name, kind=table.kind, near=_near(name, table.fields))


def _near(name: str, fields: Mapping[str, Field]) -> str:
    """The fields that were probably meant: alike in the whole name or in its last word; else all there are."""
    near = difflib.get_close_matches(name, fields, 3, 0.5)
    near += [
        known for known in fields if known.split(".")[-1] == name.rsplit(".", maxsplit=1)[-1] and known not in near
    ]
    return f"Did you mean {' or '.join(near[:3])}?" if near else f"Fields of this kind: {', '.join(fields)}."


def _fields_are_set_once(table: Table) -> Iterator[Mistake]:
    first: dict[str, Place] = {}
    for place, field in table.set():
        if first.setdefault(field, place) != place:
            where = table.page.origin((*table.place, *first[field]))
            yield table.wrong("field_twice", *place, field=field, where=where)


def _columns_have_names_of_their_own(table: Table) -> Iterator[Mistake]:
    """Capitals and spaces do not tell two columns apart: people type them as they like."""
    first: dict[str, str] = {}
    for name in table.shape.columns:
        other = first.setdefault(" ".join(name.casefold().split()), name)
        if other != name:
            where = table.page.origin((*table.place, "columns", other))
            yield table.wrong("column_twice", "columns", name, name=name, other=other, where=where)


def _needed_fields_are_there(table: Table) -> Iterator[Mistake]:
    set_ = {field for _, field in table.set()}
    if not _whole(table) or set_ - table.fields.keys():
        return  # the missing one may be the mistaken one
    missing = [field.name for field in table.fields.values() if field.needed and field.name not in set_]
    if missing:
        fields = " and ".join(missing)
        yield table.wrong("fields_missing", "fixed" if table.shape.fixed else "columns", fields=fields, kind=table.kind)


def _whole(table: Table) -> bool:
    """Whether all that was written of the columns is sound; what is mistaken is gone from the shape."""
    written: Any = table.page.values
    try:
        for step in table.place:
            written = written[step]
        return all(written.get(key, {}).keys() == getattr(table.shape, key).keys() for key in _OF_COLUMNS)
    except (LookupError, AttributeError):  # an agreement before this one is mistaken, so numbers moved
        return False


_OF_COLUMNS = ("columns", "fixed", "values")


def _digits_can_be_counted(table: Table) -> Iterator[Mistake]:
    """Identifiers alone have a number of digits; and where the field has one of its own, that holds."""
    for place, name, column in table.columns():
        field = table.fields.get(name)
        if (
            field
            and column.digits
            and (field.form != "identifier" or column.digits not in (field.lengths or (column.digits,)))
        ):
            yield table.wrong("digits_unfit", *place, "digits", digits=column.digits, field=name, what=field.what)


def _ranges_lie_apart(table: Table) -> Iterator[Mistake]:
    ranges = sorted(table.shape.fixed.items(), key=lambda each: each[1].start)
    for (field, one), (other, two) in pairwise(ranges):
        if one.start + one.length > two.start:
            facts = {"field": other, "start": two.start, "other": field, "end": one.start + one.length - 1}
            yield table.wrong("ranges_overlap", "fixed", other, **facts)


def _decimals_differ_from_delimiters(table: Table) -> Iterator[Mistake]:
    if table.shape.decimal == table.shape.delimiter:
        yield table.wrong("decimal_is_delimiter", "decimal", sign=table.shape.decimal)


def _rows_are_grouped_by_fields_of_the_document(table: Table) -> Iterator[Mistake]:
    of_columns = {field for _, field, _ in table.columns()}
    for nth, name in enumerate(table.shape.group_by):
        field = table.fields.get(name)
        if field is None:
            near = _near(name, {known: each for known, each in table.fields.items() if each.level == "document"})
            yield table.wrong("field_unknown", "group_by", nth, field=name, kind=table.kind, near=near)
        elif field.level != "document":
            yield table.wrong("group_by_inner", "group_by", nth, field=name, level=_LEVELS[field.level])
        elif name not in of_columns and (name in table.shape.values or not field.needed) and _whole(table):
            yield table.wrong("group_by_absent", "group_by", nth, field=name)


_LEVELS = {
    "order": "an order of a shipment",
    "pack": "a package",
    "line": "a line",
    "status": "the answer to a line",
}

RULES: tuple[Callable[[Table], Iterator[Mistake]], ...] = (
    _columns_are_of_one_sort,
    _fields_are_known,
    _fields_are_set_once,
    _columns_have_names_of_their_own,
    _needed_fields_are_there,
    _digits_can_be_counted,
    _ranges_lie_apart,
    _decimals_differ_from_delimiters,
    _rows_are_grouped_by_fields_of_the_document,
)
