"""What a poll of one address would find: asked as a refresh asks, and nothing is stored.

probe(url) | poll as a feed, which takes sitemaps and lists too | else as a front page that names its feed
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any  # a job, and its answer or Failure

from flows.identity import identity
from flows.settings import Settings
from ingest.document import Entry
from ingest.fetch.client import Client
from ingest.fetch.entries import BadEntry
from ingest.fetch.exchange import Exchange
from ingest.fetch.fields import media_type_of
from ingest.fetch.guard import target_of
from ingest.fetch.habits import Failed, Listed, PollState
from ingest.fetch.hosts import LoneHosts, RobotsFile
from ingest.fetch.poll import Poll, poll
from ingest.fetch.response import Access, Validators
from ingest.fetch.robots import Rules, read_rules
from ingest.outcome import Outcome, Refused
from ingest.sources import Feed, Kind, Site, Source
from ingest.workers import Workers

_SITEMAPS = frozenset({"sitemap", "sitemap-index"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request that was made, and its answer."""

    url: str
    status: int
    media_type: str
    body_bytes: int  # as it travelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """What one origin's robots.txt says to us."""

    origin: str
    state: str  # found, none (all is allowed), unreachable
    delay_s: float  # between two requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What asking one address came to."""

    asked: str
    address: str  # what to list: where it moved for good, or the feed that was found
    key: str  # under which to list it: feed or sitemap
    kind: str  # rss, atom, rdf, json-feed, sitemap, sitemap-index, url-list
    is_discovered: bool  # whether `asked` is a page that led to `address`
    moved_to: str | None  # where permanent redirects led
    validators: Validators
    entries: tuple[Entry, ...]
    forbidden: tuple[str, ...]  # of their addresses: those that may not be asked for, as far as we know
    rejections: tuple[BadEntry, ...]
    notes: tuple[str, ...]
    robots: tuple[Robots, ...]
    visits: tuple[Visit, ...]  # in their order


def probe(url: str, *, settings: Settings, access: Access, now: datetime) -> Probe:
    """Give what a poll of `url` would find.

    Raises IngestError where that is nothing.
    """
    with Workers(workers=1, timeout_s=settings.page_timeout_s) as workers:
        return asyncio.run(_probe(url, settings, access, workers, now))


async def _probe(url: str, settings: Settings, access: Access, workers: Workers, now: datetime) -> Probe:
    access = replace(access, is_public=settings.contact is not None)
    hosts, trail = LoneHosts(), _Trail()

    async def work(job: Any, /) -> Any:
        answers: list[Any] = await asyncio.get_running_loop().run_in_executor(None, workers.run_all, [job])
        return answers[0]

    async def polled(kind: Kind) -> Poll:
        source = Source(key="probe", name="probe", kind=kind, access=access)
        return await poll(source, PollState(listed_url=url), client, work, now=now)

    async with Client(identity(settings.contact), hosts, pace_s=settings.pace_s, archive=trail) as client:
        found = await polled(Feed(url=url))
        if isinstance(found.result, Failed) and found.result.outcome is Outcome.NOT_A_FEED:
            found = _either(found.result, await polled(Site(url=url)))
    return _judged(url, found, hosts.robots, trail.visits, access)


class _Trail:
    """An archive that keeps of every answer what a person asks about."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []

    def keep(self, exchange: Exchange) -> None:
        fields = {name.decode("ascii", "replace").lower(): value for name, value in exchange.headers}
        self.visits.append(
            Visit(
                url=exchange.url,
                status=exchange.status,
                media_type=media_type_of(fields.get("content-type", b"").decode("utf-8", "replace")),
                body_bytes=len(exchange.raw_body),
            )
        )


def _either(first: Failed, second: Poll) -> Poll:
    """Give the poll of a page that is no feed; where it leads to none, with what the page itself is."""
    if not isinstance(second.result, Failed):
        return second
    return replace(second, result=replace(second.result, detail=f"{first.detail}; {second.result.detail}"))


def _judged(url: str, found: Poll, robots: Mapping[str, RobotsFile], visits: list[Visit], access: Access) -> Probe:
    if isinstance(found.result, Failed):
        raise Refused(found.result.outcome, url, found.result.detail)
    if not found.entries:
        left_out = f"; {len(found.rejections):,} lines are left out" if found.rejections else ""
        raise Refused(Outcome.NOT_A_FEED, url, f"{found.kind}, but it lists no page{left_out}")
    assert isinstance(found.result, Listed)  # nothing was known that could be unchanged
    rules = {file.origin: read_rules(file.body) for file in robots.values()}
    discovered = found.state.asked_url
    return Probe(
        asked=url,
        address=discovered or found.result.moved_to or url,
        key="sitemap" if found.kind in _SITEMAPS else "feed",
        kind=found.kind,
        is_discovered=discovered is not None,
        moved_to=found.result.moved_to,
        validators=found.result.validators,
        entries=found.entries,
        forbidden=tuple(entry.url for entry in found.entries if not _may_be_asked(entry.url, rules, access)),
        rejections=found.rejections,
        notes=found.notes,
        robots=tuple(
            Robots(origin=file.origin, state=file.state.value, delay_s=rules[file.origin].delay_s)
            for file in robots.values()
        ),
        visits=tuple(visits),
    )


def _may_be_asked(url: str, rules: Mapping[str, Rules], access: Access) -> bool:
    try:
        target = target_of(url, access)
    except Refused:
        return False
    return target.origin not in rules or rules[target.origin].allows(target.url)
