"""A file, standard input or one page of the web, cleaned where it stands: nothing is stored.

look_at_page(url):    fetched as a refresh fetches | clean each document in this process
look_at_files(what):  loaded as a load loads       |
"""

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.clean.pages import Cleaning
from ingest.document import Article, Entry, RawDocument
from ingest.load import FileEnd, load, load_stream
from ingest.outcome import IngestError, Rejection
from ingest.serve import Done, attempt

if TYPE_CHECKING:
    from flows.settings import Settings
    from ingest.fetch.response import Access

STREAM = "-"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A document, and the article that is in it."""

    raw: RawDocument
    article: Article


def look_at_files(what: str, *, now: datetime) -> Iterator[Looked | Rejection]:
    """Give what each document of a file, a folder or standard input comes to.

    Raises PathProblem at once where there is no such file.
    """
    items = (
        load_stream(sys.stdin.buffer, name="stdin", now=now)
        if what == STREAM
        else load([Path(what)], source=None, now=now)
    )
    return (_cleaned(item, now) for item in items if not isinstance(item, FileEnd))


def look_at_page(url: str, *, settings: "Settings", access: "Access", now: datetime) -> Looked | Rejection:
    """Give what the page at `url` comes to, asked for as politely as in a refresh."""
    import asyncio  # a file needs none of it

    access = replace(access, is_public=settings.contact is not None)
    try:
        found = asyncio.run(_fetched(url, settings, access, now))
    except IngestError as error:  # the host asked to be left alone
        return Rejection(source="", url=error.url, outcome=error.outcome, detail=error.detail, at=now)
    return _cleaned(found, now)


async def _fetched(url: str, settings: "Settings", access: "Access", now: datetime) -> RawDocument | Rejection:
    from flows.identity import identity
    from ingest.fetch.client import Client
    from ingest.fetch.hosts import LoneHosts
    from ingest.fetch.pages import Wanted, fetch_page

    wanted = Wanted(source="", url=url, entry=Entry(url=url), access=access)
    async with Client(identity(settings.contact), LoneHosts(), pace_s=settings.pace_s) as client:
        page = await fetch_page(wanted, client, now=now)
    assert page.document is not None  # nothing was known that could be unchanged
    return replace(page.document, source=None) if isinstance(page.document, RawDocument) else page.document


def _cleaned(item: RawDocument | Rejection, now: datetime) -> Looked | Rejection:
    if isinstance(item, Rejection):
        return item
    answer = attempt(Cleaning(item, now))
    if isinstance(answer, Done):
        return Looked(raw=item, article=answer.answer)
    if answer.trace:
        _log.error("%s: %s\n%s", item.url, answer.detail, answer.trace)
    return Rejection(
        source="", url=item.url, outcome=answer.outcome, detail=answer.detail, at=now, body_bytes=len(item.body)
    )
