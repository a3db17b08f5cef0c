"""The flow `refresh`: the same steps as `newsfold refresh` in its own process, seen and kept by Prefect."""

import prefect
from prefect.runtime import flow_run as this_flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.endings import end_run, publish_run
from flows.folders import passing_folder
from flows.open_run import bring_up
from flows.progress import watching
from flows.refreshing.steps import Gathered, OpenRefresh, ReadyPages, chosen_sources
from flows.settings import read_settings
from flows.spool import Spooled
from flows.tasks import opened, poll_sources, prepare_batch, store_batch


@prefect.flow(
    name="refresh",
    task_runner=ThreadPoolTaskRunner(max_workers=8),  # type: ignore[arg-type] # as in load.py; six groups, and the store
    on_failure=[end_run],
    on_crashed=[end_run],
    on_cancellation=[end_run],
)
def refresh(only: list[str] | None = None, database_url: str | None = None) -> dict[str, object]:
    """Ask the sources that are due what is new, fetch it, clean it, sign it, cluster it, store it.

    Args:
        only: Keys of sources: these alone are asked, due or not.
        database_url: The story database; when left out, NEWSFOLD_DATABASE_URL of the worker says it.
    """
    settings = read_settings(database_url=database_url)
    chosen_sources(settings, only or ())  # else a mistake would leave a database behind
    bring_up(settings)
    with OpenRefresh(settings, only or (), watch=watching(), prefect_id=str(this_flow_run.id)) as run:
        with passing_folder(settings.data / "spool", f"run-{run.run}") as folder:
            spooled = Spooled(run, folder, read=Gathered, ready=ReadyPages)
            with opened(spooled, run):
                polls = [poll_sources.submit(number, keys) for number, keys in enumerate(run.groups(), 1)]
                for batch in run.batches():
                    # Stored in another thread: no signal falls into that.
                    store_batch.submit(prepare_batch(spooled.put(batch))).result()
                for poll in polls:
                    poll.result()
        report = run.finish()
    publish_run(settings, report.run)
    return report.to_dict()
