"""The last runs of each flow, on either database, however many of another came since."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from storage import tables
from storage.database import writing
from storage.reading import reading
from storage.rows import insert_rows
from storage.watching.alarms import alarms
from storage.watching.figures import store_figures
from storage.watching.journal import SILENCE, last_runs, runs_of_flow_run
from tests.storage.articles import NOON

_MANY = 1_200  # more than three days of one every five minutes
_LAST = NOON + _MANY * timedelta(minutes=5)


@pytest.fixture
def busy_url(database_url: str, engine: Engine) -> str:
    """Give a database of a completed maintain, one that failed, and refreshes since; the last one goes on."""
    rows: list[tuple[object, ...]] = [
        (1, "maintain", "house", NOON, NOON, NOON, None, 0, "completed", None),
        (2, "maintain", "house", NOON, NOON, NOON, "OSError: no space", 0, "failed", None),
    ]
    for number in range(3, 3 + _MANY):
        at = NOON + (number - 2) * timedelta(minutes=5)
        rows.append((number, "refresh", "all", at, at, None if at == _LAST else at, None, 0, None, None))
    with writing(engine) as db:
        insert_rows(db, tables.Run, rows)
    return database_url


def test_a_rare_flow_is_found_behind_a_frequent_one(busy_url: str) -> None:
    """Of each flow the newest run, the last that is over and the last that completed are known; the last flow first."""
    with reading(busy_url) as reader:
        refresh, maintain = last_runs(reader, now=_LAST)
        _, lost = (last_runs(reader, now=_LAST + more)[0].over for more in (SILENCE, 2 * SILENCE))

    assert maintain.completed is not None
    assert (maintain.newest.id, maintain.completed.id) == (2, 1)
    assert maintain.over == maintain.newest
    assert refresh.over is not None
    assert (refresh.newest.id, refresh.newest.state, refresh.over.id) == (_MANY + 2, "running", _MANY + 1)
    assert refresh.completed == refresh.over
    assert lost is not None
    assert (lost.id, lost.state) == (_MANY + 2, "lost")


def test_a_failed_maintain_alarms_until_the_next(busy_url: str) -> None:
    """Who watches is told days later too that it failed, and when the last one completed."""
    with reading(busy_url) as reader:
        found = {alarm.key for alarm in alarms(reader, now=_LAST, quiet=timedelta(hours=6))}
        figures = store_figures(reader, now=_LAST)

    assert found == {"run-failed:maintain"}
    assert figures.completed_at["maintain"] == NOON


def test_runs_of_a_flow_run_are_found_by_its_id(busy_url: str) -> None:
    """However long ago they ran."""
    with reading(busy_url) as reader:
        found = [run.id for run in runs_of_flow_run(reader, "failed", now=_LAST)]

    assert found == [2]
