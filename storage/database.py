"""Connections to the story database, and what differs between SQLite and PostgreSQL."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from storage.reading import DatabaseProblem

__all__ = ["DatabaseProblem", "connect", "reading", "upgrade", "writing"]

WRITER_LOCK = 0x6E657773  # PostgreSQL's advisory lock that one writer holds at a time: "news"
BUSY_SECONDS = 60
_WAL_BYTES = 16 << 20  # a longer write-ahead log is copied into the database after the commit
_WAL_RESET_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))  # https://www.sqlite.org/wal.html#walresetbug


def connect(url: str) -> Engine:
    """Give an engine for `sqlite:///PATH` or `postgresql://...`; nothing is created.

    Raises DatabaseProblem for a URL that is neither.
    """
    try:
        parsed = make_url(url)
    except Exception as error:
        raise DatabaseProblem(f"{url!r} is no database URL: write sqlite:///PATH or postgresql://...") from error
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(
            parsed, pool_pre_ping=True, connect_args={"options": "-c timezone=UTC", "connect_timeout": 10}
        )
    if parsed.get_backend_name() != "sqlite":
        shown = parsed.render_as_string(hide_password=True)
        raise DatabaseProblem(f"{shown}: newsfold keeps its stories in sqlite:///PATH or postgresql://...")
    engine = create_engine(parsed, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one state of the database."""
    with engine.connect() as db, db.begin():
        yield db


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open the one write transaction: no other writer is inside at the same time; all of it is kept, or nothing."""
    if engine.dialect.name == "sqlite":
        with _alone(engine), engine.connect().execution_options(newsfold_writes=True) as db:
            with db.begin():
                yield db
            _checkpoint(db)
        return
    with engine.connect() as db, db.begin():
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})
        yield db


def upgrade(url: str) -> list[str]:
    """Bring the schema up to this program's, making the database where there is none; give the revisions applied.

    Raises DatabaseProblem when it cannot be reached or written, or is newer than this program.
    """
    engine = connect(url)
    shown = engine.url.render_as_string(hide_password=True)
    try:
        if engine.dialect.name == "sqlite" and engine.url.database:
            Path(engine.url.database).absolute().parent.mkdir(parents=True, exist_ok=True)
        with reading(engine) as db:
            before = MigrationContext.configure(db).get_current_revision()
        config = _alembic(engine)
        steps = _steps(config, before, shown)
        if steps:
            with writing(engine) as db:
                config.attributes["connection"] = db
                command.upgrade(config, "head")
        return steps
    except (OSError, DatabaseError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise DatabaseProblem(
            f"{shown} cannot be used: {reason}; name another with --db or NEWSFOLD_DATABASE_URL"
        ) from error
    finally:
        engine.dispose()


def _steps(config: Config, before: str | None, shown: str) -> list[str]:
    script = ScriptDirectory.from_config(config)
    known = [revision.revision for revision in script.walk_revisions()][::-1]
    if before is not None and before not in known:
        raise DatabaseProblem(f"{shown} is newer than this program (revision {before}): upgrade newsfold")
    return known[known.index(before) + 1 :] if before else known


def _alembic(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["engine"] = engine
    return config


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own comes too late for a read
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.execute("PRAGMA temp_store = MEMORY")
    if not _resets_safely(sqlite3.sqlite_version_info):
        cursor.execute("PRAGMA wal_autocheckpoint = 0")  # _checkpoint() does it, while no one writes
    cursor.close()


def _resets_safely(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite is free of the WAL reset bug, which wants a checkpoint beside a writer."""
    return version >= _WAL_RESET_FIXED[-1] or any(fix <= version < (fix[0], fix[1] + 1, 0) for fix in _WAL_RESET_FIXED)


def _begin_sqlite(db: Connection) -> None:
    db.exec_driver_sql("BEGIN IMMEDIATE" if db.get_execution_options().get("newsfold_writes") else "BEGIN")


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Hold the writers' lock file beside an SQLite database: a queue where BEGIN IMMEDIATE alone would poll."""
    name = engine.url.database
    if not name or name == ":memory:":
        yield
        return
    lock = os.open(f"{name}-writer", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _checkpoint(db: Connection) -> None:
    """Copy a long write-ahead log into the database, still alone: see _resets_safely."""
    name = db.engine.url.database
    log = Path(f"{name}-wal")
    if name and log.exists() and log.stat().st_size > _WAL_BYTES:
        driver = db.connection.driver_connection
        if driver is not None:
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
