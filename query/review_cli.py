"""newsfold review | judgements: what people could say, and what they said."""

from typing import Annotated

import typer

from query.answer import answering, show_page
from query.options import Csv, Cursor, Jsonl, Parquet, form_of
from query.stories_cli import MOST_ROWS, Limit
from query.terminal.options import Db, Json
from query.terminal.quick import QuickCommand, whole_number

review_app = typer.Typer(rich_markup_mode=None)


@review_app.command(cls=QuickCommand, epilog="Example: newsfold review --limit 10")
def review(
    *,
    limit: Limit = "20",
    cursor: Cursor = None,
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
    as_parquet: Parquet = False,
) -> None:
    """List pairs of stories that may be one, the most useful first."""
    from query.edit_tables import show_review
    from storage.asking.review import page_review
    from storage.views import SuggestionView

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv, as_parquet=as_parquet)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    with answering(db) as reader:
        show_page(page_review(reader, limit=most, cursor=cursor), SuggestionView, form=form, table=show_review)


@review_app.command(cls=QuickCommand, epilog="Example: newsfold judgements --story 4")
def judgements(  # noqa: PLR0913  a command has the options it has
    *,
    story: Annotated[str | None, typer.Option("--story", metavar="ID", help="Of it and of the variants in it.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", metavar="NAME", help="Said by this person.")] = None,
    limit: Limit = "50",
    cursor: Cursor = None,
    db: Db = None,
    as_json: Json = False,
    as_jsonl: Jsonl = False,
    as_csv: Csv = False,
    as_parquet: Parquet = False,
) -> None:
    """List what people said about stories, the newest first."""
    from query.edit_tables import show_judgements
    from storage.asking.review import page_judgements
    from storage.views import JudgementView

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv, as_parquet=as_parquet)
    most = whole_number("--limit", limit, most=MOST_ROWS)
    of = whole_number("--story", story)
    with answering(db) as reader:
        found = page_judgements(reader, story=of, actor=actor, limit=most, cursor=cursor)
        show_page(found, JudgementView, form=form, table=show_judgements)
