"""`newsfold doctor`: what could keep newsfold from its work, and what to do.

Everything heavy is imported when the command runs: `newsfold --help` imports this module.
"""

import os

import typer

from query.terminal.options import Db, Json, Sources
from query.terminal.saying import DONE, FAILED, IN_PART, give_up

_MARKS = {"well": ("ok", "green"), "look": ("look", "yellow"), "broken": ("BROKEN", "red")}


def doctor(
    *,
    db: Db = None,
    sources: Sources = None,
    as_json: Json = False,
) -> None:
    """Say what could keep newsfold from its work, and what to do.

    Looks at database, search, disk, clock, runs, habits, webhooks, sources, contact, model and Prefect, and changes
    nothing.
    Exits with 0 where all is well, 3 where someone should look, 1 where something is broken.

    newsfold doctor --json | jq '.[] | select(.grade != "well")'
    """
    from datetime import UTC, datetime

    from flows.health.doctor import Grade, examine
    from flows.settings import SettingProblem, read_settings

    try:
        settings = read_settings(database_url=db, sources=sources)
    except SettingProblem as problem:
        give_up(str(problem))
    findings = list(examine(settings, environ=os.environ, now=datetime.now(UTC)))
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _show(finding.part, finding.grade.value, finding.said, finding.remedy)
    grades = {finding.grade for finding in findings}
    raise typer.Exit(FAILED if Grade.BROKEN in grades else IN_PART if Grade.LOOK in grades else DONE)


def _show(part: str, grade: str, said: str, remedy: str | None) -> None:
    from ingest.safe import visible

    word, colour = _MARKS[grade]
    mark = typer.style(f"{word:<6}", fg=colour, bold=grade == "broken")
    typer.echo(f"{mark}  {part:<9} {visible(said)}", color=False if os.environ.get("NO_COLOR") else None)
    if remedy:
        typer.echo(f"{'':<18} {visible(remedy)}")
