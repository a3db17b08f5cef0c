"""What a Prefect server says of itself, asked over plain HTTP: importing Prefect would take seconds."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any
from uuid import uuid4

import httpx

POOL = "newsfold"
_TIMEOUT_S = 10.0
_LATE = timedelta(minutes=2)  # beyond its time, a run is waited for
_HANGS = timedelta(minutes=15)  # by then an automation has ended it, if it ever does (deploy/automations.yaml)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One thing that the server was asked for."""

    grade: str  # well, look, broken
    said: str
    remedy: str | None = None


def ask_prefect(environ: Mapping[str, str], *, now: datetime) -> Iterator[Answer]:
    """Ask the server of the environment how it does; where none is named, none is needed."""
    url = environ.get("PREFECT_API_URL", "").rstrip("/")
    if not url:
        yield Answer(grade="well", said="not used: PREFECT_API_URL names no server")
        return
    try:
        with httpx.Client(base_url=url, headers=_headers(environ), timeout=_TIMEOUT_S, trust_env=False) as server:
            server.headers.update(_csrf(server))
            yield from _asked(server, now)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
        said = f"{_shown(url)} does not answer: {str(problem) or type(problem).__name__}".splitlines()[0]
        yield Answer(grade="broken", said=said, remedy="start it, or mend PREFECT_API_URL and PREFECT_API_AUTH_STRING")


def _headers(environ: Mapping[str, str]) -> dict[str, str]:
    login = environ.get("PREFECT_API_AUTH_STRING")
    return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}


def _csrf(server: httpx.Client) -> dict[str, str]:
    """Give what a server with CSRF protection wants to see with each POST, a mere question too; else nothing."""
    client = str(uuid4())
    answer = server.get("/csrf-token", params={"client": client})
    if answer.status_code != httpx.codes.OK:  # 422 where it has none
        return {}
    found = answer.json()
    token = found.get("token") if isinstance(found, dict) else None
    return {"Prefect-Csrf-Client": client, "Prefect-Csrf-Token": str(token)} if token else {}


def _shown(url: str) -> str:
    """Name the server without what may be a password."""
    return str(httpx.URL(url).copy_with(userinfo=b""))


def _asked(server: httpx.Client, now: datetime) -> Iterator[Answer]:
    theirs, ours = _get(server, "/admin/version"), version("prefect")
    if theirs == ours:
        yield Answer(grade="well", said=f"a server of release {theirs} answers")
    else:
        remedy = "upgrade the server first, then the workers (deploy/README.md, Upgrade)"
        yield Answer(grade="look", said=f"the server is of release {theirs}, this is {ours}", remedy=remedy)
    yield _pool(server)
    yield _schedules(server, now)
    yield from _hanging(server, now)


def _pool(server: httpx.Client) -> Answer:
    pools = _found(server, "work_pools", {"work_pools": {"name": {"any_": [POOL]}}})
    if not pools:
        remedy = f"prefect work-pool create {POOL} --type process"
        return Answer(grade="broken", said=f"no work pool named {POOL}", remedy=remedy)
    [pool] = pools
    if pool["is_paused"]:
        said, remedy = f"the work pool {POOL} is paused", f"prefect work-pool resume {POOL}"
        return Answer(grade="look", said=said, remedy=remedy)
    if pool.get("status") != "READY":
        said, remedy = f"no worker polls the pool {POOL}", f"prefect worker start --pool {POOL}"
        return Answer(grade="broken", said=said, remedy=remedy)
    return Answer(grade="well", said=f"a worker polls the pool {POOL}")


def _schedules(server: httpx.Client, now: datetime) -> Answer:
    deployments = _found(server, "deployments", {"deployments": {"tags": {"all_": ["newsfold"]}}})
    if not deployments:
        remedy = "prefect --no-prompt deploy --prefect-file deploy/prefect.yaml --all"
        return Answer(grade="broken", said="nothing is deployed", remedy=remedy)
    ids = {"deployments": {"id": {"any_": [one["id"] for one in deployments]}}}
    waiting = {**ids, "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}, "limit": 200}
    planned = [run["expected_start_time"] for run in _found(server, "flow_runs", waiting)]
    late = sum(datetime.fromisoformat(at) < now - _LATE for at in planned)
    if late:
        remedy = "look at the deployment's limit, the queue, the pool, the worker, in this order"
        return Answer(grade="look", said=f"{late:,} runs are late", remedy=remedy)
    if not planned and any(plan["active"] for one in deployments for plan in one["schedules"]):
        remedy = "the server's scheduler is not at work: see its log, and the versions in requirements.lock"
        return Answer(grade="broken", said="schedules are on, and no run is planned", remedy=remedy)
    count = len(deployments)
    return Answer(grade="well", said=f"{count:,} deployments, {len(planned):,} runs planned, none late")


def _hanging(server: httpx.Client, now: datetime) -> Iterator[Answer]:
    """Tell of runs that hold a slot of the pool and neither begin nor end.

    Prefect forgets events that it has set aside when it restarts; without them no automation takes such a run for dead.
    """
    filters = {
        "work_pools": {"name": {"any_": [POOL]}},
        "flow_runs": {"state": {"type": {"any_": ["PENDING", "CANCELLING"]}}},
    }
    runs = _found(server, "flow_runs", filters)
    hanging = [run["id"] for run in runs if datetime.fromisoformat(run["state"]["timestamp"]) < now - _HANGS]
    if hanging:
        said = f"{len(hanging):,} run{'s hang' if len(hanging) > 1 else ' hangs'} before the start or the end"
        remedy = f"prefect flow-run delete {hanging[0]}: a slot of the pool is held for a worker that died"
        yield Answer(grade="look", said=said, remedy=remedy)


def _get(server: httpx.Client, path: str) -> Any:  # Any: JSON
    return server.get(path).raise_for_status().json()


def _found(server: httpx.Client, what: str, filters: dict[str, Any]) -> list[dict[str, Any]]:  # Any: JSON
    found: list[dict[str, Any]] = server.post(f"/{what}/filter", json=filters).raise_for_status().json()
    return found
