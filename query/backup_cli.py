"""newsfold db backup | restore: the story database as one file, and back."""

from typing import Annotated

import typer

from query.answer import complaining
from query.terminal.options import Db
from query.terminal.quick import QuickCommand
from query.terminal.saying import say

backup_app = typer.Typer(rich_markup_mode=None)

File = Annotated[str, typer.Argument(metavar="FILE", help="The backup.")]


@backup_app.command(cls=QuickCommand, epilog="Example: newsfold db backup /backup/stories.db")
def backup(*, file: File, db: Db = None) -> None:
    """Copy the database into a new file, while runs go on. PostgreSQL's is made by its pg_dump."""
    from pathlib import Path

    from storage import backup as copying
    from storage.reading import database_url

    with complaining():
        size = copying.backup(database_url(db), Path(file))
    say(f"{size:,} bytes in {file}")


@backup_app.command(cls=QuickCommand, epilog="Example: newsfold db restore /backup/stories.db --db sqlite:///new.db")
def restore(*, file: File, db: Db = None) -> None:
    """Put a backup into an empty or new database. Its schema is brought up to this program's."""
    from pathlib import Path

    from storage import backup as copying
    from storage.reading import database_url

    with complaining():
        copying.restore(Path(file), database_url(db))
    say("restored; newsfold db check looks it over, and loading again brings what has come in since")
