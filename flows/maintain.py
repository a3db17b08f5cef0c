"""The flow `maintain`: the same steps as `newsfold maintain` in its own process, seen and kept by Prefect."""

import prefect
from prefect.runtime import flow_run as this_flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.endings import end_run, publish_run
from flows.folders import passing_folder
from flows.maintain_steps import OpenMaintain, Recleaned, StoredVariants
from flows.progress import watching
from flows.settings import read_settings
from flows.spool import Spooled
from flows.tasks import opened, prepare_batch, store_batch
from storage.database import upgrade


@prefect.flow(
    name="maintain",
    task_runner=ThreadPoolTaskRunner(max_workers=1),  # type: ignore[arg-type] # Prefect's own type is too narrow for it
    on_failure=[end_run],
    on_crashed=[end_run],
    on_cancellation=[end_run],
)
def maintain(database_url: str | None = None) -> dict[str, object]:
    """Clean stored articles of what their sites have shown to be no article's since.

    Args:
        database_url: The story database; when left out, NEWSFOLD_DATABASE_URL of the worker says it.
    """
    settings = read_settings(database_url=database_url)
    upgrade(settings.database_url)
    with OpenMaintain(settings, watch=watching(), prefect_id=str(this_flow_run.id)) as run:
        with passing_folder(settings.data / "spool", f"run-{run.run}") as folder:
            spooled = Spooled(run, folder, read=StoredVariants, ready=Recleaned)
            with opened(spooled):
                for batch in run.batches():
                    store_batch.submit(prepare_batch(spooled.put(batch))).result()  # no signal falls into its thread
        report = run.finish()
    publish_run(settings, report.run)
    return report.to_dict()
