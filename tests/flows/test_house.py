"""Maintenance keeps house: what is old goes while other runs go on, and it tells beforehand what would go."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.maintaining.prefect_history import PREFECT, forget_flow_runs
from flows.maintaining.report import MaintainReport, maintain_as_markdown, maintain_as_text
from flows.maintaining.steps import plan, run_maintain
from flows.progress import Watcher
from flows.settings import Settings
from ingest.document import Entry
from ingest.fetch.habits import Listed, PollState
from ingest.outcome import Outcome, Rejection
from query.terminal.saying import DONE
from storage.check import check
from storage.database import connected
from storage.running.polls import Polled, save_polls
from storage.running.runs import finish_run, start_run
from storage.store import Store
from tests.flows.newsroom_sources import outlets, refresh, rows, settings_for, source, write_sources
from tests.newsroom import Newsroom

_YEARS_AGO = datetime.now(UTC) - timedelta(days=800)
_OLD = 1_500


def _fill(settings: Settings) -> None:
    """Store what was rejected years ago, and list pages that were fetched then."""
    with connected(settings.database_url) as engine:
        run = start_run(engine, flow="load", what="inbox", now=_YEARS_AGO)
        walls = [
            Rejection(source="old", url=f"https://old.example/{n}", outcome=Outcome.WALL, detail="", at=_YEARS_AGO)
            for n in range(_OLD)
        ]
        tally = Store(engine).store_batch(run, walls, known={}, cleaner="test 1", now=_YEARS_AGO)  # type: ignore[arg-type] # an empty tally
        finish_run(engine, run, met=tally.total(), now=_YEARS_AGO)
        entries = tuple(Entry(url=f"https://old.example/page-{n}") for n in range(_OLD))
        listed = Listed(listed=_OLD, body_key=1)
        polled = Polled(source="old", state=PollState(), result=listed, every_s=60.0, entries=entries)
        save_polls(engine, [polled], now=_YEARS_AGO)


def _maintained(settings: Settings, others: "Future[object]") -> Iterator[MaintainReport]:
    """Maintain again and again, and once more, while the others go on."""
    yield run_maintain(settings=settings, watch=Watcher())
    while not others.done():
        yield run_maintain(settings=settings, watch=Watcher())


def test_a_refresh_goes_on_beside_maintenance(room: Newsroom, tmp_path: Path, database_url: str) -> None:
    """Every page is stored once, whatever is let go of meanwhile, and neither waits for the other's end."""
    made = outlets(room, ["gazette", "echo", "post"], pages=12)
    for outlet in made:
        outlet.latency_s = 0.05
    write_sources(tmp_path, *map(source, made))
    settings = settings_for(tmp_path, database_url, NEWSFOLD_BATCH_DOCUMENTS="4")
    _fill(settings)
    foretold = plan(settings=settings)

    with ThreadPoolExecutor(1) as beside:
        refreshing: Future[object] = beside.submit(refresh, settings)
        [first, *_] = reports = list(_maintained(settings, refreshing))
        refreshed = refreshing.result()

    assert foretold.gone == {
        **dict.fromkeys(("raw", "address", "host", "taken", "batch", "lease", "reply", "heard", PREFECT), 0),
        "rejection": _OLD,
        "tally": 1,
    }
    assert first.gone == {"rejection": _OLD}
    assert [report.exit_code for report in reports] == [DONE] * len(reports)
    assert getattr(refreshed, "outcomes", None) == {Outcome.NEW_STORY: 36}
    assert rows(settings, "SELECT count(*) FROM variant") == [(36,)]
    assert rows(settings, "SELECT count(*) FROM address WHERE state = 'waiting'") == [(_OLD,)]
    assert check(database_url) == []


def test_an_sqlite_file_grows_small_again(tmp_path: Path) -> None:
    """The room of what went is given back to the disk."""
    settings = settings_for(tmp_path)
    _fill(settings)

    report = run_maintain(settings=settings, watch=Watcher())

    assert report.given_bytes > 50_000
    assert rows(settings, "SELECT freelist_count FROM pragma_freelist_count()") == [(0,)]
    assert check(settings.database_url) == []


def test_a_report_says_what_went() -> None:
    """On a terminal, on Prefect's page and as JSON, from which it is itself again."""
    report = MaintainReport(
        run=7,
        met=2,
        outcomes={Outcome.RECLEANED: 2},
        stories=5,
        seconds=1.5,
        retried={Outcome.NEW_STORY: 1, Outcome.FAILED: 2},
        gone={"address": 1_200},
        given_bytes=4_096,
    )

    assert MaintainReport.from_dict(json.loads(report.to_json())) == report
    lines = maintain_as_text(report).splitlines()
    assert "  tried again after faults of our own: 1 new_story, 2 failed" in lines
    assert "  let go of     1,200  address" in lines
    assert "  4,096 bytes given back to the disk" in lines
    assert "| address | 1,200 |" in maintain_as_markdown(report)


def test_a_dry_run_does_nothing(tmp_path: Path) -> None:
    """It names each table with its count, and nothing is changed."""
    settings = settings_for(tmp_path)
    _fill(settings)
    command = [str(Path(sys.executable).with_name("newsfold")), "maintain", "--dry-run", "--db", settings.database_url]

    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    as_json = json.loads(subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout)

    assert f"  let go     {_OLD:,}  rejection" in said.splitlines()
    assert as_json["gone"]["rejection"] == _OLD
    assert rows(settings, "SELECT count(*) FROM rejection") == [(_OLD,)]
    assert rows(settings, "SELECT count(*) FROM run") == [(1,)]


@pytest.mark.flow
def test_the_flow_does_the_same(tmp_path: Path, flow_run: None) -> None:  # noqa: ARG001  a server
    """Seen by Prefect, maintenance lets go of the same rows, and says so."""
    from flows.maintain import maintain

    settings = settings_for(tmp_path)
    _fill(settings)

    report = MaintainReport.from_dict(maintain(database_url=settings.database_url))

    assert report.gone == {"rejection": _OLD}
    assert rows(settings, "SELECT flow, error FROM run ORDER BY id DESC LIMIT 1") == [("maintain", None)]


@pytest.mark.flow
def test_prefects_history_is_let_go_of(tmp_path: Path, flow_run: None) -> None:  # noqa: ARG001  a server
    """Old runs of our pool go; younger ones, and those of other pools, stay."""
    from prefect.client.orchestration import get_client

    from tests.flows.prefect_runs import ended_runs, left

    environ = {"PREFECT_API_URL": "the harness names its own"}
    now, settings = datetime.now(UTC), settings_for(tmp_path)
    then = now + timedelta(days=31)
    with get_client(sync_client=True) as client:
        made = ended_runs(client, {"newsfold": 2, "others": 1})
        too_soon = forget_flow_runs(settings, now=now, environ=environ)
        foretold = forget_flow_runs(settings, now=then, dry_run=True, environ=environ)
        gone = forget_flow_runs(settings, now=then, environ=environ)
        stayed = left(client, made)

    assert (too_soon, foretold, gone) == (0, 2, 2)
    assert stayed == made[2:]
    assert forget_flow_runs(settings, now=then, environ={}) == 0
