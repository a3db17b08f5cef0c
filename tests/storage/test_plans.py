"""Every question is answered by way of an index."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from ingest.cluster.replay import Thresholds
from ingest.fetch.hosts import RobotsFile, RobotsState
from ingest.fetch.response import Validators
from ingest.outcome import Outcome
from storage.asking import (
    ORDERS,
    Question,
    changed_at,
    count_facets,
    count_stories,
    export_stories,
    find_stories,
    timeline,
)
from storage.asking.review import list_judgements, list_review, page_judgements
from storage.asking.search import catch_up, count_unsearched, search_stories
from storage.cursors import cursor_of
from storage.database import connect as connect_to_write
from storage.database import writing
from storage.hooks.events import read_pending
from storage.hooks.kept import EVENTS, Hook
from storage.queries import get_story, list_variants
from storage.reading import Reader, Row, connect
from storage.running.addresses import Visit, count_waiting, waiting, waiting_hosts, write_visits
from storage.running.hosts import lease, release, remember_robots, renew
from storage.running.polls import states
from storage.tuning.what_if import what_if
from storage.watching.accounts import account_of_run, account_since
from storage.watching.alarms import alarms
from storage.watching.figures import store_figures
from storage.watching.journal import last_runs, list_rejections, list_runs, page_rejections, page_runs, runs_of_flow_run
from storage.watching.sources import list_source_health, page_waiting
from tests.storage.live import entry, poll, save
from tests.storage.stories import NOON, fill

Asking = Callable[[Reader], object]
_CONDITIONS: dict[str, Any] = {  # Any: whatever a Question takes
    **dict.fromkeys(("seen_since", "changed_since", "published_since"), NOON - timedelta(days=1)),
    **dict.fromkeys(("seen_until", "changed_until", "published_until"), NOON + timedelta(days=1)),
    "outlet": "northwire",
    "publisher": "Northwire",
    "language": "en",
    "country": "GB",
    "least_variants": 2,
    "least_independent": 2,
    "kind": "covered",
    "state": "suggested",
    "run": 1,
}


_HOOK = Hook(
    id=1, url="https://desk.example/", allow_private=False, secret="", events=frozenset(EVENTS), since_change=0
)


_WAITED = cursor_of("waiting", ("a", "www.a.example", NOON, 1))


def _listing(**asked: Any) -> Asking:  # Any: as above
    return lambda reader: find_stories(reader, Question(**asked), limit=50)


QUESTIONS: dict[str, Asking] = {
    "report": lambda reader: account_of_run(reader, 1, now=NOON),
    "report of a day": lambda reader: account_since(reader, NOON - timedelta(days=900), now=NOON),
    "alarms": lambda reader: alarms(reader, now=NOON, quiet=timedelta(hours=6)),
    "changed": lambda reader: find_stories(reader, Question(), limit=50),
    "next page": lambda reader: find_stories(reader, Question(), limit=50, cursor=cursor_of("changed", (NOON, 2))),
    **{f"by {order}": _listing(order=order) for order in ORDERS},
    **{f"by {order}, with a text": _listing(order=order, text="furnace") for order in ORDERS},
    **{f"with {name}": _listing(**{name: value}) for name, value in _CONDITIONS.items()},
    "with an outcome of a run": _listing(run=1, outcome="variant"),
    "all conditions": _listing(**_CONDITIONS, text="furnace"),
    "count": lambda reader: count_stories(reader, Question(text="furnace", language="en")),
    "facets": lambda reader: count_facets(reader, Question(), now=NOON),
    "facets of some": lambda reader: count_facets(reader, Question(outlet="northwire"), now=NOON),
    "timeline": lambda reader: timeline(reader, Question()),
    "timeline of a story": lambda reader: timeline(reader, 1, step="hour"),
    "variants": lambda reader: list_variants(reader, [1, 2]),
    "one story": lambda reader: get_story(reader, 4),
    "last changes": lambda reader: changed_at(reader, find_stories(reader, Question(), limit=50).stories),
    "export": lambda reader: list(export_stories(reader, Question())),
    "last runs": lambda reader: last_runs(reader, now=NOON),
    "runs of a flow run": lambda reader: runs_of_flow_run(reader, "abc", now=NOON),
    "runs": lambda reader: list_runs(reader, now=NOON, limit=20),
    "rejections": lambda reader: list_rejections(reader, limit=20),
    "next page of rejections": lambda reader: page_rejections(
        reader, limit=20, source="northwire", cursor=cursor_of("rejections", (1, NOON, 2))
    ),
    "next page of runs": lambda reader: page_runs(reader, now=NOON, limit=20, cursor=cursor_of("runs", (2,))),
    "rejections of a kind": lambda reader: list_rejections(reader, outcome="wall", limit=20),
    "rejections of a source": lambda reader: list_rejections(reader, source="northwire", limit=20),
    "rejections of a run": lambda reader: list_rejections(reader, run=1, limit=20),
    "search": lambda reader: search_stories(reader, 'furnace "last furnace" clos*'),
    "not searched yet": count_unsearched,
    "waiting": lambda reader: page_waiting(reader, limit=20),
    "waiting, next page": lambda reader: page_waiting(reader, limit=20, cursor=_WAITED),
    "waiting of a source": lambda reader: page_waiting(reader, limit=20, source="a"),
    "waiting of a source, next page": lambda reader: page_waiting(reader, limit=20, source="a", cursor=_WAITED),
    "review": lambda reader: list_review(reader, limit=20),
    "judgements": lambda reader: list_judgements(reader, limit=20),
    "judgements, next page": lambda reader: page_judgements(reader, limit=20, cursor=cursor_of("judgements", (9,))),
    "judgements of a story": lambda reader: list_judgements(reader, limit=20, story=1),
    "sources": lambda reader: list_source_health(reader, now=NOON),
    "figures": lambda reader: store_figures(reader, now=NOON),
    "what a hook is to be told": lambda reader: read_pending(reader, _HOOK),
}


def _visit(engine: Engine) -> None:
    with writing(engine) as db:
        for next_try_at in (None, NOON):
            visit = Visit(url_key=1, outcome=Outcome.WALL, validators=Validators(), next_try_at=next_try_at)
            write_visits(db, [visit], now=NOON)


_ROBOTS = RobotsFile(origin="https://www.a.example:443", state=RobotsState.NONE, fetched_at=NOON)
# What a refresh says again and again: in this order, so that each finds some rows.
STEPS: dict[str, Callable[[Engine], object]] = {
    "poll": lambda engine: save(engine, poll("a", "a/1", "b/2")),
    "poll again": lambda engine: save(engine, poll("a", entry("a/1", title="Changed"), "b/2")),
    "states": lambda engine: states(engine, ["a", "b"]),
    "hosts": lambda engine: waiting_hosts(engine, now=NOON, owner="me", sources=["a"]),
    "lease": lambda engine: lease(engine, ["www.a.example", "new.example"], owner="me", now=NOON, seconds=300),
    "renew": lambda engine: renew(engine, "me", seconds=300),
    "pages": lambda engine: waiting(engine, {"www.a.example": 5}, now=NOON, sources=["a"], without={7}),
    "count": lambda engine: count_waiting(engine, sources=["a"]),
    "visits": _visit,
    "robots": lambda engine: remember_robots(engine, [_ROBOTS]),
    "release": lambda engine: release(engine, "me", {"www.a.example": NOON}),
}
_EXPLAINED = re.compile(r"SELECT .*\sFROM\s|UPDATE |DELETE ", re.DOTALL)  # not what takes a lock or asks for the time
_OUR_ROWS = r"SCAN (poll|address|host)\b(?! USING (COVERING )?INDEX)"


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
    """SQLite scans nothing but an index in its order, runs, webhooks, the queue that it counts, and inner answers."""
    with connect(sqlite_url) as connection:
        reader = Explaining(connection)
        QUESTIONS[question](reader)

    assert reader.plans
    for plan in reader.plans:
        assert not [
            line
            for line in plan.splitlines()
            if re.fullmatch(r"SCAN (?!(hit|few|found|run|unsearched|hook)$)\w+", line)
        ], plan


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


def _tune(reader: Reader) -> None:
    found = what_if(reader, Thresholds(copy=0.55, coverage=1.0), score=lambda _: [], limit=5)
    assert found.counts.split == 1


def test_trying_thresholds_walks_links_alone_on_sqlite(sqlite_url: str) -> None:
    """What other thresholds would change is found by looking at every link once; variants are found by an index."""
    with connect(sqlite_url) as connection:
        reader = Explaining(connection)
        _tune(reader)

    scanned = {line for plan in reader.plans for line in plan.splitlines() if line.startswith("SCAN ")}
    walked = {line for line in scanned if " USING " not in line} - {"SCAN CONSTANT ROW"}
    assert walked == {"SCAN l", "SCAN threshold"}  # of these few: one for each that was applied
    assert not [line for line in scanned if re.match(r"SCAN (v|o|variant)\b(?! USING COVERING INDEX)", line)]


def test_trying_thresholds_walks_links_alone_on_postgresql(postgresql_url: str) -> None:
    """The same on PostgreSQL, told to avoid walking whole tables."""
    with connect(postgresql_url) as connection:
        reader = Explaining(connection)
        connection.execute("SET enable_seqscan = off")
        _tune(reader)

    assert {table for plan in reader.plans for table in re.findall(r"Seq Scan on (\w+)", plan)} <= {"link"}


@pytest.mark.parametrize("question", ["changed", "next page", "by newest", "by independent", "with outlet"])
def test_sqlite_sorts_no_stories(sqlite_url: str, question: str) -> None:
    """In each order, stories and those of one outlet are read as an index has them, up to the limit."""
    with connect(sqlite_url) as connection:
        reader = Explaining(connection)
        QUESTIONS[question](reader)

    assert "TEMP B-TREE" not in reader.plans[0]


_WAITING = [question for question in QUESTIONS if question.startswith("waiting")]


@pytest.mark.parametrize("question", _WAITING)
def test_what_waits_is_read_as_an_index_has_it(sqlite_url: str, postgresql_url: str, question: str) -> None:
    """On both databases the pages that wait are found where the page before ended, and never sorted."""
    plans = []
    for url in (sqlite_url, postgresql_url):
        with connect(url) as connection:
            reader = Explaining(connection)
            if not isinstance(connection, sqlite3.Connection):
                connection.execute("SET enable_seqscan = off")
                connection.execute("SET enable_bitmapscan = off")  # of an empty table
            QUESTIONS[question](reader)
            plans += reader.plans

    assert all("ix_address_source" in plan for plan in plans), plans
    assert not any("TEMP B-TREE" in plan or "Sort" in plan for plan in plans), plans


def plans_of(url: str) -> dict[str, list[str]]:
    """Walk the steps of a refresh, and give how each finds the rows of its statements."""
    plans: dict[str, list[str]] = {step: [] for step in STEPS}
    engine, explaining = connect_to_write(url), connect_to_write(url)
    said: list[tuple[str, Any]] = []  # Any: parameters as the driver takes them

    def keep(_db: Connection, _cursor: object, statement: str, params: Any, _context: object, many: bool) -> None:
        if _EXPLAINED.match(statement):
            said.append((statement, params[0] if many else params))

    event.listen(engine, "before_cursor_execute", keep)
    prefix = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    for step, do in STEPS.items():
        said.clear()
        do(engine)
        with explaining.connect() as db:
            if engine.dialect.name == "postgresql":
                db.exec_driver_sql("SET enable_seqscan = off")
            for statement, params in said:
                rows = db.exec_driver_sql(f"{prefix} {statement}", params)
                plans[step].append("\n".join([statement, *(str(row[-1]) for row in rows)]))
    for made in (engine, explaining):
        made.dispose()
    return plans


def test_a_refresh_walks_no_table_on_sqlite(sqlite_url: str) -> None:
    """Every statement that a refresh repeats finds its rows by an index on SQLite."""
    plans = plans_of(sqlite_url)

    assert all(plans.values())
    assert [plan for step in plans.values() for plan in step if re.search(_OUR_ROWS, plan)] == []
    assert "TEMP B-TREE" not in plans["pages"][0]
    assert all("address USING COVERING INDEX ix_address_" in plans[step][0] for step in ("hosts", "pages", "count"))


def test_a_refresh_has_an_index_for_each_step_on_postgresql(postgresql_url: str) -> None:
    """Every statement that a refresh repeats can find its rows by an index on PostgreSQL."""
    plans = plans_of(postgresql_url)

    assert all(plans.values())
    assert [plan for step in plans.values() for plan in step if "Seq Scan" in plan] == []
    assert "Sort" not in plans["pages"][0]
