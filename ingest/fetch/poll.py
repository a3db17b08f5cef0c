"""One source asked what is new: what that came to, and the pages it lists.

Feed, Sitemap   conditional GET | Reading in a worker | the sitemaps that an index names
Site            its front page | Finding in a worker | the first feed that reads
UrlList         the list itself, Reading in a worker: nothing is asked
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import xxhash

from ingest.document import Entry, signed64
from ingest.fetch.client import Client
from ingest.fetch.entries import BadEntry, Listing
from ingest.fetch.exchange import ArchiveProblem
from ingest.fetch.habits import Failed, Listed, NotModified, PollResult, PollState
from ingest.fetch.hosts import NOT_OUR_TURN
from ingest.fetch.inquiry import FEED, MOST_BYTES, Asking, BadStatus, Finding, Reading, Work
from ingest.fetch.response import BUSY, Response, Validators
from ingest.fetch.sitemap_index import whole_index
from ingest.outcome import IngestError, Outcome, Refused, Unavailable
from ingest.sources import Feed, Site, Sitemap, Source, UrlList

__all__ = ["BadStatus", "Finding", "Poll", "Reading", "Work", "address_of", "name_of", "poll"]

log = logging.getLogger(__name__)

_PAGE = "text/html,application/xhtml+xml,*/*;q=0.5"
_FEEDS_TRIED = 6  # of a front page


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
    """Ask one source what is new; whatever happens is the result.

    One of the boundaries: an unforeseen exception is FAILED, with its traceback in the log.
    Raises NOT_OUR_TURN where the source, or the feed of a site, could not be asked now, and ArchiveProblem.
    """
    try:
        return await _found(state, Asking(source, client, work, now))
    except (*NOT_OUR_TURN, ArchiveProblem):
        raise
    except IngestError as error:
        return Poll(state=state, result=_failed(error))
    except Exception as error:  # one source is no reason to leave the others
        log.exception("polling %s failed", source.key)
        detail = f"{type(error).__name__} while polling; the log has the traceback"
        return Poll(state=state, result=Failed(outcome=Outcome.FAILED, detail=detail))


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


async def _found(state: PollState, asking: Asking) -> Poll:
    kind = asking.source.kind
    match kind:
        case UrlList():
            return await _from_list(kind, state, asking)
        case Feed(url=url) | Sitemap(url=url):
            return await _asked(state.asked_url or url, state, asking)
        case Site(url=url) if state.asked_url is None:
            return await _at_site(url, state, asking)
        case Site():
            return await _asked(state.asked_url, state, asking)


async def _asked(url: str, state: PollState, asking: Asking) -> Poll:
    """Ask a feed or a sitemap."""
    response = await asking.get(url, accept=FEED, state=state)
    if response.status == 304:
        return Poll(state=state, result=NotModified(moved_to=response.moved_to))
    body_key = _key(response.body)
    if body_key == state.body_key:
        return Poll(state=state, result=_listed(response, body_key, 0))
    return await _read(response, state, asking)


async def _read(response: Response, state: PollState, asking: Asking) -> Poll:
    """Read what a feed or a sitemap lists; raise IngestError where it is neither."""
    listing = await asking.read(response)
    if not listing.children:
        return _poll(state, _listed(response, _key(response.body), len(listing.entries)), listing)
    whole, body_key = await whole_index(response, listing, asking)
    # Its sitemaps may have new pages while the index stays the same: it is read again whatever it says of itself.
    result = replace(_listed(response, body_key, len(whole.entries)), validators=Validators())
    return _poll(state, result, whole)


async def _at_site(url: str, state: PollState, asking: Asking) -> Poll:
    """Find the feed of a front page, which is asked from then on."""
    front = await asking.get(url, accept=_PAGE)
    failure: IngestError | None = None
    for candidate in (await asking.find(front))[:_FEEDS_TRIED]:
        try:
            response = await asking.get(candidate, accept=FEED)
            # Not where it was redirected to: that may be for once only.
            return await _read(response, replace(state, asked_url=candidate), asking)
        except NOT_OUR_TURN:
            raise
        except IngestError as error:
            if isinstance(error, BadStatus) and error.status in BUSY:
                raise  # the next best may be the feed of one section, and would be asked for good
            failure = failure or error
    why = f"; tried first: {failure}" if failure else ""
    raise Refused(Outcome.NOT_A_FEED, url, f"its front page leads to no feed: name one with feed = or sitemap ={why}")


async def _from_list(given: UrlList, state: PollState, asking: Asking) -> Poll:
    body = "\n".join(given.urls).encode() if given.path is None else _content(given.path)
    body_key = _key(body)
    if body_key == state.body_key:
        return Poll(state=state, result=Listed(listed=0, body_key=body_key))
    listing = await asking.read_body(body, name_of(asking.source), "text/plain", "utf-8")
    return _poll(state, Listed(listed=len(listing.entries), body_key=body_key), listing)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)  # so that more is refused, not cut
    except OSError as error:
        raise Unavailable(Outcome.VANISHED, str(path), error.strerror or type(error).__name__) from error


def _poll(state: PollState, result: Listed, listing: Listing) -> Poll:
    return Poll(
        state=state,
        result=result,
        entries=listing.entries,
        rejections=listing.rejections,
        notes=listing.notes,
        kind=listing.kind,
    )


def _listed(response: Response, body_key: int, listed: int) -> Listed:
    return Listed(listed=listed, body_key=body_key, validators=response.validators, moved_to=response.moved_to)


def _key(body: bytes) -> int:
    return signed64(xxhash.xxh3_64_intdigest(body))


def _failed(error: IngestError) -> Failed:
    return Failed(
        outcome=error.outcome,
        detail=error.detail,
        status=error.status if isinstance(error, BadStatus) else None,
        retry_after_s=error.wait_s if isinstance(error, BadStatus) else None,
        is_final=isinstance(error, Refused),
    )
