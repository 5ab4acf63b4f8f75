"""The schema of a ledger and its version. Alembic is imported only where there is something to migrate."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from gateway.ledger.trouble import unread, unwritten
from gateway.model.outcomes import Refused

HEAD = "0002"  # the newest revision in migrations/versions; a test compares


def bring_up_to_date(url: str) -> None:
    """Create or migrate the database; raises Refused where it was written by a newer gateway."""
    found = version(url)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise Refused("ledger.newer", found=found, known=HEAD)
    migrate(url)


def version(url: str) -> str | None:
    """The revision a database is at, None for a new one."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except DatabaseError as error:
        raise unread(error) from error
    finally:
        engine.dispose()


def migrate(url: str, revision: str = "head") -> None:
    """Run the migrations up to `revision`; raises TryLater where the disk is full or another program holds the database."""
    from alembic import command  # noqa: PLC0415 - costs 0.2 s, and most starts need no migration
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    try:
        command.upgrade(config, revision)
    except OperationalError as error:
        raise unwritten(error) from error
