"""The flow `load`: the same steps as `newsfold load` in its own process, seen and kept by Prefect."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import prefect
from prefect.runtime import flow_run as this_flow_run
from prefect.task_runners import ThreadPoolTaskRunner
from pydantic import Field

from flows.crew import crew
from flows.endings import end_run, publish_run
from flows.folders import passing_folder
from flows.loading.batches import Batch
from flows.loading.shelf import Shelf
from flows.loading.spread import Awaited, Helped, laid_down
from flows.loading.steps import OpenLoad, Ready, drive
from flows.open_run import bring_up
from flows.progress import watching
from flows.settings import Settings, read_settings
from flows.spool import Spooled
from flows.tasks import opened, prepare_batch, store_batch
from ingest.load.names import SOURCE_CHARS

Runner = Literal["here", "shards", "dask"]


@prefect.flow(
    name="load",
    task_runner=ThreadPoolTaskRunner(max_workers=1),  # type: ignore[arg-type] # Prefect's own type is too narrow for it
    on_failure=[end_run],
    on_crashed=[end_run],
    on_cancellation=[end_run],
)
def load(
    paths: list[str],
    source: Annotated[str | None, Field(min_length=1, max_length=SOURCE_CHARS)] = None,
    runner: Runner = "here",
    shards: Annotated[int, Field(ge=1, le=256)] = 2,
    database_url: str | None = None,
) -> dict[str, object]:
    """Load documents from disk: clean them, sign them, cluster them, store them.

    Args:
        paths: Files and folders as the worker sees them; .txt, .html, .jsonl and .warc, also compressed.
        source: The source's key, for documents that do not name theirs.
        runner: Who cleans and signs: this worker (here), helpers on the work pool (shards), or a Dask cluster (dask).
        shards: How many helpers.
        database_url: The story database; when left out, NEWSFOLD_DATABASE_URL of the worker says it.
    """
    settings = read_settings(database_url=database_url)
    bring_up(settings)
    with OpenLoad(settings, paths, watch=watching(), prefect_id=str(this_flow_run.id)) as open_load:
        with passing_folder(settings.data / "spool", f"run-{open_load.run}") as folder:
            if runner == "here":
                _drive(open_load, open_load.batches(source=source), Spooled(open_load, folder, read=Batch, ready=Ready))
            else:
                with _helped(settings, open_load, runner, shards=shards, database_url=database_url) as shelf:
                    batches = laid_down(open_load.batches(source=source), shelf, ahead=2 * shards + 1)
                    _drive(open_load, batches, Spooled(Helped(open_load, shelf), folder, read=Awaited, ready=Ready))
        report = open_load.finish()
    publish_run(settings, report.run)
    return report.to_dict()


def _drive(open_load: OpenLoad, batches: Iterable[Any], spooled: Spooled[Any, Ready]) -> None:  # Any: either kind
    with opened(spooled):
        drive(
            batches,
            prepare=lambda batch: prepare_batch(spooled.put(batch)),
            store=lambda batch: store_batch.submit(batch).result(),  # no signal falls into its thread
            take_again=open_load.take_again,
        )


@contextmanager
def _helped(
    settings: Settings, open_load: OpenLoad, runner: str, *, shards: int, database_url: str | None
) -> Iterator[Shelf]:
    """Give a shelf with helpers, in the folder that all of them see."""
    with (
        passing_folder(settings.shared / "shards", f"run-{open_load.run}") as folder,
        crew(runner, folder, count=shards, dask=settings.dask, database_url=database_url) as shelf,
    ):
        yield shelf
