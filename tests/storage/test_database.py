"""The database: one writer at a time, all or nothing, and problems told in one line."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage import tables
from storage.database import DatabaseProblem, _resets_safely, connect, reading, writing
from storage.reading import LET_WRITE, SCHEMA_VERSION
from storage.reading import reading as plain_reading
from storage.tables import core
from storage.upgrading import upgrade
from storage.watching.condition import condition
from storage.watching.readiness import check_ready
from tests.storage.articles import NOON
from tests.storage.together import together

_NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that anybody may enter; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "stories.db",
        "sqlite",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///a\0b.db",
        "mysql://u:secret@host/news",
        "postgresql://u:secret@host:port/news",
        "postgresql://u:secret@ho\nst/news",
        "u:secret@host",
    ],
)
def test_9_13_what_is_no_database_url(url: str) -> None:
    """MUST_HANDLE 9.13: a URL that names no database of ours is refused in one line, without its secrets."""
    with pytest.raises(DatabaseProblem, match=r"\Anot a database URL: write .*\Z") as told:
        connect(url)

    assert "secret" not in str(told.value)


@pytest.mark.parametrize("path", ["file/stories.db", "folder", "file", "/proc/nowhere/stories.db"])
def test_9_13_a_path_that_cannot_be(tmp_path: Path, path: str) -> None:
    """MUST_HANDLE 9.13: a path that can be no database is named in one line, with the remedy."""
    (tmp_path / "file").write_text("no database at all " * 99)
    (tmp_path / "folder").mkdir()

    with pytest.raises(DatabaseProblem, match=r"\A.*cannot be used: .*\Z") as told:
        upgrade(f"sqlite:///{tmp_path / path}")

    assert path.removeprefix("/") in str(told.value)


def test_9_13_a_server_that_is_not_there() -> None:
    """MUST_HANDLE 9.13: a server that does not answer is named in one line, without its password."""
    with pytest.raises(DatabaseProblem, match=r"\APostgreSQL database news at 127.0.0.1 cannot be used: .*\Z") as told:
        upgrade("postgresql://u:secret@127.0.0.1:1/news")

    assert "secret" not in str(told.value)


def test_9_13_a_folder_that_must_not_be_written(open_folder: Path) -> None:
    """MUST_HANDLE 9.13: a folder without permission is told in one line."""
    open_folder.chmod(0o555)

    with _as_nobody(), pytest.raises(DatabaseProblem, match=r"\A.*stories.db cannot be .*\Z"):
        upgrade(f"sqlite:///{open_folder}/stories.db")


def test_9_13_a_file_that_must_not_be_written(open_folder: Path) -> None:
    """MUST_HANDLE 9.13: a database that may only be read is told in one line, before anything is loaded."""
    url = f"sqlite:///{open_folder}/stories.db"
    upgrade(url)
    for file in open_folder.iterdir():
        file.chmod(0o444)
    open_folder.chmod(0o555)

    with _as_nobody(), pytest.raises(DatabaseProblem, match=r"\A.*stories.db cannot be .*\Z"):
        upgrade(url)


def test_a_database_is_its_users_alone(tmp_path: Path) -> None:
    """Nobody else reads what newsfold makes, its log and its lock included; a file that is there stays as it is."""
    (tmp_path / "made.db").touch()
    (tmp_path / "made.db").chmod(0o640)
    (tmp_path / "named.db").symlink_to("elsewhere.db")
    before = os.umask(0o022)
    try:
        for name in ("new", "made", "named"):
            upgrade(f"sqlite:///{tmp_path}/{name}.db")
        engine = connect(f"sqlite:///{tmp_path}/new.db")
        _insert_runs(engine, 1)
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}
        engine.dispose()
    finally:
        os.umask(before)

    assert {"new.db", "new.db-wal", "new.db-shm", "new.db-writer", "elsewhere.db"} <= modes.keys()
    assert modes.pop("made.db") == "0o640"
    assert set(modes.values()) == {"0o600"}


def test_who_may_only_read_is_told_what_to_do(open_folder: Path) -> None:
    """A reader too needs the log beside the database: without the right to make it, it is told so."""
    url = f"sqlite:///{open_folder}/stories.db"
    upgrade(url)
    (open_folder / "stories.db").chmod(0o444)
    open_folder.chmod(0o555)

    with _as_nobody(), pytest.raises(DatabaseProblem, match=r"cannot be used: ") as told, plain_reading(url):
        pytest.fail("it was read")

    assert told.value.remedy == LET_WRITE
    assert str(told.value) == f"{told.value.said}; {LET_WRITE}"


def test_a_server_that_takes_no_writing_is_not_ready(postgres_url: str) -> None:
    """Whoever asks whether it can be served, and how it does, hears the same."""
    upgrade(postgres_url)
    check_ready(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        name = server.info.dbname
        server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())

    with pytest.raises(DatabaseProblem, match=r"takes no writing: give this user"):
        check_ready(postgres_url)
    with plain_reading(postgres_url) as reader:
        assert not condition(reader, postgres_url).is_writable


def test_9_13_a_newer_schema(engine: Engine, database_url: str) -> None:
    """MUST_HANDLE 9.13: a database of a later release is left alone, and the remedy named."""
    with writing(engine) as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseProblem, match=r"\A.* is newer than this program \(schema 9999\): upgrade newsfold\Z"):
        upgrade(database_url)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_language_is_refused(postgres_url: str, encoding: str) -> None:
    """PostgreSQL made under LANG=C has no encoding of its own: nothing is stored in such a database."""
    name = f"only_{encoding.lower()}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'".encode())
    url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    with pytest.raises(DatabaseProblem, match=rf"is encoded in {encoding}, .*createdb .*--encoding UTF8"):
        upgrade(url)


def test_schema_is_made_once(empty_url: str) -> None:
    """Upgrading applies what is missing, and nothing a second time; readers know the newest schema."""
    assert upgrade(empty_url)[-1] == SCHEMA_VERSION
    assert upgrade(empty_url) == []


def test_schema_is_made_once_by_several(empty_url: str) -> None:
    """Processes that all find an empty database make its schema once."""
    steps = len([*(Path(__file__).parents[2] / "storage" / "migrations" / "versions").glob("0*.py")])

    assert sorted(together(*[("upgrade", empty_url)] * 2)) == ["0", str(steps)]


def test_drivers_in_a_url_do_not_matter(tmp_path: Path) -> None:
    """A URL may name a driver or have a query: the database is the same."""
    upgrade(f"sqlite+aiosqlite:///{tmp_path}/a.db?timeout=never")

    assert upgrade(f"sqlite:///{tmp_path}/a.db") == []
    assert connect("postgres://host/news").dialect.name == "postgresql"


def test_one_writer_at_a_time(database_url: str, tmp_path: Path) -> None:
    """Two processes that write at the same time are never inside together, and neither is turned away."""
    log, times = tmp_path / "log", 40

    together(("write", database_url, str(log), str(times)), ("write", database_url, str(log), str(times)))

    notes = [line.split() for line in log.read_text().splitlines()]
    assert len(notes) == 4 * times
    assert len({who for _, who in notes}) == 2
    for entered, left in zip(notes[0::2], notes[1::2], strict=True):
        assert (entered[0], left[0], entered[1]) == ("in", "out", left[1])


def test_strangers_are_kept_out_too(tmp_path: Path) -> None:
    """A program that knows nothing of the lock file cannot write to SQLite while the write transaction is open."""
    upgrade(f"sqlite:///{tmp_path}/stories.db")
    engine = connect(f"sqlite:///{tmp_path}/stories.db")
    stranger = sqlite3.connect(tmp_path / "stories.db", timeout=0, isolation_level=None)

    with writing(engine), pytest.raises(sqlite3.OperationalError, match="locked"):
        stranger.execute("BEGIN IMMEDIATE")
    stranger.execute("BEGIN IMMEDIATE")

    stranger.close()
    engine.dispose()


def test_a_transaction_that_fails_leaves_nothing(engine: Engine) -> None:
    """What was written before an exception is not there after it, and the next writer is let in."""
    with pytest.raises(IntegrityError):
        _insert_runs(engine, 1, 2, 1)
    _insert_runs(engine, 3)

    with reading(engine) as db:
        assert db.execute(text("SELECT id FROM run")).scalars().all() == [3]


def test_an_error_shows_no_article(engine: Engine) -> None:
    """What a statement was given is not in its error, which is logged and kept by Prefect."""
    statement = text("INSERT INTO nowhere VALUES (:said)")

    with pytest.raises(DBAPIError) as caught, writing(engine) as db:
        db.execute(statement, {"said": "The dam holds."})

    assert "INSERT INTO nowhere" in str(caught.value)
    assert "dam" not in str(caught.value)


def test_a_reader_sees_one_state(engine: Engine) -> None:
    """What is written while a reader reads is not seen by it, but by the next."""
    count = text("SELECT count(*) FROM run")
    with reading(engine) as reader:
        before = reader.execute(count).scalar_one()
        _insert_runs(engine, 1)
        during = reader.execute(count).scalar_one()
    with reading(engine) as reader:
        after = reader.execute(count).scalar_one()

    assert (before, during, after) == (0, 0, 1)


def test_a_long_reader_does_not_hold_up_writers(tmp_path: Path) -> None:
    """While somebody reads for minutes, commits are not delayed, however long SQLite's log has become."""
    path = tmp_path / "stories.db"
    upgrade(f"sqlite:///{path}")
    engine = connect(f"sqlite:///{path}")
    with writing(engine) as db:
        db.execute(text("CREATE TABLE heap (thing BLOB)"))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM heap").fetchall()

    began = time.monotonic()
    with writing(engine) as db:
        db.execute(text("INSERT INTO heap VALUES (zeroblob(80000000))"))
    took_s = time.monotonic() - began
    reader.close()
    with writing(engine) as db:
        db.execute(text("INSERT INTO heap VALUES (zeroblob(1))"))

    assert took_s < 20
    assert path.stat().st_size > 80_000_000  # copied as soon as nobody read
    engine.dispose()


def _insert_runs(engine: Engine, *numbers: int) -> None:
    with writing(engine) as db:
        for number in numbers:
            db.execute(core(tables.Run).insert().values(id=number, flow="load", what="", started_at=NOON, seen_at=NOON))


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_9_3_the_wal_reset_bug_is_known(version: tuple[int, ...], *, is_safe: bool) -> None:
    """MUST_HANDLE 9.3: SQLite's releases with the bug are told from those with the fix, backports included."""
    assert _resets_safely(version) is is_safe


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Be a user without rights, where the tests are run by root, whom no permission stops."""
    if os.geteuid():
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
