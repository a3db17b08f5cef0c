"""Read the story database over plain DB-API: one SQL text for SQLite and PostgreSQL.

    with reading(database_url(None)) as reader:
        reader.rows("SELECT id FROM story WHERE kind = :kind", kind="covered")

Importing SQLAlchemy alone costs more time than a reading command may take, so nothing on this path does;
psycopg is imported when a PostgreSQL database is named.
"""

import os
import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    import psycopg

Item = TypeVar("Item")
Row: TypeAlias = tuple[Any, ...]  # Any: the statement says what its columns hold
Connection: TypeAlias = "sqlite3.Connection | psycopg.Connection[Row]"

SCHEMA_VERSION = "0018"  # the newest migration this program knows: alembic's version_num
MOST_ID = 2**31 - 1  # of a story, a variant, a run: more than any store has, and what an INTEGER of PostgreSQL takes
PATIENCE_S = 30.0  # how long to wait for another's lock

# PostgreSQL's planner: our questions are short, so compiling them or sharing them out costs more than it saves, and
# take single rows.
_PLANNING = "-c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"
# The text itself is not shown: it may be a password in the wrong place.
NO_URL = "not a database URL: write sqlite:///PATH or postgresql://HOST/NAME"
_REMEDY = 'run "newsfold load PATH" first, or name one with --db'
LET_WRITE = "let this user write it and its folder, where SQLite keeps its log and its lock"
_SQLITE_REMEDIES = {  # https://www.sqlite.org/rescode.html
    5: "another program holds it: try again later",  # SQLITE_BUSY
    8: LET_WRITE,  # SQLITE_READONLY
    14: LET_WRITE,  # SQLITE_CANTOPEN
    26: "name another with --db",  # SQLITE_NOTADB
}
_PORTS = re.compile(r"[\d,]*")
_PIECES = re.compile(r"'[^']*'|::|:([a-z_]\w*)|%")
_HAS_TABLES = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('alembic_version', 'variant')",
    "postgresql": "SELECT num_nonnulls(to_regclass('alembic_version'), to_regclass('variant'))",
}


class DatabaseProblem(Exception):
    """A database that cannot be used; `str()` is one line that names it, and the remedy where one is known."""

    def __init__(self, said: str, *, remedy: str | None = None) -> None:
        """Keep both apart, for those who show them so."""
        super().__init__(f"{said}{'; ' if ': ' in said else ': '}{remedy}" if remedy else said)
        self.said, self.remedy = said, remedy


class Reader:
    """An open read transaction: all its answers are of one and the same state."""

    def __init__(self, connection: Connection) -> None:
        self.dialect = "sqlite" if isinstance(connection, sqlite3.Connection) else "postgresql"
        self._connection = connection
        self._names = (f"stream_{number}" for number in count())

    def rows(self, sql: str, **params: object) -> list[Row]:
        """Give all rows of `sql`, whose parameters are written `:name`; a list goes after IN."""
        text, values = _bind(self.dialect, sql, params)
        if isinstance(self._connection, sqlite3.Connection):
            return self._connection.execute(text, values).fetchall()
        return self._connection.execute(text.encode(), values).fetchall()

    def stream(self, sql: str, **params: object) -> Iterator[Row]:
        """Give the rows of `sql` one by one, never all of them in memory."""
        text, values = _bind(self.dialect, sql, params)
        if isinstance(self._connection, sqlite3.Connection):
            yield from self._connection.execute(text, values)
            return
        with self._connection.cursor(name=next(self._names)) as cursor:
            cursor.itersize = 500
            yield from cursor.execute(text.encode(), values)


def database_url(given: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """Give the URL given by --db, else that of the environment, else the database in this directory.

    Raises DatabaseProblem for one that is none, which says where it is from.
    """
    of_environment = environ.get("NEWSFOLD_DATABASE_URL") or "sqlite:///newsfold.db"
    name, url = ("--db", given) if given is not None else ("NEWSFOLD_DATABASE_URL", of_environment)
    if _kind(url) is None:
        raise DatabaseProblem(f"{name}: {NO_URL}")
    return url


@contextmanager
def reading(url: str) -> Iterator[Reader]:
    """Open the story database at `url` to read one state of it.

    Raises DatabaseProblem when it is missing, unreachable, another program's, or of another release's schema.
    """
    with connect(url) as connection:
        yield checked(connection, url)


def checked(connection: Connection, url: str) -> Reader:
    """Give the reader of an open connection to the database at `url`.

    Raises DatabaseProblem when it is another program's, or of another release's schema.
    """
    reader = Reader(connection)
    _check_schema(reader, shown(url))
    return reader


def connect(url: str, *, writable: bool = False, patience_s: float = PATIENCE_S) -> AbstractContextManager[Connection]:
    """Open the database at `url`, in autocommit where it is writable, else in one read transaction.

    Whatever the driver raises inside leaves as DatabaseProblem.
    """
    match _kind(url):
        case "sqlite":
            return _sqlite(url, writable=writable, patience_s=patience_s)
        case "postgresql":
            return _postgresql(url, writable=writable, patience_s=patience_s)
    raise DatabaseProblem(NO_URL)


def _kind(url: str) -> str | None:
    """Give what database a URL is of; None where it is of none that we know."""
    scheme, _, rest = url.partition("://")
    kind = {"sqlite": "sqlite", "postgresql": "postgresql", "postgres": "postgresql"}.get(scheme.partition("+")[0])
    is_whole = "://" in url if kind != "sqlite" else len(rest) > 1
    return kind if is_whole else None


def utc(value: Any) -> datetime:  # Any: text from SQLite, a datetime from psycopg
    """Give a column's time as aware UTC.

    >>> utc("2026-05-20 10:00:00.000000")
    datetime.datetime(2026, 5, 20, 10, 0, tzinfo=datetime.timezone.utc)
    """
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def utc_or_none(value: Any) -> datetime | None:  # Any: as in utc()
    """Give a column's time as aware UTC; None when nobody said."""
    return None if value is None else utc(value)


def sqlite_path(url: str) -> Path:
    """Give the file that an SQLite URL names; its query is SQLAlchemy's and says nothing here."""
    return Path(url.partition(":///")[2].partition("?")[0])


def chunks(items: Iterable[Item], size: int = 300) -> Iterator[list[Item]]:
    """Cut `items` into lists short enough for one IN, taking them only as they are asked for."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


@contextmanager
def _sqlite(url: str, *, writable: bool, patience_s: float) -> Iterator[sqlite3.Connection]:
    path = sqlite_path(url)
    try:
        if not path.is_file():
            raise DatabaseProblem(f"no database at {path}", remedy=_REMEDY)
    except OSError as error:
        raise DatabaseProblem(f"{path} cannot be used: {error.strerror}") from error
    uri = f"file:{quote(str(path))}?mode={'rw' if writable else 'ro'}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=patience_s, isolation_level=None)) as connection:
            if not writable:
                connection.execute("PRAGMA query_only = 1")
                connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        remedy = _SQLITE_REMEDIES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        raise DatabaseProblem(f"{path} cannot be used: {error}", remedy=remedy) from error


@contextmanager
def _postgresql(url: str, *, writable: bool, patience_s: float) -> Iterator["psycopg.Connection[Row]"]:
    with problems(url), open_postgresql(url, writable=writable, patience_s=patience_s) as connection:
        yield connection


def open_postgresql(url: str, *, writable: bool, patience_s: float = PATIENCE_S) -> "psycopg.Connection[Row]":
    """Open the PostgreSQL database at `url`, in autocommit where it is writable, else for read transactions.

    Raises DatabaseProblem for a URL that says nothing, and psycopg.Error.
    """
    import psycopg

    known = target(url)
    settings = f"{known.get('options', '')} -c TimeZone=UTC -c lock_timeout={int(patience_s * 1000)} {_PLANNING}"
    known = {"connect_timeout": 10, **known, "client_encoding": "utf8", "options": settings}
    connection = psycopg.connect(**known, autocommit=writable)
    if not writable:
        # What is asked for is as frequent or rare as its value: a plan that is kept for all values suits none.
        connection.prepare_threshold = None
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
    return connection


@contextmanager
def problems(url: str) -> Iterator[None]:
    """Let what psycopg raises leave as DatabaseProblem."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DatabaseProblem(f"{shown(url)} cannot be used: {reason}") from error


def target(url: str) -> dict[str, Any]:  # Any: psycopg's own type for connection parameters
    """Give what a PostgreSQL URL says, by the names of libpq. Raises DatabaseProblem for one that says nothing.

    So it does for one whose user or password has a sign in it that ends them: what is behind it would be taken for the
    server, and shown.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    rest = url.partition("://")[2]
    user = rest.partition("?")[0].rpartition("@")[0]
    try:
        known = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError:
        known = {}  # what psycopg says can quote a part of the URL, and so of the password
    if not known or "/" in user or "@" in user or not _PORTS.fullmatch(str(known.get("port", ""))):
        raise DatabaseProblem(
            "not a PostgreSQL URL: write postgresql://USER:PASSWORD@HOST/NAME, "
            "with signs in the password percent-encoded: / is %2F, @ is %40"
        )
    return known


def shown(url: str) -> str:
    """Name the database without the credentials in its URL."""
    if url.startswith("sqlite"):
        return str(sqlite_path(url))
    known = target(url)
    return f"PostgreSQL database {known.get('dbname', '')} at {known.get('host', 'localhost')}"


def _check_schema(reader: Reader, name: str) -> None:
    [(tables,)] = reader.rows(_HAS_TABLES[reader.dialect])
    found = reader.rows("SELECT version_num FROM alembic_version") if tables == 2 else []
    version = found[0][0] if found else ""
    if not version.isdigit():
        raise DatabaseProblem(f"{name} is not a newsfold database", remedy=_REMEDY)
    if version > SCHEMA_VERSION:
        raise DatabaseProblem(f"{name} is newer than this program (schema {version})", remedy="upgrade newsfold")
    if version < SCHEMA_VERSION:
        said = f"{name} is older than this program (schema {version})"
        raise DatabaseProblem(said, remedy='run "newsfold db upgrade"')


def _bind(dialect: str, sql: str, params: dict[str, object]) -> tuple[str, dict[str, object]]:
    """Give `sql` and its parameters as the driver wants them."""
    values: dict[str, object] = {}
    for name, value in params.items():
        if isinstance(value, Collection) and not isinstance(value, str | bytes):
            members = {f"{name}_{place}": _bound(dialect, member) for place, member in enumerate(value)}
            sql = re.sub(rf":{name}\b", f"({', '.join(f':{member}' for member in members)})", sql)
            values |= members
        else:
            values[name] = _bound(dialect, value)
    return (sql if dialect == "sqlite" else _pyformat(sql)), values


@lru_cache
def _pyformat(sql: str) -> str:
    return _PIECES.sub(lambda piece: f"%({piece[1]})s" if piece[1] else piece[0].replace("%", "%%"), sql)


def _bound(dialect: str, value: object) -> object:
    if isinstance(value, str):
        # No stored text has a NUL or a lone surrogate, and no driver takes one.
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, datetime) and dialect == "sqlite":
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return value
