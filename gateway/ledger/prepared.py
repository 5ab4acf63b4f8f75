"""Statements prepared once and run for many rows: SQLAlchemy's care for each value of each row costs more than the database."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Dialect, Insert, Update

from gateway.ledger.columns import Instant


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as the driver takes it. `blank` has a value for each of its parameters, `instants` names the moments."""

    sql: str
    blank: dict[str, Any]
    instants: tuple[str, ...]

    def run(self, connection: Connection, rows: Iterable[dict[str, Any]]) -> int:
        """Run it for these rows; how many it changed. Raises KeyError for a name that it does not have."""
        return connection.exec_driver_sql(self.sql, [self._bound(row, connection.dialect) for row in rows]).rowcount

    def _bound(self, row: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
        bound = self.blank | row
        if len(bound) != len(self.blank):
            raise KeyError(*(row.keys() - self.blank.keys()))
        for name in self.instants:
            if bound[name] is not None:
                bound[name] = _INSTANT.process_bind_param(bound[name], dialect)
        return bound


_INSTANT = Instant()


class Statements:
    """Those of one ledger, prepared when they are first asked for; there are as many as the code has shapes of them."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepared: dict[Hashable, Prepared] = {}

    def get(self, shape: Hashable, make: Callable[[], Insert | Update]) -> Prepared:
        """The statement of this shape; `make` says it where it is asked for the first time."""
        if shape not in self._prepared:
            statement = make()
            compiled = statement.compile(dialect=self._dialect)
            self._prepared[shape] = Prepared(
                sql=str(compiled),
                blank=compiled.params | (_defaults(statement.table) if isinstance(statement, Insert) else {}),
                instants=tuple(name for bind, name in compiled.bind_names.items() if isinstance(bind.type, Instant)),
            )
        return self._prepared[shape]


def _defaults(table: Any) -> dict[str, Any]:  # noqa: ANN401 - SQLAlchemy calls it any selectable
    return {column.name: column.default.arg for column in table.columns if column.default is not None}
