"""Many rows at once, by the fastest way each database has: executemany on SQLite, binary COPY on PostgreSQL."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, Float, Integer, LargeBinary
from sqlmodel import SQLModel

from storage.tables import UtcDateTime, core

PARAMETERS = 900  # of one IN list: SQLite takes 999 where it is old, PostgreSQL 65,535


def insert_rows(db: Connection, model: type[SQLModel], rows: Sequence[tuple[Any, ...]]) -> None:  # Any: a row's values
    """Insert `rows`, tuples in the order of the table's columns."""
    if not rows:
        return
    table = core(model)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    times = [place for place, column in enumerate(table.columns) if isinstance(column.type, UtcDateTime)]
    if db.dialect.name == "sqlite":
        marks = ", ".join("?" * len(table.columns))
        db.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', [_plain(row, times) for row in rows])
        return
    driver = db.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN (FORMAT BINARY)') as copy:
        copy.set_types([_postgres_type(column.type) for column in table.columns])
        for row in rows:
            copy.write_row(row)


def in_parts(values: Iterable[int], size: int = PARAMETERS) -> Iterator[list[int]]:
    """Cut `values` into lists short enough for one IN list."""
    ordered = list(values)
    for first in range(0, len(ordered), size):
        yield ordered[first : first + size]


def sqlite_time(at: datetime) -> str:
    """Write a time as SQLAlchemy does in SQLite: UTC, without its zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") if at.year >= 1000 else at.isoformat(" ")


def _plain(row: tuple[Any, ...], times: list[int]) -> tuple[Any, ...]:
    values = list(row)
    for place in times:
        if values[place] is not None:
            values[place] = sqlite_time(values[place])
    return tuple(values)


def _postgres_type(kind: object) -> str:
    for known, name in (
        (UtcDateTime, "timestamptz"),
        (Boolean, "bool"),
        (BigInteger, "int8"),
        (Integer, "int4"),
        (Float, "float8"),
        (LargeBinary, "bytea"),
    ):
        if isinstance(kind, known):
            return name
    return "text"
