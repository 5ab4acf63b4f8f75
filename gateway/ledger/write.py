"""The one door for writes: `with ledger.write() as tx:` locks, begins, and commits to stable storage, or leaves no trace."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    Executable,
    Table,
    Update,
    bindparam,
    create_engine,
    event,
    false,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import StaticPool

from gateway.failpoints import failpoint
from gateway.ledger import states, tables, trouble
from gateway.ledger.prepared import Statements
from gateway.model.outcomes import Refused, TryLater
from gateway.trail.leaf import leaf_of, moment

# Ids handed out per UPDATE of id_block. A restart or a rollback leaves a gap: harmless, but small where people read the numbers.
_BLOCK = 500
_BLOCKS = {"case": 1, "transmission": 16}
_TRANSITIONS: dict[str, dict[Any, set[Any]]] = {
    "transmission": states.PROCESSING,
    "interchange": states.PROCESSING,
    "document": states.PROCESSING,
    "delivery": states.DELIVERING,
    "case": states.CASES,
}
_CONTROL_KEY = ("own_id", "partner_id", "level", "usage")
_ORDER = {table.name: place for place, table in enumerate(tables.metadata.sorted_tables)}


class Fenced(TryLater):
    """Somebody else has this row now, or it is no longer in a state that allows the change; nothing was written."""


class Tx:
    """One transaction. Inserts are gathered and written together, in the order in which rows refer to each other."""

    def __init__(
        self, connection: Connection, statements: Statements, blocks: dict[str, tuple[int, int]], now: datetime
    ) -> None:
        self.now = now
        self._connection = connection
        self._statements = statements
        self._blocks = blocks
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._controls: dict[tuple[str, str, str, str], int] = {}

    def insert(self, table: Table, **row: Any) -> int:  # noqa: ANN401 - a row holds what its columns hold
        """Add a row; its new id, or 0 where the table has none. Written at the latest with the commit."""
        key = self.new_id(table) if "id" in table.c and "id" not in row else 0
        if key:
            row["id"] = key
        self._rows[table.name].append(row)
        return key

    def execute(self, statement: Executable, rows: Any = None) -> CursorResult[Any]:  # noqa: ANN401
        """Run a statement after everything that was added before it."""
        self.flush()
        return self._connection.execute(statement, rows)

    def flush(self) -> None:
        """Write what was gathered."""
        for name in sorted(self._rows, key=_ORDER.__getitem__):
            self._statements.get(name, tables.metadata.tables[name].insert).run(self._connection, self._rows[name])
        self._rows.clear()

    def move(self, table: Table, key: int, to: str, *, token: int | None = None, **columns: Any) -> None:  # noqa: ANN401
        """Change the state of one row along the transitions table; raises Fenced where that is not possible (any more)."""
        self.move_all(table, [{"key": key, "token": token, **columns}], to)

    def move_all(self, table: Table, rows: list[dict[str, Any]], to: str) -> None:
        """Change the state of several rows; each has `key`, `token` (or None) and the same further columns."""
        if not rows:
            return
        self.flush()
        columns = tuple(name for name in rows[0] if name not in {"key", "token"})
        fenced = rows[0].get("token") is not None
        shape = (table.name, to, columns, fenced)
        statement = self._statements.get(shape, partial(_movement, table, to, columns, fenced=fenced))
        bound = [
            {
                "b_key": row["key"],
                **({"b_token": row["token"]} if fenced else {}),
                **{f"v_{n}": row[n] for n in columns},
            }
            for row in rows
        ]
        if statement.run(self._connection, bound) != len(rows):
            raise Fenced(f"{table.name}: not in a state that may become {to}, or taken by another worker")

    def event(self, who: str, what: str, about: str, **detail: Any) -> None:  # noqa: ANN401
        """Write one row of the audit trail, with its leaf: what is signed later is what was written now."""
        number, body = self.new_id(tables.event), msgspec.json.encode(detail).decode()
        leaf = leaf_of(number, moment(self.now), who, what, about, body)
        self.insert(tables.event, id=number, at=self.now, who=who, what=what, about=about, detail=body, leaf=leaf)

    def next_control(self, own_id: str, partner_id: str, level: str, usage: str, count: int = 1) -> int:
        """Reserve `count` control numbers and give the first; they are spent in the commit that fixes the bytes."""
        place = (own_id, partner_id, level, usage)
        if place not in self._controls:
            self._controls[place] = self._control(place)
        first = self._controls[place]
        self._controls[place] = first + count
        return first

    def _control(self, place: tuple[str, str, str, str]) -> int:
        numbers = tables.control_next
        key = zip(_CONTROL_KEY, place, strict=True)
        query = select(numbers.c.next).where(*(numbers.c[name] == value for name, value in key)).with_for_update()
        found: int | None = self._connection.execute(query).scalar_one_or_none()
        return found or 1

    def _write_controls(self) -> None:
        """The counters as this transaction leaves them: one statement, however many numbers it took."""
        if not self._controls:
            return
        insert = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        statement = insert(tables.control_next)
        statement = statement.on_conflict_do_update(index_elements=_CONTROL_KEY, set_={"next": statement.excluded.next})
        rows = [dict(zip(_CONTROL_KEY, place, strict=True)) | {"next": n} for place, n in self._controls.items()]
        self._connection.execute(statement, rows)

    def finish(self) -> None:
        """Write all that was gathered; the commit follows."""
        self.flush()
        self._write_controls()

    def new_id(self, table: Table) -> int:
        """The id of a row yet to be added."""
        name = table.name
        free, end = self._blocks.get(name, (0, 0))
        if free == end:
            free, end = self._next_block(name)
        self._blocks[name] = (free + 1, end)
        return free

    def _next_block(self, name: str) -> tuple[int, int]:
        statement = text(
            "INSERT INTO id_block (name, next) VALUES (:name, :first) "
            "ON CONFLICT (name) DO UPDATE SET next = id_block.next + :block RETURNING next"
        )
        block = _BLOCKS.get(name, _BLOCK)
        end = self._connection.execute(statement, {"name": name, "first": 1 + block, "block": block}).scalar_one()
        return end - block, end


class Ledger:
    """The ledger of one home. One writer connection behind a lock; readers see the last commit and write nothing."""

    def __init__(self, url: str, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._blocks: dict[str, tuple[int, int]] = {}
        self.changes = 0  # commits that changed something: who follows the ledger need not look while it stands still
        self._writer, self._readers = _engines(url)
        self._statements = Statements(self._writer.dialect)

    def now(self) -> datetime:
        """The moment, as the ledger stamps it."""
        return self._clock()

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """One transaction: when the block ends well it is on stable storage, else nothing happened."""
        with self._lock:
            try:
                with self._writer.connect() as connection:
                    before = _rows_changed(connection)
                    with connection.begin():
                        tx = Tx(connection, self._statements, self._blocks, self.now())
                        yield tx
                        tx.finish()
                        failpoint(f"ledger.commit.{self.changes}")
                    after = _rows_changed(connection)
                    self.changes += after is None or after != before
            except OperationalError as error:
                self._blocks.clear()
                raise trouble.unwritten(error) from error
            except BaseException:
                # The blocks this transaction reserved were rolled back with it.
                self._blocks.clear()
                raise

    def new_id(self, table: Table) -> int:
        """The id of a row that a later commit will write; costs a commit of its own only once in a block."""
        with self._lock:
            free, end = self._blocks.get(table.name, (0, 0))
            if free < end:
                self._blocks[table.name] = (free + 1, end)
                return free
        with self.write() as tx:
            return tx.new_id(table)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot, read-only."""
        try:
            with self._readers.connect() as connection, connection.begin():
                yield connection
        except DatabaseError as error:
            raise trouble.unread(error) from error

    def close(self) -> None:
        """Let go of every connection; the last one leaves a database without a write-ahead file behind."""
        self._readers.dispose()
        self._writer.dispose()


def _movement(table: Table, to: str, columns: tuple[str, ...], *, fenced: bool) -> Update:
    """One row from any state that may become `to` (from none where nothing leads there), with values for these columns."""
    statement = update(table).where(
        table.c.id == bindparam("b_key"),
        # Spelled out, because an IN list cannot be bound for several rows at once.
        or_(false(), *(table.c.state == state for state in states.sources(_TRANSITIONS[table.name], to))),
    )
    if fenced:
        statement = statement.where(table.c.token == bindparam("b_token"))
    return statement.values(state=str(to), **{name: bindparam(f"v_{name}") for name in columns})


def _rows_changed(connection: Connection) -> int | None:
    """How many rows this connection changed so far; None where the driver does not count."""
    return getattr(connection.connection.driver_connection, "total_changes", None)


def _engines(url: str) -> tuple[Engine, Engine]:
    if url.startswith("sqlite"):
        return _sqlite(Path(url.removeprefix("sqlite:///")))
    engine = create_engine(url)
    return engine, engine


def _sqlite(path: Path) -> tuple[Engine, Engine]:
    """A writer that alone writes and checkpoints, and readers that cannot write (engine rules: ADR 0001)."""
    if path.exists() and path.is_symlink():
        raise Refused("ledger.symlink", path=str(path))
    shared = {"check_same_thread": False, "timeout": trouble.PATIENCE}
    writer = create_engine(f"sqlite:///{path}", poolclass=StaticPool, connect_args=shared, paramstyle="named")
    readers = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true", connect_args=shared)

    @event.listens_for(writer, "connect")
    def _open(connection: Any, _record: Any) -> None:  # noqa: ANN401
        # The driver must not begin transactions by itself: BEGIN IMMEDIATE below is the only one.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(writer, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(readers, "connect")
    def _open_reader(connection: Any, _record: Any) -> None:  # noqa: ANN401
        connection.isolation_level = None
        connection.execute("PRAGMA query_only=ON")

    @event.listens_for(readers, "begin")
    def _begin_reader(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return writer, readers
