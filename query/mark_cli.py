"""newsfold pin | unpin | withdraw | restore | undo: say what speaks and what counts, and take it back."""

from typing import Annotated

import typer

from query.correcting import Actor, Either, IsVariant, Note, Variant, correct
from query.terminal.options import Db, Json
from query.terminal.quick import QuickCommand, whole_number

mark_app = typer.Typer(rich_markup_mode=None)


@mark_app.command(cls=QuickCommand, epilog="Example: newsfold pin 17")
def pin(
    *,
    variant: Variant,
    note: Note = "",
    actor: Actor = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Let a variant speak for its story."""
    from storage import edits

    number = whole_number("VARIANT", variant)
    correct(lambda engine, by: edits.pin(engine, number, by=by), note=note, actor=actor, db=db, as_json=as_json)


@mark_app.command(cls=QuickCommand, epilog="Example: newsfold unpin 17")
def unpin(
    *,
    variant: Variant,
    note: Note = "",
    actor: Actor = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Let the rules choose again who speaks for a variant's story."""
    from storage import edits

    number = whole_number("VARIANT", variant)
    correct(lambda engine, by: edits.unpin(engine, number, by=by), note=note, actor=actor, db=db, as_json=as_json)


@mark_app.command(cls=QuickCommand, epilog="Example: newsfold withdraw 4")
def withdraw(
    *,
    number: Either,
    variant: IsVariant = False,
    note: Note = "",
    actor: Actor = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Take a story or variant out of lists, searches and exports."""
    from storage import edits

    edit = edits.withdraw_variant if variant else edits.withdraw
    which = whole_number("VARIANT" if variant else "STORY", number)
    correct(lambda engine, by: edit(engine, which, by=by), note=note, actor=actor, db=db, as_json=as_json)


@mark_app.command(cls=QuickCommand, epilog="Example: newsfold restore 4")
def restore(
    *,
    number: Either,
    variant: IsVariant = False,
    note: Note = "",
    actor: Actor = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Show again what was withdrawn."""
    from storage import edits

    edit = edits.restore_variant if variant else edits.restore
    which = whole_number("VARIANT" if variant else "STORY", number)
    correct(lambda engine, by: edit(engine, which, by=by), note=note, actor=actor, db=db, as_json=as_json)


@mark_app.command(cls=QuickCommand, epilog="Example: newsfold undo 12")
def undo(
    *,
    judgement: Annotated[
        str | None, typer.Argument(metavar="[JUDGEMENT]", help="As newsfold judgements numbers it.")
    ] = None,
    note: Note = "",
    actor: Actor = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Take back what was said. Without a number, your own last word that stands."""
    from storage import edits

    number = whole_number("JUDGEMENT", judgement)
    correct(lambda engine, by: edits.undo(engine, number, by=by), note=note, actor=actor, db=db, as_json=as_json)
