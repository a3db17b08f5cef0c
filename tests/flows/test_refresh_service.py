"""A deployment on a real Prefect server with a real worker: twenty outlets, several rounds, one down, one slow."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from storage.database import connect
from storage.reading import reading
from storage.running.runs import count_stories
from storage.upgrading import upgrade
from storage.views import RunView
from storage.watching.journal import list_runs
from tests.flows.newsstand import article
from tests.flows.service import DEPLOYMENTS, Service, started, within
from tests.newsroom import Newsroom, Outlet

_OUTLETS = 20
_PAGES = 5  # of each outlet, at first
_EVERY_S = 10  # a run takes some six: Prefect starts a process for each
_DOWN, _SLOW = 3, 7
_PATHS = ("/feed.xml", "/atom.xml", "/feed.json", "/news-sitemap.xml")
_FEED_PATHS = frozenset({*_PATHS, "/robots.txt"})


def _write_sources(folder: Path, outlets: list[Outlet]) -> Path:
    blocks = ['[defaults]\nevery = "1s"\nallow_private = true\npace = "0s"']
    for number, outlet in enumerate(outlets):
        path = _PATHS[number % len(_PATHS)]
        kind = "sitemap" if "sitemap" in path else "feed"
        blocks.append(f'[[source]]\nkey = "outlet-{number}"\n{kind} = "{outlet.url(path)}"')
    file = folder / "sources.toml"
    file.write_text("\n\n".join(blocks))
    return file


def _write_deployment(folder: Path) -> Path:
    """Write deploy/prefect.yaml with a shorter interval, and nothing else changed."""
    deployments = yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))
    [scheduled] = [
        deployment
        for deployment in deployments["deployments"]
        if deployment["entrypoint"] == "flows.refresh.refresh" and "schedules" in deployment
    ]
    scheduled["schedules"][0]["interval"] = _EVERY_S
    file = folder / "prefect.yaml"
    file.write_text(yaml.safe_dump(deployments))
    return file


def _publish(outlets: list[Outlet], numbers: range) -> None:
    for number in numbers:
        outlets[number % _OUTLETS].publish(f"page-{number}", title=f"Headline {number}", text=article(number))


def _ended(service: Service) -> list[RunView]:
    with reading(service.database_url) as reader:
        runs = list_runs(reader, now=datetime.now(UTC), limit=100)
    return [run for run in runs[::-1] if run.finished_at is not None]


def _after(service: Service, count: int) -> Callable[[], list[RunView]]:
    """Ask for the runs that ended, as soon as there are so many."""
    return lambda: runs if len(runs := _ended(service)) >= count else []


def _states(service: Service) -> set[str]:
    begun = {"state": {"type": {"not_any_": ["SCHEDULED"]}}}
    runs: list[dict[str, Any]] = service.ask("flow_runs", flow_runs=begun)  # Any: JSON
    return {run["state"]["name"] for run in runs}


@pytest.mark.flow
def test_twenty_outlets_on_a_schedule(tmp_path: Path) -> None:
    """Each page is fetched once, quiet feeds answer 304, and neither a dead nor a slow outlet hurts another.

    A run that is too slow meets the next one of the schedule, which steps back, and no page is fetched twice.
    """
    with Newsroom() as room:
        outlets = [room.outlet(f"outlet-{number}") for number in range(_OUTLETS)]
        _publish(outlets, range(_OUTLETS * _PAGES))
        outlets[_DOWN].break_down(503)
        outlets[_SLOW].latency_s = 0.5
        sources = _write_sources(tmp_path, outlets)
        with started(tmp_path, NEWSFOLD_SOURCES=str(sources), NEWSFOLD_WORKERS="1") as service:
            upgrade(service.database_url)
            service.prefect("--no-prompt", "deploy", "--prefect-file", str(_write_deployment(tmp_path)), "--all")
            assert within(120, _after(service, 2))
            second_feeds = [_feed_answers(outlet) for outlet in outlets]
            outlets[_SLOW].latency_s = _EVERY_S * 0.7  # with a feed and a page: longer than the interval
            _publish(outlets, range(1_000, 1_000 + _OUTLETS))
            assert within(120, lambda: {"Completed", "Cancelled"} <= _states(service) and not _missing(outlets))
            rounds = len(_ended(service))
            assert within(90, _after(service, rounds + 1))
            states = _states(service)
        runs = _ended(service)
        fetched = [_page_fetches(outlet) for outlet in outlets]
        most_at_once = max(room.max_at_once(outlet) for outlet in outlets)

    well = [number for number in range(_OUTLETS) if number != _DOWN]
    assert [len(fetched[number]) for number in well] == [_PAGES + 1] * len(well)
    assert {count for number in well for count in fetched[number].values()} == {1}
    assert fetched[_DOWN] == {}
    assert all(answers[0] == 200 and set(answers[1:]) <= {304} for answers in (second_feeds[number] for number in well))
    assert most_at_once == 1
    assert states >= {"Completed", "Cancelled"}
    assert "Failed" not in states
    stories = count_stories(connect(service.database_url))
    assert stories == len(well) * (_PAGES + 1) == sum(run.outcomes.get("new_story", 0) for run in runs)
    assert all(sum(run.outcomes.values()) == run.met for run in runs if run.error is None)
    _tell(runs, stories)


def _feed_answers(outlet: Outlet) -> list[int]:
    return [visit.status or 0 for visit in outlet.visits if visit.path in _PATHS]


def _page_fetches(outlet: Outlet) -> dict[str, int]:
    counts: dict[str, int] = {}
    for visit in outlet.visits:
        if visit.path not in _FEED_PATHS:
            counts[visit.path] = counts.get(visit.path, 0) + 1
    return counts


def _missing(outlets: list[Outlet]) -> int:
    """Count the outlets that are up, and whose pages were not all fetched."""
    return sum(len(_page_fetches(outlet)) < _PAGES + 1 for number, outlet in enumerate(outlets) if number != _DOWN)


def _tell(runs: list[RunView], stories: int) -> None:
    """Print what the runs did: shown by pytest -s."""
    for run in runs:
        took = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0.0
        print(f"run {run.id}: {run.state} in {took:.1f} s, {run.met} met = {run.outcomes}")
    print(f"{stories} stories at {time.strftime('%H:%M:%S')}")
