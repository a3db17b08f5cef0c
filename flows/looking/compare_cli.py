"""`newsfold compare`: why two articles belong together, or what was missing.

Everything heavy is imported when the command runs: `newsfold --help` imports this module.
"""

from typing import Annotated

import typer

from flows.front import one_line_problems
from query.terminal.options import Db, Json
from query.terminal.quick import QuickCommand
from query.terminal.saying import FAILED, give_up, not_there

compare_app = typer.Typer(rich_markup_mode=None)


@compare_app.command(cls=QuickCommand, epilog="Example: newsfold compare 12 page.html")
def compare(
    *,
    one: Annotated[str, typer.Argument(metavar="A", help="The number of a variant, or a file.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another; the third of many in a file is FILE#3.")],
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Show what ties two articles, or what is missing to tie them.

    Of what is missing, it tells by how much. Nothing is stored.
    How rare a word is, the database says where there is one, else the shipped background.
    """
    with one_line_problems("comparing again"):
        from datetime import UTC, datetime

        from flows.looking import compare_report
        from flows.looking.comparing import NoArticle
        from flows.looking.comparing import compare as look
        from flows.settings import read_settings
        from storage.asking.comparing import NoVariant

        settings = read_settings(database_url=db)
        try:
            found = look(one, other, settings=settings, needs_database=db is not None, now=datetime.now(UTC))
        except NoVariant as missing:
            not_there(str(missing))
        except NoArticle as problem:
            give_up(str(problem), code=FAILED)
    typer.echo(compare_report.as_json(found) if as_json else compare_report.as_text(found))
