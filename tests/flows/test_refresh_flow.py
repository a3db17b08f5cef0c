"""The flow refresh, on Prefect's test server; the steps are tested without it."""

from collections import Counter
from pathlib import Path
from typing import cast

import pytest
from prefect.artifacts import Artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

from flows.refresh import refresh
from storage.check import check
from tests.flows.newsroom_sources import outlets, page_visits, rows, settings_for, source, write_sources
from tests.newsroom import Newsroom

pytestmark = [
    pytest.mark.flow,
    pytest.mark.usefixtures("flow_run"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),  # Prefect's
]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the flow find its sources and spool into a temporary folder, and batches be small."""
    monkeypatch.setenv("NEWSFOLD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NEWSFOLD_SOURCES", str(tmp_path / "sources.toml"))
    monkeypatch.setenv("NEWSFOLD_WORKERS", "1")
    monkeypatch.setenv("NEWSFOLD_PACE_MS", "0")
    monkeypatch.setenv("NEWSFOLD_BATCH_DOCUMENTS", "10")
    return tmp_path / "data"


def _tasks(prefect_id: object) -> Counter[str]:
    """Give how often each task ran, by the first word of its runs' names."""
    with get_client(sync_client=True) as client:
        this = FlowRunFilter(id=FlowRunFilterId(any_=[str(prefect_id)]))  # type: ignore[list-item] # it takes texts
        return Counter(run.name.partition("-")[0] for run in client.read_task_runs(flow_run_filter=this))


def test_the_flow_refreshes_and_refreshes_again(room: Newsroom, tmp_path: Path, database_url: str, data: Path) -> None:
    """On either database: all pages are stories, a dead source fails nothing, and then nothing is new.

    There is a task for each group of sources and two for each batch, never one for a page, and no spool is left.
    """
    *alive, dead = outlets(room, ["gazette", "echo", "post", "dead"], pages=9)
    dead.break_down(404)
    write_sources(tmp_path, *map(source, (*alive, dead)))
    settings = settings_for(tmp_path, database_url)

    first = refresh(database_url=database_url)
    second = refresh(only=["gazette"], database_url=database_url)

    runs = rows(settings, "SELECT prefect_id, error, met FROM run ORDER BY id")
    tasks = _tasks(runs[0][0])
    page = cast(
        "Artifact", Artifact.get("newsfold-refresh")
    )  # its type says it may have to be awaited; here it has not
    assert (first["met"], first["outcomes"], first["stories"]) == (27, {"new_story": 27}, 27)
    assert (second["met"], second["outcomes"], second["stories"]) == (0, {}, 27)
    assert [run[1:] for run in runs] == [(None, 27), (None, 0)]
    assert tasks["poll"] == 1
    assert tasks["prepare"] == tasks["store"]
    assert 3 <= tasks["store"] < 9
    assert set(tasks) == {"poll", "prepare", "store"}
    assert {count for outlet in alive for count in page_visits(outlet).values()} == {1}
    assert str(page.data).startswith("# newsfold refresh, run ")
    assert [path for path in (data / "spool").iterdir() if path.is_dir()] == []
    assert check(database_url) == []


def test_the_flow_fails_when_nothing_can_be_done(room: Newsroom, tmp_path: Path) -> None:
    """When every source fails, the flow run fails, and both it and the run row say why."""
    [gazette] = outlets(room, ["gazette"], pages=1)
    gazette.break_down(404)
    write_sources(tmp_path, source(gazette))
    settings = settings_for(tmp_path)

    state = refresh(database_url=settings.database_url, return_state=True)

    assert state.is_failed()
    assert "none of 1 sources could be had; gazette: HTTP 404" in str(state.message)
    [(error,)] = rows(settings, "SELECT error FROM run")
    assert error == "none of 1 sources could be had; gazette: HTTP 404"


def test_a_mistake_fails_the_flow_before_anything_is_written(tmp_path: Path) -> None:
    """A source that nobody knows leaves no database behind."""
    write_sources(tmp_path, '[[source]]\nkey = "a"\nfeed = "https://a.example/feed"\n')

    state = refresh(only=["b"], database_url=f"sqlite:///{tmp_path}/stories.db", return_state=True)

    assert state.is_failed()
    assert "there is no source 'b'" in str(state.message)
    assert not (tmp_path / "stories.db").exists()
