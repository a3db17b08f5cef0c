"""Refreshes that meet trouble: a slow host, another run, the end of their time, a signal, the end of their process."""

import asyncio
import itertools
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.open_run import bring_up, now_utc
from flows.progress import Watcher
from flows.refreshing.steps import OpenRefresh
from flows.settings import Settings
from flows.telling.report import RefreshFailed
from ingest.fetch.exchange import ArchiveProblem
from ingest.outcome import Outcome
from query.terminal.saying import DONE, IN_PART
from storage.check import check
from storage.reading import reading
from storage.watching.accounts import account_of_run
from tests.faults.stores import stored as count_stored
from tests.flows.newsroom_sources import (
    clock,
    free_sources,
    outlets,
    page_visits,
    refresh,
    rows,
    settings_for,
    source,
    write_sources,
)
from tests.newsroom import Newsroom
from tests.newsroom_server import head_of

_SOON = timedelta(minutes=2)  # everything is due again
_LEASE_RUN_OUT = timedelta(minutes=6)
_ROOT = Path(__file__).parents[2]
_REFRESH = (  # folder, database
    "import sys, pathlib; from tests.flows.newsroom_sources import *; refresh(settings_for("
    "pathlib.Path(sys.argv[1]), sys.argv[2], NEWSFOLD_BATCH_DOCUMENTS='4', NEWSFOLD_LEASE_S='5'))"
)


def test_neither_a_dead_nor_a_slow_outlet_hurts_another(room: Newsroom, tmp_path: Path) -> None:
    """A feed may answer only when all pages of the others were fetched; the dead one is named, and has no page."""
    *good, slow, dead = outlets(room, ["echo", "gazette", "post", "slow", "dead"], pages=4)
    items = "".join(f"<item><link>{slow.url(f'/news/page-{number}')}</link></item>" for number in range(4))
    feed = f'<rss version="2.0"><channel><title>slow</title>{items}</channel></rss>'.encode()

    async def waits_for_the_others(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while sum(len(page_visits(outlet)) for outlet in good) < 12:
            await asyncio.sleep(0.02)
        writer.write(head_of(200, ("Content-Type", "application/rss+xml"), ("Connection", "close")) + feed)
        await writer.drain()

    slow.script("/feed.xml", waits_for_the_others)
    dead.break_down("refuse")
    write_sources(tmp_path, *map(source, (slow, dead, *good)))

    report = refresh(settings_for(tmp_path))

    assert report.by_source == {name: {Outcome.NEW_STORY: 4} for name in ("echo", "gazette", "post", "slow")}
    assert [(one.source, one.outcome) for one in report.failing] == [("dead", "unreachable")]
    assert report.exit_code == IN_PART
    assert max(room.max_at_once(outlet) for outlet in (*good, slow)) == 1


def test_a_host_that_asks_for_rest_is_left_alone(room: Newsroom, tmp_path: Path) -> None:
    """After one 429 its other pages wait without blame, over runs, until the time it named is over."""
    [gazette, echo] = outlets(room, ["gazette", "echo"], pages=5)
    for number in range(5):
        gazette.throttle(429, retry_after=100, path=f"/news/page-{number}")
    write_sources(tmp_path, source(gazette), source(echo))
    settings = settings_for(tmp_path)

    first = refresh(settings)
    at_once = page_visits(gazette)
    gazette.recover()
    too_soon = refresh(settings, later=timedelta(seconds=30))
    while_resting = page_visits(gazette)
    after = refresh(settings, later=timedelta(minutes=7))

    assert first.by_source == {"gazette": {Outcome.HTTP_ERROR: 1}, "echo": {Outcome.NEW_STORY: 5}}
    assert (first.waiting, too_soon.waiting, after.waiting) == (5, 5, 0)
    assert while_resting == at_once
    assert list(at_once.values()) == [1]
    assert {one.source: one.outcome for one in too_soon.asked} == {"gazette": "busy", "echo": "unchanged"}
    assert too_soon.exit_code == DONE
    assert after.by_source == {"gazette": {Outcome.NEW_STORY: 5}}


def test_a_refresh_that_can_do_nothing_fails(room: Newsroom, tmp_path: Path) -> None:
    """When no source can be had, the run says so; the next one, when all is well again, is as any other."""
    gazette, echo = outlets(room, ["gazette", "echo"], pages=1)
    gazette.break_down(404)
    echo.put("/feed.xml", "<html><body>Welcome</body></html>")
    write_sources(tmp_path, source(gazette), source(echo))
    settings = settings_for(tmp_path)

    with pytest.raises(RefreshFailed, match="none of 2 sources could be had; "):
        refresh(settings)

    [(error, met)] = rows(settings, "SELECT error, met FROM run")
    assert "none of 2 sources could be had" in str(error)
    assert met == 0
    gazette.recover()
    assert refresh(settings, "gazette").outcomes == {Outcome.NEW_STORY: 1}


@pytest.mark.parametrize("is_polled", [False, True])
def test_a_run_whose_archive_is_lost_ends(room: Newsroom, tmp_path: Path, is_polled: bool) -> None:
    """Nothing more is asked, the row says why, and neither page nor source is blamed: the next run gets all."""
    [gazette] = outlets(room, ["gazette"], pages=4)
    urls = [gazette.url(f"/news/page-{number}") for number in range(4)]
    write_sources(tmp_path, source(gazette) if is_polled else f'[[source]]\nkey = "gazette"\nurls = {urls}\n')
    archive = tmp_path / "archive"
    settings = settings_for(tmp_path, NEWSFOLD_ARCHIVE=str(archive))

    async def loses_the_archive(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        archive.rmdir()
        writer.write(head_of(404, ("Content-Length", "0"), ("Connection", "close")))
        await writer.drain()

    gazette.script("/robots.txt", loses_the_archive)
    with pytest.raises(ArchiveProblem, match="cannot be written"):
        refresh(settings)
    gazette.robots("User-agent: *\nAllow: /")
    asked = page_visits(gazette)
    after = refresh(settings, later=_LEASE_RUN_OUT)

    assert asked == {}
    assert "ArchiveProblem: " in str(rows(settings, "SELECT error FROM run WHERE id = 1"))
    assert (after.outcomes, after.exit_code) == ({Outcome.NEW_STORY: 4}, DONE)


def test_what_there_was_no_time_for_waits(room: Newsroom, tmp_path: Path) -> None:
    """A run whose time is over leaves pages, and sources not begun, to the next one; no page is fetched twice."""
    gazette, slow = outlets(room, ["gazette", "slow"], pages=8)
    gazette.latency_s, slow.latency_s = 0.2, 0.8
    second = f'[[source]]\nkey = "second"\nfeed = "{slow.url("/atom.xml")}"\n'
    write_sources(tmp_path, source(gazette), source(slow), second)
    settings = settings_for(tmp_path)

    short = refresh(replace(settings, refresh_s=1.2))
    gazette.latency_s = slow.latency_s = 0.0
    rest = refresh(settings, later=_SOON)

    assert short.met < 8
    assert short.waiting == 16 - short.met
    assert {one.source: one.outcome for one in short.asked} == {"gazette": "listed", "slow": "listed", "second": "busy"}
    assert short.exit_code == DONE
    assert (rest.met, rest.stories, rest.waiting) == (16 - short.met, 16, 0)
    assert set(page_visits(gazette).values()) == set(page_visits(slow).values()) == {1}


def test_two_runs_at_once_share_the_work(room: Newsroom, tmp_path: Path, database_url: str) -> None:
    """No page is fetched twice, no host asked by both at a time, and both runs end well."""
    names = [f"outlet-{number}" for number in range(6)]
    made = outlets(room, names, pages=6)
    for outlet in made:
        outlet.latency_s = 0.03
    write_sources(tmp_path, *map(source, made))
    settings = settings_for(tmp_path, database_url)
    refresh(settings, "outlet-0")  # makes the database

    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(refresh, settings, later=_SOON) for _ in range(2)]
        reports = [run.result(60) for run in runs]

    assert sum(report.met for report in reports) == 30
    assert all(report.met == sum(report.outcomes.values()) for report in reports)
    assert [report.exit_code for report in reports] == [DONE, DONE]
    assert {count for outlet in made for count in page_visits(outlet).values()} == {1}
    assert max(room.max_at_once(outlet) for outlet in made) == 1
    assert rows(settings, "SELECT count(*) FROM variant") == [(36,)]
    assert rows(settings, "SELECT host FROM host WHERE owner IS NOT NULL") == []
    assert check(settings.database_url) == []


def test_a_killed_run_loses_nothing(room: Newsroom, tmp_path: Path, database_url: str) -> None:
    """Its sources are left alone until its leases run out; then the next run gets what is left, and only that.

    Its row names the sources that it had asked, and how long they took.
    """
    made = outlets(room, ["gazette", "echo"], pages=20)
    for outlet in made:
        outlet.latency_s = 0.05
    write_sources(tmp_path, *map(source, made))
    settings = settings_for(tmp_path, database_url)
    with subprocess.Popen([sys.executable, "-c", _REFRESH, str(tmp_path), database_url], cwd=_ROOT) as killed:
        _wait_for(settings.database_url, 8, killed)
        alive = refresh(settings, later=_SOON)
        killed.kill()
    stored = {str(url) for (url,) in rows(settings, "SELECT url FROM variant")}
    for outlet in made:
        outlet.latency_s = 0.0
        outlet.forget()

    held = refresh(settings, later=_SOON)
    while not free_sources(settings, "echo", "gazette"):
        time.sleep(0.1)
    after = refresh(settings, later=_LEASE_RUN_OUT)

    assert (alive.met, held.met) == (0, 0)
    said = [(one.source, one.outcome, one.detail[:18]) for report in (alive, held) for one in report.asked]
    assert said == [("echo", "busy", "run 1 refreshes it"), ("gazette", "busy", "run 1 refreshes it")] * 2
    assert 8 <= len(stored) < 40
    assert (after.met, after.stories) == (40 - len(stored), 40)
    asked = {outlet.url(path) for outlet in made for path in page_visits(outlet)}
    assert asked.isdisjoint(stored)
    assert rows(settings, "SELECT source FROM lease") == []
    with reading(settings.database_url) as reader:
        account = account_of_run(reader, 1, now=now_utc())
    assert account is not None
    assert {one.source for one in account.sources if one.seconds} == {"echo", "gazette"}
    assert check(settings.database_url) == []


def test_a_run_that_stores_for_long_keeps_its_sources(room: Newsroom, tmp_path: Path) -> None:
    """Each batch is a sign of life, also when nothing is left to fetch."""
    [gazette] = outlets(room, ["gazette"], pages=6)
    write_sources(tmp_path, source(gazette))
    settings = settings_for(tmp_path, NEWSFOLD_LEASE_S="2", NEWSFOLD_BATCH_DOCUMENTS="1")
    others: list[list[str]] = []
    bring_up(settings)

    with OpenRefresh(settings, watch=Watcher()) as run, ThreadPoolExecutor(1) as polling:
        polls = [polling.submit(run.poll, group) for group in run.groups()]
        for batch in run.batches():
            time.sleep(0.7)
            others.append(free_sources(settings, "gazette"))
            run.store(run.prepare(batch))
        for poll in polls:
            poll.result()
        report = run.finish()

    assert report.met == 6
    assert others == [[]] * 6


def _wait_for(database_url: str, stored: int, process: "subprocess.Popen[bytes]") -> None:
    while count_stored(database_url) < stored and process.poll() is None:
        time.sleep(0.02)


def test_a_run_that_is_stopped_gives_its_hosts_back(room: Newsroom, tmp_path: Path) -> None:
    """A signal ends polls that hang and the fetching within a moment; what was stored stays, and the row says why."""
    good, hanging = outlets(room, ["good", "hanging"], pages=12)
    good.latency_s = 0.05
    hanging.break_down("hang")
    write_sources(tmp_path, source(good), source(hanging))
    settings = settings_for(tmp_path, NEWSFOLD_BATCH_DOCUMENTS="3")
    refresh(replace(settings, refresh_s=0.0))  # makes the database

    polls: list[Future[dict[str, int]]] = []

    with pytest.raises(KeyboardInterrupt):
        _stop_after_two_batches(settings, polls)

    assert all(poll.exception() is not None for poll in polls)
    assert rows(settings, "SELECT error FROM run WHERE id = 2") == [("stopped by signal",)]
    assert rows(settings, "SELECT count(*) FROM variant") == [(6,)]
    assert rows(settings, "SELECT host FROM host WHERE owner IS NOT NULL") == []
    assert refresh(settings, "good", later=_SOON).stories == 12


def _stop_after_two_batches(settings: Settings, polls: list[Future[dict[str, int]]]) -> None:
    with (
        ThreadPoolExecutor(2) as polling,
        OpenRefresh(settings, watch=Watcher(), clock=clock(_SOON)) as run,
    ):
        polls += [polling.submit(run.poll, group) for group in run.groups()]
        for batch in itertools.islice(run.batches(), 2):
            run.store(run.prepare(batch))
        raise KeyboardInterrupt
