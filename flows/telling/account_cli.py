"""`newsfold report`: what runs came to, as Prefect's pages have it.

Everything heavy is imported when the command runs: `newsfold --help` imports this module.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from terminal.options import Db, Json, Quiet
from terminal.quick import whole_number
from terminal.saying import DONE, IN_PART, give_up

if TYPE_CHECKING:
    from datetime import timedelta

_SPANS = {"h": 1, "d": 24, "w": 168}  # hours


def report(
    *,
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Of this run alone.")] = None,
    since: Annotated[str, typer.Option(metavar="SPAN", help="Of the runs of this time: 24h, 7d, 2w.")] = "24h",
    db: Db = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell what runs came to: tally, slow and failing sources, new and biggest stories, what was not taken, and why.

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
    span, now = _span(since), datetime.now(UTC)
    try:
        settings = read_settings(database_url=db)
        found: Summary | None
        found = summary_since(settings, span, now=now) if number is None else summary_of_run(settings, number, now=now)
    except (SettingProblem, DatabaseProblem) as problem:
        give_up(str(problem))
    if found is None:
        give_up(f"no run {number}")
    if as_json:
        typer.echo(found.to_json())
    elif not quiet or found.is_to_be_seen:
        typer.echo(found.markdown)
    raise typer.Exit(IN_PART if found.is_to_be_seen else DONE)


def _span(said: str) -> "timedelta":
    """Give the span that `said` is. Raises BadParameter."""
    from datetime import timedelta

    number, unit = said[:-1], said[-1:]
    if unit not in _SPANS or not (number.isascii() and number.isdigit() and 1 <= int(number) <= 9_999):
        raise typer.BadParameter(f"--since: give a span such as 24h, 7d or 2w, not {said!r}")
    return timedelta(hours=int(number) * _SPANS[unit])
