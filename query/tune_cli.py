"""newsfold tune: what other thresholds would change. Nothing is changed."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from query.answer import answering
from query.stories_cli import MOST_ROWS, Limit
from query.terminal.options import Db, Json
from query.terminal.quick import QuickCommand, number_from, whole_number
from query.terminal.saying import give_up, say

tune_app = typer.Typer(rich_markup_mode=None)


@tune_app.command(cls=QuickCommand, epilog="Example: newsfold tune --coverage-threshold 0.42 --limit 5")
def tune(
    *,
    copy_threshold: Annotated[
        str | None,
        typer.Option("--copy-threshold", metavar="X", help="Share of the shorter text, 0.55 (as shipped) to 1."),
    ] = None,
    coverage_threshold: Annotated[
        str | None,
        typer.Option("--coverage-threshold", metavar="Y", help="Score of coverage, 0.35 to 1; 0.5 as shipped."),
    ] = None,
    settings: Annotated[
        str | None,
        typer.Option(
            "--settings", metavar="FILE", help="A file that says copy = 0.8, coverage = 0.45, or one of them."
        ),
    ] = None,
    limit: Limit = "20",
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Tell what other thresholds would change.

    Tells which stories would merge, split or have another canonical variant. Nothing is changed. Maintain --settings
    FILE does it. What is stored is replayed: pairs that were never candidates, or scored less than is kept, are not
    known, nor how well the members of two stories agree. So it is an estimate: an article that one link places joins no
    second story, and a story may fall apart a little too far.
    """
    from ingest.thresholds import thresholds_of
    from query.export import record, write_document
    from query.tune_tables import show_what_if
    from storage.reading import database_url
    from storage.tuning.rescoring import rescoring
    from storage.tuning.thresholds import holding
    from storage.tuning.what_if import what_if

    said = _said(settings, copy=copy_threshold, coverage=coverage_threshold)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    with answering(db) as reader, rescoring(database_url(db)) as score:
        found = what_if(reader, thresholds_of(said, holding=holding(reader)), score=score, limit=most)
        if as_json:
            write_document(sys.stdout.buffer, record(found))
        else:
            show_what_if(found)
    if not found.counts.changes:
        say("nothing would change")


def _said(settings: str | None, **options: str | None) -> dict[str, float]:
    """Give the thresholds that a file and options name; the options win."""
    from ingest.cluster.replay import LEAST_COPY, LEAST_COVERAGE
    from ingest.thresholds import ThresholdsProblem, read_thresholds

    try:
        said = read_thresholds(Path(settings)) if settings is not None else {}
    except ThresholdsProblem as problem:
        give_up(str(problem))
    for name, least in (("copy", LEAST_COPY), ("coverage", LEAST_COVERAGE)):
        if (option := options[name]) is not None:
            said[name] = number_from(least, f"--{name}-threshold", option)
    return said
