"""Every question is answered by way of an index."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest

from storage.journal import list_rejections, list_runs
from storage.queries import export_stories, get_story, list_stories, list_variants
from storage.reading import Reader, Row, connect
from storage.search import catch_up, count_unsearched, search_stories
from tests.storage.stories import NOON, fill

Question = Callable[[Reader], object]
QUESTIONS: dict[str, Question] = {
    "newest": lambda reader: list_stories(reader, limit=50),
    "next page": lambda reader: list_stories(reader, limit=50, after=(NOON, 2)),
    "all conditions": lambda reader: list_stories(
        reader,
        limit=50,
        since=NOON - timedelta(days=1),
        source="northwire",
        language="en",
        min_variants=2,
        kind="covered",
    ),
    "variants": lambda reader: list_variants(reader, [1, 2]),
    "one story": lambda reader: get_story(reader, 4),
    "export": lambda reader: list(export_stories(reader)),
    "runs": lambda reader: list_runs(reader, now=NOON, limit=20),
    "rejections": lambda reader: list_rejections(reader, limit=20),
    "rejections of a kind": lambda reader: list_rejections(reader, outcome="wall", limit=20),
    "rejections of a source": lambda reader: list_rejections(reader, source="northwire", limit=20),
    "rejections of a run": lambda reader: list_rejections(reader, run=1, limit=20),
    "search": lambda reader: search_stories(reader, 'furnace "last furnace" clos*'),
    "waiting": count_unsearched,
}


class Explaining(Reader):
    """A reader that keeps the plan of each statement it asks."""

    def __init__(self, connection: sqlite3.Connection | psycopg.Connection[Row]) -> None:
        super().__init__(connection)
        self.plans: list[str] = []

    def rows(self, sql: str, **params: object) -> list[Row]:
        """Give the rows, and keep how they are found."""
        explain = "EXPLAIN QUERY PLAN" if self.dialect == "sqlite" else "EXPLAIN"
        self.plans.append("\n".join(str(row[-1]) for row in super().rows(f"{explain} {sql}", **params)))
        return super().rows(sql, **params)

    def stream(self, sql: str, **params: object) -> Iterator[Row]:
        """Give the rows, and keep how they are found."""
        yield from self.rows(sql, **params)


@pytest.fixture(scope="module")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a small story database on SQLite, all of it searchable."""
    url = f"sqlite:///{tmp_path_factory.mktemp('plans')}/stories.db"
    fill(url)
    catch_up(url)
    return url


@pytest.fixture(scope="module")
def postgresql_url(new_postgres: Callable[[], str]) -> str:
    """Give a small story database on PostgreSQL, all of it searchable."""
    url = new_postgres()
    fill(url)
    catch_up(url)
    return url


@pytest.mark.parametrize("question", QUESTIONS)
def test_sqlite_walks_no_table(sqlite_url: str, question: str) -> None:
    """SQLite scans nothing but an index in its order, runs in theirs, the queue it counts, and inner answers."""
    with connect(sqlite_url) as connection:
        reader = Explaining(connection)
        QUESTIONS[question](reader)

    assert reader.plans
    for plan in reader.plans:
        assert not [line for line in plan.splitlines() if re.fullmatch(r"SCAN (?!(hit|run|unsearched)$)\w+", line)], (
            plan
        )


@pytest.mark.parametrize("question", QUESTIONS)
def test_postgresql_has_an_index_for_each_question(postgresql_url: str, question: str) -> None:
    """PostgreSQL, told to avoid walking whole tables, never has to."""
    with connect(postgresql_url) as connection:
        reader = Explaining(connection)
        connection.execute("SET enable_seqscan = off")
        QUESTIONS[question](reader)

    assert reader.plans
    for plan in reader.plans:
        assert "Seq Scan" not in plan, plan


@pytest.mark.parametrize("question", ["newest", "next page", "export"])
def test_sqlite_sorts_no_stories(sqlite_url: str, question: str) -> None:
    """The newest stories, the next page and an export are read in the order of an index, and stop at the limit."""
    with connect(sqlite_url) as connection:
        reader = Explaining(connection)
        QUESTIONS[question](reader)

    assert "TEMP B-TREE" not in reader.plans[0]
