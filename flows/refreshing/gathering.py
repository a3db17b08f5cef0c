"""What a refresh does on the network, in an event loop of its own: sources polled, pages fetched, host by host.

    poll(keys)    see flows/refreshing/polling.py
    feed()        pages waiting -> their hosts taken -> Crawl -> Basket, until nothing waits any more

What waits is in the database, so that a run which ends early leaves all of it to the next one.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime

from flows.identity import identity
from flows.logs import about
from flows.refreshing.basket import Basket, Fetched
from flows.refreshing.leases import Leases
from flows.refreshing.polling import Polls, in_thread
from flows.settings import Settings
from flows.telling.report import Asked
from ingest.document import RawDocument, TextOrigin
from ingest.fetch.archive import WarcArchive
from ingest.fetch.client import Client
from ingest.fetch.crawl import Crawl
from ingest.fetch.guard import host_of
from ingest.fetch.hosts import HostBusy, Resting
from ingest.fetch.pages import Page, Wanted, fetch_page
from ingest.sources import Source
from storage.database import Engine
from storage.running.addresses import Waiting, waiting, waiting_hosts
from storage.views import SourceInRun

log = logging.getLogger(__name__)

_OF_HOST = 50  # pages of one host that are queued at a time, at most
_LEAST_OF_HOST = 10
_QUEUED = 2_000  # pages of all hosts, about
_LOOK_S = 0.5  # between two looks for what waits
_FULL_S = 0.05  # between two looks whether there is room again
_LOOKS = 2  # a look is followed by a pause of so many times what it took
_POLLS_END_S = 360.0  # after the time of the run is over: an index of sitemaps, once begun, takes up to 300 s


class Gathering:
    """The network side of one run; everything happens in the event loop."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        sources: Mapping[str, Source],
        basket: Basket,
        *,
        owner: str,
        clock: Callable[[], datetime],
        archive: WarcArchive | None,
        is_forced: bool,
    ) -> None:
        self._engine = engine
        is_public = settings.contact is not None
        self._sources = {
            key: replace(source, access=replace(source.access, is_public=is_public)) for key, source in sources.items()
        }
        self._basket = basket
        self._clock = clock
        self._archive = archive
        self._until = asyncio.get_running_loop().time() + settings.refresh_s
        self._leases = Leases(engine, owner=owner, clock=clock, lease_s=settings.lease_s)
        self._client = _client(settings, self._leases, archive=archive, clock=clock)
        self._polls = Polls(
            engine,
            self._sources,
            self._client,
            self._leases,
            basket=basket,
            clock=clock,
            is_forced=is_forced,
            timeout_s=settings.page_timeout_s,
        )
        self._spent = self._polls.spent
        self._crawl: Crawl[Waiting] = Crawl(self._visit, host=lambda page: page.host)
        self._known: set[int] = set()  # keys of the pages that were taken up in this run
        self._resting: dict[str, datetime] = {}  # hosts that asked to be left alone, and until when
        self._queued = 0
        self._news = asyncio.Event()  # something may wait that did not before

    async def poll(self, keys: Collection[str]) -> list[Asked]:
        """Ask those of the sources that are due; write down what they list."""
        return await self._polls.poll(keys, until=self._until, news=self._news)

    async def feed(self, *, polls_over: asyncio.Event) -> None:
        """Fetch what waits, what polls find meanwhile included, until nothing does or the time of the run is over.

        Raises what a visit raised, which is no page's fault: an archive or a database that is away. All waits on then.
        """
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._client)
            await stack.enter_async_context(self._crawl)
            stack.callback(self._basket.close)
            while (began := loop.time()) < self._until and not self._crawl.is_stopped:
                were_over = polls_over.is_set()
                found = await self._take_up() if self._queued < _QUEUED // 2 else 1
                if not found and were_over and not self._queued:
                    break
                await self.renew()
                await self._pause(max(_FULL_S, _LOOKS * (loop.time() - began)))
            await self._crawl.stop()  # what was not begun waits on, for the next run
            while not polls_over.is_set() and loop.time() < self._until + _POLLS_END_S:
                await self.renew()
                await self._pause(_FULL_S)

    async def told(self, asked: Iterable[Asked]) -> list[SourceInRun]:
        """Give what the run had of each source so far: what asking it came to, and the time."""
        return self._spent.told(asked)

    async def renew(self) -> None:
        """Give a sign of life, once it is time for one."""
        await self._leases.renew()

    async def close(self) -> None:
        """Give hosts and sources back and end the workers."""
        await self._leases.give_back(self._client.rests())
        await self._polls.close()

    async def _take_up(self) -> int:
        """Queue pages that wait, of hosts and sources that are ours or free; give how many."""
        now, sources = self._clock(), await self._leases.sources.free(self._sources)
        hosts = await in_thread(lambda: waiting_hosts(self._engine, now=now, owner=self._leases.owner, sources=sources))
        awake = [host for host, _ in hosts if host not in self._resting or self._resting[host] <= now]
        share = min(_OF_HOST, max(_LEAST_OF_HOST, _QUEUED // max(1, len(awake))))
        room = {host: share - queued for host in awake if (queued := self._crawl.queued(host)) <= share // 2}
        held = await self._leases.take(room)
        wanted = {host: most for host, most in room.items() if host in held}
        pages = await in_thread(
            lambda: waiting(self._engine, wanted, now=now, sources=sources, without=frozenset(self._known))
        )
        others = await self._leases.sources.take({page.source for page in pages})
        pages = [page for page in pages if page.source not in others]
        for page in pages:
            self._known.add(page.url_key)
            self._queued += 1
            self._crawl.put(page)
        return len(pages)

    async def _visit(self, waits: Waiting) -> None:
        try:
            while self._basket.is_full:
                await asyncio.sleep(_FULL_S)
            # As a rule it is ours still; but a run that slept for long has lost it, and somebody else is there now.
            is_ours = await self._leases.take([waits.host]) and not await self._leases.sources.take([waits.source])
            page = await self._fetched(waits) if is_ours else None
        finally:
            self._queued -= 1
            self._news.set()
        if page is None:
            return
        self._basket.put(
            Fetched(source=waits.source, url=waits.url, url_key=waits.url_key, page=page, tries=waits.attempts)
        )

    async def _fetched(self, waits: Waiting) -> Page | None:
        """Give what became of a page; None where nothing was asked, and it waits on without blame."""
        try:
            with about(waits.source), self._spent.fetching(waits.source):
                page = await fetch_page(self._wanted(waits), self._client, now=self._clock())
        except HostBusy as error:
            log.info("%s waits on: %s", waits.url, error.detail)
        except Resting as error:
            log.info("%s waits on: %s", waits.url, error.detail)
            if host_of(error.url) == waits.host:  # all its pages wait, and may be had later in this run
                self._resting[waits.host] = error.until
                self._known.discard(waits.url_key)
        else:
            document = page.document
            if self._archive and isinstance(document, RawDocument) and document.text_from is TextOrigin.FEED:
                self._archive.keep_carried(document)
            return page
        return None

    def _wanted(self, waits: Waiting) -> Wanted:
        source = self._sources[waits.source]
        return Wanted(
            source=source.key,
            url=waits.url,
            entry=replace(waits.entry, language=waits.entry.language or source.language),
            tries=waits.attempts,
            validators=waits.validators,
            from_feed=waits.from_feed,
            access=source.access,
            pace_s=source.pace_s,
        )

    async def _pause(self, after_s: float) -> None:
        """Wait until something may have changed, and `after_s` longer, so that many changes are one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_S):
                await self._news.wait()
        self._news.clear()
        await asyncio.sleep(after_s)


def _client(
    settings: Settings, leases: Leases, *, archive: WarcArchive | None, clock: Callable[[], datetime]
) -> Client:
    return Client(
        identity(settings.contact),
        leases,
        pace_s=settings.pace_s,
        at_once=settings.fetches,
        archive=archive,
        clock=clock,
    )
