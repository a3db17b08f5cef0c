"""A database of any earlier release, with all that it could hold, is brought to this one, sound, and goes on."""

from collections import Counter
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Row, Table, column, insert, inspect, select
from sqlalchemy import table as bare_table
from sqlmodel import SQLModel

from ingest.fetch.hosts import RobotsFile, RobotsState
from ingest.outcome import Outcome
from storage.access.tokens import make_token
from storage.check import check
from storage.database import connected, reading, writing
from storage.hooks.writes import add_hook
from storage.reading import SCHEMA_VERSION
from storage.running.hosts import lease, remember_robots
from storage.running.runs import finish_run, remember_file
from storage.tables import Story
from storage.upgrading import alembic_config, upgrade
from tests.storage.articles import NOON, Newsdesk, article, drifting, newsdesk, prose, rejection
from tests.storage.live import later, poll, save, settle, waits

_VERSIONS = [
    step.revision for step in ScriptDirectory(Path(__file__).parents[2] / "storage" / "migrations").walk_revisions()
][:0:-1]


def _fill(desk: Newsdesk) -> None:
    """Store copies, merged stories, revisions, rejections, pages that wait and that are done, hosts, a file."""
    desk.load(*drifting(5, 30, foreign=True), batch=6)
    desk.load(article("gazette/a", prose(1)), article("echo/a", prose(2)), rejection("gazette/b"))
    tally = desk.load(article("gazette/a", prose(2)))
    save(desk.engine, poll("a", "a/1", "a/2"), poll("b", "b/1"))
    settle(desk.engine, waits(desk.engine, "a", most=1))
    robots = RobotsFile(origin="https://www.a.example:443", state=RobotsState.FOUND, fetched_at=later(0))
    remember_robots(desk.engine, [robots])
    lease(desk.engine, ["www.b.example"], owner="one", now=NOON, seconds=60.0)
    remember_file(desk.engine, desk.run_id, 7, "a.warc", tally, cleaner="test 1", now=NOON)
    add_hook(desk.engine, "https://desk.example/in", events=["story.created"], allow_private=False, now=NOON)
    make_token(desk.engine, name="ines", scope="write", now=NOON)
    finish_run(desk.engine, desk.run_id, met=34, now=NOON)


@pytest.fixture(scope="module")
def rows_now(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row[tuple[object, ...]]]]:
    """Give the rows of a store as this release writes them, by table."""
    url = f"sqlite:///{tmp_path_factory.mktemp('now')}/stories.db"
    with newsdesk(url) as desk:
        _fill(desk)
        with reading(desk.engine) as db:
            return {table.name: list(db.execute(select(table))) for table in SQLModel.metadata.sorted_tables}


def _at_version(engine: Engine, version: str, rows: dict[str, list[Row[tuple[object, ...]]]]) -> Counter[str]:
    """Make the schema of that version, with what it knows of the rows; give how many each table has."""
    with writing(engine) as db:
        config = alembic_config(engine)
        config.attributes["connection"] = db
        command.upgrade(config, version)
        there = inspect(db)
        known = {name: {column["name"] for column in there.get_columns(name)} for name in there.get_table_names()}
        counts: Counter[str] = Counter()
        for table in SQLModel.metadata.sorted_tables:
            if table.name in known:
                counts[table.name] = len(rows[table.name])
                _insert(db, table, known[table.name], rows[table.name])
    return counts


def _insert(db: Connection, table: Table, known: set[str], rows: list[Row[tuple[object, ...]]]) -> None:
    values = [{name: value for name, value in row._mapping.items() if name in known} for row in rows]
    if table.name == "story":  # one that was merged refers to another
        values.sort(key=lambda story: story["merged_into"] is not None)
    if values:
        bare = bare_table(table.name, *(column(name, table.c[name].type) for name in values[0]))  # fills in no defaults
        db.execute(insert(bare), values)


@pytest.mark.parametrize("version", _VERSIONS)
def test_every_earlier_schema_is_brought_up(
    version: str, empty_url: str, rows_now: dict[str, list[Row[tuple[object, ...]]]]
) -> None:
    """No row is lost, the database is sound, and what comes next is clustered with what was there."""
    with connected(empty_url) as engine:
        before = _at_version(engine, version, rows_now)

    applied = upgrade(empty_url)

    with connected(empty_url) as engine, reading(engine) as db:
        after = Counter({name: len(db.execute(select(SQLModel.metadata.tables[name])).all()) for name in before})
    assert applied == [later for later in [*_VERSIONS, SCHEMA_VERSION] if later > version]
    assert before["variant"] == 32
    assert {**after, "segment": 0} == {**before, "segment": 0}  # the second release made more indexes
    assert check(empty_url) == []
    with newsdesk(empty_url) as desk:
        copies = [article("post/a", prose(2)), article("post/b", prose(9))]
        assert desk.outcomes(*copies) == {Outcome.VARIANT: 1, Outcome.NEW_STORY: 1}
        assert {"gazette/a", "echo/a", "post/a"} in desk.stories()
        assert len(desk.rows(Story)) == before["story"] + 1
    assert check(empty_url) == []
