"""Many rows at once, by the fastest way each database has: executemany on SQLite, binary COPY on PostgreSQL."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    TextClause,
    bindparam,
    text,
    update,
)
from sqlmodel import SQLModel

from storage.columns import UtcDateTime
from storage.tables import core


def insert_rows(db: Connection, model: type[SQLModel], rows: Sequence[tuple[Any, ...]]) -> None:  # Any: a row's values
    """Insert `rows`, tuples in the order of the table's columns."""
    if not rows:
        return
    table = core(model)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    times = [place for place, column in enumerate(table.columns) if isinstance(column.type, UtcDateTime)]
    if db.dialect.name == "sqlite":
        marks = ", ".join("?" * len(table.columns))
        written: dict[datetime, str] = {}
        plain = [_plain(row, times, written) for row in rows]
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608  names of our own tables
        db.exec_driver_sql(statement, plain)
        return
    driver = db.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN (FORMAT BINARY)') as copy:
        copy.set_types([_postgres_type(column.type) for column in table.columns])
        for row in rows:
            copy.write_row(row)


def update_rows(
    db: Connection,
    model: type[SQLModel],
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],  # Any: a row's values
) -> None:
    """Set the columns `names` of rows given as (id, *values)."""
    if not rows:
        return
    table = core(model)
    if db.dialect.name == "sqlite":  # without a look at the type of each value, which takes longer than the update
        times = [place for place, name in enumerate(names) if isinstance(table.c[name].type, UtcDateTime)]
        written: dict[datetime, str] = {}
        plain = [(*_plain(row[1:], times, written), row[0]) for row in rows]
        settings = ", ".join(f'"{name}" = ?' for name in names)
        db.exec_driver_sql(f'UPDATE "{table.name}" SET {settings} WHERE id = ?', plain)  # noqa: S608  as above
        return
    marks = [f"new_{name}" for name in names]
    values: dict[str, object] = {name: bindparam(mark) for name, mark in zip(names, marks, strict=True)}
    statement = update(table).where(table.c.id == bindparam("key")).values(values)
    db.execute(statement, [dict(zip(("key", *marks), row, strict=True)) for row in rows])


def storable(text: str) -> str:
    """Give a text of unknown origin without what no database takes: NUL and lone surrogates."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def among(
    db: Connection,
    column: Column[Any],  # Any: whatever it holds
    values: Iterable[int] | Iterable[str],
) -> TextClause:
    """Give the condition that `column` is one of `values`: one parameter, however many there are."""
    return _among(db, column, values, "{}")


def not_among(
    db: Connection, column: Column[Any], values: Iterable[int] | Iterable[str]
) -> TextClause:  # Any: as above
    """Give the condition that `column` is none of `values`: one parameter, however many there are."""
    return _among(db, column, values, "NOT ({})")


def _among(
    db: Connection,
    column: Column[Any],  # Any: as above
    values: Iterable[int] | Iterable[str],
    form: str,
) -> TextClause:
    name, given = f'"{column.table.name}"."{column.name}"', list(values)
    if db.dialect.name == "sqlite":
        condition = f"{name} IN (SELECT value FROM json_each(:chosen))"  # noqa: S608  a column of our own
        return text(form.format(condition)).bindparams(bindparam("chosen", orjson.dumps(given).decode(), unique=True))
    condition = f"{name} = ANY(CAST(:chosen AS {'BIGINT' if isinstance(column.type, Integer) else 'TEXT'}[]))"
    return text(form.format(condition)).bindparams(bindparam("chosen", given, unique=True))


def sqlite_time(at: datetime) -> str:
    """Write a time as SQLAlchemy does in SQLite: UTC, without its zone. Raises ValueError for one without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone: {at!r}")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _plain(row: tuple[Any, ...], times: list[int], written: dict[datetime, str]) -> tuple[Any, ...]:
    values = list(row)
    for place in times:
        at = values[place]
        if at is not None:
            values[place] = written.get(at) or written.setdefault(at, sqlite_time(at))
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
