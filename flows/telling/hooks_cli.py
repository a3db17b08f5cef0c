"""`newsfold hooks test` and `newsfold hooks deliver`: what of webhooks needs the network.

Everything heavy is imported when a command runs: `newsfold --help` imports this module.
"""

from typing import Annotated

import typer

from query.terminal.options import Db
from query.terminal.quick import QuickCommand, whole_number
from query.terminal.saying import FAILED, IN_PART, give_up, not_there, say

hooks_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Tell others what happens to stories.")


@hooks_app.command("test", cls=QuickCommand, epilog="Example: newsfold hooks test 2")
def try_(
    *,
    hook_id: Annotated[str, typer.Argument(metavar="ID", help="As newsfold hooks list numbers it.")],
    db: Db = None,
) -> None:
    """Post a hook.test event. A hook that answers goes on at once, also one that was paused."""
    from flows.front import one_line_problems
    from flows.open_run import now_utc
    from flows.settings import read_settings
    from flows.telling.webhooks import try_hook
    from storage.hooks.writes import NoHook

    number = whole_number("ID", hook_id)
    with one_line_problems("testing it again"):
        settings = read_settings(database_url=db)
        try:
            trouble = try_hook(settings.database_url, number, contact=settings.contact, clock=now_utc)
        except NoHook as missing:
            not_there(str(missing))
    if trouble is not None:
        give_up(f"hook {number}: {trouble}", code=FAILED)
    say(f"hook {number} answers")


@hooks_app.command(cls=QuickCommand, epilog="Example: newsfold hooks deliver --db sqlite:///news.db")
def deliver(*, db: Db = None) -> None:
    """Tell the hooks that are due what they have not been told. Exits with 3 where one could not be told."""
    from flows.front import one_line_problems
    from flows.open_run import now_utc
    from flows.settings import read_settings
    from flows.telling.webhooks import tell_hooks

    with one_line_problems("the next delivery"):
        settings = read_settings(database_url=db)
        told = tell_hooks(settings.database_url, contact=settings.contact, clock=now_utc)
    for hook_id, count in sorted(told.events.items()):
        say(f"hook {hook_id}: told {count:,} event{'s' if count > 1 else ''}")
    for hook_id, trouble in sorted(told.troubles.items()):
        say(f"hook {hook_id}: {trouble}")
    if not told.events and not told.troubles:
        say("nothing to tell")
    if told.troubles:
        raise typer.Exit(IN_PART)
