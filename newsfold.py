"""The front door of the command line: what flows and query can be asked, in one program."""

import sys
from io import TextIOWrapper
from typing import Annotated, Any

import typer

from flows.cli import app as flows_app
from query.cli import app as query_app
from query.terminal.quick import QuickGroup

_PURPOSES = {  # as the README has them
    "Take in": ("load", "clean", "sources", "refresh", "waiting"),
    "Ask": ("stories", "story", "compare", "search", "export"),
    "Correct": (
        *("review", "same", "not-same", "later", "merge", "split", "move", "pin", "unpin", "withdraw", "restore"),
        *("undo", "judgements", "tune"),
    ),
    "Serve and tell": ("serve", "token", "hooks"),
    "Look after": ("runs", "report", "rejections", "replay", "drop", "maintain", "db", "doctor"),
}


class _Front(QuickGroup):
    """The whole program, whose commands stand by purpose."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  Any: Typer's own classes have no public names
        """Give the names of the commands, in the order of their purposes."""
        return [name for names in _PURPOSES.values() for name in names]

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # Any: as above
        """Write what each command is for."""
        widest = max(map(len, self.list_commands(ctx)))
        for purpose, names in _PURPOSES.items():
            with formatter.section(purpose):
                said = [self.commands[name].get_short_help_str(formatter.width - widest - 6) for name in names]
                formatter.write_dl([(name.ljust(widest), line) for name, line in zip(names, said, strict=True)])


app = typer.Typer(
    name="newsfold",
    cls=_Front,
    help="Many outlets' articles, few stories: takes in the news, cleans it, clusters it, and answers for it.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _join(*faces: typer.Typer) -> None:
    """Give the program the commands of all faces; their groups of one name become one."""
    groups: dict[str, typer.Typer] = {}
    for face in faces:
        app.registered_commands += face.registered_commands
        for registered in face.registered_groups:
            name, part = str(registered.name), registered.typer_instance
            assert part is not None  # how Typer registers a group
            if name not in groups:
                groups[name] = typer.Typer(
                    cls=QuickGroup, rich_markup_mode=None, no_args_is_help=True, help=str(part.info.help)
                )
                app.add_typer(groups[name], name=name)
            groups[name].registered_commands += part.registered_commands


_join(flows_app, query_app)


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
