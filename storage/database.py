"""Connections to the story database, and what differs between SQLite and PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from storage.alone import WRITER_LOCK, alone, checkpoint
from storage.reading import NO_URL, DatabaseProblem, target, utc
from storage.reading import reading as checked

__all__ = ["DatabaseProblem", "Engine", "connect", "connected", "now_by", "opened", "reading", "writing"]

BUSY_SECONDS = 60
_NOW = {
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')",
    "postgresql": "SELECT clock_timestamp()",  # now() is when the transaction began, which may have waited for others
}
_WAL_RESET_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))  # https://www.sqlite.org/wal.html#walresetbug


def connect(url: str) -> Engine:
    """Give an engine for `sqlite:///PATH` or `postgresql://...`; nothing is created.

    Its errors do not show the values of a statement, which are articles: errors end in logs and on Prefect's pages.
    Raises DatabaseProblem for a URL that is neither.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = make_url("unknown://")
    kind = parsed.get_backend_name()
    if kind in {"postgresql", "postgres"} and url.isprintable():
        target(url)  # SQLAlchemy takes another sign for the end of a password than libpq does
        parsed = parsed.set(drivername="postgresql+psycopg")
        settings = {"options": "-c timezone=UTC", "connect_timeout": 10, "client_encoding": "utf8"}
        return create_engine(parsed, pool_pre_ping=True, connect_args=settings, hide_parameters=True)
    if kind != "sqlite" or "\0" in url or parsed.database in {None, "", ":memory:"}:
        raise DatabaseProblem(NO_URL)
    place = URL.create("sqlite", database=parsed.database)
    engine = create_engine(place, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def connected(url: str) -> Iterator[Engine]:
    """Give an engine as connect() does, and close its connections afterwards."""
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Give the engine of the story database at `url`, which is there and of this release, for what people write.

    Raises DatabaseProblem, also in place of what the database raises inside.
    """
    with checked(url):
        pass
    with connected(url) as engine:
        try:
            yield engine
        except DBAPIError as error:
            reason = (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
            raise DatabaseProblem(f"the database cannot be written: {reason}") from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one state of the database."""
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as db, db.begin():
        yield db


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open the one write transaction: no other writer is inside at the same time; all of it is kept, or nothing.

    Waits for the writer before it. Raises DatabaseProblem where SQLite's lock file cannot be made.
    """
    if engine.dialect.name == "sqlite":
        path = Path(engine.url.database or "")
        with alone(path), engine.connect().execution_options(newsfold_writes=True) as db:
            with db.begin():
                yield db
            if isinstance(db.connection.driver_connection, sqlite3.Connection):
                checkpoint(db.connection.driver_connection, path)
        return
    with engine.connect() as db, db.begin():
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})
        yield db


def now_by(db: Connection) -> datetime:
    """Give the time by the clock of the database, UTC: all who use it share that; SQLite has this machine's."""
    return utc(db.scalar(text(_NOW[db.dialect.name])))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own comes too late for a read
    cursor = connection.cursor()
    if cursor.execute("PRAGMA page_count").fetchone() == (0,):  # later it would say nothing, and wait for the writer
        cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")  # storage/upkeep/tidying.py
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.execute("PRAGMA temp_store = MEMORY")
    if not _resets_safely(sqlite3.sqlite_version_info):
        cursor.execute("PRAGMA wal_autocheckpoint = 0")  # checkpoint() does it, while no one writes
    cursor.close()


def _resets_safely(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite is free of the WAL reset bug, which wants a checkpoint beside a writer."""
    return version >= _WAL_RESET_FIXED[-1] or any(fix <= version < (fix[0], fix[1] + 1, 0) for fix in _WAL_RESET_FIXED)


def _begin_sqlite(db: Connection) -> None:
    db.exec_driver_sql("BEGIN IMMEDIATE" if db.get_execution_options().get("newsfold_writes") else "BEGIN")
