"""What the columns of times hold."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, TypeDecorator

_REMEMBERED = 1 << 12  # times


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time in, an aware UTC time out: SQLite forgets zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time; give SQLite UTC without its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002  SQLAlchemy calls it
    ) -> datetime | None:
        """Give back UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """Give what reads a value: of SQLite each time once, since a batch reads the same few over and over."""
        read = super().result_processor(dialect, coltype)  # Any: what the driver gives
        return lru_cache(maxsize=_REMEMBERED)(read) if read and dialect.name == "sqlite" else read


def at_column(*, nullable: bool = False) -> Column[datetime]:
    """Give a column of such times."""
    return Column(UtcDateTime(), nullable=nullable)
