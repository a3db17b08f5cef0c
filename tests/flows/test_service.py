"""The service as deploy/README.md sets it up."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.health.prefect_health import ask_prefect
from storage.database import connect
from storage.running.runs import count_stories
from tests.flows.newsstand import write_jsonl
from tests.flows.service import AUTOMATIONS, DEPLOYMENTS, started, within


@pytest.mark.flow
def test_the_deployments_run_by_hand_and_on_schedule(tmp_path: Path) -> None:
    """What deploy/prefect.yaml deploys loads what it is told to, and its schedule makes runs by itself.

    The second half has failed without a word before, with SQLAlchemy 2.1: pyproject.toml says which are bound.
    """
    archive, more = (write_jsonl(tmp_path / f"{part}.jsonl", range(20 * part, 20 * part + 20)) for part in (0, 1))

    with started(tmp_path) as service:
        service.prefect("--no-prompt", "deploy", "--prefect-file", str(DEPLOYMENTS), "--all")
        service.prefect("deployment", "run", "load/load", "-p", f"paths={json.dumps([str(archive)])}", "--watch")
        shards = ("-p", f"paths={json.dumps([str(more)])}", "-p", "runner=shards", "-p", "shards=2")
        service.prefect("deployment", "run", "load/load", *shards, "--watch")
        helpers = within(60, lambda: service.ask("flow_runs", flows={"name": {"any_": ["shard"]}}))
        scheduled = within(180, service.scheduled_runs)
        completed = service.ask("flow_runs", flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}})
        artifacts = {artifact["key"] for artifact in service.ask("artifacts")}
        health = list(ask_prefect(service.env, now=datetime.now(UTC)))

    assert {run["name"] for run in helpers} == {"1-of-2", "2-of-2"}
    assert len(completed) >= 2
    assert count_stories(connect(service.database_url)) == 40
    assert {"newsfold-load", "newsfold-load-outcomes"} <= artifacts
    assert scheduled
    assert [(answer.grade, answer.remedy) for answer in health] == [("well", None)] * 3


@pytest.mark.flow
def test_automations_are_applied_once(tmp_path: Path) -> None:
    """Applied twice, each automation is there once; a paused one stays paused, one without its block is left out."""
    with started(tmp_path) as service:
        first = service.python("-m", "flows.automations", str(AUTOMATIONS))
        service.prefect("automation", "pause", "newsfold-stuck-pending")
        again = service.python("-m", "flows.automations", str(AUTOMATIONS))
        known = {one["name"]: one["enabled"] for one in service.ask("automations")}

    assert first.splitlines()[0] == "created: newsfold-no-heartbeat, newsfold-stuck-pending"
    assert again.splitlines()[0] == "updated: newsfold-no-heartbeat, newsfold-stuck-pending"
    assert again.splitlines()[1].endswith(": newsfold-bad-end, newsfold-no-refresh, newsfold-alarm")
    assert known == {"newsfold-no-heartbeat": True, "newsfold-stuck-pending": False}
