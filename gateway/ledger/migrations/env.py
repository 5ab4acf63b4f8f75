"""Where Alembic finds the ledger: each migration is done as a whole or not at all, also where the process is killed in it."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, event

from gateway.failpoints import failpoint
from gateway.ledger.tables import metadata

engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
if engine.dialect.name == "sqlite":
    # SQLite can undo a CREATE TABLE, but its driver commits each one by itself unless it is kept from it.
    @event.listens_for(engine, "connect")
    def _open(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own types
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")  # once, here: later a reader's snapshot would hold it up

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
        failpoint("ledger.migrated")
engine.dispose()
