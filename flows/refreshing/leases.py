"""Whose hosts and sources are whose: leases in the database, taken as needed and given back when the run ends."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TypeVar

from flows.patience import patiently
from ingest.fetch.hosts import HostBusy, HostMemory, RobotsFile
from storage.database import Engine
from storage.running.hosts import lease, release, remember_robots, renew
from storage.running.leases import Held, held_by_others, lease_sources, release_sources, renew_sources

AnswerT = TypeVar("AnswerT")

log = logging.getLogger(__name__)

LEASE_S = 300.0  # beyond the last sign of life: well within the ten minutes after which work must be free again
_RENEWALS = 5  # in the time of a lease
_PATIENCE_S = 20.0  # for a host that another run holds
_PAUSE_S = 1.0


class Leases:
    """The hosts that one run holds, for its event loop; what the client knows as `Hosts`."""

    def __init__(
        self,
        engine: Engine,
        *,
        owner: str,
        clock: Callable[[], datetime],
        patience_s: float = _PATIENCE_S,
        lease_s: float = LEASE_S,
        renewed_s: float | None = None,  # None: often enough
    ) -> None:
        self._engine = engine
        self.owner = owner
        self._clock = clock
        self._patience_s = patience_s
        self._lease_s = lease_s
        self._renewed_s = lease_s / _RENEWALS if renewed_s is None else renewed_s
        self._held: dict[str, HostMemory] = {}
        self._robots: dict[str, RobotsFile] = {}  # by origin: read, and not yet written
        self._renewed = time.monotonic()
        self._turn = asyncio.Lock()  # they would queue for the one writer anyway
        self.sources = SourceLeases(engine, owner=owner, lease_s=lease_s)

    async def enter(self, host: str) -> HostMemory:
        """Take the host, waiting a little for another run to be through with it; raise HostBusy where it is not."""
        deadline = time.monotonic() + self._patience_s
        while not await self.take([host]):
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise HostBusy(host)
            await asyncio.sleep(min(_PAUSE_S, left_s))
        return self._held[host]

    async def remember(self, robots: RobotsFile) -> None:
        """Keep a robots.txt; it is written with the next renewal."""
        self._robots[robots.origin] = robots

    async def take(self, hosts: Collection[str]) -> set[str]:
        """Take as many of the hosts as are free; give those that are ours now."""
        async with self._turn:
            wanted = [host for host in hosts if host not in self._held]
            if wanted:
                now = self._clock()
                self._held |= await _written(
                    lambda: lease(self._engine, wanted, owner=self.owner, now=now, seconds=self._lease_s)
                )
        return {host for host in hosts if host in self._held}

    async def renew(self) -> None:
        """Give a sign of life, once it is time for one. A host that was lost meanwhile is not asked any more."""
        await self.sources.renew()
        if time.monotonic() - self._renewed < self._renewed_s:
            return
        async with self._turn:
            await self._write_robots()
            kept = await _written(lambda: renew(self._engine, self.owner, seconds=self._lease_s))
            self._renewed = time.monotonic()
            for host in self._held.keys() - kept:
                log.warning("%s was taken by another run, which found no sign of life of this one", host)
                del self._held[host]

    async def give_back(self, rests: Mapping[str, datetime | None]) -> None:
        """Give back all sources, and all hosts, each with the time until which it asked to be left alone.

        One that is not in `rests` was not asked: what it asked for before still holds.
        """
        async with self._turn:
            await self._write_robots()
            # More than we know of, where we were broken off while a lease was written.
            ours = await _written(lambda: renew(self._engine, self.owner, seconds=self._lease_s))
            known = {host: memory.rest_until for host, memory in self._held.items()}
            given_back = {host: rests.get(host, known.get(host)) for host in ours}
            await _written(lambda: release(self._engine, self.owner, given_back))
            self._held.clear()
        await self.sources.give_back()

    async def _write_robots(self) -> None:
        files, self._robots = list(self._robots.values()), {}
        if files:
            await _written(lambda: remember_robots(self._engine, files))


class SourceLeases:
    """The sources that one run refreshes, for its event loop."""

    def __init__(self, engine: Engine, *, owner: str, lease_s: float = LEASE_S) -> None:
        self._engine = engine
        self._owner = owner
        self._lease_s = lease_s
        self._held: set[str] = set()
        self._renewed = time.monotonic()
        self._turn = asyncio.Lock()

    async def free(self, sources: Collection[str]) -> list[str]:
        """Give those of the sources that no other run holds."""
        others = await _written(lambda: held_by_others(self._engine, self._owner))
        return [source for source in sources if source not in others]

    async def take(self, sources: Collection[str]) -> Mapping[str, Held]:
        """Take as many of the sources as are free; give who holds the others."""
        if self._held.issuperset(sources):
            return {}
        async with self._turn:
            wanted = [source for source in sources if source not in self._held]
            others = await _written(
                lambda: lease_sources(self._engine, wanted, owner=self._owner, seconds=self._lease_s)
            )
            self._held |= set(wanted) - others.keys()
        return others

    async def renew(self) -> None:
        """Give a sign of life, once it is time for one. A source that was lost meanwhile is not worked at any more."""
        if time.monotonic() - self._renewed < self._lease_s / _RENEWALS:
            return
        async with self._turn:
            kept = await _written(lambda: renew_sources(self._engine, self._owner, seconds=self._lease_s))
            self._renewed = time.monotonic()
            for source in self._held - kept:
                log.warning("%s was taken by another run, which found no sign of life of this one", source)
            self._held &= kept

    async def give_back(self) -> None:
        """Give back all sources."""
        async with self._turn:
            await _written(lambda: release_sources(self._engine, self._owner))
            self._held.clear()


async def _written(write: Callable[[], AnswerT]) -> AnswerT:
    return await asyncio.to_thread(patiently, write)
