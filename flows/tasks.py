"""What Prefect sees of a load: two tasks, each a name, its retries and one plain call.

A task needs what stays open for the whole run (workers, store, counts), and no task may take that as an argument:
arguments are small and JSON. So the flow says which load is open, in a context variable, and not in module state:
Prefect copies the context of the flow into the thread of each of its tasks, and each flow run has its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from flows.patience import may_pass
from flows.spool import SpooledLoad

_open: ContextVar[SpooledLoad] = ContextVar("_open")


@contextmanager
def opened(load: SpooledLoad) -> Iterator[None]:
    """Let the tasks submitted in this block work for `load`."""
    token = _open.set(load)
    try:
        yield
    finally:
        _open.reset(token)


def is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:  # Any: whatever a task gives back
    """Whether what went wrong may pass: the database was busy or away."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, Exception) and may_pass(error)


@task(name="prepare-batch", task_run_name="prepare-{batch}", cache_policy=NO_CACHE)
def prepare_batch(batch: str) -> str:
    """Clean and analyse the spooled batch of that name; give the name back."""
    return _open.get().prepare(batch)


@task(
    name="store-batch",
    task_run_name="store-{batch}",
    cache_policy=NO_CACHE,
    retries=3,
    retry_delay_seconds=[1, 5, 25],
    retry_condition_fn=is_transient,
)
def store_batch(batch: str) -> dict[str, int]:
    """Store the spooled batch of that name, in one transaction; give how many documents had which outcome."""
    return _open.get().store(batch)
