"""newsfold hooks add | list | remove: who is told over HTTP what happens to stories."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from query.answer import answering, changing, show
from query.options import Csv, Jsonl, Parquet, form_of
from query.terminal.options import Db, Json
from query.terminal.quick import QuickCommand, whole_number
from query.terminal.saying import not_there, say

HookId = Annotated[str, typer.Argument(metavar="ID", help="As newsfold hooks list numbers it.")]

hooks_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Tell others what happens to stories.")


@hooks_app.command(cls=QuickCommand, epilog="Example: newsfold hooks add https://desk.example/in --events story.merged")
def add(
    *,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are posted to: https.")],
    events: Annotated[
        str | None, typer.Option("--events", metavar="NAMES", help="story.created,story.joined,...; else all.")
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="It may lead to loopback and private networks, also by http.")
    ] = False,
    db: Db = None,
) -> None:
    """Tell a URL what happens from now on, and print its secret. It signs what is told, and is shown this once."""
    from ingest.fetch.receivers import receiver_of
    from ingest.outcome import Refused
    from storage.hooks.writes import add_hook

    chosen = _events(events)
    try:
        target, _ = receiver_of(url, allow_private=allow_private)
    except Refused as refused:
        raise typer.BadParameter(f"URL: {refused.detail}") from None
    with changing(db) as engine:
        now = datetime.now(UTC)
        hook_id, secret = add_hook(engine, target.url, events=chosen, allow_private=allow_private, now=now)
        typer.echo(secret)
    say(f"hook {hook_id} is told {', '.join(chosen)}; its secret is not shown again")


@hooks_app.command("list", cls=QuickCommand, epilog="Example: newsfold hooks list --json")
def list_(
    *, db: Db = None, as_json: Json = False, as_jsonl: Jsonl = False, as_csv: Csv = False, as_parquet: Parquet = False
) -> None:
    """List the hooks, what each is told, and how it goes."""
    from query.tables import show_hooks
    from storage.hooks.kept import HookView, list_hooks

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv, as_parquet=as_parquet)
    with answering(db) as reader:
        show(list_hooks(reader), HookView, form=form, table=show_hooks)


@hooks_app.command(cls=QuickCommand, epilog="Example: newsfold hooks remove 2")
def remove(*, hook_id: HookId, db: Db = None) -> None:
    """Tell a hook nothing any more."""
    from storage.hooks.writes import NoHook, remove_hook

    number = whole_number("ID", hook_id)
    with changing(db) as engine:
        try:
            remove_hook(engine, number)
        except NoHook as missing:
            not_there(str(missing))


def _events(names: str | None) -> tuple[str, ...]:
    """Give the events that are named, all where none is. Raises BadParameter."""
    from storage.hooks.kept import EVENTS

    if names is None:
        return EVENTS
    asked = {name.strip() for name in names.split(",")}
    if unknown := sorted(asked - set(EVENTS)):
        raise typer.BadParameter(f"--events: {unknown[0]!r} is none of {', '.join(EVENTS)}")
    return tuple(name for name in EVENTS if name in asked)
