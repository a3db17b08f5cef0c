"""`newsfold report`: what runs came to, as Prefect's pages have it.

Everything heavy is imported when the command runs: `newsfold --help` imports this module.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from query.terminal.options import Db, Json, Quiet
from query.terminal.quick import whole_number
from query.terminal.saying import DONE, IN_PART, give_up, not_there

if TYPE_CHECKING:
    from datetime import datetime, timedelta


def report(
    *,
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Of this run alone.")] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Of the runs since then: 24h, 7d, 2026-05-20 [24h]."),
    ] = None,
    db: Db = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell what runs came to, and what someone should look at.

    Tally, slow and failing sources, new and biggest stories, what was not taken, and why.
    Without a RUN it begins with what someone should look at now: a run that failed, a source that fails or is silent
    against its habit, more rejections than usual, nothing new for NEWSFOLD_QUIET_HOURS.
    Exits with 3 where someone should look, else with 0.

    newsfold report 88

    newsfold report --since 7d --quiet
    """
    from datetime import UTC, datetime

    from flows.settings import SettingProblem, read_settings
    from flows.telling.summary import Summary, summary_of_run, summary_since
    from storage.reading import DatabaseProblem

    number = whole_number("RUN", run)
    if run is not None and since is not None:
        raise typer.BadParameter("give one of RUN and --since")
    now = datetime.now(UTC)
    past = _past(since or "24h", now)
    try:
        settings = read_settings(database_url=db)
        found: Summary | None
        found = summary_since(settings, past, now=now) if number is None else summary_of_run(settings, number, now=now)
    except (SettingProblem, DatabaseProblem) as problem:
        give_up(str(problem))
    if found is None:
        not_there(f"no run {number}")
    if as_json:
        typer.echo(found.to_json())
    elif not quiet or found.is_to_be_seen:
        typer.echo(found.markdown)
    raise typer.Exit(IN_PART if found.is_to_be_seen else DONE)


def _past(since: str, now: "datetime") -> "timedelta":
    """Give how long ago that was. Raises BadParameter."""
    from query.terminal.since import parse_since

    try:
        began = parse_since(since, now)
    except ValueError as error:
        raise typer.BadParameter(f"--since: {error}") from None
    if began >= now:
        raise typer.BadParameter(f"--since: {since!r} is not past")
    return now - began
