"""What a refresh does on the network, in an event loop of its own: sources polled, pages fetched, host by host.

    poll(keys)    sources due -> their hosts taken -> asked -> pages waiting in the database
    feed()        pages waiting -> their hosts taken -> Crawl -> Basket, until nothing waits any more

What waits is in the database, so that a run which ends early leaves all of it to the next one.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from flows.basket import Basket, Fetched
from flows.leases import Leases
from flows.patience import patiently
from flows.report import Asked
from flows.settings import Settings
from ingest.document import RawDocument, TextOrigin
from ingest.fetch.archive import WarcArchive
from ingest.fetch.client import Client
from ingest.fetch.crawl import Crawl
from ingest.fetch.entries import BadEntry
from ingest.fetch.guard import host_of
from ingest.fetch.habits import Failed, PollState, is_due, standing
from ingest.fetch.hosts import NOT_OUR_TURN
from ingest.fetch.pages import Page, Wanted, fetch_page
from ingest.fetch.poll import Poll, address_of, name_of, poll
from ingest.outcome import Outcome, Rejection
from ingest.serve import Failure
from ingest.sources import Source
from ingest.workers import Workers
from storage.addresses import Waiting, waiting, waiting_hosts
from storage.database import Engine
from storage.polls import Polled, Saved, save_polls, states

AnswerT = TypeVar("AnswerT")

log = logging.getLogger(__name__)

_OF_HOST = 50  # pages of one host that are queued at a time
_QUEUED = 2_000  # pages of all hosts, about
_LOOK_S = 0.5  # between two looks for what waits
_FULL_S = 0.05  # between two looks whether there is room again


class Gathering:
    """The network side of one run; everything but its making happens in the event loop."""

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
        self._settings = settings
        self._engine = engine
        is_public = settings.contact is not None
        self._sources = {
            key: replace(source, access=replace(source.access, is_public=is_public)) for key, source in sources.items()
        }
        self._basket = basket
        self._clock = clock
        self._is_forced = is_forced  # whether sources are polled that are not due
        self._archive = archive
        self._leases = Leases(engine, owner=owner, clock=clock)
        self._readers = Workers(workers=1, timeout_s=settings.page_timeout_s)
        self._reading = ThreadPoolExecutor(1, "read")  # workers are for one thread at a time
        self._client = Client(
            identity(settings.contact),
            self._leases,
            pace_s=settings.pace_s,
            at_once=settings.fetches,
            archive=archive,
            clock=clock,
        )
        self._crawl: Crawl[Waiting] = Crawl(self._visit, host=lambda page: page.host)
        self._known: set[int] = set()  # keys of the pages that were taken up in this run
        self._queued = 0
        self._news = asyncio.Event()  # something may wait that did not before

    async def feed(self, *, polls_over: asyncio.Event, until: float) -> None:
        """Fetch what waits, what polls find meanwhile included, until nothing does or the loop's clock says `until`."""
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._client)
            await stack.enter_async_context(self._crawl)
            stack.callback(self._basket.close)
            while loop.time() < until:
                were_over = polls_over.is_set()
                found = await self._take_up() if self._queued < _QUEUED // 2 else 1
                if not found and were_over and not self._queued:
                    break
                await self._leases.renew()
                await self._pause()
            await self._crawl.stop()  # what was not begun waits on, for the next run
            await polls_over.wait()

    async def poll(self, keys: Sequence[str]) -> list[Asked]:
        """Ask those of the sources that are due, all at once; write down what they list."""
        due = await self._due(keys)
        hosts = {key: host_of(address) for key, state in due.items() if (address := self._address(key, state))}
        await self._leases.take(set(hosts.values()))
        due = await self._due(due)  # another run may have asked them before their hosts were ours
        asked = await asyncio.gather(*(self._ask(key, state) for key, state in due.items()))
        polls = {key: found for key, found in zip(due, asked, strict=True) if isinstance(found, Poll)}
        saved = await _in_thread(lambda: save_polls(self._engine, self._polled(polls), now=self._clock()))
        for key, found in polls.items():
            for line in found.rejections:
                self._basket.put(_bad_line(key, line, self._clock()))
        self._news.set()
        return [
            _told(key, found, saved[key]) if isinstance(found, Poll) else found
            for key, found in zip(due, asked, strict=True)
        ]

    async def close(self) -> None:
        """Give the hosts back and end the workers."""
        await self._leases.give_back(self._client.rests())
        await asyncio.get_running_loop().run_in_executor(self._reading, self._readers.__exit__, None, None, None)
        self._reading.shutdown()

    async def _due(self, keys: Collection[str]) -> dict[str, PollState]:
        known = await _in_thread(lambda: states(self._engine, list(keys)))
        now = self._clock()
        found = {key: standing(known.get(key, PollState()), name_of(self._sources[key])) for key in keys}
        return {key: state for key, state in found.items() if self._is_forced or is_due(state, now)}

    def _address(self, key: str, state: PollState) -> str | None:
        return address_of(self._sources[key], state)

    async def _ask(self, key: str, state: PollState) -> Poll | Asked:
        try:
            return await poll(self._sources[key], state, self._client, self._work, now=self._clock())
        except NOT_OUR_TURN as error:
            return Asked(source=key, outcome="busy", detail=error.detail)
        except Exception as error:  # one of the boundaries: a source is no reason to leave the others
            log.exception("polling %s failed", key)
            failed = Failed(outcome=Outcome.FAILED, detail=f"{type(error).__name__}; the log has the traceback")
            return Poll(state=state, result=failed)

    async def _work(self, job: Any, /) -> Any:  # Any: a job, and its answer or Failure
        answers: list[Any | Failure] = await asyncio.get_running_loop().run_in_executor(
            self._reading, self._readers.run_all, [job]
        )
        return answers[0]

    def _polled(self, polls: Mapping[str, Poll]) -> list[Polled]:
        return [
            Polled(
                source=key,
                state=found.state,
                result=found.result,
                every_s=self._sources[key].every_s,
                entries=found.entries,
                from_feed=self._sources[key].full_text_in_feed,
            )
            for key, found in polls.items()
        ]

    async def _take_up(self) -> int:
        """Queue pages that wait, of hosts that are ours or free; give how many."""
        now, sources = self._clock(), list(self._sources)
        hosts = await _in_thread(
            lambda: waiting_hosts(self._engine, now=now, owner=self._leases.owner, sources=sources)
        )
        room = {
            host: _OF_HOST - self._crawl.queued(host) for host, _ in hosts if self._crawl.queued(host) < _OF_HOST // 2
        }
        held = await self._leases.take(room)
        wanted = {host: most for host, most in room.items() if host in held}
        pages = await _in_thread(
            lambda: waiting(self._engine, wanted, now=now, sources=sources, without=frozenset(self._known))
        )
        for page in pages:
            self._known.add(page.url_key)
            self._queued += 1
            self._crawl.put(page)
        return len(pages)

    async def _visit(self, waits: Waiting) -> None:
        while self._basket.is_full:
            await asyncio.sleep(_FULL_S)
        try:
            page = await fetch_page(self._wanted(waits), self._client, now=self._clock())
        except NOT_OUR_TURN as error:
            log.info("%s waits on: %s", waits.url, error.detail)
            return
        except Exception as error:  # one of the boundaries: a page is no reason to leave the others
            log.exception("fetching %s failed", waits.url)
            detail = f"{type(error).__name__} while fetching; the log has the traceback"
            page = Page(document=_rejection(waits.source, waits.url, Outcome.FAILED, detail, self._clock()))
        finally:
            self._queued -= 1
            self._news.set()
        document = page.document
        if self._archive and isinstance(document, RawDocument) and document.text_from is TextOrigin.FEED:
            self._archive.keep_carried(document)
        fetched = Fetched(source=waits.source, url=waits.url, url_key=waits.url_key, page=page, tries=waits.attempts)
        self._basket.put(fetched)

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

    async def _pause(self) -> None:
        """Wait until something may have changed, and a moment longer, so that many changes are one."""
        try:
            async with asyncio.timeout(_LOOK_S):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()
        await asyncio.sleep(_FULL_S)


def identity(contact: str | None) -> str:
    """Give the User-Agent: who we are, and how to reach us."""
    from importlib.metadata import version

    return f"newsfold/{version('newsfold')}" + (f" (+{contact})" if contact else "")


def _told(key: str, found: Poll, saved: Saved) -> Asked:
    if isinstance(found.result, Failed):
        return Asked(source=key, outcome=found.result.outcome.value, detail=saved.state.detail, notes=found.notes)
    state = saved.state
    return Asked(source=key, outcome=state.outcome, detail=state.detail, waiting=saved.waiting, notes=found.notes)


def _bad_line(source: str, line: BadEntry, now: datetime) -> Fetched:
    rejection = _rejection(source, line.url or f"a line of {source}", line.outcome, line.detail, now)
    return Fetched(source=source, url=rejection.url, url_key=None, page=Page(document=rejection))


def _rejection(source: str, url: str, outcome: Outcome, detail: str, now: datetime) -> Rejection:
    return Rejection(source=source, url=url, outcome=outcome, detail=detail, at=now)


async def _in_thread(call: Callable[[], AnswerT]) -> AnswerT:
    return await asyncio.to_thread(patiently, call)
