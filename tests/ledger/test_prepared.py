"""Rows that go to the driver without SQLAlchemy's care for each value: nothing is lost or guessed on the way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text

from gateway.ledger import tables
from gateway.ledger.schema import bring_up_to_date
from gateway.ledger.write import Ledger

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
_B, _D = tables.blob, tables.delivery


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    bring_up_to_date(url)
    opened = Ledger(url, lambda: NOON)
    yield opened
    opened.close()


def test_a_moment_of_another_zone_is_stored_as_the_utc_text_that_queries_compare(ledger: Ledger) -> None:
    with ledger.write() as tx:
        tx.insert(_B, sha256="a", size=1, kept_at=NOON.astimezone(timezone(timedelta(hours=-5))))
    with ledger.read() as snapshot:
        assert snapshot.execute(text("SELECT kept_at FROM blob")).scalar_one() == "2026-11-16T12:00:00.000000Z"
        assert snapshot.execute(select(_B.c.kept_at).where(_B.c.kept_at == NOON)).scalar_one() == NOON


def test_a_moment_without_a_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="time zone"), ledger.write() as tx:
        tx.insert(_B, sha256="a", size=1, kept_at=datetime(2026, 11, 16, 12))  # noqa: DTZ001 - the mistake under test


def test_a_column_that_the_table_does_not_have_is_refused(ledger: Ledger) -> None:
    with pytest.raises(KeyError, match="sighs"), ledger.write() as tx:
        tx.insert(_B, sha256="a", sighs=1, kept_at=NOON)


def test_rows_with_different_columns_get_the_defaults_of_those_they_leave_out(ledger: Ledger) -> None:
    with ledger.write() as tx:
        owed = {"kind": "erp", "target": "erp", "state": "ready", "created_at": NOON, "due_at": NOON}
        tx.insert(_D, **owed, revision=3, content=b"\x00\xff")
        tx.insert(_D, **owed, doubtful=True)
    with ledger.read() as snapshot:
        columns = (_D.c.revision, _D.c.attempts, _D.c.doubtful, _D.c.content, _D.c.done_at)
        rows = snapshot.execute(select(*columns).order_by(_D.c.id)).all()
    assert [tuple(row) for row in rows] == [(3, 0, False, b"\x00\xff", None), (1, 0, True, None, None)]
