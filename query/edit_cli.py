"""newsfold merge | split | move | same | not-same | later: say what belongs together."""

from typing import Annotated

import typer

from query.correcting import Actor, Note, Story, Variant, correct
from query.terminal.options import Db, Json
from query.terminal.quick import QuickCommand, whole_number

edit_app = typer.Typer(rich_markup_mode=None)


@edit_app.command(cls=QuickCommand, epilog="Example: newsfold merge 4 9 --note 'one power cut'")
def merge(
    *,
    one: Story,
    other: Story,
    note: Note = "",
    actor: Actor = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Make two stories one. The younger number leads to the older one."""
    from storage import edits

    numbers = whole_number("STORY", one), whole_number("STORY", other)
    correct(lambda engine, by: edits.merge(engine, *numbers, by=by), note=note, actor=actor, db=db, as_json=as_json)


@edit_app.command(cls=QuickCommand, epilog="Example: newsfold split 4 17 21")
def split(
    *,
    story: Story,
    variants: Annotated[list[str], typer.Argument(metavar="VARIANT...", help="Those that leave it.")],
    note: Note = "",
    actor: Actor = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Part variants from a story, into a story of their own."""
    from storage import edits

    number, leaving = whole_number("STORY", story), [whole_number("VARIANT", each) for each in variants]
    correct(
        lambda engine, by: edits.split(engine, number, leaving, by=by), note=note, actor=actor, db=db, as_json=as_json
    )


@edit_app.command(cls=QuickCommand, epilog="Example: newsfold move 17 9")
def move(
    *,
    variant: Variant,
    story: Story,
    note: Note = "",
    actor: Actor = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Take a variant out of its story, and put it into another one."""
    from storage import edits

    numbers = whole_number("VARIANT", variant), whole_number("STORY", story)
    correct(lambda engine, by: edits.move(engine, *numbers, by=by), note=note, actor=actor, db=db, as_json=as_json)


@edit_app.command(cls=QuickCommand, epilog="Example: newsfold same 17 21")
def same(
    *,
    one: Variant,
    other: Variant,
    note: Note = "",
    actor: Actor = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Hold two variants together, whatever the scores say. Their stories become one."""
    from storage import edits

    numbers = whole_number("VARIANT", one), whole_number("VARIANT", other)
    correct(lambda engine, by: edits.same(engine, *numbers, by=by), note=note, actor=actor, db=db, as_json=as_json)


@edit_app.command("not-same", cls=QuickCommand, epilog="Example: newsfold not-same 17 21")
def not_same(
    *,
    one: Variant,
    other: Variant,
    note: Note = "",
    actor: Actor = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Hold two variants apart, whatever the scores say."""
    from storage import edits

    numbers = whole_number("VARIANT", one), whole_number("VARIANT", other)
    correct(lambda engine, by: edits.not_same(engine, *numbers, by=by), note=note, actor=actor, db=db, as_json=as_json)


@edit_app.command(cls=QuickCommand, epilog="Example: newsfold later 17 21")
def later(
    *,
    one: Variant,
    other: Variant,
    note: Note = "",
    actor: Actor = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Put a suggested pair at the end of the review."""
    from storage import edits

    numbers = whole_number("VARIANT", one), whole_number("VARIANT", other)
    correct(lambda engine, by: edits.later(engine, *numbers, by=by), note=note, actor=actor, db=db, as_json=as_json)
