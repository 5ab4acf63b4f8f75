"""From a sound [agreement.csv] to the column map that the rest of the gateway reads with."""

from __future__ import annotations

from gateway.model.fields import FIELDS
from gateway.profiles.agreement import Column, ColumnMap
from gateway.profiles.shape_table import CsvShape

_TAB = "tab"


def column_map(shape: CsvShape, kind: str, origin: str) -> ColumnMap:
    """The map of a sound shape; what the kind cannot do without is required, said or not."""
    needed = {field.name for field in FIELDS[kind] if field.needed}
    columns = [
        Column(name=name, field=each.field, required=each.required or each.field in needed, digits=each.digits)
        for name, each in shape.columns.items()
    ]
    columns += [
        Column(
            name=field,
            field=field,
            required=each.required or field in needed,
            digits=each.digits,
            start=each.start,
            length=each.length,
        )
        for field, each in shape.fixed.items()
    ]
    return ColumnMap(
        columns=tuple(columns),
        fixed=bool(shape.fixed),
        header=not shape.fixed if shape.header is None else shape.header,
        delimiter="\t" if shape.delimiter == _TAB else shape.delimiter,
        quote=shape.quote,
        encoding=shape.encoding,
        decimal=shape.decimal,
        dates=shape.dates,
        group_by=tuple(shape.group_by),
        values=tuple(shape.values.items()),
        origin=origin,
    )
