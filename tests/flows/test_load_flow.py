"""The flow load, on Prefect's test server; the steps are tested without it."""

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from prefect import flow
from prefect.artifacts import Artifact
from prefect.exceptions import ParameterBindError, ParameterTypeError

from flows.crew import _dask_runner
from flows.load import load
from flows.spool import Spooled
from flows.tasks import opened, prepare_batch, store_batch
from tests.flows.newsstand import runs_of, write_jsonl

pytestmark = [
    pytest.mark.flow,
    pytest.mark.usefixtures("flow_run"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),  # Prefect's
]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the flow spool into a temporary folder, and batches be small."""
    monkeypatch.setenv("NEWSFOLD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NEWSFOLD_WORKERS", "1")
    monkeypatch.setenv("NEWSFOLD_BATCH_DOCUMENTS", "20")
    return tmp_path / "data"


class Busy(Spooled[Any, Any]):
    """A load whose database is busy for a while."""

    def __init__(self, *, failures: list[Exception]) -> None:
        self.failures = failures

    def store(self, name: str) -> dict[str, int]:
        """Fail as often as was said."""
        if self.failures:
            raise self.failures.pop()
        return {"variant": len(name)}


def _busy() -> Exception:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


@flow
def _store(spooled: Spooled[Any, Any]) -> dict[str, int]:
    with opened(spooled):
        return store_batch.with_options(retry_delay_seconds=0).submit("batch").result()


def test_the_flow_loads_and_loads_again(database_url: str, tmp_path: Path) -> None:
    """On either database: all are stories at first and unchanged then, and the run row knows its flow run."""
    inbox = write_jsonl(tmp_path / "inbox.jsonl", range(50))

    first = load(paths=[str(inbox)], database_url=database_url)
    second = load(paths=[str(inbox)], database_url=database_url)

    runs = runs_of(database_url)
    assert (first["met"], first["outcomes"], first["stories"]) == (50, {"new_story": 50}, 50)
    assert (second["met"], second["outcomes"], second["stories"]) == (50, {"unchanged": 50}, 50)
    assert [run.state for run in runs] == ["done", "done"]
    assert all(run.prefect_id for run in runs)


def test_a_run_ends_with_its_report_and_without_a_spool(data: Path, tmp_path: Path) -> None:
    """The tally is shown by Prefect, and no batch is left on the disk."""
    inbox = write_jsonl(tmp_path / "inbox.jsonl", range(30))

    load(paths=[str(inbox)], database_url=f"sqlite:///{tmp_path}/stories.db")

    page = cast("Artifact", Artifact.get("newsfold-load"))  # its type says it may have to be awaited; here it has not
    table = cast("Artifact", Artifact.get("newsfold-load-outcomes"))
    assert "# newsfold load, run 1\n" in str(page.data)
    assert re.search(r"\| new_story +\| +30 \|", str(page.data))
    assert json.loads(str(table.data)) == [{"source": "gazette.example", "outcome": "new_story", "documents": 30}]
    assert [path for path in (data / "spool").iterdir() if path.is_dir()] == []


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")  # Dask's
def test_a_dask_cluster_of_our_own_takes_nobody_else() -> None:
    """A process without the certificates that were made for it cannot speak to its scheduler."""
    with _dask_runner(None, 1) as runner:
        address = runner.client.cluster.scheduler_address
        stranger = f"import distributed; distributed.Client({address.replace('tls:', 'tcp:')!r}, timeout=3)"
        done = subprocess.run([sys.executable, "-c", stranger], capture_output=True, text=True, check=False)

    assert address.startswith("tls://127.0.0.1:")
    assert done.returncode == 1
    assert "ConnectionResetError" in done.stderr


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")  # Dask's
def test_a_dask_cluster_helps(data: Path, tmp_path: Path) -> None:
    """Where a load asks for it, a Dask cluster cleans and signs, and the load stores; nothing is left of it."""
    inbox = write_jsonl(tmp_path / "inbox.jsonl", range(60))

    done = load(paths=[str(inbox)], runner="dask", shards=1, database_url=f"sqlite:///{tmp_path}/stories.db")

    assert (done["met"], done["outcomes"], done["stories"]) == (60, {"new_story": 60}, 60)
    assert [path for path in (data / "shards").iterdir() if path.is_dir()] == []


def test_helpers_that_nobody_deployed_are_refused(tmp_path: Path) -> None:
    """Without the deployment of helpers, the run says how to make it."""
    state = load(paths=[str(tmp_path)], runner="shards", database_url=f"sqlite:///{tmp_path}/s.db", return_state=True)

    assert state.is_failed()
    assert "has no deployment shard/shard: prefect --no-prompt deploy" in str(state.message)


def test_a_failed_run_leaves_a_reason_and_no_spool(data: Path, tmp_path: Path) -> None:
    """A path that is not there fails the flow run; the run row says why."""
    url = f"sqlite:///{tmp_path}/stories.db"

    state = load(paths=["nowhere"], database_url=url, return_state=True)

    [run] = runs_of(url)
    assert state.is_failed()
    page = cast("Artifact", Artifact.get("newsfold-load"))
    assert "nowhere: no such file" in (run.error or "")
    assert "It ended early: PathProblem: nowhere: no such file" in str(page.data)
    assert [path for path in (data / "spool").iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    ("wrong", "error"), [({"paths": ["a"], "sauce": "b"}, ParameterBindError), ({"paths": 3}, ParameterTypeError)]
)
def test_a_mistyped_parameter_is_refused(wrong: dict[str, Any], error: type[Exception]) -> None:  # Any: a mistake
    """Neither an unknown name nor a wrong type is taken for something else."""
    with pytest.raises(error):
        load(**wrong)


def test_a_busy_database_is_asked_again() -> None:
    """A batch that could not be stored, because another was writing, is stored a little later."""
    spooled = Busy(failures=[_busy(), _busy()])

    assert _store(spooled) == {"variant": 5}


def test_other_trouble_is_not_repeated() -> None:
    """A fault of ours fails the batch at once."""
    spooled = Busy(failures=[_busy(), ValueError("a fault")])

    state = _store(spooled, return_state=True)

    assert state.is_failed()
    assert len(spooled.failures) == 1


def test_tasks_outside_a_load_say_so() -> None:
    """A task that no load was opened for does nothing."""
    with pytest.raises(LookupError):
        prepare_batch.fn("batch-1")
