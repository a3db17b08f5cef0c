"""Reading for a program that goes on asking."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import psycopg
import pytest

from storage.readers import Readers
from storage.reading import DatabaseProblem, Reader
from storage.stories.cards import save_outlets
from tests.postgres import NewDatabase

_STORIES = "SELECT count(*) FROM story"
_WHO = "SELECT pg_backend_pid()"


@pytest.fixture
def readers(stories_url: str) -> Iterator[Readers]:
    """Give the readers of the small story database."""
    with closing(Readers(stories_url)) as made:
        yield made


@pytest.fixture
def of_postgresql(new_postgres: NewDatabase, migrated_postgres: str) -> Iterator[Readers]:
    """Give the readers of a PostgreSQL database of this test's own."""
    with closing(Readers(new_postgres(like=migrated_postgres))) as made:
        yield made


def _pid(reader: Reader) -> int:
    return int(reader.rows(_WHO)[0][0])


def test_many_ask_at_once(readers: Readers) -> None:
    """More readers than connections are kept each have a transaction of their own."""
    with ExitStack() as opened:
        asking = [opened.enter_context(readers.reading()) for _ in range(12)]
        found = [reader.rows(_STORIES)[0][0] for reader in asking]

    assert found[0] > 0
    assert len(set(found)) == 1


def test_a_question_that_fails_does_not_spoil_the_next(readers: Readers) -> None:
    """A mistake ends its transaction; whoever asks next has another."""
    with pytest.raises(DatabaseProblem), readers.reading() as reader:
        reader.rows("SELECT nothing FROM nowhere")
    with readers.reading() as reader:
        assert reader.rows(_STORIES)[0][0] > 0


def test_what_is_written_between_is_read(database_url: str) -> None:
    """Each reading sees the state of its beginning, not that of the connection's."""
    from storage.database import connected

    with closing(Readers(database_url)) as readers:
        with readers.reading() as reader:
            before = reader.rows("SELECT count(*) FROM outlet")
        with connected(database_url) as engine:
            save_outlets(engine, {"gazette.example": ("Group", None)})
        with readers.reading() as reader:
            after = reader.rows("SELECT count(*) FROM outlet")

    assert (before, after) == ([(0,)], [(1,)])


def test_a_connection_stays_open(of_postgresql: Readers) -> None:
    """The same process of PostgreSQL answers one question after the other."""
    pids = set()
    for _ in range(3):
        with of_postgresql.reading() as reader:
            pids.add(_pid(reader))

    assert len(pids) == 1


def test_a_connection_lost_between_questions_is_made_anew(of_postgresql: Readers) -> None:
    """A server that was started anew answers the next question."""
    with of_postgresql.reading() as reader:
        before = _pid(reader)
    _end(of_postgresql.url, before)

    with of_postgresql.reading() as reader:
        assert _pid(reader) != before


def test_a_connection_lost_during_a_question_is_told(of_postgresql: Readers) -> None:
    """Who asks then is told in one line; the next is answered."""

    def ask_and_lose() -> None:
        with of_postgresql.reading() as reader:
            _end(of_postgresql.url, _pid(reader))
            reader.rows(_STORIES)

    with pytest.raises(DatabaseProblem, match="cannot be used: terminating connection"):
        ask_and_lose()
    with of_postgresql.reading() as reader:
        assert reader.rows(_STORIES) == [(0,)]


def test_another_schema_is_told_at_every_question(database_url: str) -> None:
    """A database that is upgraded under a running server is not read with the old program's eyes."""
    from storage.database import connected

    with closing(Readers(database_url)) as readers:
        with readers.reading():
            pass
        with connected(database_url) as engine, engine.begin() as db:
            db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(DatabaseProblem, match="newer than this program"), readers.reading():
            pass


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:1/news", "sqlite:////nowhere/stories.db"])
def test_a_database_that_is_not_there_is_told_at_once(url: str) -> None:
    """No reading waits for a database that refuses."""
    with closing(Readers(url)) as readers, pytest.raises(DatabaseProblem), readers.reading():
        pass


def _end(url: str, pid: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
