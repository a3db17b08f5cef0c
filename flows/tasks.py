"""What Prefect sees of a load and a refresh: three tasks, each a name, its retries and one plain call.

A task needs what stays open for the whole run (workers, store, counts), and no task may take that as an argument:
arguments are small and JSON. So the flow says which run is open, in a context variable, and not in module state:
Prefect copies the context of the flow into the thread of each of its tasks, and each flow run has its own.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from flows.patience import may_pass
from flows.spool import Spooled


class Polling(Protocol):
    """What asks sources: an open refresh."""

    def poll(self, keys: Sequence[str], /) -> dict[str, int]:
        """Ask them; give how many of them did what."""


_open: ContextVar[Spooled[Any, Any]] = ContextVar("_open")  # Any: of whichever flow
_polling: ContextVar[Polling] = ContextVar("_polling")


@contextmanager
def opened(spooled: Spooled[Any, Any], polling: Polling | None = None) -> Iterator[None]:  # Any: as above
    """Let the tasks submitted in this block work for this run."""
    token, polls = _open.set(spooled), _polling.set(polling) if polling is not None else None
    try:
        yield
    finally:
        _open.reset(token)
        if polls is not None:
            _polling.reset(polls)


def is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:  # Any: whatever a task gives back
    """Whether what went wrong may pass: the database was busy or away."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, Exception) and may_pass(error)


@task(name="poll-sources", task_run_name="poll-{number}", cache_policy=NO_CACHE)
def poll_sources(number: int, keys: list[str]) -> dict[str, int]:  # noqa: ARG001  the number is the run's name
    """Ask a group of sources what is new; give how many of them did what."""
    return _polling.get().poll(keys)


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
