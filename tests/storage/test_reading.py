"""The plain DB-API door to the story database."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from storage.reading import SCHEMA_VERSION, DatabaseProblem, Reader, connect, database_url, reading, utc
from storage.upgrading import upgrade
from tests.ready import make_ready
from tests.storage.stories import NOON, add, fill, story


@pytest.fixture
def reader(stories_url: str) -> Iterator[Reader]:
    """Give a reader of the small story database."""
    with reading(stories_url) as open_reader:
        yield open_reader


def test_the_url_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is the one named, else the environment's, else the one in this directory."""
    monkeypatch.setenv("NEWSFOLD_DATABASE_URL", "sqlite:///environment.db")

    named = database_url("sqlite:///named.db"), database_url(None)
    monkeypatch.delenv("NEWSFOLD_DATABASE_URL")
    unnamed = database_url(None)

    assert (*named, unnamed) == ("sqlite:///named.db", "sqlite:///environment.db", "sqlite:///newsfold.db")


def test_parameters_are_values_whatever_is_in_them(reader: Reader) -> None:
    """A colon, a cast, a percent sign and a quote in SQL stay what they are; a parameter is only ever a value."""
    sql = "SELECT ':no %d', 7 % 4, CAST(:text AS TEXT), :number + 0 FROM story WHERE id IN :ids ORDER BY id"

    rows = reader.rows(sql, text="'; DROP TABLE story; -- %(x)s :y", number=5, ids=[1, 2])

    assert rows == [(":no %d", 3, "'; DROP TABLE story; -- %(x)s :y", 5)] * 2


def test_text_that_no_database_takes_is_found_nowhere(reader: Reader) -> None:
    """A NUL or a lone surrogate in a parameter is no error: no stored text has one."""
    rows = reader.rows("SELECT id FROM variant WHERE source = :source", source="north\0wire\udc80")

    assert rows == []


def test_times_come_back_in_utc(reader: Reader) -> None:
    """A time is aware and UTC in both databases, as a column and as a parameter."""
    rows = reader.rows("SELECT last_seen_at FROM story WHERE id = 1 AND last_seen_at = :noon", noon=NOON)

    assert [utc(row[0]) for row in rows] == [datetime(2026, 5, 20, 12, tzinfo=UTC)]


def test_a_stream_gives_the_same_rows_and_leaves_room_for_others(reader: Reader) -> None:
    """While one statement streams, others are answered."""
    sql = "SELECT id FROM variant ORDER BY id"

    streamed = [(row, reader.rows("SELECT id FROM story WHERE id = 1")) for row in reader.stream(sql)]

    assert [row for row, _ in streamed] == reader.rows(sql)
    assert all(other == [(1,)] for _, other in streamed)


def test_a_reader_cannot_write(stories_url: str) -> None:
    """A statement that writes is refused by the database itself."""
    with pytest.raises(DatabaseProblem, match="read"), reading(stories_url) as reader:
        reader.rows("DELETE FROM unsearched RETURNING variant_id")


def test_an_answer_is_of_one_state(database_url: str) -> None:
    """What others write while a reader is open, it does not see."""
    fill(database_url)
    if database_url.startswith("sqlite"):
        with connect(database_url, writable=True) as connection:
            connection.execute("PRAGMA journal_mode = WAL")

    with reading(database_url) as reader:
        before = reader.rows("SELECT count(*) FROM story")
        add(database_url, story(99))
        after = reader.rows("SELECT count(*) FROM story")

    assert before == after


def _write(path: Path, *statements: str) -> str:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def _problem(url: str) -> str:
    with pytest.raises(DatabaseProblem) as caught, reading(url):
        pass
    return str(caught.value)


def test_a_missing_database_is_named_with_the_remedy(tmp_path: Path) -> None:
    """Nothing is created where no database is."""
    problem = _problem(f"sqlite:///{tmp_path}/none.db")

    assert f"no database at {tmp_path}/none.db" in problem
    assert "newsfold load" in problem
    assert not list(tmp_path.iterdir())


def test_what_is_no_story_database_is_told_apart(tmp_path: Path) -> None:
    """A text file, an empty file and another program's database are no story databases; nor is a folder."""
    (tmp_path / "notes.txt").write_text("no database " * 500)
    (tmp_path / "empty.db").touch()
    other = _write(tmp_path / "other.db", "CREATE TABLE alembic_version (version_num TEXT)", "CREATE TABLE t (x)")

    problems = [_problem(f"sqlite:///{tmp_path}/{name}") for name in ("notes.txt", "empty.db")]

    assert "file is not a database" in problems[0]
    assert "not a newsfold database" in problems[1]
    assert "not a newsfold database" in _problem(other)
    assert "no database at" in _problem(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize(("version", "says"), [("9999", "newer than this program"), ("0000", "newsfold db upgrade")])
def test_a_schema_of_another_release_is_refused(tmp_path: Path, version: str, says: str) -> None:
    """A database of another schema is not read by guesswork."""
    url = _write(
        tmp_path / "other.db",
        "CREATE TABLE alembic_version (version_num TEXT)",
        f"INSERT INTO alembic_version VALUES ('{version}')",
        "CREATE TABLE variant (id)",
    )

    assert says in _problem(url)


def test_the_schema_is_the_newest_migrations(tmp_path: Path) -> None:
    """A database made by the migrations of this program is one that it reads."""
    url = f"sqlite:///{tmp_path}/new.db"

    applied = upgrade(url)

    assert applied[-1] == SCHEMA_VERSION
    with reading(url) as reader:
        assert reader.rows("SELECT count(*) FROM story") == [(0,)]


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "mysql://me:hunter2@host/db",
        "sqlite:hunter2",
        "postgresql://me:hunter2%zz@host/db",
        "postgresql://me:4/hunter2@host/db",
        "postgresql://me:hunter2/4@host/db",
        "postgresql://me:4@hunter2@host/db",
        "postgresql://me:hunter2",
        "postgresql://me:hunter2@127.0.0.1:1/db?connect_timeout=1",
        "postgresql+psycopg://me:hunter2@127.0.0.1:1/db?nonsense=1",
    ],
)
def test_no_problem_shows_a_password(url: str) -> None:
    """A URL that cannot be used is named without what may be a secret in it."""
    problem = _problem(url)

    assert "hunter2" not in problem
    assert "\n" not in problem


def test_an_empty_postgresql_database_is_not_ours(postgres_url: str) -> None:
    """A PostgreSQL database without our tables is told apart, and named."""
    problem = _problem(postgres_url)

    assert problem.startswith("PostgreSQL database test_")
    assert "not a newsfold database" in problem


def test_a_broken_off_connection_is_one_line(postgres_url: str) -> None:
    """A server that goes away in the middle of an answer ends it with a problem, not with a traceback."""

    def interrupted() -> None:
        with connect(postgres_url) as connection:
            reader = Reader(connection)
            [(backend,)] = reader.rows("SELECT pg_backend_pid()")
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [backend])
            reader.rows("SELECT 1")

    with pytest.raises(DatabaseProblem, match="cannot be used"):
        interrupted()


def test_a_path_is_taken_letter_by_letter(tmp_path: Path) -> None:
    """Signs that mean something in a URI mean nothing in the name of a file."""
    make_ready(f"sqlite:///{tmp_path}/50 % of #1.db")

    with reading(f"sqlite:///{tmp_path}/50 % of #1.db") as reader:
        assert reader.rows("SELECT count(*) FROM story") == [(0,)]
