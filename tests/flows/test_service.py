"""The service as deploy/README.md sets it up."""

import json
from pathlib import Path

import pytest

from storage.database import connect
from storage.runs import count_stories
from tests.flows.newsstand import write_jsonl
from tests.flows.service import DEPLOYMENTS, started, within


@pytest.mark.flow
def test_the_deployments_run_by_hand_and_on_schedule(tmp_path: Path) -> None:
    """What deploy/prefect.yaml deploys loads what it is told to, and its schedule makes runs by itself.

    The second half has failed without a word before, with SQLAlchemy 2.1: pyproject.toml says which are bound.
    """
    archive = write_jsonl(tmp_path / "archive.jsonl", range(20))

    with started(tmp_path) as service:
        service.prefect("--no-prompt", "deploy", "--prefect-file", str(DEPLOYMENTS), "--all")
        service.prefect("deployment", "run", "load/load", "-p", f"paths={json.dumps([str(archive)])}", "--watch")
        scheduled = within(90, service.scheduled_runs)
        completed = service.ask("flow_runs", flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}})
        artifacts = {artifact["key"] for artifact in service.ask("artifacts")}

    assert len(completed) == 1
    assert count_stories(connect(service.database_url)) == 20
    assert {"newsfold-load", "newsfold-load-outcomes"} <= artifacts
    assert scheduled
