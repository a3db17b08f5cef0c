"""How the listings of one source are asked for, and read by workers; whatever is wrong with them is an IngestError."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ingest.clean.decode import decode
from ingest.document import RawDocument
from ingest.fetch.client import Client
from ingest.fetch.discovery import feeds_in
from ingest.fetch.entries import Listing
from ingest.fetch.habits import PollState
from ingest.fetch.response import Limits, Response
from ingest.outcome import IngestError, Outcome, Refused, Unavailable
from ingest.serve import Failure
from ingest.sources import Source

FEED = "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5"
MOST_BYTES = 50 << 20  # of a listing: the sitemap protocol allows so much

_LIMITS = Limits(wire_bytes=20 << 20, body_bytes=MOST_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A listing to be read, by a worker."""

    body: bytes
    url: str
    media_type: str
    charset: str | None
    now: datetime
    full_text: bool = False  # whether the description of an entry may be its article

    @property
    def name(self) -> str:
        """Its URL."""
        return self.url

    def run(self) -> Listing:
        """Read it; raise Refused as read_listing() does."""
        from ingest.fetch.listing import read_listing

        return read_listing(
            self.body,
            url=self.url,
            media_type=self.media_type,
            charset=self.charset,
            now=self.now,
            full_text=self.full_text,
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """A front page in which to find feeds, by a worker."""

    response: Response

    @property
    def name(self) -> str:
        """Its URL."""
        return self.response.url

    def run(self) -> tuple[str, ...]:
        """Give the addresses to try, the likeliest first."""
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


class BadStatus(IngestError):
    """A listing answered with neither 200 nor 304."""

    def __init__(self, outcome: Outcome, url: str, detail: str, status: int = 0, wait_s: float | None = None) -> None:
        super().__init__(outcome, url, detail)
        self.status = status
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Asking:
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
        """Read a listing; raise IngestError where it is none."""
        return await self.read_body(response.body, response.url, response.media_type, response.charset)

    async def read_body(self, body: bytes, url: str, media_type: str, charset: str | None) -> Listing:
        """Read a listing that came from wherever; raise IngestError where it is none."""
        job = Reading(
            body=body,
            url=url,
            media_type=media_type,
            charset=charset,
            now=self.now,
            full_text=self.source.full_text_in_feed,
        )
        listing: Listing = await self._done(job, url)
        return listing

    async def find(self, response: Response) -> tuple[str, ...]:
        """Give the addresses to try for the feed of a front page; raise IngestError where it cannot be read."""
        found: tuple[str, ...] = await self._done(Finding(response), response.url)
        return found

    async def _done(self, job: object, url: str) -> Any:  # Any: what the job gives
        answer = await self.work(job)
        if isinstance(answer, Failure):
            kind = Unavailable if answer.outcome.may_pass else Refused
            raise kind(answer.outcome, url, answer.detail)
        return answer
