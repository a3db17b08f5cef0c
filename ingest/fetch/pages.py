"""One page that a source listed: asked for politely, it is a document, unchanged, or a rejection."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.archived import About, Kind
from ingest.document import Entry, RawDocument, Stated
from ingest.fetch.archive import asking_for
from ingest.fetch.client import Client
from ingest.fetch.exchange import ArchiveProblem
from ingest.fetch.hosts import NOT_OUR_TURN
from ingest.fetch.response import Access, Response, Validators, status_may_pass
from ingest.load.page_type import page_type
from ingest.outcome import IngestError, Outcome, Refused, Rejection, Unavailable
from ingest.urls import canonical_url, is_opaque

log = logging.getLogger(__name__)

_ACCEPT = "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.1"
_GONE = frozenset({404, 410})
_TRIES = 12  # of a page that might be had later: some two days, so that a night's or our own outage loses none
_TRIES_OF_CARRIED = 5  # and where its feed carries the article: some seventy minutes
_FIRST_WAIT = timedelta(minutes=5)  # after the first of them; each further one doubles it
_LONGEST_WAIT = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A page to be asked for."""

    source: str
    url: str
    entry: Entry  # what the source says of it
    tries: int = 0  # that failed before
    validators: Validators = Validators()  # noqa: RUF009  frozen
    from_feed: bool = False  # the entry carries the article itself: nothing is asked
    access: Access = Access()  # noqa: RUF009  frozen
    pace_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What became of it."""

    document: RawDocument | Rejection | None  # None: the server says that it has not changed
    validators: Validators = Validators()  # noqa: RUF009  frozen
    next_try_at: datetime | None = None  # UTC, aware; None: this is settled


async def fetch_page(wanted: Wanted, client: Client, *, now: datetime) -> Page:
    """Give the page, or what its feed carries where it cannot be had, or why there is neither.

    One of the boundaries: whatever is wrong with a page is a rejection, an unforeseen exception FAILED with its
    traceback in the log. Raises NOT_OUR_TURN where nothing was asked, and ArchiveProblem.
    """
    if wanted.from_feed and wanted.entry.content:
        return Page(document=_carried(wanted, wanted.entry.content, now))
    try:
        return await _asked(wanted, client)
    except (*NOT_OUR_TURN, ArchiveProblem):
        raise
    except IngestError as error:
        return _failed(wanted, error, now)
    except Exception as error:  # one page is no reason to leave the others
        log.exception("fetching %s failed", wanted.url)
        detail = f"{type(error).__name__} while fetching; the log has the traceback"
        return Page(document=_rejected(wanted, Outcome.FAILED, detail, now))


async def _asked(wanted: Wanted, client: Client) -> Page:
    if is_opaque(wanted.url):
        raise Refused(Outcome.OPAQUE, wanted.url, "an aggregator's link that does not say which page it stands for")
    about = About(kind=Kind.PAGE, source=wanted.source, stated=stated(wanted.entry), feed_text=wanted.entry.content)
    with asking_for(about, wanted.url):
        response = await client.get_patiently(
            wanted.url, access=wanted.access, accept=_ACCEPT, validators=wanted.validators, pace_s=wanted.pace_s
        )
    if response.status == 304:
        return Page(document=None, validators=wanted.validators)
    _check_status(response)
    return Page(document=_document(wanted, response), validators=response.validators)


def _check_status(response: Response) -> None:
    """Raise for what is no page, whatever its body looks like."""
    status, said = response.status, f"HTTP {response.status}"
    if status == 200:
        return
    if status in _GONE:
        raise Refused(Outcome.GONE, response.url, said)
    if status_may_pass(status):
        raise Later(Outcome.HTTP_ERROR, response.url, said, response.retry_after_s)
    raise Refused(Outcome.HTTP_ERROR, response.url, said)


class Later(Unavailable):
    """A status that may be another one later."""

    def __init__(self, outcome: Outcome, url: str, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(outcome, url, detail)
        self.retry_after_s = retry_after_s


def _document(wanted: Wanted, response: Response) -> RawDocument:
    media_type = page_type(
        response.body, media_type=response.media_type, charset=response.charset, url=canonical_url(response.url)
    )
    return _raw(wanted, response.url, response.fetched_at, response.body, media_type, response.charset)


def _raw(
    wanted: Wanted, url: str, fetched_at: datetime, body: bytes, media_type: str, charset: str | None
) -> RawDocument:
    return RawDocument(
        source=wanted.source,
        folder=wanted.source,
        url=canonical_url(url),
        fetched_at=fetched_at,
        body=body,
        media_type=media_type,
        charset=charset,
        stated=stated(wanted.entry),
        feed_text=wanted.entry.content,
    )


def _carried(wanted: Wanted, content: str, now: datetime) -> RawDocument:
    return _raw(wanted, wanted.url, now, b"", "text/html", None).carried(content)


def stated(entry: Entry) -> Stated:
    """Give what a feed or sitemap says about a page."""
    return Stated(
        title=entry.title,
        byline=entry.byline,
        published_at=entry.published_at,
        language=entry.language,
        credit=entry.credit,
        media=entry.media,
        origin="feed",
    )


def _failed(wanted: Wanted, error: IngestError, now: datetime) -> Page:
    """Try a page that may come later again, and take the feed's text in place of one that will not."""
    next_try_at = None
    most = _TRIES_OF_CARRIED if wanted.entry.content else _TRIES
    if isinstance(error, Unavailable) and wanted.tries + 1 < most:
        next_try_at = now + min(_FIRST_WAIT * 2**wanted.tries, _LONGEST_WAIT)
        if isinstance(error, Later) and error.retry_after_s:
            next_try_at = max(next_try_at, now + timedelta(seconds=error.retry_after_s))
    elif wanted.entry.content:
        return Page(document=_carried(wanted, wanted.entry.content, now))
    return Page(document=_rejected(wanted, error.outcome, error.detail, now), next_try_at=next_try_at)


def _rejected(wanted: Wanted, outcome: Outcome, detail: str, now: datetime) -> Rejection:
    return Rejection(source=wanted.source, url=wanted.url, outcome=outcome, detail=detail, at=now)
