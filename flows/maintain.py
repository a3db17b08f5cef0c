"""The flow `maintain`: the same steps as `newsfold maintain` in its own process, seen and kept by Prefect."""

from concurrent.futures import ThreadPoolExecutor

import prefect
from prefect.runtime import flow_run as this_flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.endings import end_run, publish_page, publish_run
from flows.folders import passing_folder
from flows.maintaining.replay_steps import retry_our_faults
from flows.maintaining.report import maintain_as_markdown
from flows.maintaining.reworking import Ready, StoredVariants
from flows.maintaining.steps import OpenMaintain
from flows.progress import watching
from flows.settings import read_settings
from flows.spool import Spooled
from flows.tasks import opened, prepare_batch, store_batch
from storage.upgrading import upgrade


@prefect.flow(
    name="maintain",
    task_runner=ThreadPoolTaskRunner(max_workers=1),  # type: ignore[arg-type] # Prefect's own type is too narrow for it
    on_failure=[end_run],
    on_crashed=[end_run],
    on_cancellation=[end_run],
)
def maintain(database_url: str | None = None, thresholds: dict[str, float] | None = None) -> dict[str, object]:
    """Try again what failed by our own fault, take from articles what is their sites', let go of what is old.

    Args:
        thresholds: What is to be applied to all that is stored, and to hold from then on: copy, coverage or both.
        database_url: The story database; when left out, NEWSFOLD_DATABASE_URL of the worker says it.
    """
    settings = read_settings(database_url=database_url)
    upgrade(settings.database_url)
    watch = watching()
    prefect_id = str(this_flow_run.id)
    retried = retry_our_faults(settings=settings, watch=watch, prefect_id=prefect_id)
    with OpenMaintain(settings, watch=watch, thresholds=thresholds, prefect_id=prefect_id) as run:
        with passing_folder(settings.data / "spool", f"run-{run.run}") as folder:
            spooled = Spooled(run, folder, read=StoredVariants, ready=Ready)
            with opened(spooled):
                for batch in run.batches():
                    store_batch.submit(prepare_batch(spooled.put(batch))).result()  # no signal falls into its thread
        with ThreadPoolExecutor(1, "house") as house:  # no signal falls into its thread
            house.submit(run.adjust).result()
            house.submit(run.keep_house).result()
        report = run.finish(retried)
    publish_run(settings, report.run)
    publish_page(maintain_as_markdown(report), key="newsfold-maintain-work", said=f"Run {report.run}: work")
    return report.to_dict()
