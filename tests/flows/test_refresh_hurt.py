"""Refreshes whose clock steps, whose server crashes, whose disk is full: each ends, or the next one goes on."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from flows.open_run import now_utc
from flows.progress import Watcher
from flows.refreshing.steps import run_refresh
from flows.settings import Settings
from ingest.outcome import Outcome
from query.terminal.saying import DONE
from storage.check import check
from tests.faults.stores import stored
from tests.flows.newsroom_sources import (
    free_sources,
    outlets,
    page_visits,
    refresh,
    rows,
    settings_for,
    source,
    write_sources,
)
from tests.newsroom import Newsroom, Outlet
from tests.postgres import keep_commits

_SOON = timedelta(minutes=2)
_ROOT = Path(__file__).parents[2]
_REFRESH = (  # folder
    "import sys, pathlib; from tests.flows.newsroom_sources import *; refresh(settings_for("
    "pathlib.Path(sys.argv[1]), NEWSFOLD_BATCH_DOCUMENTS='4', NEWSFOLD_LEASE_S='2'))"
)
_STORED = "SELECT sum(count) FROM tally WHERE outcome IN ('new_story', 'variant')"


class SteppingClock:
    """A clock that is set, by so much, once it was asked so many times."""

    def __init__(self, step: timedelta, *, after: int) -> None:
        self._step = step
        self._left = after

    def __call__(self) -> datetime:
        """Give the time."""
        self._left -= 1
        return now_utc() + (self._step if self._left < 0 else timedelta(0))


def _two_outlets(room: Newsroom, folder: Path, *, pages: int) -> list[Outlet]:
    made = outlets(room, ["gazette", "echo"], pages=pages)
    write_sources(folder, *map(source, made))
    return made


@pytest.mark.parametrize("step", [timedelta(days=-3), timedelta(days=400)])
def test_8_6_a_clock_that_is_set_during_a_run(
    room: Newsroom, tmp_path: Path, database_url: str, step: timedelta
) -> None:
    """MUST_HANDLE 8.6: each page is fetched and stored once, and once the clock is right, what is new is found."""
    made = _two_outlets(room, tmp_path, pages=10)
    settings = settings_for(tmp_path, database_url, NEWSFOLD_BATCH_DOCUMENTS="4")

    hurt = run_refresh((), settings=settings, watch=Watcher(), clock=SteppingClock(step, after=12))
    made[0].publish("fresh")
    after = refresh(settings, later=_SOON)

    assert (hurt.outcomes, hurt.exit_code) == ({Outcome.NEW_STORY: 20}, DONE)
    assert (after.outcomes, after.stories) == ({Outcome.NEW_STORY: 1}, 21)
    assert {count for outlet in made for count in page_visits(outlet).values()} == {1}
    assert check(database_url) == []


def _crash(settings: Settings, *, when_stored: int) -> None:
    """Kill a process of the server: it drops all connections, and recovers."""
    while stored(settings.database_url) < when_stored:
        time.sleep(0.02)
    with psycopg.connect(settings.database_url, autocommit=True) as server:
        others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        for (pid,) in server.execute(others).fetchmany(1):
            os.kill(pid, signal.SIGKILL)


def test_9_5_a_refresh_outlives_its_server(room: Newsroom, tmp_path: Path, postgres_url: str) -> None:
    """MUST_HANDLE 9.5: PostgreSQL crashes and comes back; the run goes on, and counts each page once."""
    made = _two_outlets(room, tmp_path, pages=20)
    for outlet in made:
        outlet.latency_s = 0.1
    settings = settings_for(tmp_path, postgres_url, NEWSFOLD_BATCH_DOCUMENTS="4")
    keep_commits(postgres_url)

    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(refresh, settings)
        _crash(settings, when_stored=8)
        report = running.result(120)

    assert (report.met, report.outcomes) == (40, {Outcome.NEW_STORY: 40})
    assert rows(settings, _STORED) == [(40,)]
    assert check(postgres_url) == []


def test_9_6_a_refresh_on_a_full_disk_ends_and_the_next_goes_on(room: Newsroom, tmp_path: Path) -> None:
    """MUST_HANDLE 9.6: it ends with an error, nothing is half-written, and the next run stores the rest once."""
    _two_outlets(room, tmp_path, pages=20)
    settings = settings_for(tmp_path)
    refresh(settings, "gazette")  # makes the database
    blocks = max(file.stat().st_size for file in tmp_path.glob("stories.db*")) // 512 + 100
    limited = ["sh", "-c", 'ulimit -f "$0"; exec "$@"', str(blocks), sys.executable, "-c", _REFRESH, str(tmp_path)]

    done = subprocess.run(limited, cwd=_ROOT, capture_output=True, text=True, check=False)
    problems = check(settings.database_url)
    while len(free_sources(settings, "gazette", "echo")) < 2:
        time.sleep(0.1)
    after = refresh(settings, later=timedelta(minutes=11))

    assert done.returncode == 1
    assert "disk" in done.stderr
    assert problems == []
    assert after.exit_code == DONE
    assert rows(settings, _STORED) == [(40,)]
    assert rows(settings, "SELECT count(*) FROM variant") == [(40,)]
    assert check(settings.database_url) == []
