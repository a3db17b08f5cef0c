"""Asking a host when it is our turn: its lease first, then its pace, and not while it is to be left alone."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ingest.fetch.asking import Answer, Asker, Budget, NoAnswer, NoConnection, Question
from ingest.fetch.fields import retry_after_s
from ingest.fetch.guard import Target
from ingest.fetch.hosts import HostMemory, Hosts, Resting
from ingest.fetch.pace import Pace
from ingest.fetch.response import rest_s
from ingest.outcome import Unavailable

_WAITED_S = 20.0  # for a host that asked for rest; for longer, whoever asks should do something else meanwhile
_SILENCES = 3  # in a row
_LEFT_ALONE = timedelta(minutes=5)  # after so many


class Turns:
    """Every request of a client goes through here, be it for a page, a redirect or a robots.txt."""

    def __init__(self, asker: Asker, hosts: Hosts, *, clock: Callable[[], datetime]) -> None:
        self._asker = asker
        self._hosts = hosts
        self._clock = clock
        self._pace = Pace()
        self._memories: dict[str, HostMemory] = {}
        self._entering: dict[str, asyncio.Lock] = {}
        self._silences: dict[str, int] = {}
        self._absent: set[str] = set()
        self._rest_until: dict[str, datetime] = {}

    async def enter(self, host: str) -> HostMemory:
        """Give what is known of the host, once it is ours to ask; raise what `Hosts.enter` does."""
        memory = self._memories.get(host)
        if memory is not None:
            return memory
        async with self._entering.setdefault(host, asyncio.Lock()):
            if host not in self._memories:
                memory = await self._hosts.enter(host)
                if memory.rest_until is not None:
                    self._rest(host, memory.rest_until)
                self._memories[host] = memory
        return self._memories[host]

    async def ask(self, target: Target, question: Question, budget: Budget, *, pause_s: float) -> Answer:
        """Give the answer, and the host `pause_s` of rest behind it.

        Raise `Resting` when the host is left alone for longer than we wait, else `Refused` or `Unavailable` as
        `Hosts.enter` and `Asker.ask` do.
        """
        host = target.host
        await self.enter(host)
        self._check_rest(target, _WAITED_S)
        async with self._pace.turn(host, pause_s):
            self._check_rest(target, 0.0)  # who was before us may have been told to wait
            try:
                answer = await self._asker.ask(target, question, budget)
            except NoAnswer as error:
                self._note_silence(host, is_absent=isinstance(error, NoConnection))
                raise Unavailable(error.outcome, error.url, error.detail) from None
            self._silences.pop(host, None)
            self._absent.discard(host)
            wanted_s = rest_s(answer.status, retry_after_s(answer.fields.get("retry-after"), answer.fetched_at))
            if wanted_s is not None:
                self._rest(host, answer.fetched_at + timedelta(seconds=wanted_s))
            return answer

    def rest(self, host: str, for_s: float) -> None:
        """Ask nothing of the host for so long from now."""
        self._pace.rest(host, for_s)

    def is_absent(self, host: str) -> bool:
        """Whether nobody was there when the host was last asked."""
        return host in self._absent

    def rests(self) -> dict[str, datetime | None]:
        """Give for every host that was entered until when it should not be asked again (UTC); None where it may be."""
        now = self._clock()
        found: dict[str, datetime | None] = {}
        for host in self._memories:
            paced = now + timedelta(seconds=self._pace.resting_s(host))
            until = max(paced, self._rest_until.get(host, now))
            found[host] = until if until > now else None
        return found

    def _rest(self, host: str, until: datetime) -> None:
        until = until.astimezone(UTC)
        left_s = (until - self._clock()).total_seconds()
        if left_s > _WAITED_S:
            self._rest_until[host] = until
        elif left_s > 0:
            self._pace.rest(host, left_s)

    def _note_silence(self, host: str, *, is_absent: bool) -> None:
        """Leave a host alone that does not answer: each of its pages would take as long to fail."""
        if is_absent:
            self._absent.add(host)
        self._silences[host] = self._silences.get(host, 0) + 1
        if self._silences[host] >= _SILENCES:
            self._rest(host, self._clock() + _LEFT_ALONE)

    def _check_rest(self, target: Target, patience_s: float) -> None:
        until = self._rest_until.get(target.host)
        if until is None:
            return
        left_s = (until - self._clock()).total_seconds()
        if left_s > patience_s:
            raise Resting(target.url, until)
        del self._rest_until[target.host]
        self._pace.rest(target.host, left_s)
