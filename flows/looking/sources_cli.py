"""`newsfold sources check | import | export | probe`: sources.toml, looked over, exchanged and added to.

Everything heavy is imported when a command runs: `newsfold --help` imports this module.
"""

import os
import sys
from collections import Counter
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from query.terminal.options import AllowPrivate, Json, Sources
from query.terminal.quick import QuickCommand
from query.terminal.saying import FAILED, IN_PART, give_up, say

if TYPE_CHECKING:
    from ingest.fetch.opml import Outline
    from ingest.sources import Source

sources_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Look after the list of sources.")

_KINDS = {
    "Feed": ("feed", "feeds"),
    "Sitemap": ("sitemap", "sitemaps"),
    "Site": ("site", "sites"),
    "UrlList": ("list of addresses", "lists of addresses"),
}
_MOST_BYTES = 64 << 20
_STREAM = "-"
_CONTACT = "set it to a mail address, or the URL of a page about you, before asking strangers"


@sources_app.command(cls=QuickCommand, epilog="Example: newsfold sources check --sources outlets.toml")
def check(*, sources: Sources = None) -> None:
    """Name every mistake in the list of sources. Exits with 2 where there is one."""
    path = _path(sources)
    known = _read(path)
    kinds = Counter(type(source.kind).__name__ for source in known)
    said = [(len(known), "source", "sources"), *((kinds[kind], *words) for kind, words in _KINDS.items())]
    counted = [f"{count:,} {one if count == 1 else many}" for count, one, many in said if count]
    typer.echo(f"{path}: {', '.join(counted) or 'no sources'}")


@sources_app.command("import", cls=QuickCommand, epilog="Example: newsfold sources import subscriptions.opml")
def import_(
    *,
    opml: Annotated[str, typer.Argument(metavar="OPML", help="The list of feeds; - reads it from standard input.")],
    sources: Sources = None,
) -> None:
    """Add the feeds of an OPML list to the list of sources.

    Where there is no list, it is made. Feeds that are there already stay as they are. With --sources - the new ones are
    printed.
    """
    from ingest.fetch.opml import as_toml, read_opml
    from ingest.outcome import Refused
    from ingest.sources import SourcesProblem, parse_sources

    try:
        outlines = read_opml(_bytes_of(opml), name=opml)
    except Refused as refused:
        give_up(f"{opml}: {refused.detail}")
    path = None if sources == _STREAM else _path(sources)
    known = _read(path) if path is not None and path.exists() else ()
    blocks = list(as_toml(outlines, known=known))
    if path is None:
        typer.echo("\n".join(blocks), nl=False)
    elif blocks:
        before = path.read_text("utf-8").rstrip("\n") if path.exists() else ""
        content = "\n".join([before + "\n" if before else "", *blocks]).lstrip("\n")
        try:
            parse_sources(content.encode(), name=str(path), folder=path.parent)
        except SourcesProblem as problem:
            give_up(f"nothing was imported: {problem}")
        _replace(path, content)
    _tell(outlines, len(blocks), opml)


@sources_app.command(cls=QuickCommand, epilog="Example: newsfold sources export > feeds.opml")
def export(
    *,
    opml: Annotated[
        str, typer.Argument(metavar="[OPML]", help="The file to write [-, the standard output].")
    ] = _STREAM,
    sources: Sources = None,
) -> None:
    """Write the sources that are feeds as an OPML list."""
    from ingest.outlines import write_opml
    from ingest.sources import Feed

    known = _read(_path(sources))
    content = write_opml(known)
    if opml == _STREAM:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        _replace(Path(opml), content.decode())
    if others := sum(not isinstance(source.kind, Feed) for source in known):
        say(f"{others:,} sources are no feeds and are left out: OPML has no word for them")


@sources_app.command(cls=QuickCommand, epilog="Example: newsfold sources probe https://gazette.example/")
def probe(
    *,
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, a sitemap, or a page that leads to one.")],
    allow_private: AllowPrivate = False,
    as_json: Json = False,
) -> None:
    """Show what a poll of an address would find. Nothing is stored.

    With it come the lines for sources.toml. Strangers are asked only where NEWSFOLD_CONTACT says how to reach you.
    Exits with 1 when nothing is found.
    """
    from flows.settings import SettingProblem, read_settings
    from ingest.source_fields import web_address

    try:
        address = web_address(url if "://" in url else f"https://{url}")
        settings = read_settings()
    except (ValueError, SettingProblem) as problem:
        give_up(str(problem))
    if settings.contact is None and not allow_private:
        give_up(f"NEWSFOLD_CONTACT: {_CONTACT}; --allow-private asks private addresses without")
    from datetime import UTC, datetime

    from flows.looking import probe_report
    from flows.looking.probe import probe as ask
    from ingest.fetch.response import Access
    from ingest.outcome import IngestError

    try:
        found = ask(address, settings=settings, access=Access(allow_private=allow_private), now=datetime.now(UTC))
    except IngestError as error:
        if settings.contact is None and "NEWSFOLD_CONTACT" in error.detail:
            give_up(f"{error.url}: {error.detail}")
        give_up(f"{error.url}: {error.outcome}: {error.detail}", code=FAILED)
    tell = probe_report.as_json if as_json else probe_report.as_text
    typer.echo(tell(found, allow_private=allow_private))


def _path(given: str | None) -> Path:
    from ingest.sources import sources_path

    return sources_path(given, os.environ)


def _read(path: Path) -> "tuple[Source, ...]":
    from ingest.sources import SourcesProblem, read_sources

    try:
        return read_sources(path)
    except SourcesProblem as problem:
        give_up(*problem.mistakes)


def _bytes_of(name: str) -> bytes:
    try:
        if name == _STREAM:
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        give_up(f"{name}: cannot be read: {error.strerror}")
    if len(content) > _MOST_BYTES:
        give_up(f"{name}: more than {_MOST_BYTES >> 20} MiB; split it")
    return content


def _replace(path: Path, content: str) -> None:
    """Write a file so that it is there whole or as it was."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    try:
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(content)
        Path(file.name).chmod(mode)
        Path(file.name).replace(path)
    except OSError as error:
        give_up(f"{path}: cannot be written: {error.strerror}")


def _tell(outlines: "tuple[Outline, ...]", added: int, name: str) -> None:
    """Say what became of the outlines, which adds up; exit with 3 where some could not be used."""
    bad = [outline for outline in outlines if not outline.url]
    say(f"{name}: {len(outlines):,} feeds: {added:,} new, {len(outlines) - added - len(bad):,} known, {len(bad):,} bad")
    for outline in bad[:20]:
        say(f'{name}: "{outline.title}": no web address: {outline.given}')
    if len(bad) > 20:
        say(f"{name}: and {len(bad) - 20:,} more without a web address")
    if bad:
        raise typer.Exit(IN_PART)
