"""An index of sitemaps with the pages of all that it names, within bounds: changed last first."""

import asyncio
from dataclasses import replace

import xxhash

from ingest.document import signed64
from ingest.fetch.entries import Listing
from ingest.fetch.guard import host_of
from ingest.fetch.hosts import NOT_OUR_TURN
from ingest.fetch.inquiry import FEED, Asking
from ingest.fetch.response import Response
from ingest.fetch.sitemaps import Walk
from ingest.outcome import IngestError, Outcome, Unavailable
from ingest.urls import canonical_url

_MOST_ENTRIES = 50_000  # of one poll
_INDEX_S = 300.0  # after which no further sitemap is begun: a host may want a minute between two


async def whole_index(response: Response, index: Listing, asking: Asking) -> tuple[Listing, int]:
    """Give an index with the pages of the sitemaps it names, and a 64-bit key of all that was read.

    A sitemap that cannot be had is told of in a note. Raises Unavailable where none can be had.
    """
    children = _Children(index)
    walk = Walk(canonical_url(response.url))
    walk.step()  # the index itself
    walk.found(index.children)
    digest = xxhash.xxh3_64(response.body)
    clock = asyncio.get_running_loop().time
    until = clock() + _INDEX_S
    while (url := walk.step()) is not None:
        if children.is_full or clock() > until:
            children.notes.append("partial: not all of its sitemaps were read")
            break
        if (child := await children.ask(url, asking)) is not None:
            digest.update(child.body)
            walk.found(await children.take(child, asking))
    if not children.read:
        why = f"none of its sitemaps could be had; {children.notes[-1]}" if children.notes else "it names only itself"
        raise Unavailable(Outcome.HTTP_ERROR, response.url, why)
    return children.listing(walk.notes), signed64(digest.intdigest())


class _Children:
    """What the sitemaps of an index gave so far."""

    def __init__(self, index: Listing) -> None:
        self._index = index
        self._entries = {entry.url: entry for entry in index.entries}
        self._rejections = list(index.rejections)
        self.notes = list(index.notes)
        self.read = 0
        self._closed: set[str] = set()  # hosts that are not ours to ask now

    @property
    def is_full(self) -> bool:
        return len(self._entries) >= _MOST_ENTRIES or len(self._rejections) >= _MOST_ENTRIES

    async def ask(self, url: str, asking: Asking) -> Response | None:
        """Give one of the sitemaps; None where it cannot be had."""
        host = host_of(url)
        if host in self._closed:
            return None
        try:
            return await asking.get(url, accept=FEED)
        except IngestError as error:
            if isinstance(error, NOT_OUR_TURN):
                self._closed.add(host)
            self.notes.append(f"{url}: {error.outcome}: {error.detail}")
            return None

    async def take(self, response: Response, asking: Asking) -> tuple[str, ...]:
        """Take in what a sitemap lists; give the sitemaps that it names in its turn."""
        try:
            listing = await asking.read(response)
        except IngestError as error:
            self.notes.append(f"{response.url}: {error.outcome}: {error.detail}")
            return ()
        self.read += 1
        for entry in listing.entries:
            self._entries.setdefault(entry.url, entry)
        self._rejections += listing.rejections
        self.notes += listing.notes
        return listing.children

    def listing(self, notes: tuple[str, ...]) -> Listing:
        """Give all of it as one listing."""
        entries = tuple(self._entries.values())
        if len(entries) > _MOST_ENTRIES:
            self.notes.append(f"cut at {_MOST_ENTRIES:,} of {len(entries):,} pages")
        return replace(
            self._index,
            entries=entries[:_MOST_ENTRIES],
            rejections=tuple(self._rejections),
            notes=(*self.notes, *notes),
            children=(),
        )
