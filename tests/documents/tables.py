"""Small tables for these tests: rows in, what the real reader makes of them out."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.documents import Document, Envelope, RowsRead, canonical_json, documents_in, kind_of
from gateway.flatfile.table import Table, read_table
from gateway.model.finding import Finding
from gateway.model.identifiers import PartyId
from gateway.model.limits import Limits
from gateway.profiles.agreement import Column, ColumnMap
from gateway.x12.reading import Delimiters, GroupHeader, InterchangeHeader
from tests.documents.document_sets import CONTEXT, FUNCTIONAL_IDS, MAPS

Columns = Mapping[str, str | Mapping[str, Any]]


def column_map(columns: Columns, **settings: Any) -> ColumnMap:  # noqa: ANN401 - settings of ColumnMap
    """A map of header names to fields, or to the settings of a column."""
    each = ({"field": said} if isinstance(said, str) else said for said in columns.values())
    return ColumnMap(
        columns=tuple(Column(name=name, **said) for name, said in zip(columns, each, strict=True)), **settings
    )


def table_of(content: bytes | str, *maps: tuple[str, ColumnMap], limits: Limits | None = None) -> Table:
    """What the reader makes of these bytes."""
    sent = content.encode() if isinstance(content, str) else content
    return read_table(io.BytesIO(sent), maps, limits or Limits())


def envelope(kind: str) -> Envelope:
    """What the route puts around a table."""
    interchange = InterchangeHeader(
        ordinal=1,
        offset=0,
        control="",
        sender=PartyId("ZZ", "BOLT"),
        receiver=PartyId("ZZ", "HEALTHSYS"),
        date="",
        time="",
        version="",
        usage="P",
        ack_requested=False,
        delimiters=Delimiters(element="", component="", segment=""),
    )
    group = GroupHeader(
        ordinal=1,
        offset=0,
        functional_id=FUNCTIONAL_IDS[kind],
        sender="BOLT",
        receiver="HEALTHSYS",
        date="",
        time="",
        control="",
        agency="",
        version="",
        release="004010",
    )
    return Envelope(interchange=interchange, group=group)


def documents_of(table: Table, limits: Limits | None = None) -> list[RowsRead]:
    """Every document in it."""
    kind = kind_of(table.layout.kind) if table.layout is not None else None
    if kind is None:
        return []
    return list(documents_in(table, kind, envelope(kind.kind), CONTEXT, MAPS, limits or Limits()))


def read_rows(kind: str, columns: Columns, *rows: Sequence[str], **settings: Any) -> list[RowsRead]:  # noqa: ANN401
    """The documents in these rows, written as CSV under the names of the columns."""
    return documents_of(table_of(written([list(columns), *rows]), (kind, column_map(columns, **settings))))


def written(rows: Sequence[Sequence[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    """These rows as CSV."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def found_in(read: RowsRead) -> list[tuple[str, int | None, str | None]]:
    """What was found, as code, row and column."""
    return [(each.code, each.row, each.column) for each in (*read.read.findings, *read.odd)]


def places(findings: Sequence[Finding]) -> list[tuple[str, int | None, str | None]]:
    """The same of findings."""
    return [(each.code, each.row, each.column) for each in findings]


def content_of(document: Document | None) -> str:
    """What a document says, but for where it came from and where it stood there."""
    assert document is not None
    said = re.sub(r',"source":\{[^}]*\}', "", canonical_json(document).decode())
    return re.sub(r'"src":\d+,?', "", said)
