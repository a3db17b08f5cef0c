"""newsfold serve, and newsfold token make | list | revoke: who may ask over HTTP."""

import os
from contextlib import closing
from datetime import UTC, datetime
from errno import EADDRINUSE
from pathlib import Path
from typing import Annotated

import typer

from query.answer import answering, changing, complaining, show
from query.options import Csv, Jsonl, Parquet, form_of
from query.terminal.options import Db, Json, Sources
from query.terminal.quick import QuickCommand, one_of, whole_number
from query.terminal.saying import FAILED, give_up, not_there, say

serve_app = typer.Typer(rich_markup_mode=None)
token_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Say who may ask and write over HTTP.")


@serve_app.command(cls=QuickCommand, epilog="Example: newsfold serve --port 8460")
def serve(
    *,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Listen there.")] = "127.0.0.1",
    port: Annotated[str, typer.Option("--port", metavar="N", help="And at this port; 0 takes any.")] = "8460",
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="HOST",
            help="A proxy asks under this name, the only one but localhost; all takes a token.",
        ),
    ] = None,
    sources: Sources = None,
    db: Db = None,
) -> None:
    """Serve the page and the API, until told to end.

    Reads are open while nothing but this machine can ask; everything else takes a token, and so do all writes.
    """
    from query.serve.app import make_app
    from query.serve.serving import Serving, bind, is_loopback, names_of, run
    from storage.access.tokens import has_tokens
    from storage.readers import Readers
    from storage.reading import database_url, reading

    number = 0 if port == "0" else whole_number("--port", port, most=65_535)
    if sources is not None and not Path(sources).exists():
        give_up(f"--sources: no file {sources}")
    page_url = _page_url()
    is_open = is_loopback(host) and name is None
    with complaining():
        url = database_url(db)
        with reading(url) as reader:
            if not is_open and not has_tokens(reader):
                give_up(f"{name or host} can be asked from elsewhere: run newsfold token make first")
    try:
        listening = bind(host, number)
    except OSError as error:
        said = (error.strerror or str(error)).partition(" (")[0]  # behind it Python tells the address again
        remedy = "; --port 0 takes any" if error.errno == EADDRINUSE else ""
        give_up(f"{host}:{port} cannot be used: {said}{remedy}", code=FAILED)
    shown = f"[{host}]" if ":" in host else host
    say(f"http://{shown}:{listening.getsockname()[1]}/ until Ctrl-C")
    with closing(Readers(url)) as readers:
        names = names_of(host, name)
        serving = Serving(readers=readers, is_open=is_open, names=names, page_url=page_url, sources=sources)
        run(make_app(serving), listening, is_proxied=name is not None)


def _page_url() -> str | None:
    from query.serve.rendering import web_address

    said = os.environ.get("NEWSFOLD_PAGE_URL", "").strip().rstrip("/")
    if said and web_address(said) is None:
        shown = f"give an address such as https://news.yours.example, not {said[:80]!r}"
        raise typer.BadParameter(f"NEWSFOLD_PAGE_URL: {shown}")
    return said or None


@token_app.command(cls=QuickCommand, epilog="Example: newsfold token make desk --scope write")
def make(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it is: what is written says so.")],
    scope: Annotated[str, typer.Option("--scope", metavar="SCOPE", help="read, or write (and read).")] = "read",
    db: Db = None,
) -> None:
    """Make a token and print it: the only time that it is shown."""
    from storage.access.tokens import SCOPES, make_token

    one_of("--scope", scope, SCOPES)
    if not name.strip() or not name.isprintable() or len(name) > 100:
        raise typer.BadParameter("NAME: give a name of at most 100 characters")
    with changing(db) as engine:
        made, token = make_token(engine, name=name.strip(), scope=scope, now=datetime.now(UTC))
        typer.echo(token)
    say(f"token {made.id} of {made.name} may {scope}; it is not kept, and not shown again")


@token_app.command("list", cls=QuickCommand, epilog="Example: newsfold token list --json")
def list_(
    *, db: Db = None, as_json: Json = False, as_jsonl: Jsonl = False, as_csv: Csv = False, as_parquet: Parquet = False
) -> None:
    """List the tokens that were made, the newest first."""
    from query.tables import show_tokens
    from storage.access.tokens import TokenView, list_tokens

    form = form_of(as_json=as_json, as_jsonl=as_jsonl, as_csv=as_csv, as_parquet=as_parquet)
    with answering(db) as reader:
        show(list_tokens(reader), TokenView, form=form, table=show_tokens)


@token_app.command(cls=QuickCommand, epilog="Example: newsfold token revoke 2")
def revoke(
    *, token_id: Annotated[str, typer.Argument(metavar="ID", help="As newsfold token list numbers it.")], db: Db = None
) -> None:
    """Let a token open nothing any more; its sessions end with it."""
    from storage.access.tokens import NoToken, revoke_token

    number = whole_number("ID", token_id)
    with changing(db) as engine:
        try:
            revoke_token(engine, number, now=datetime.now(UTC))
        except NoToken as missing:
            not_there(str(missing))
    say(f"token {number} opens nothing any more")
