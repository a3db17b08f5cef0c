"""deploy/prefect.yaml: Prefect takes unknown keys without a word, so a test must read the file."""

import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import runner
from prefect.client.schemas.schedules import construct_schedule
from prefect.flows import Flow

from flows.crew import DEPLOYMENT

_ROOT = Path(__file__).parents[2]
_PATH = _ROOT / "deploy" / "prefect.yaml"
_FILE: dict[str, Any] = yaml.safe_load(_PATH.read_text(encoding="utf-8"))  # Any: YAML
_DEPLOYMENTS: list[dict[str, Any]] = _FILE["deployments"]

_KEYS = {"name", "prefect-version", "build", "push", "pull", "definitions", "deployments"}
_DEPLOYMENT_KEYS = {
    "name",
    "entrypoint",
    "description",
    "tags",
    "version",
    "parameters",
    "enforce_parameter_schema",
    "concurrency_limit",
    "work_pool",
    "schedules",
}
_LIMIT_KEYS = {"limit", "collision_strategy", "grace_period_seconds"}
_POOL_KEYS = {"name", "work_queue_name", "job_variables"}
_SCHEDULE_KEYS = {"slug", "cron", "interval", "anchor_date", "rrule", "timezone", "parameters"}

every_deployment = pytest.mark.parametrize(
    "deployment", _DEPLOYMENTS, ids=lambda deployment: f"{deployment['entrypoint']}/{deployment['name']}"
)


def _flow(deployment: dict[str, Any]) -> Flow[..., Any]:
    module, _, name = deployment["entrypoint"].rpartition(".")
    flow = getattr(import_module(module), name)
    assert isinstance(flow, Flow)
    return flow


def test_the_file_is_for_the_prefect_that_is_installed() -> None:
    """The file names no key that Prefect does not know, and the version that pyproject.toml pins."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert set(_FILE) <= _KEYS
    assert f"prefect=={_FILE['prefect-version']}" in project["dependencies"]


def test_there_is_one_deployment_for_people_and_one_for_the_schedule() -> None:
    """Each of the flows has both; the helpers of a load are asked for by the load."""
    names = {f"{_flow(deployment).name}/{deployment['name']}" for deployment in _DEPLOYMENTS}

    assert names == {DEPLOYMENT} | {
        f"{flow}/{name}" for flow in ("load", "refresh", "maintain", "report") for name in (flow, "scheduled")
    }


def test_no_path_of_a_machine_is_in_the_file() -> None:
    """Runs start in the folder that $NEWSFOLD_HOME names when deploying."""
    assert _FILE["pull"] == [{"prefect.deployments.steps.set_working_directory": {"directory": "{{ $NEWSFOLD_HOME }}"}}]
    assert "/home/" not in _PATH.read_text(encoding="utf-8")


@every_deployment
def test_a_deployment_has_known_keys_only(deployment: dict[str, Any]) -> None:
    """No key is mistyped or at the wrong level, where Prefect would ignore it."""
    assert set(deployment) <= _DEPLOYMENT_KEYS
    assert set(deployment["work_pool"]) <= _POOL_KEYS
    assert set(deployment.get("concurrency_limit", {})) <= _LIMIT_KEYS
    assert all(set(schedule) <= _SCHEDULE_KEYS for schedule in deployment.get("schedules", []))


@every_deployment
def test_the_hooks_of_a_dead_run_find_our_packages(deployment: dict[str, Any]) -> None:
    """Prefect runs them by a script beside a storage.py of its own, which must not come first on the path."""
    assert (Path(runner.__file__).parent / "storage.py").exists()
    assert deployment["work_pool"]["job_variables"]["env"]["PYTHONSAFEPATH"] == "1"


@every_deployment
def test_the_parameters_of_a_deployment_are_the_flow_s(deployment: dict[str, Any]) -> None:
    """The parameters pass the flow's own validation, with those that a load gives its helpers."""
    parameters = deployment["parameters"] | ({"folder": "spool"} if _flow(deployment).name == "shard" else {})

    assert _flow(deployment).validate_parameters(parameters).items() >= parameters.items()
    assert deployment["enforce_parameter_schema"] is True


@every_deployment
def test_runs_of_a_deployment_do_not_overlap(deployment: dict[str, Any]) -> None:
    """One run at a time: a scheduled one steps back, one that a person asked for waits; helpers run side by side."""
    if _flow(deployment).name == "shard":
        assert "concurrency_limit" not in deployment
        return
    limit = deployment["concurrency_limit"]

    assert limit["limit"] == 1
    assert limit["collision_strategy"] == ("CANCEL_NEW" if "schedules" in deployment else "ENQUEUE")


@every_deployment
def test_a_schedule_is_whole(deployment: dict[str, Any]) -> None:
    """A schedule has a slug, which keeps its id stable, and a time zone, and is one that Prefect can construct."""
    for schedule in deployment.get("schedules", []):
        times = {key: value for key, value in schedule.items() if key in {"cron", "interval", "anchor_date", "rrule"}}

        assert schedule["slug"]
        assert construct_schedule(**times, timezone=schedule["timezone"])


@every_deployment
def test_every_parameter_has_a_description(deployment: dict[str, Any]) -> None:
    """Prefect shows each parameter of the flow as a field of a form, with what it is for."""
    properties = _flow(deployment).parameters.properties

    assert set(properties) in (
        {"paths", "source", "runner", "shards", "database_url"},
        {"folder", "number", "of", "database_url"},
        {"only", "database_url"},
        {"hours", "database_url"},
        {"thresholds", "database_url"},
    )
    assert all(field.get("description") for field in properties.values())
