"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, String, TypeDecorator
from sqlalchemy.types import TypeEngine


class Instant(TypeDecorator[datetime]):
    """An aware moment in UTC; on SQLite ISO text of fixed width, so that comparing text compares time."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """PostgreSQL has a type of its own for this."""
        kind: TypeEngine[Any] = DateTime(timezone=True) if dialect.name == "postgresql" else String(27)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as the driver wants it
        """A naive moment is a mistake of ours, never a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value if dialect.name == "postgresql" else instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 - as the driver gives it; the signature is SQLAlchemy's
        """Back as aware UTC."""
        if value is None or isinstance(value, datetime):
            return value
        return datetime.fromisoformat(value)


def instant_text(moment: datetime) -> str:
    """The text of a moment as SQLite stores it, microseconds always shown."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
