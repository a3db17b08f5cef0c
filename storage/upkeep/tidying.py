"""Room given back, and the planner told how the tables are now: after much was let go of."""

import sqlite3
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import Engine, text

from storage.alone import alone

_PAGES = 1_000  # given back in one transaction
_LOOKED_AT = 1_000  # rows of each index, by ANALYZE


def tidy(engine: Engine, shrunk: Collection[str]) -> int:
    """Give back what room can be without stopping anybody, and analyse; `shrunk` are the tables that rows went from.

    Gives the bytes that went to the file system: on PostgreSQL 0, for its server keeps them for what comes.
    """
    return _tidy_sqlite(engine) if engine.dialect.name == "sqlite" else _tidy_postgresql(engine, shrunk)


def _tidy_sqlite(engine: Engine) -> int:
    path, given = Path(engine.url.database or ""), 0
    with engine.connect() as db:
        connection = db.connection.driver_connection
        if not isinstance(connection, sqlite3.Connection):
            raise TypeError("not an SQLite connection")
        while pages := _given_back(connection, path):
            given += pages
        with alone(path):
            connection.execute(f"PRAGMA analysis_limit = {_LOOKED_AT}")
            connection.execute("PRAGMA optimize = 0x10002")  # also of tables that this connection has not asked
            [(size,)] = connection.execute("PRAGMA page_size").fetchall()
    return given * int(size)


def _given_back(connection: sqlite3.Connection, path: Path) -> int:
    """Give back some pages; 0 where there are none, or the database was made before it could."""
    if not _free(connection):
        return 0
    with alone(path):
        before = _free(connection)
        connection.executescript(f"PRAGMA incremental_vacuum({_PAGES})")  # execute() would stop after its first page
        return before - _free(connection)


def _free(connection: sqlite3.Connection) -> int:
    [(pages,)] = connection.execute("PRAGMA freelist_count").fetchall()
    return int(pages)


def _tidy_postgresql(engine: Engine, shrunk: Collection[str]) -> int:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        for table in sorted(shrunk):
            db.execute(text(f'VACUUM "{table}"'))
        db.execute(text("ANALYZE"))
    return 0
