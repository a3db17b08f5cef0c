"""newsfold stories | story | search | runs | rejections | export | db | sources list: ask the story database.

Nothing heavy is imported before a command is called, so that help and completion answer at once.
"""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from query.answer import FAILED, answering, complain, complaining, show, show_lines
from query.options import Csv, Db, Json, Jsonl, form_of
from query.quick import QuickCommand, one_of, whole_number
from query.sources_cli import sources_app

if TYPE_CHECKING:
    from query.why import StoryWhy
    from storage.queries import Asked
    from storage.reading import Reader
    from storage.views import StoryDetail

MOST_ID = 2**63 - 1
MOST_ROWS = 100_000

app = typer.Typer(rich_markup_mode=None)
db_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Look after the story database.")
app.add_typer(db_app, name="db")
app.add_typer(sources_app, name="sources")

# Texts and flags only: see QuickCommand.
Limit = Annotated[str, typer.Option("--limit", metavar="N", help="Show so many at most.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Seen since then: 24h, 7d, 2026-05-20.")]
Source = Annotated[str | None, typer.Option("--source", metavar="KEY", help="With a variant of this source.")]
Language = Annotated[str | None, typer.Option("--language", metavar="TAG", help="With a variant in it: en, pt-BR.")]
MinVariants = Annotated[str | None, typer.Option("--min-variants", metavar="N", help="With at least so many variants.")]
Kind = Annotated[str | None, typer.Option("--kind", metavar="KIND", help="single, reprinted or covered.")]


@app.command(cls=QuickCommand, epilog="Example: newsfold stories --since 24h --min-variants 2 --variants")
def stories(  # noqa: PLR0913  a command has the options it has
    *,
    since: Since = None,
    source: Source = None,
    language: Language = None,
    min_variants: MinVariants = None,
    kind: Kind = None,
    limit: Limit = "50",
    variants: Annotated[bool, typer.Option("--variants", help="Show each story's variants below it.")] = False,
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
) -> None:
    """List the stories, those seen last first."""
    from query import export, tables
    from storage.queries import list_stories, list_variants
    from storage.views import StorySummary

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    asked = _asked(since, source, language, min_variants, kind)
    with answering(db) as reader:
        found = list_stories(reader, limit=most, **asked)
        if not variants or not found:
            show(found, StorySummary, form=form, table=tables.show_stories)
            return
        inside = list_variants(reader, [story.id for story in found])
        pairs = [(story, inside[story.id]) for story in found]
        if form is None:
            tables.show_stories_with_variants(pairs)
        else:
            export.write_with_variants(sys.stdout.buffer, pairs, form=form)


@app.command(cls=QuickCommand, epilog="Example: newsfold story 42 --why")
def story(
    *,
    story_id: Annotated[str, typer.Argument(metavar="ID")],
    text: Annotated[bool, typer.Option("--text", help="Print the texts as well.")] = False,
    removed: Annotated[
        bool, typer.Option("--removed", help="Print the removed lines and their rules as well.")
    ] = False,
    why: Annotated[bool, typer.Option("--why", help="Tell every reason: what each gave, quoted and counted.")] = False,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Show one story: its variants, why they are together, why one speaks for it."""
    from query.export import record, write_document
    from query.tables import show_story
    from storage.queries import get_story

    number = whole_number("ID", story_id, most=MOST_ID)
    with answering(db) as reader:
        found = get_story(reader, number)
        if found is None:
            complain(f"no story {number}")
            raise typer.Exit(FAILED)
        if found.id != number:
            complain(f"story {number} was merged into story {found.id}")
        reasons = _reasons(reader, found) if why else None
        if as_json:
            write_document(sys.stdout.buffer, record(found) | ({"why": reasons} if reasons else {}))
        else:
            show_story(found, text=text, removed=removed, why=reasons)


def _reasons(reader: "Reader", found: "StoryDetail") -> "StoryWhy":
    from query.why import outside, why
    from storage.queries import list_places

    return why(found, list_places(reader, outside(found)))


@app.command(cls=QuickCommand, epilog="""Example: newsfold search 'furnace "works council" clos*'""")
def search(
    *,
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help='Words, "phrases" and prefix*; a text has all.')],
    limit: Limit = "20",
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
) -> None:
    """Find the variants that have all the words, best first."""
    from query.tables import show_hits
    from storage.reading import database_url
    from storage.search import catch_up_quickly, search_stories
    from storage.views import SearchHit
    from storage.words import QUERY_WORDS, parse_query

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    wanted = " ".join(query)
    asked = parse_query(wanted)
    if not asked.terms:
        complain("there is no word to search for")
    if asked.is_cut:
        complain(f"only the first {QUERY_WORDS} words are searched for")
    with complaining():
        waiting = catch_up_quickly(database_url(db))
    if waiting:
        complain(f"{waiting} variants cannot be found yet: the next run lets search know them")
    with answering(db) as reader:
        show(search_stories(reader, wanted, limit=most), SearchHit, form=form, table=show_hits)


@app.command(cls=QuickCommand, epilog="Example: newsfold runs --limit 5")
def runs(
    *,
    limit: Limit = "20",
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
) -> None:
    """List the runs, newest first, with what became of their documents."""
    from query.tables import show_runs
    from storage.journal import list_runs
    from storage.views import RunView

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    with answering(db) as reader:
        show(list_runs(reader, now=datetime.now(UTC), limit=most), RunView, form=form, table=show_runs)


@app.command(cls=QuickCommand, epilog="Example: newsfold rejections --outcome damaged --run 12")
def rejections(
    *,
    outcome: Annotated[str | None, typer.Option("--outcome", metavar="OUTCOME", help="wall, damaged, ...")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="KEY", help="Of this source.")] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="ID", help="Last met by this run.")] = None,
    limit: Limit = "50",
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
) -> None:
    """List the documents that did not make it, and why."""
    from ingest.outcome import Outcome
    from query.tables import show_rejections
    from storage.journal import list_rejections
    from storage.views import RejectionView

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    ended = one_of("--outcome", outcome, tuple(known.value for known in Outcome if not known.is_stored))
    met_by = whole_number("--run", run, most=MOST_ID) if run is not None else None
    with answering(db) as reader:
        found = list_rejections(reader, outcome=ended, source=source, run=met_by, limit=most)
        show(found, RejectionView, form=form, table=show_rejections)


@app.command(cls=QuickCommand, epilog="Example: newsfold export --since 7d > stories.jsonl")
def export(
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl/--json", help="A story a line, or one JSON document.")] = True,
    since: Since = None,
    source: Source = None,
    language: Language = None,
    min_variants: MinVariants = None,
    kind: Kind = None,
    db: Db = None,
) -> None:
    """Write the stories with all their variants, in the order of their ids."""
    from query.export import exported, write
    from storage.queries import export_stories

    asked = _asked(since, source, language, min_variants, kind)
    with answering(db) as reader:
        records = (exported(story, variants) for story, variants in export_stories(reader, **asked))
        write(sys.stdout.buffer, records, form="jsonl" if jsonl else "json")


@db_app.command(cls=QuickCommand, epilog="Example: newsfold db upgrade --db sqlite:///news.db")
def upgrade(*, db: Db = None, as_json: Json = False) -> None:
    """Bring the database's schema up to this program's, making the database where there is none."""
    from storage import database
    from storage.reading import database_url

    with complaining():
        applied = database.upgrade(database_url(db))
        show_lines(applied, as_json=as_json)
    if not applied:
        complain("nothing to do: the schema is this program's")


@db_app.command(cls=QuickCommand, epilog="Example: newsfold db check")
def check(*, db: Db = None, as_json: Json = False) -> None:
    """Look for what does not fit together in the database; exit with 1 when something is found."""
    from storage import check as checking
    from storage.reading import database_url

    with complaining():
        problems = checking.check(database_url(db))
        show_lines(problems, as_json=as_json)
    if problems:
        raise typer.Exit(FAILED)
    complain("the database is sound")


def _asked(
    since: str | None, source: str | None, language: str | None, min_variants: str | None, kind: str | None
) -> "Asked":
    from query.since import parse_since

    try:
        then = parse_since(since, datetime.now(UTC)) if since is not None else None
    except ValueError as error:
        raise typer.BadParameter(f"--since: {error}") from None
    return {
        "since": then,
        "source": source,
        "language": language,
        "min_variants": whole_number("--min-variants", min_variants, most=MOST_ID)
        if min_variants is not None
        else None,
        "kind": one_of("--kind", kind, ("single", "reprinted", "covered")),
    }
