"""What every flow does at its end: the run row closed, whatever happened, and the report shown."""

import logging
from typing import Any  # whatever a flow takes and gives

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import FlowRun, State
from prefect.flows import Flow

from flows.open_run import end_abandoned
from flows.report import LoadReport
from flows.settings import read_settings

log = logging.getLogger(__name__)


def end_run(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:  # noqa: ARG001  Prefect calls it so
    """Close the run row that a flow run left open."""
    settings = read_settings(database_url=flow_run.parameters.get("database_url"))
    end_abandoned(settings.database_url, prefect_id=str(flow_run.id), error=f"{state.name}: {state.message or ''}")


def publish(markdown: str, report: LoadReport, *, key: str) -> None:
    """Show the report in Prefect's pages. They are for eyes: that one cannot be stored never fails a run."""
    rows = [{"outcome": outcome.value, "documents": count} for outcome, count in report.outcomes.items()]
    try:
        create_markdown_artifact(markdown, key=key, description=f"Run {report.run}")
        create_table_artifact(rows, key=f"{key}-outcomes", description=f"Outcomes of run {report.run}")
    except Exception:
        log.warning("run %d: Prefect did not store the report", report.run, exc_info=True)
