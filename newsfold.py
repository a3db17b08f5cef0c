"""The front door of the command line: what flows and query can be asked, in one program."""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from flows.cli import app as flows_app
from query.cli import app as query_app
from query.quick import QuickGroup

app = typer.Typer(
    name="newsfold",
    cls=QuickGroup,
    help="Many outlets' articles, few stories: takes in the news, cleans it, clusters it, and answers for it.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for face in (flows_app, query_app):
    app.registered_commands += face.registered_commands
    app.registered_groups += face.registered_groups


def _print_version(asked: bool) -> None:  # noqa: FBT001  Typer calls it
    if asked:
        from importlib.metadata import version

        typer.echo(f"newsfold {version('newsfold')}")
        raise typer.Exit


@app.callback()
def _front(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # In a locale without UTF-8, a headline still comes out.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="newsfold")


if __name__ == "__main__":
    main()
