"""Flow runs that have ended, on a Prefect server for tests."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.states import Completed, Running


@flow
def nothing() -> None:
    """Do nothing."""


def ended_runs(client: SyncPrefectClient, pools: Mapping[str, int]) -> list[UUID]:
    """Make so many runs in each of those work pools; give their ids."""
    flow_id = client.create_flow(nothing)
    made = []
    for pool, count in pools.items():
        client.request("POST", "/work_pools/", json={"name": pool, "type": "process"})
        deployment = client.create_deployment(flow_id, name=pool, work_pool_name=pool)
        for _ in range(count):
            run = client.create_flow_run_from_deployment(deployment)
            client.set_flow_run_state(run.id, Running(), force=True)
            client.set_flow_run_state(run.id, Completed(), force=True)
            made.append(run.id)
    return made


def left(client: SyncPrefectClient, ids: Sequence[UUID]) -> list[UUID]:
    """Give those of the runs that are still there, in the order given."""
    there = {run.id for run in client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[*ids])))}
    return [run for run in ids if run in there]
