"""The flow `load`: the same steps as `newsfold load` in its own process, seen and kept by Prefect."""

import prefect
from prefect.runtime import flow_run as this_flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.batches import Batch
from flows.endings import end_run, publish_run
from flows.folders import passing_folder
from flows.open_run import bring_up
from flows.progress import Watcher, watcher
from flows.settings import read_settings
from flows.spool import Spooled
from flows.steps import OpenLoad, Ready, drive
from flows.tasks import opened, prepare_batch, store_batch


@prefect.flow(
    name="load",
    task_runner=ThreadPoolTaskRunner(max_workers=1),  # type: ignore[arg-type] # Prefect's own type is too narrow for it
    on_failure=[end_run],
    on_crashed=[end_run],
    on_cancellation=[end_run],
)
def load(paths: list[str], source: str | None = None, database_url: str | None = None) -> dict[str, object]:
    """Load documents from disk: clean them, sign them, cluster them, store them.

    Args:
        paths: Files and folders as the worker sees them; .txt, .html, .jsonl and .warc, also compressed.
        source: The source's key, for documents that do not name theirs.
        database_url: The story database; when left out, NEWSFOLD_DATABASE_URL of the worker says it.
    """
    settings = read_settings(database_url=database_url)
    bring_up(settings)
    watch = watcher.get() or Watcher()
    with OpenLoad(settings, paths, watch=watch, prefect_id=str(this_flow_run.id)) as open_load:
        with passing_folder(settings.data / "spool", f"run-{open_load.run}") as folder:
            spooled = Spooled(open_load, folder, read=Batch, ready=Ready)
            with opened(spooled):
                drive(
                    open_load.batches(source=source),
                    prepare=lambda batch: prepare_batch(spooled.put(batch)),
                    store=lambda batch: store_batch.submit(batch).result(),  # no signal falls into its thread
                    take_again=open_load.take_again,
                )
        report = open_load.finish()
    publish_run(settings, report.run)
    return report.to_dict()
