"""The helpers of a load: runs of the deployment `shard/shard` on the work pool, or tasks on a Dask cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import prefect
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run as this_flow_run

from flows.loading.helping import help_load
from flows.loading.shelf import Shelf
from flows.settings import SettingProblem, read_settings

DEPLOYMENT = "shard/shard"


@prefect.flow(name="shard", flow_run_name="{number}-of-{of}")
def shard(folder: str, number: int = 1, of: int = 1, database_url: str | None = None) -> int:  # noqa: ARG001  its name
    """Clean and sign batches of a load, which stores them; give how many.

    Args:
        folder: Where the load lays down its batches, as this worker sees it.
        number: Which of the load's helpers this is.
        of: How many there are.
        database_url: The story database; when left out, NEWSFOLD_DATABASE_URL of the worker says it.
    """
    return help_load(Path(folder), read_settings(database_url=database_url))


@task(name="shard", task_run_name="shard-{number}", cache_policy=NO_CACHE)
def shard_task(folder: str, number: int, database_url: str | None) -> int:  # noqa: ARG001  as above
    """Clean and sign batches of a load; give how many."""
    return help_load(Path(folder), read_settings(database_url=database_url))


@contextmanager
def crew(runner: str, folder: Path, *, count: int, dask: str | None, database_url: str | None) -> Iterator[Shelf]:
    """Give the load's own side of a shelf in `folder`, and have helpers for it until the end of the block.

    `dask` is the address of a cluster's scheduler; where none is given, one of this machine is made.

    Raises SettingProblem where there can be none.
    """
    shelf = Shelf(folder, helper="load")
    if runner == "shards":
        _start_shards(folder, count=count, database_url=database_url)
        try:
            yield shelf
        finally:
            shelf.abandon()  # a helper that has not begun yet will find nothing to do
        return
    with _dask_runner(dask, count) as tasks:
        helpers = [
            tasks.submit(shard_task, {"folder": str(folder), "number": number, "database_url": database_url})
            for number in range(1, count + 1)
        ]
        try:
            yield shelf
        finally:
            shelf.abandon()
            for helper in helpers:
                helper.wait()


def _start_shards(folder: Path, *, count: int, database_url: str | None) -> None:
    """Ask for helpers, each once: a load that is tried again by Prefect asks for the same ones."""
    for number in range(1, count + 1):
        try:
            run_deployment(
                DEPLOYMENT,
                parameters={"folder": str(folder), "number": number, "of": count, "database_url": database_url},
                idempotency_key=f"{this_flow_run.id}-{folder.name}-{number}",
                timeout=0,
                as_subflow=False,
            )
        except ObjectNotFound:
            raise SettingProblem(
                f"--runner shards: the Prefect server has no deployment {DEPLOYMENT}: "
                "prefect --no-prompt deploy --prefect-file deploy/prefect.yaml --all"
            ) from None


@contextmanager
def _dask_runner(
    address: str | None, count: int
) -> Iterator[Any]:  # Any: prefect-dask is an extra, which need not be there
    try:
        import dask
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError:
        raise SettingProblem('--runner dask: install the extra: pip install "newsfold[dask]"') from None
    # Who can speak to a scheduler runs code as its user: this one takes only who has the certificate of this process.
    cluster = {"n_workers": count, "threads_per_worker": 1, "dashboard_address": None, "security": True}
    # Its workers start processes for pages, which a daemon may not.
    with dask.config.set({"distributed.worker.daemon": False}):
        runner = DaskTaskRunner(address=address) if address else DaskTaskRunner(cluster_kwargs=cluster)
        with runner:
            yield runner
