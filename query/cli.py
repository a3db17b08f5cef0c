"""newsfold stories | story | search | runs | rejections | waiting | ...: ask the story database.

Nothing heavy is imported before a command is called, so that help and completion answer at once.
"""

import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from query.answer import answering, complaining, show_lines, show_page
from query.backup_cli import backup_app
from query.edit_cli import edit_app
from query.hooks_cli import hooks_app
from query.mark_cli import mark_app
from query.options import Csv, Cursor, Jsonl, Parquet, form_of
from query.review_cli import review_app
from query.serve_cli import serve_app, token_app
from query.sources_cli import sources_app
from query.stories_cli import MOST_ROWS, Limit, stories_app
from query.terminal.options import Db, Json
from query.terminal.quick import QuickCommand, one_of, whole_number
from query.terminal.saying import FAILED, not_there, say
from query.tune_cli import tune_app

if TYPE_CHECKING:
    from query.why import StoryWhy
    from storage.reading import Reader
    from storage.views import StoryDetail

app = typer.Typer(rich_markup_mode=None)
db_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Look after the story database.")
db_app.registered_commands += backup_app.registered_commands
app.registered_commands += stories_app.registered_commands
app.registered_commands += edit_app.registered_commands + mark_app.registered_commands
app.registered_commands += review_app.registered_commands + tune_app.registered_commands
app.add_typer(db_app, name="db")
app.add_typer(sources_app, name="sources")
app.add_typer(token_app, name="token")
app.add_typer(hooks_app, name="hooks")
app.registered_commands += serve_app.registered_commands


@app.command(cls=QuickCommand, epilog="Example: newsfold story 42 --why")
def story(
    *,
    story_id: Annotated[str, typer.Argument(metavar="STORY", help="As newsfold stories numbers it.")],
    text: Annotated[bool, typer.Option("--text", help="Print the texts as well.")] = False,
    removed: Annotated[
        bool, typer.Option("--removed", help="Print the removed lines and their rules as well.")
    ] = False,
    why: Annotated[bool, typer.Option("--why", help="Tell every reason: what each gave, quoted and counted.")] = False,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Show a story: its variants, and why they are one. Says also why one of them speaks."""
    from query.export import record, write_document
    from query.tables import show_story
    from storage.queries import get_story

    number = whole_number("STORY", story_id)
    with answering(db) as reader:
        found = get_story(reader, number)
        if found is None:
            not_there(f"no story {number}")
        if found.id != number:
            say(f"story {number} was merged into story {found.id}")
        if found.withdrawn_at is not None:
            say(f"story {found.id} was withdrawn")
        reasons = _reasons(reader, found) if why else None
        if as_json:
            write_document(sys.stdout.buffer, record(found) | ({"why": reasons} if reasons else {}))
        else:
            show_story(found, text=text, removed=removed, why=reasons)


def _reasons(reader: "Reader", found: "StoryDetail") -> "StoryWhy":
    from query.why import outside, why
    from storage.queries import list_places

    return why(found, list_places(reader, outside(found)))


@app.command(cls=QuickCommand, epilog="Example: newsfold runs --limit 5")
def runs(
    *,
    limit: Limit = "20",
    cursor: Cursor = None,
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
    as_parquet: Parquet = False,
) -> None:
    """List the runs, newest first, and what they came to."""
    from query.tables import show_runs
    from storage.views import RunView
    from storage.watching.journal import page_runs

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv, as_parquet=as_parquet)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    with answering(db) as reader:
        page = page_runs(reader, now=datetime.now(UTC), limit=most, cursor=cursor)
        show_page(page, RunView, form=form, table=show_runs)


@app.command(cls=QuickCommand, epilog="Example: newsfold rejections --outcome damaged --run 12")
def rejections(  # noqa: PLR0913  a command has the options it has
    *,
    outcome: Annotated[str | None, typer.Option("--outcome", metavar="OUTCOME", help="wall, damaged, ...")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="KEY", help="Of this source.")] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="ID", help="Last met by this run.")] = None,
    limit: Limit = "50",
    cursor: Cursor = None,
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
    as_parquet: Parquet = False,
) -> None:
    """List the documents that did not make it, and why. They are what newsfold replay tries again."""
    from ingest.outcome import Outcome
    from query.tables import show_rejections
    from storage.views import RejectionView
    from storage.watching.journal import page_rejections

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv, as_parquet=as_parquet)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    ended = one_of("--outcome", outcome, tuple(known.value for known in Outcome if not known.is_stored))
    met_by = whole_number("--run", run)
    with answering(db) as reader:
        found = page_rejections(reader, outcome=ended, source=source, run=met_by, limit=most, cursor=cursor)
        show_page(found, RejectionView, form=form, table=show_rejections)


@app.command(cls=QuickCommand, epilog="Example: newsfold waiting --source gazette")
def waiting(
    *,
    source: Annotated[str | None, typer.Option("--source", metavar="KEY", help="Listed by this source.")] = None,
    limit: Limit = "50",
    cursor: Cursor = None,
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
    as_parquet: Parquet = False,
) -> None:
    """List the pages that wait to be fetched. Sources listed them; of each host come those due first."""
    from query.tables import show_waiting
    from storage.views import WaitingView
    from storage.watching.sources import page_waiting

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv, as_parquet=as_parquet)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    with answering(db) as reader:
        found = page_waiting(reader, source=source, limit=most, cursor=cursor)
        show_page(found, WaitingView, form=form, table=partial(show_waiting, now=datetime.now(UTC)))


@app.command(cls=QuickCommand, epilog="Example: newsfold drop --outcome damaged --run 12")
def drop(
    *,
    outcome: Annotated[str | None, typer.Option("--outcome", metavar="OUTCOME", help="wall, damaged, ...")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="KEY", help="Of this source.")] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="ID", help="Last met by this run.")] = None,
    db: Db = None,
) -> None:
    """Forget rejected documents, and their kept inputs. Met again, each is tried as if it were new."""
    from ingest.outcome import Outcome
    from storage.reading import database_url
    from storage.running.raws import Chosen, drop_rejections

    ended = one_of("--outcome", outcome, tuple(known.value for known in Outcome if not known.is_stored))
    met_by = whole_number("--run", run)
    if outcome is None and source is None and run is None:
        raise typer.BadParameter("say which: --outcome, --source or --run")
    chosen = Chosen(outcome=Outcome(ended) if ended else None, source=source, run=met_by)
    with complaining():
        dropped = drop_rejections(database_url(db), chosen)
    say(f"{dropped:,} dropped: {chosen}")


@db_app.command(cls=QuickCommand, epilog="Example: newsfold db upgrade --db sqlite:///news.db")
def upgrade(*, db: Db = None, as_json: Json = False) -> None:
    """Bring the database's schema up to this program's. Where there is no database, it is made."""
    from storage import upgrading
    from storage.reading import database_url

    with complaining():
        applied = upgrading.upgrade(database_url(db))
        show_lines(applied, as_json=as_json)
    if not applied:
        say("nothing to do: the schema is this program's")


@db_app.command(cls=QuickCommand, epilog="Example: newsfold db check")
def check(*, db: Db = None, as_json: Json = False) -> None:
    """Look for what does not fit together in the database. Exits with 1 where something is found."""
    from storage import check as checking
    from storage.reading import database_url

    with complaining():
        problems = checking.check(database_url(db))
        show_lines(problems, as_json=as_json)
    if problems:
        raise typer.Exit(FAILED)
    say("the database is sound")
