"""Sources asked what is new, many at once: what each of them lists is in the database as soon as it is known.

poll(keys)    sources due -> their hosts taken -> asked -> pages waiting in the database
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, TypeVar

from flows.logs import about, event
from flows.patience import patiently
from flows.refreshing.basket import Basket, Fetched
from flows.refreshing.leases import Leases
from flows.refreshing.spent import Spent
from flows.telling.report import Asked
from ingest.fetch.client import Client
from ingest.fetch.entries import BadEntry
from ingest.fetch.guard import host_of
from ingest.fetch.habits import Failed, PollState, is_due, silent_s, standing
from ingest.fetch.hosts import NOT_OUR_TURN, HostBusy
from ingest.fetch.pages import Page
from ingest.fetch.poll import Poll, address_of, name_of, poll
from ingest.outcome import Rejection
from ingest.serve import Failure
from ingest.sources import Source
from ingest.workers import Workers
from storage.database import Engine
from storage.running.leases import Held
from storage.running.polls import Polled, Saved, save_polls, states

AnswerT = TypeVar("AnswerT")

log = logging.getLogger(__name__)

_GATHERED_S = 0.1  # that answers wait for others, to be written together


class Polls:
    """The polls of one run; everything but its making happens in the event loop."""

    def __init__(
        self,
        engine: Engine,
        sources: Mapping[str, Source],
        client: Client,
        leases: Leases,
        *,
        basket: Basket,
        clock: Callable[[], datetime],
        is_forced: bool,
        timeout_s: float,
    ) -> None:
        self._engine = engine
        self._sources = sources
        self._client = client
        self._leases = leases
        self._basket = basket  # where lines go that name no page
        self.spent = Spent()  # whoever fetches pages counts these in it too
        self._clock = clock
        self._is_forced = is_forced  # whether sources are asked that are not due
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # by host
        self._busy: set[str] = set()  # hosts that another run holds
        self._readers = Workers(workers=1, timeout_s=timeout_s)
        self._reading = ThreadPoolExecutor(1, "read")  # workers are for one thread at a time

    async def poll(self, keys: Collection[str], *, until: float, news: asyncio.Event) -> list[Asked]:
        """Ask those of the sources that are due, all at once; write down what they list, and say that there is `news`.

        What each lists waits for no slower one. Those not begun when the loop's clock says `until` stay due.
        """
        due = await self._due(keys)
        others = await self._leases.sources.take(due)
        told = [_elsewhere(key, held) for key, held in sorted(others.items())]
        due = {key: state for key, state in due.items() if key not in others}
        hosts = {host for key, state in due.items() if (host := self._host(key, state))}
        held = await self._leases.take(hosts)
        due = await self._due(due)  # another run may have asked them before they and their hosts were ours
        asking = {asyncio.create_task(self._ask(key, state, held, until)): key for key, state in due.items()}
        try:
            while asking:
                await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.sleep(_GATHERED_S)
                told += await self._written({asking.pop(task): task.result() for task in list(asking) if task.done()})
                news.set()
        finally:
            for task in asking:
                task.cancel()
        return told

    async def close(self) -> None:
        """End the workers."""
        await asyncio.get_running_loop().run_in_executor(self._reading, self._readers.__exit__, None, None, None)
        self._reading.shutdown()

    async def _due(self, keys: Collection[str]) -> dict[str, PollState]:
        known = await in_thread(lambda: states(self._engine, list(keys)))
        now = self._clock()
        found = {key: standing(known.get(key, PollState()), name_of(self._sources[key])) for key in keys}
        return {key: state for key, state in found.items() if self._is_forced or is_due(state, now)}

    def _host(self, key: str, state: PollState) -> str | None:
        address = address_of(self._sources[key], state)
        return host_of(address) if address else None

    async def _ask(self, key: str, state: PollState, held: Collection[str], until: float) -> Poll | Asked | None:
        """Give what asking came to; None where another run has just done it."""
        host = self._host(key, state)
        try:
            async with AsyncExitStack() as turn:
                now_state = await self._in_turn(key, state, None if host in held else host, until, turn)
                if not isinstance(now_state, PollState):
                    return now_state
                with about(key), self.spent.polling(key):
                    return await poll(self._sources[key], now_state, self._client, self._work, now=self._clock())
        except NOT_OUR_TURN as error:
            return Asked(source=key, outcome="busy", detail=error.detail)

    async def _in_turn(
        self, key: str, state: PollState, missing: str | None, until: float, turn: AsyncExitStack
    ) -> PollState | Asked | None:
        """Wait for the turn of a source at its host, which is to be taken first where it is `missing`."""
        try:
            async with asyncio.timeout_at(until):
                await turn.enter_async_context(self._turns[self._host(key, state) or key])
                if missing is not None:
                    await self._entered(missing)
                    return (await self._due([key])).get(key)
        except TimeoutError:
            return _too_late(key)
        return state if asyncio.get_running_loop().time() < until else _too_late(key)

    async def _entered(self, host: str) -> None:
        """Take a host that was not free before; where it is busy, that is waited for once."""
        if host in self._busy:
            raise HostBusy(host)
        try:
            await self._leases.enter(host)
        except HostBusy:
            self._busy.add(host)
            raise

    async def _work(self, job: Any, /) -> Any:  # Any: a job, and its answer or Failure
        answers: list[Any | Failure] = await asyncio.get_running_loop().run_in_executor(
            self._reading, self._readers.run_all, [job]
        )
        return answers[0]

    async def _written(self, answers: Mapping[str, Poll | Asked | None]) -> list[Asked]:
        """Write down what polls came to; give that of the answers in a line each."""
        polls = {key: answer for key, answer in answers.items() if isinstance(answer, Poll)}
        polled = [self._polled(key, found) for key, found in polls.items()]
        saved = await in_thread(lambda: save_polls(self._engine, polled, now=self._clock())) if polled else {}
        for key, found in polls.items():
            for line in found.rejections:
                self._basket.put(_bad_line(key, line, self._clock()))
        others = [answer for answer in answers.values() if isinstance(answer, Asked)]
        told = [*others, *(_told(key, found, saved[key], self._clock()) for key, found in polls.items())]
        for one in told:
            said = event("polled", source=one.source, outcome=one.outcome, detail=one.detail, waiting=one.waiting)
            log.info("%s: %s, %s", one.source, one.outcome, one.detail, extra=said)
        return told

    def _polled(self, key: str, found: Poll) -> Polled:
        source = self._sources[key]
        return Polled(
            source=key,
            state=found.state,
            result=found.result,
            every_s=source.every_s,
            entries=found.entries,
            from_feed=source.full_text_in_feed,
        )


def due_sources(known: Mapping[str, PollState], sources: Mapping[str, Source], *, now: datetime) -> Sequence[str]:
    """Give the keys of the sources that are due, the longest due first; `known` is where we stand with each."""
    standings = {key: standing(known.get(key, PollState()), name_of(source)) for key, source in sources.items()}
    due = [(state.next_due_at, key) for key, state in standings.items() if is_due(state, now)]
    return [key for at, key in sorted(due, key=lambda one: (one[0] is not None, one[0] or now))]


def _elsewhere(key: str, held: Held) -> Asked:
    name = held.owner.rpartition(" ")[0] or held.owner  # without what only makes it unlike any other
    detail = f"{name} refreshes it; should that have died, it is free at {held.until:%H:%M:%S} UTC"
    return Asked(source=key, outcome="busy", detail=detail)


def _too_late(key: str) -> Asked:
    return Asked(source=key, outcome="busy", detail="the time of this run was over before its turn came")


def _told(key: str, found: Poll, saved: Saved, now: datetime) -> Asked:
    outcome = found.result.outcome.value if isinstance(found.result, Failed) else saved.state.outcome
    return Asked(
        source=key,
        outcome=outcome,
        detail=saved.state.detail,
        waiting=saved.waiting,
        silent_s=silent_s(saved.state, now),
        notes=found.notes,
    )


def _bad_line(source: str, line: BadEntry, now: datetime) -> Fetched:
    rejection = Rejection(
        source=source, url=line.url or f"a line of {source}", outcome=line.outcome, detail=line.detail, at=now
    )
    return Fetched(source=source, url=rejection.url, url_key=None, page=Page(document=rejection))


async def in_thread(call: Callable[[], AnswerT]) -> AnswerT:
    """Give the answer of a call to the database, made while the loop goes on."""
    return await asyncio.to_thread(patiently, call)
