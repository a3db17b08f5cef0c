"""The flow `load`: the same steps as `newsfold load` in its own process, seen and kept by Prefect."""

import logging
from typing import Any  # whatever a flow takes and gives

import prefect
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import FlowRun, State
from prefect.flows import Flow
from prefect.runtime import flow_run as this_flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.folders import passing_folder
from flows.progress import Watcher, watcher
from flows.report import LoadReport, as_markdown
from flows.settings import read_settings
from flows.spool import SpooledLoad
from flows.steps import OpenLoad, drive, end_abandoned
from flows.tasks import opened, prepare_batch, store_batch
from storage.database import upgrade

log = logging.getLogger(__name__)


def end_run(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001  Prefect calls it so
    """Close the run row that a flow run left open."""
    settings = read_settings(database_url=flow_run.parameters.get("database_url"))
    end_abandoned(settings.database_url, prefect_id=str(flow_run.id), error=f"{state.name}: {state.message or ''}")


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
    upgrade(settings.database_url)
    watch = watcher.get() or Watcher()
    with OpenLoad(settings, paths, watch=watch, prefect_id=str(this_flow_run.id)) as open_load:
        with passing_folder(settings.data / "spool", f"run-{open_load.run}") as folder:
            spooled = SpooledLoad(open_load, folder)
            with opened(spooled):
                drive(
                    open_load.batches(source=source),
                    prepare=lambda batch: prepare_batch(spooled.put(batch)),
                    store=lambda batch: store_batch.submit(batch).result(),  # no signal falls into its thread
                    take_again=open_load.take_again,
                )
        report = open_load.finish()
    _publish(report)
    return report.to_dict()


def _publish(report: LoadReport) -> None:
    """Show the report in Prefect's pages. They are for eyes: that one cannot be stored never fails a run."""
    rows = [{"outcome": outcome.value, "documents": count} for outcome, count in report.outcomes.items()]
    try:
        create_markdown_artifact(as_markdown(report), key="newsfold-load", description=f"Run {report.run}")
        create_table_artifact(rows, key="newsfold-load-outcomes", description=f"Outcomes of run {report.run}")
    except Exception:
        log.warning("run %d: Prefect did not store the report", report.run, exc_info=True)
