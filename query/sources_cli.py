"""newsfold sources list: how each source does.

What changes or checks the list of sources belongs to flows; newsfold.py makes one group of both.
"""

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from query.answer import answering
from query.options import Csv, Jsonl, Parquet, form_of
from query.terminal.options import Db, Json, Sources
from query.terminal.quick import QuickCommand
from query.terminal.saying import give_up
from storage.uncollected import uncollected

if TYPE_CHECKING:
    from ingest.sources import Source
    from query.export import Form

sources_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Look after the list of sources.")


@sources_app.command("list", cls=QuickCommand, epilog="Example: newsfold sources list --failing")
def list_(
    *,
    failing: Annotated[
        bool, typer.Option("--failing", help="Those alone that fail, are silent or retired, the worst first.")
    ] = False,
    sources: Sources = None,
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
    as_parquet: Parquet = False,
) -> None:
    """List the sources by key, and how each one does.

    When each last answered, when it is asked next, what came of it. A source is failing from its first failure to its
    next success, silent when it has listed nothing new for far longer than it usually does, and retired when it is not
    asked any more: it is gone, or has refused us for a week.
    """
    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv, as_parquet=as_parquet)
    with uncollected():
        _list(form, sources=sources, db=db, is_failing_only=failing)


def _list(form: "Form | None", *, sources: str | None, db: str | None, is_failing_only: bool) -> None:
    from query.sources import SourceLine, source_lines, summary, worst_first
    from storage.watching.sources import list_source_health

    listed = _read(sources)
    now = datetime.now(UTC)
    with answering(db) as reader:
        lines = source_lines(listed, list_source_health(reader, now=now))
        shown = worst_first(lines) if is_failing_only else lines
        if form is not None:
            from query.export import write_views

            write_views(sys.stdout.buffer, shown, SourceLine, form=form)
            return
        from query.tables import show_sources

        show_sources(shown, now=now)
        typer.echo(summary(lines))


def _read(given: str | None) -> "tuple[Source, ...]":
    from ingest.sources import SourcesProblem, read_sources, sources_path

    try:
        return read_sources(sources_path(given, os.environ))
    except SourcesProblem as problem:
        give_up(*problem.mistakes)
