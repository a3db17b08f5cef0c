"""One source asked what is new: what that came to, and the pages it lists.

Feed, Sitemap   conditional GET | Reading in a worker | children of an index
Site            its front page | Finding in a worker | the first feed that reads
UrlList         the list itself: nothing is asked
"""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import xxhash

from ingest.clean.decode import decode
from ingest.document import Entry, RawDocument, signed64
from ingest.fetch.client import Client
from ingest.fetch.discovery import feeds_in
from ingest.fetch.entries import BadEntry, Listing
from ingest.fetch.habits import Failed, Listed, NotModified, PollResult, PollState
from ingest.fetch.hosts import NOT_OUR_TURN
from ingest.fetch.response import Limits, Response
from ingest.fetch.sitemaps import Walk
from ingest.outcome import IngestError, Outcome, Refused
from ingest.serve import Failure
from ingest.sources import Feed, Site, Sitemap, Source, UrlList
from ingest.urls import canonical_url, is_web

_FEED = "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5"
_PAGE = "text/html,application/xhtml+xml,*/*;q=0.5"
_LIMITS = Limits(wire_bytes=20 << 20, body_bytes=50 << 20)  # the sitemap protocol allows 50 MB
_MOST_ENTRIES = 50_000  # of one poll
_FEEDS_TRIED = 6  # of a front page


@dataclass(frozen=True, slots=True)
class Reading:
    """A listing to be read, by a worker."""

    response: Response
    now: datetime

    @property
    def name(self) -> str:
        """Its URL."""
        return self.response.url

    def run(self) -> Listing:
        """Read it."""
        from ingest.fetch.listing import read_listing

        said = self.response
        return read_listing(said.body, url=said.url, media_type=said.media_type, charset=said.charset, now=self.now)


@dataclass(frozen=True, slots=True)
class Finding:
    """A front page in which to find feeds, by a worker."""

    response: Response

    @property
    def name(self) -> str:
        """Its URL."""
        return self.response.url

    def run(self) -> tuple[str, ...]:
        """Give the addresses to try."""
        said = self.response
        page = RawDocument(
            source=None,
            folder="",
            url=said.url,
            fetched_at=said.fetched_at,
            body=said.body,
            media_type="text/html",
            charset=said.charset,
        )
        return feeds_in(decode(page), said.url)


class Work(Protocol):
    """Does hostile jobs in workers."""

    def __call__(self, job: Any, /) -> Awaitable[Any]:  # Any: a job, and its answer or Failure
        """Give what the job gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What asking one source came to."""

    state: PollState  # before, as it was asked
    result: PollResult
    entries: tuple[Entry, ...] = ()
    rejections: tuple[BadEntry, ...] = ()
    notes: tuple[str, ...] = ()
    kind: str = ""  # "rss", "sitemap-index", ...: see Listing


async def poll(source: Source, state: PollState, client: Client, work: Work, *, now: datetime) -> Poll:
    """Ask one source what is new; whatever happens is the result. Raises NOT_OUR_TURN where nothing was asked."""
    try:
        match source.kind:
            case UrlList():
                return _from_list(source, source.kind, state, now)
            case Feed(url=url) | Sitemap(url=url):
                return await _asked(source, url, state, _Asking(source, client, work, now))
            case Site(url=url):
                return await _at_site(source, url, state, _Asking(source, client, work, now))
    except NOT_OUR_TURN:
        raise
    except IngestError as error:
        return Poll(state=state, result=_failed(error))


def address_of(source: Source, state: PollState) -> str | None:
    """Give the address that a poll of `source` begins with; None for a list that is here."""
    match source.kind:
        case Feed(url=url) | Sitemap(url=url) | Site(url=url):
            return state.asked_url or url
        case UrlList():
            return None


def name_of(source: Source) -> str:
    """Give what the state of a source is about: its address as listed, or its list of addresses."""
    match source.kind:
        case Feed(url=url) | Sitemap(url=url) | Site(url=url):
            return url
        case UrlList(path=path):
            return str(path or f"the list of {source.key}")


class BadStatus(IngestError):
    """A listing answered with neither 200 nor 304."""

    def __init__(self, outcome: Outcome, url: str, detail: str, status: int = 0, wait_s: float | None = None) -> None:
        super().__init__(outcome, url, detail)
        self.status = status
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class _Asking:
    """How one source's addresses are asked."""

    source: Source
    client: Client
    work: Work
    now: datetime

    async def get(self, url: str, *, accept: str, state: PollState | None = None) -> Response:
        """Give an answer of status 200, or 304 where `state` holds validators; raise IngestError for any other."""
        response = await self.client.get_patiently(
            url,
            access=self.source.access,
            accept=accept,
            validators=state.validators if state else None,
            limits=_LIMITS,
            pace_s=self.source.pace_s,
        )
        if response.status in (200, 304):
            return response
        outcome = Outcome.GONE if response.status == 410 else Outcome.HTTP_ERROR
        raise BadStatus(outcome, url, f"HTTP {response.status}", response.status, response.retry_after_s)

    async def read(self, response: Response) -> Listing:
        """Read a listing; raise Refused where it is none."""
        listing: Listing = await self._done(Reading(response, self.now), response.url)
        return listing

    async def find(self, response: Response) -> tuple[str, ...]:
        """Give the feeds that a front page names."""
        found: tuple[str, ...] = await self._done(Finding(response), response.url)
        return found

    async def _done(self, job: object, url: str) -> Any:  # Any: what the job gives
        answer = await self.work(job)
        if isinstance(answer, Failure):
            raise Refused(answer.outcome, url, answer.detail)
        return answer


async def _asked(source: Source, url: str, state: PollState, asking: _Asking) -> Poll:
    response = await asking.get(state.asked_url or url, accept=_FEED, state=state)
    if response.status == 304:
        return Poll(state=state, result=NotModified(moved_to=response.moved_to))
    body_key = signed64(xxhash.xxh3_64_intdigest(response.body))
    # The sitemaps that an index names may hold new pages though the index is the same.
    if body_key == state.body_key and not isinstance(source.kind, Sitemap):
        return Poll(state=state, result=_listed(response, body_key, 0))
    listing = await asking.read(response)
    if listing.children:
        listing = await _with_children(listing, response.url, asking)
    return _poll(state, response, body_key, listing)


async def _with_children(index: Listing, url: str, asking: _Asking) -> Listing:
    """Give an index with the pages of the sitemaps it names; one that cannot be had is told of in a note."""
    entries, rejections, notes = list(index.entries), list(index.rejections), list(index.notes)
    walk = Walk(url)
    walk.step()
    walk.found(index.children)
    while len(entries) < _MOST_ENTRIES and (child := walk.step()) is not None:
        try:
            inner = await asking.read(await asking.get(child, accept=_FEED))
        except NOT_OUR_TURN:
            raise
        except IngestError as error:
            notes.append(f"{child}: {error.outcome}: {error.detail}")
            continue
        walk.found(inner.children)
        entries += inner.entries
        rejections += inner.rejections
        notes += inner.notes
    once = {entry.url: entry for entry in reversed(entries)}
    pages = tuple(once.values())[::-1]
    if len(pages) > _MOST_ENTRIES:
        notes.append(f"cut at {_MOST_ENTRIES:,} of {len(pages):,} pages")
    return replace(
        index,
        entries=pages[:_MOST_ENTRIES],
        rejections=tuple(rejections),
        notes=(*notes, *walk.notes),
        children=(),
    )


async def _at_site(source: Source, url: str, state: PollState, asking: _Asking) -> Poll:
    """Ask the feed that was found before, else find one on the front page."""
    if state.asked_url is not None:
        return await _asked(source, url, state, asking)
    front = await asking.get(url, accept=_PAGE)
    failure: IngestError | None = None
    for candidate in (await asking.find(front))[:_FEEDS_TRIED]:
        try:
            response = await asking.get(candidate, accept=_FEED)
            listing = await asking.read(response)
        except IngestError as error:
            failure = failure or error
            continue
        if listing.children:
            listing = await _with_children(listing, response.url, asking)
        found = replace(state, asked_url=canonical_url(response.url))
        return _poll(found, response, signed64(xxhash.xxh3_64_intdigest(response.body)), listing)
    why = f"; tried first: {failure}" if failure else ""
    raise Refused(Outcome.NOT_A_FEED, url, f"its front page leads to no feed: name one with feed = or sitemap ={why}")


def _from_list(source: Source, given: UrlList, state: PollState, now: datetime) -> Poll:
    from ingest.fetch.listing import read_listing

    body = "\n".join(given.urls).encode()
    if given.path is not None:
        try:
            body = given.path.read_bytes()
        except OSError as error:
            raise Refused(Outcome.VANISHED, str(given.path), error.strerror or type(error).__name__) from error
    listing = read_listing(body, url=name_of(source), media_type="text/plain", charset="utf-8", now=now)
    result = Listed(listed=len(listing.entries), body_key=signed64(xxhash.xxh3_64_intdigest(body)))
    return Poll(
        state=state,
        result=result,
        entries=listing.entries,
        rejections=listing.rejections,
        notes=listing.notes,
        kind=listing.kind,
    )


def _poll(state: PollState, response: Response, body_key: int, listing: Listing) -> Poll:
    return Poll(
        state=state,
        result=_listed(response, body_key, len(listing.entries)),
        entries=listing.entries,
        rejections=listing.rejections,
        notes=listing.notes,
        kind=listing.kind,
    )


def _listed(response: Response, body_key: int, listed: int) -> Listed:
    return Listed(
        listed=listed, body_key=body_key, validators=response.validators, moved_to=_web_or_none(response.moved_to)
    )


def _web_or_none(url: str | None) -> str | None:
    return url if url is not None and is_web(url) else None


def _failed(error: IngestError) -> Failed:
    return Failed(
        outcome=error.outcome,
        detail=error.detail,
        status=error.status if isinstance(error, BadStatus) else None,
        retry_after_s=error.wait_s if isinstance(error, BadStatus) else None,
        is_final=isinstance(error, Refused),
    )
