"""`newsfold clean`: what is the article in a document, and what is not.

Everything heavy is imported when the command runs: `newsfold --help` imports this module.
"""

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from query.terminal.options import AllowPrivate
from query.terminal.saying import IN_PART, ending_well, give_up, say

if TYPE_CHECKING:
    from flows.looking.cleaning import Looked
    from ingest.outcome import Rejection

_WEB = ("http://", "https://")
_BETWEEN = "\n---\n"  # two documents


def clean(
    *,
    what: Annotated[str, typer.Argument(metavar="FILE|URL|-", help="A file, a folder, a page, or standard input.")],
    removed: Annotated[bool, typer.Option("--removed", help="Show what went too, and by which rule.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print each document as a line of JSON.")] = False,
    allow_private: AllowPrivate = False,
) -> None:
    """Print the article in a document, and nothing around it. Nothing is stored.

    Takes what load takes (.txt page dumps, .html, .jsonl, .warc, also compressed), or asks for a page as refresh does.
    Exits with 3 where something holds no article, which is said on standard error.

    newsfold clean page.html --removed

    newsfold clean https://gazette.example/story --json | jq .title
    """
    from flows.looking.clean_report import refusal
    from ingest.outcome import Rejection

    shown = refused = 0
    with ending_well():
        for item in _looked(what, allow_private=allow_private):
            if isinstance(item, Rejection):
                refused += 1
                say(refusal(item))
                continue
            if shown and not as_json:
                typer.echo(_BETWEEN)
            _show(item, removed=removed, as_json=as_json)
            shown += 1
    if not shown + refused:
        say(f"{what}: no document in it; give a page, a text, or a file of them")
    if refused or not shown:
        raise typer.Exit(IN_PART)


def _looked(what: str, *, allow_private: bool) -> "Iterator[Looked | Rejection]":
    from datetime import UTC, datetime

    from flows.looking.cleaning import look_at_files, look_at_page

    now = datetime.now(UTC)
    if not what:
        give_up("give a file, an address that begins with https://, or - for standard input")
    if "://" in what and not what.lower().startswith(_WEB):
        give_up(f"{what}: nothing is asked by that scheme; give an address that begins with https://")
    if not what.lower().startswith(_WEB):
        from ingest.load import PathProblem

        try:
            yield from look_at_files(what, now=now)
        except PathProblem as problem:
            give_up(str(problem))
        return
    from flows.settings import SettingProblem, read_settings
    from ingest.fetch.response import Access
    from ingest.source_fields import web_address

    try:
        address = web_address(what)
        settings = read_settings()
    except (ValueError, SettingProblem) as problem:
        give_up(str(problem))
    if settings.contact is None and not allow_private:
        give_up(
            "NEWSFOLD_CONTACT: set it to a mail address, or the URL of a page about you, before asking strangers; "
            "--allow-private asks private addresses without"
        )
    yield look_at_page(address, settings=settings, access=Access(allow_private=allow_private), now=now)


def _show(looked: "Looked", *, removed: bool, as_json: bool) -> None:
    from flows.looking import clean_report
    from flows.looking.beside import runs

    article = looked.article
    if as_json:
        sys.stdout.buffer.write(clean_report.as_json(article))
        return
    fates = list(runs(looked.raw, article)) if removed else []
    if not _is_drawn():
        typer.echo(clean_report.unified(article, fates) if removed else clean_report.as_text(article))
        return
    from rich.console import Console

    from flows.looking.clean_drawing import draw, draw_beside

    console = Console(highlight=False, markup=False, emoji=False)
    if removed:
        draw_beside(article, fates, console)
    else:
        draw(article, console)


def _is_drawn() -> bool:
    """Whether somebody sees colours and columns: https://no-color.org."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
