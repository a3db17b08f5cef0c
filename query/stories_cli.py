"""newsfold stories | search | export: which stories there are."""

import re
from datetime import UTC, datetime
from typing import Annotated

import typer

from query.answer import answering, expect_parquet, show
from query.filters import (
    Country,
    Happened,
    Independent,
    Kind,
    Language,
    MinVariants,
    Order,
    PublishedSince,
    PublishedUntil,
    Publisher,
    Run,
    SeenSince,
    SeenUntil,
    Since,
    Source,
    State,
    Text,
    Until,
    look_up,
    question_of,
)
from query.options import Csv, Cursor, Jsonl, Parquet, form_of
from query.terminal.options import Db, Json
from query.terminal.quick import QuickCommand, one_of, whole_number

MOST_ROWS = 100_000

Limit = Annotated[str, typer.Option("--limit", metavar="N", help="Show so many at most.")]

stories_app = typer.Typer(rich_markup_mode=None)


@stories_app.command(cls=QuickCommand, epilog="Example: newsfold stories --since 24h --independent 3 --variants")
def stories(  # noqa: PLR0913  a command has the options it has
    *,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    seen_since: SeenSince = None,
    seen_until: SeenUntil = None,
    published_since: PublishedSince = None,
    published_until: PublishedUntil = None,
    source: Source = None,
    publisher: Publisher = None,
    language: Language = None,
    country: Country = None,
    min_variants: MinVariants = None,
    independent: Independent = None,
    kind: Kind = None,
    state: State = None,
    run: Run = None,
    outcome: Happened = None,
    order: Order = None,
    cursor: Cursor = None,
    limit: Limit = "50",
    variants: Annotated[bool, typer.Option("--variants", help="Show each story's variants below it.")] = False,
    facets: Annotated[bool, typer.Option("--facets", help="Count what the stories have in common instead.")] = False,
    timeline: Annotated[
        str | None, typer.Option("--timeline", metavar="STEP", help="Count variants by hour or day instead.")
    ] = None,
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
    as_parquet: Parquet = False,
) -> None:
    """List the stories, those seen last first."""
    said = dict(locals())
    asked = question_of(**{name: said[name] for name in (*_FILTERS, "order")})
    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv, as_parquet=as_parquet)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    step = one_of("--timeline", timeline, ("hour", "day"))
    if facets and step is not None:
        raise typer.BadParameter("give one of --facets and --timeline")
    if text is not None:
        look_up(text, db)
    from query import listing

    with answering(db) as reader:
        if facets:
            listing.show_facets(reader, asked, most=most, now=datetime.now(UTC), form=form)
        elif step is not None:
            listing.show_timeline(reader, asked, step="hour" if step == "hour" else "day", form=form)
        else:
            listing.show_page(reader, asked, limit=most, cursor=cursor, variants=variants, form=form)


_FILTERS = (
    *("text", "since", "until", "seen_since", "seen_until", "published_since", "published_until", "source"),
    *("publisher", "language", "country", "min_variants", "independent", "kind", "state", "run", "outcome"),
)


@stories_app.command(cls=QuickCommand, epilog="""Example: newsfold search 'title:furnace "works council" OR clos*'""")
def search(
    *,
    query: Annotated[
        list[str],
        typer.Argument(metavar="QUERY...", help='Words, "phrases", prefix*, AND, OR, NOT, (...), title:word.'),
    ],
    limit: Limit = "20",
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
    as_parquet: Parquet = False,
) -> None:
    """Find the variants that hold all the words, best first."""
    from query.tables import show_hits
    from storage.asking.search import search_stories
    from storage.views import SearchHit

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv, as_parquet=as_parquet)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    wanted = " ".join(query)
    look_up(wanted, db)
    with answering(db) as reader:
        show(search_stories(reader, wanted, limit=most), SearchHit, form=form, table=show_hits)


@stories_app.command(cls=QuickCommand, epilog="Example: newsfold export --since 7d > stories.jsonl")
def export(  # noqa: PLR0913  as above
    *,
    jsonl: Annotated[
        bool | None, typer.Option("--jsonl/--json", help="A story a line, as usual, or one JSON document.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORM", help="jsonl, json, parquet, atom, jsonfeed; ninjs, newsarticle: by line."
        ),
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="URL", help="Where newsfold is served: stories are named by it.")
    ] = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    seen_since: SeenSince = None,
    seen_until: SeenUntil = None,
    published_since: PublishedSince = None,
    published_until: PublishedUntil = None,
    source: Source = None,
    publisher: Publisher = None,
    language: Language = None,
    country: Country = None,
    min_variants: MinVariants = None,
    independent: Independent = None,
    kind: Kind = None,
    state: State = None,
    run: Run = None,
    outcome: Happened = None,
    db: Db = None,
) -> None:
    """Write the stories with all their variants. Feeds have those that changed last, other forms all by their ids."""
    said = dict(locals())
    asked = question_of(**{name: said[name] for name in _FILTERS})
    from query import listing

    if form is not None and jsonl is not None:
        raise typer.BadParameter("give one of --format, --json and --jsonl")
    chosen = one_of("--format", form, listing.EXPORTS) or ("json" if jsonl is False else "jsonl")
    if base is not None:
        _expect_base(base, chosen)
    if text is not None:
        look_up(text, db)
    if chosen == "parquet":
        expect_parquet()
    with answering(db) as reader:
        listing.write_export(reader, asked, form=chosen, base=base, now=datetime.now(UTC))


def _expect_base(base: str, form: str) -> None:
    """See that stories can be named by that address in that form. Raises BadParameter."""
    if form in ("jsonl", "json", "parquet"):
        raise typer.BadParameter(f"--base: no address of newsfold's own stands in {form}")
    if re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", base) is None:
        raise typer.BadParameter(f"--base: give an address such as https://news.yours.example, not {base!r}")
