"""What every flow does at its end: the run row closed, whatever happened, and what it came to shown in Prefect."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any  # whatever a flow takes and gives

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import FlowRun, State
from prefect.flows import Flow

from flows.open_run import end_abandoned, now_utc
from flows.settings import Settings, read_settings
from flows.telling.run_page import table_rows
from flows.telling.summary import Summary, summary_of_run

log = logging.getLogger(__name__)


def end_run(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001  Prefect calls it so
    """Close the run row that a flow run left open, and show what became of it."""
    settings = read_settings(database_url=flow_run.parameters.get("database_url"))
    said = f"{state.name}: {state.message or ''}"
    run = end_abandoned(settings.database_url, prefect_id=str(flow_run.id), error=said)
    if run is not None:
        publish_run(settings, run)


def publish_run(settings: Settings, run: int) -> None:
    """Show in Prefect's pages what the run came to."""
    found = summary_of_run(settings, run, now=now_utc())
    if found is not None:
        publish(found, key=f"newsfold-{found.account.runs[0].flow}", said=f"Run {run}")


def publish(found: Summary, *, key: str, said: str) -> None:
    """Show what runs came to in Prefect's pages."""
    publish_page(found.markdown, key=key, said=said)
    with _for_eyes(key):
        create_table_artifact(table_rows(found.account), key=f"{key}-outcomes", description=f"{said}: outcomes")


def publish_page(markdown: str, *, key: str, said: str) -> None:
    """Show a page of Markdown in Prefect's."""
    with _for_eyes(key):
        create_markdown_artifact(markdown, key=key, description=said)


@contextmanager
def _for_eyes(key: str) -> Iterator[None]:
    """Let what cannot be shown fail no run."""
    try:
        yield
    except Exception:
        log.warning("Prefect did not store what is to be shown as %s", key, exc_info=True)
