"""What all commands that correct share: their options, and how they answer. They need the whole of storage."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from getpass import getuser
from typing import TYPE_CHECKING, Annotated

import typer

from query.answer import complaining
from query.terminal.saying import FAILED, give_up, not_there, say

if TYPE_CHECKING:
    from storage.database import Engine
    from storage.edits import By, Edited

# Texts and flags only: see QuickCommand.
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why: kept with what is said.")]
Actor = Annotated[str | None, typer.Option("--actor", metavar="NAME", help="Who says so; else your login name.")]
Story = Annotated[str, typer.Argument(metavar="STORY", help="As newsfold stories numbers it.")]
Variant = Annotated[str, typer.Argument(metavar="VARIANT", help="As newsfold story numbers it.")]
Either = Annotated[str, typer.Argument(metavar="STORY", help="As newsfold stories numbers it; or a VARIANT.")]
IsVariant = Annotated[bool, typer.Option("--variant", help="The number is that of a variant, not of a story.")]


def correct(
    edit: "Callable[[Engine, By], Edited]", *, note: str, actor: str | None, db: str | None, as_json: bool
) -> None:
    """Make a correction, and print what came of it; what cannot be is one line on stderr."""
    from query.edit_tables import show_edited
    from query.export import record, write_document
    from storage.database import opened
    from storage.edits import By, EditProblem, Nothing
    from storage.reading import database_url

    with complaining():
        by = By(actor=actor if actor is not None else _login(), note=note, at=datetime.now(UTC))
        try:
            with opened(database_url(db)) as engine:
                done = edit(engine, by)
        except Nothing as missing:
            not_there(str(missing))
        except EditProblem as problem:
            give_up(str(problem), code=FAILED)
        if as_json:
            write_document(sys.stdout.buffer, record(done))
        else:
            show_edited(done)
    if not done.is_new:
        say("nothing to do: it is so already")


def _login() -> str:
    try:
        return getuser()
    except (OSError, KeyError):  # a user without a name: before Python 3.13 a KeyError
        raise typer.BadParameter("--actor: your login name is not known here, so name yourself") from None
