"""The schema: what the migrations make is what the tables say, and a migration is whole or not there."""

from pathlib import Path
from typing import Any, NoReturn

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

import gateway.ledger
from gateway.ledger import schema, tables
from gateway.ledger.schema import bring_up_to_date, migrate, version
from gateway.model.outcomes import Refused


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'ledger.db'}"


def test_the_migrations_make_what_the_tables_say(tmp_path: Path) -> None:
    migrate(url_of(tmp_path))
    engine = create_engine(url_of(tmp_path))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []
        made = inspect(connection)
        for table in tables.metadata.sorted_tables:
            there = {(index["name"], bool(index["unique"])) for index in made.get_indexes(table.name)}
            assert {(index.name, index.unique) for index in table.indexes} <= there
    engine.dispose()


def test_the_partial_indexes_have_the_conditions_that_the_tables_give_them(tmp_path: Path) -> None:
    engines = [create_engine(f"sqlite:///{tmp_path / name}") for name in ("migrated.db", "created.db")]
    migrate(str(engines[0].url))
    tables.metadata.create_all(engines[1])
    conditions = []
    for engine in engines:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql LIKE '% WHERE %'")
            conditions.append({name: " ".join(sql.partition(" WHERE ")[2].split()) for name, sql in found})
        engine.dispose()
    assert conditions[0] == conditions[1] != {}


def test_the_newest_revision_is_the_one_that_is_compared_with() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(gateway.ledger.__path__[0]) / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_a_migration_that_breaks_off_leaves_nothing_and_the_next_start_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = op.create_table

    def breaks_off(name: str, *columns: Any, **options: Any) -> Any:  # noqa: ANN401 - alembic's own
        return no_power() if name == "lane" else create(name, *columns, **options)

    def no_power() -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as breaking:
        breaking.setattr(op, "create_table", breaks_off)
        with pytest.raises(KeyboardInterrupt):
            bring_up_to_date(url_of(tmp_path))
    engine = create_engine(url_of(tmp_path))
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    bring_up_to_date(url_of(tmp_path))
    assert version(url_of(tmp_path)) == schema.HEAD


def test_a_ledger_that_is_up_to_date_is_not_touched(tmp_path: Path) -> None:
    bring_up_to_date(url_of(tmp_path))
    before = (tmp_path / "ledger.db").read_bytes()
    bring_up_to_date(url_of(tmp_path))
    assert (tmp_path / "ledger.db").read_bytes() == before


def test_a_ledger_of_a_newer_gateway_is_refused(tmp_path: Path) -> None:
    bring_up_to_date(url_of(tmp_path))
    engine = create_engine(url_of(tmp_path))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(Refused) as refused:
        bring_up_to_date(url_of(tmp_path))
    assert refused.value.code == "ledger.newer"
