"""Connections to the story database, and what differs between SQLite and PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from storage.alone import WRITER_LOCK, alone, checkpoint
from storage.reading import SCHEMA_VERSION, DatabaseProblem, utc

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["DatabaseProblem", "Engine", "connect", "connected", "now_by", "reading", "upgrade", "writing"]

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
        parsed = parsed.set(drivername="postgresql+psycopg")
        settings = {"options": "-c timezone=UTC", "connect_timeout": 10}
        return create_engine(parsed, pool_pre_ping=True, connect_args=settings, hide_parameters=True)
    if kind != "sqlite" or "\0" in url or parsed.database in {None, "", ":memory:"}:
        # The text itself is not shown: it may be a password in the wrong place.
        raise DatabaseProblem("not a database URL: write sqlite:///PATH or postgresql://HOST/NAME")
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


def upgrade(url: str) -> list[str]:
    """Bring the schema up to this program's, making the database where there is none; give the revisions applied.

    Raises DatabaseProblem when it cannot be reached or written, or is newer than this program.
    """
    engine = connect(url)
    shown = _shown(engine)
    try:
        if engine.dialect.name == "sqlite":
            Path(str(engine.url.database)).absolute().parent.mkdir(parents=True, exist_ok=True)
        if _is_current(engine):
            return []
        from alembic import command  # half a second to import, and most runs find the schema as it should be
        from alembic.migration import MigrationContext

        config = _alembic(engine)
        with writing(engine) as db:
            steps = _steps(config, MigrationContext.configure(db).get_current_revision(), shown)
            if steps:
                config.attributes["connection"] = db
                command.upgrade(config, "head")
                from storage.stories.cards import make_missing_cards  # which needs tables that a reader can do without

                make_missing_cards(db)
        return steps
    except (OSError, DBAPIError) as error:
        reason = _one_line(error)
        raise DatabaseProblem(
            f"{shown} cannot be used: {reason}; name another with --db or NEWSFOLD_DATABASE_URL"
        ) from error
    finally:
        engine.dispose()


def _is_current(engine: Engine) -> bool:
    with reading(engine) as db:
        has_version = inspect(db).has_table("alembic_version")
        return has_version and db.scalar(text("SELECT version_num FROM alembic_version")) == SCHEMA_VERSION


def _shown(engine: Engine) -> str:
    """Name the database without the credentials in its URL."""
    name = engine.url.database or ""
    return (
        name if engine.dialect.name == "sqlite" else f"PostgreSQL database {name} at {engine.url.host or 'localhost'}"
    )


def _one_line(error: OSError | DBAPIError) -> str:
    said = error.strerror if isinstance(error, OSError) else str(error.orig).strip()
    return (said or type(error).__name__).splitlines()[0]


def _steps(config: "Config", before: str | None, shown: str) -> list[str]:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    known = [revision.revision for revision in script.walk_revisions()][::-1]
    if before is not None and before not in known:
        raise DatabaseProblem(f"{shown} is newer than this program (schema {before}): upgrade newsfold")
    return known[known.index(before) + 1 :] if before else known


def _alembic(engine: Engine) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["engine"] = engine
    return config


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
