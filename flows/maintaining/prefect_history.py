"""Prefect's own history of our runs, let go of when it is old: its server keeps everything for ever."""

import logging
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flows.health.prefect_health import POOL
from flows.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

log = logging.getLogger(__name__)

PREFECT = "Prefect flow run"  # beside the names of tables
_AT_ONCE = 100


def forget_flow_runs(
    settings: Settings, *, now: datetime, dry_run: bool = False, environ: Mapping[str, str] = os.environ
) -> int:
    """Let go of the old flow runs of our work pool; give how many. With `dry_run` they are only counted.

    0 where no server is named, or where none answers, which is logged: its history is no part of the stories.
    """
    if not environ.get("PREFECT_API_URL") or not settings.keep_prefect_days:
        return 0
    import httpx
    from prefect.client.orchestration import get_client

    try:
        with get_client(sync_client=True) as client:
            old = _Old(now - timedelta(days=settings.keep_prefect_days))
            return old.count(client) if dry_run else old.let_go(client)
    except httpx.HTTPError as problem:
        log.warning("Prefect keeps its history: %s", str(problem).splitlines()[:1] or type(problem).__name__)
        return 0


class _Old:
    """The flow runs of our work pool that ended before a time."""

    def __init__(self, before: datetime) -> None:
        from prefect.client.schemas.filters import (
            FlowRunFilter,
            FlowRunFilterEndTime,
            WorkPoolFilter,
            WorkPoolFilterName,
        )

        self._ended = FlowRunFilter(end_time=FlowRunFilterEndTime.model_validate({"before_": before}))
        self._pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))

    def count(self, client: "SyncPrefectClient") -> int:
        return client.count_flow_runs(flow_run_filter=self._ended, work_pool_filter=self._pool)

    def let_go(self, client: "SyncPrefectClient") -> int:
        gone = 0
        while runs := client.read_flow_runs(flow_run_filter=self._ended, work_pool_filter=self._pool, limit=_AT_ONCE):
            for run in runs:
                client.delete_flow_run(run.id)
            gone += len(runs)
        return gone
