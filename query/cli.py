"""newsfold stories | story | search | runs | rejections | export | db: ask the story database.

Nothing but Typer is imported before a command is called, so that help and completion answer at once.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from query.export import Form
    from storage.reading import Reader

    View = TypeVar("View", bound=DataclassInstance)

FAILED, MISUSED = 1, 2  # exit codes
MOST = 2**63 - 1  # an id is a signed 64-bit number

app = typer.Typer(rich_markup_mode=None)
db_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Look after the story database.")
app.add_typer(db_app, name="db")

Db = Annotated[
    str | None,
    typer.Option("--db", metavar="URL", help="sqlite:///PATH or postgresql://HOST/NAME; else NEWSFOLD_DATABASE_URL."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Jsonl = Annotated[bool, typer.Option("--jsonl", help="Print each as a line of JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=100_000, help="Show so many at most.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Seen since then: 24h, 7d, 2026-05-20.")]
Source = Annotated[str | None, typer.Option("--source", metavar="KEY", help="With a variant of this source.")]
Language = Annotated[str | None, typer.Option("--language", metavar="TAG", help="With a variant in this language: en, pt-BR.")]
MinVariants = Annotated[int | None, typer.Option("--min-variants", metavar="N", min=1, max=MOST, help="With so many variants.")]
Kind = Annotated[Literal["single", "reprinted", "covered"] | None, typer.Option("--kind", metavar="KIND", help="Of this kind: single, reprinted, covered.")]


@app.command(epilog="Example: newsfold stories --since 24h --min-variants 2 --variants")
def stories(
    since: Since = None,
    source: Source = None,
    language: Language = None,
    min_variants: MinVariants = None,
    kind: Kind = None,
    limit: Limit = 50,
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

    form, then = _form(as_json, as_jsonl, as_csv), _since(since)
    with _answering(db) as reader:
        found = list_stories(
            reader, limit=limit, since=then, source=source, language=language, min_variants=min_variants, kind=kind
        )
        if not variants:
            _show(found, StorySummary, form, tables.show_stories)
            return
        inside = list_variants(reader, [story.id for story in found])
        pairs = [(story, inside[story.id]) for story in found]
        if form is None:
            tables.show_stories_with_variants(pairs)
        else:
            export.write_with_variants(sys.stdout.buffer, pairs, form=form)


@app.command(epilog="Example: newsfold story 42 --removed")
def story(
    story_id: Annotated[int, typer.Argument(metavar="ID", min=1, max=MOST)],
    text: Annotated[bool, typer.Option("--text", help="Print the texts as well.")] = False,
    removed: Annotated[
        bool, typer.Option("--removed", help="Print the removed lines and their rules as well.")
    ] = False,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Show one story: its variants, why they are together, why one speaks for it."""
    from query import export, tables
    from storage.queries import get_story

    with _answering(db) as reader:
        found = get_story(reader, story_id)
        if found is None:
            _complain(f"no story {story_id}")
            raise typer.Exit(FAILED)
        if found.id != story_id:
            _complain(f"story {story_id} was merged into story {found.id}")
        if as_json:
            export.write_document(sys.stdout.buffer, found)
        else:
            tables.show_story(found, text=text, removed=removed)


@app.command(epilog="""Example: newsfold search 'furnace "works council" clos*'""")
def search(
    query: Annotated[list[str], typer.Argument(help='Words, "phrases" and prefix*; all must be there.')],
    limit: Limit = 20,
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
) -> None:
    """Find the variants that have all the words, best first."""
    from query import tables
    from storage.reading import database_url
    from storage.search import catch_up_quickly, search_stories
    from storage.views import SearchHit
    from storage.words import QUERY_WORDS, parse_query

    form, wanted = _form(as_json, as_jsonl, as_csv), " ".join(query)
    with _complaining():
        waiting = catch_up_quickly(database_url(db))
    if waiting:
        _complain(f"{waiting} variants cannot be found yet: a run indexes them, or the next search once they are few")
    asked = parse_query(wanted)
    if not asked.terms:
        _complain("nothing to search for: give a word")
    if asked.is_cut:
        _complain(f"only the first {QUERY_WORDS} words were searched for")
    with _answering(db) as reader:
        _show(search_stories(reader, wanted, limit=limit), SearchHit, form, tables.show_hits)


@app.command(epilog="Example: newsfold runs --limit 5")
def runs(limit: Limit = 20, db: Db = None, as_json: Json = False, as_jsonl: Jsonl = False, as_csv: Csv = False) -> None:
    """List the runs, newest first, with what became of their documents."""
    from query import tables
    from storage.journal import list_runs
    from storage.views import RunView

    form = _form(as_json, as_jsonl, as_csv)
    with _answering(db) as reader:
        _show(list_runs(reader, now=datetime.now(UTC), limit=limit), RunView, form, tables.show_runs)


@app.command(epilog="Example: newsfold rejections --outcome damaged --run 12")
def rejections(
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="OUTCOME", help="With this outcome: wall, too_short, damaged ...")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="KEY", help="Of this source.")] = None,
    run: Annotated[int | None, typer.Option("--run", metavar="ID", min=1, max=MOST, help="Last met by this run.")] = None,
    limit: Limit = 50,
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
) -> None:
    """List the documents that did not make it, and why."""
    from query import tables
    from storage.journal import list_rejections
    from storage.views import RejectionView

    form = _form(as_json, as_jsonl, as_csv)
    _check_outcome(outcome)
    with _answering(db) as reader:
        found = list_rejections(reader, outcome=outcome, source=source, run=run, limit=limit)
        _show(found, RejectionView, form, tables.show_rejections)


@app.command(epilog="Example: newsfold export --jsonl --since 7d > stories.jsonl")
def export(
    jsonl: Annotated[bool, typer.Option("--jsonl/--json", help="A story a line, or one JSON document.")] = True,
    since: Since = None,
    source: Source = None,
    language: Language = None,
    min_variants: MinVariants = None,
    kind: Kind = None,
    db: Db = None,
) -> None:
    """Write the stories with all their variants, in the order of their ids."""
    from query.export import Form, exported, write
    from storage.queries import export_stories

    then = _since(since)
    with _answering(db) as reader:
        found = export_stories(
            reader, since=then, source=source, language=language, min_variants=min_variants, kind=kind
        )
        records = (exported(story, variants) for story, variants in found)
        write(sys.stdout.buffer, records, form=Form.JSONL if jsonl else Form.JSON)


@db_app.command(epilog="Example: newsfold db upgrade --db sqlite:///news.db")
def upgrade(db: Db = None, as_json: Json = False) -> None:
    """Bring the database's schema up to this program's, making the database where there is none."""
    from storage import database
    from storage.reading import database_url

    with _complaining(database.DatabaseProblem):
        applied = database.upgrade(database_url(db))
        _show_lines(applied, as_json)
    if not applied:
        _complain("nothing to do: the schema is this program's")


@db_app.command(epilog="Example: newsfold db check")
def check(db: Db = None, as_json: Json = False) -> None:
    """Look for whatever in the database does not fit together; exit with 1 when something is found."""
    from storage import check as checking
    from storage import database
    from storage.reading import database_url

    with _complaining(database.DatabaseProblem):
        problems = checking.check(database_url(db))
        _show_lines(problems, as_json)
    if problems:
        raise typer.Exit(FAILED)
    _complain("the database is sound")


@contextmanager
def _answering(db: str | None) -> "Iterator[Reader]":
    """Open the database for one answer on stdout."""
    from storage.reading import database_url, reading

    with _complaining(), reading(database_url(db)) as reader:
        yield reader


@contextmanager
def _complaining(*more: type[Exception]) -> Iterator[None]:
    """Turn what a person can mend into one line and an exit code."""
    from storage.reading import DatabaseProblem

    try:
        yield
        sys.stdout.flush()
    except (DatabaseProblem, *more) as problem:
        _complain(str(problem))
        raise typer.Exit(MISUSED) from None
    except OSError as error:
        # What is still in the buffer would be tried again, and complained about, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # the reader, such as head, has what it wanted
            return
        _complain(f"cannot write: {error.strerror}")
        raise typer.Exit(FAILED) from None


def _show(
    found: "Sequence[View]", view: "type[View]", form: "Form | None", table: "Callable[[Sequence[View]], None]"
) -> None:
    from query.export import columns, record, write

    if form is not None:
        write(sys.stdout.buffer, map(record, found), form=form, header=columns(view))
    elif found:
        table(found)
    else:
        _complain("nothing found")


def _show_lines(lines: Sequence[str], as_json: bool) -> None:
    from query.export import write_document
    from query.safe import visible

    if as_json:
        write_document(sys.stdout.buffer, lines)
        return
    for line in lines:
        typer.echo(visible(line))


def _complain(line: str) -> None:
    from query.safe import visible

    typer.echo(f"newsfold: {visible(line)}", err=True)


def _form(as_json: bool, as_jsonl: bool, as_csv: bool) -> "Form | None":
    from query.export import Form

    asked = [form for form, is_asked in zip(Form, (as_json, as_jsonl, as_csv), strict=True) if is_asked]
    if len(asked) > 1:
        raise typer.BadParameter("give one of --json, --jsonl and --csv")
    return asked[0] if asked else None


def _since(text: str | None) -> datetime | None:
    from query.since import parse_since

    try:
        return parse_since(text, datetime.now(UTC)) if text is not None else None
    except ValueError as error:
        raise typer.BadParameter(f"--since: {error}") from None


def _check_outcome(outcome: str | None) -> None:
    from ingest.outcome import Outcome

    if outcome is not None and outcome not in {known.value for known in Outcome if not known.is_stored}:
        known = ", ".join(known.value for known in Outcome if not known.is_stored)
        raise typer.BadParameter(f"--outcome: {outcome!r} is none of {known}")
