"""Each origin's robots.txt, asked for when it is needed: what it forbids is not asked for."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ingest.fetch.asking import Answer, Budget, Question
from ingest.fetch.fields import REDIRECTS, location_of
from ingest.fetch.guard import Target, target_of
from ingest.fetch.hosts import Hosts, Resting, RobotsFile, RobotsState
from ingest.fetch.response import Access, Limits
from ingest.fetch.robots import MOST_BYTES, Rules, is_forbidding, is_fresh, read_rules, whole_lines
from ingest.fetch.turns import Turns
from ingest.outcome import Outcome, Refused, Unavailable

_MOST_REDIRECTS = 5  # RFC 9309, 2.3.1.2


class Gate:
    """The rules of every origin we meet."""

    def __init__(
        self, turns: Turns, hosts: Hosts, *, limits: Limits, pace_s: float, clock: Callable[[], datetime]
    ) -> None:
        self._turns = turns
        self._hosts = hosts
        self._limits = limits
        self._pace_s = pace_s
        self._clock = clock
        self._known: dict[str, _Known] = {}  # by origin
        self._asking: dict[str, asyncio.Lock] = {}

    async def rules_for(self, target: Target, access: Access) -> Rules:
        """Give what the origin of `target` lets us do.

        Raise `Unavailable` when its robots.txt cannot be had, since nothing may be asked for then (RFC 9309, 2.3.1.4):
        UNREACHABLE where nobody is there, which is not remembered, else ROBOTS.
        """
        known = self._known.get(target.origin)
        if known is None or not is_fresh(known.file, self._clock()):
            # One asks, the others wait for what it finds. It holds no turn while it waits for one.
            async with self._asking.setdefault(target.origin, asyncio.Lock()):
                known = await self._renewed(target, access)
        if is_forbidding(known.file, self._clock()):
            raise Unavailable(Outcome.ROBOTS, target.url, f"its robots.txt cannot be had: {known.why}")
        return known.rules

    async def _renewed(self, target: Target, access: Access) -> "_Known":
        now = self._clock()
        known = self._known.get(target.origin)
        if known is not None and is_fresh(known.file, now):
            return known
        memory = await self._turns.enter(target.host)
        earlier = known.file if known else memory.robots.get(target.origin)
        if earlier is not None and is_fresh(earlier, now):
            known = _Known(earlier, read_rules(earlier.body), f"asked at {earlier.fetched_at:%Y-%m-%d %H:%M} UTC")
        else:
            known = await self._asked(target, access, earlier)
            await self._hosts.remember(known.file)
            self._turns.rest(target.host, known.rules.delay_s)
        self._known[target.origin] = known
        return known

    async def _asked(self, target: Target, access: Access, earlier: RobotsFile | None) -> "_Known":
        failing_since, why, body = None, "", b""
        try:
            state, why, body = _judged(await self._answer(target, access))
        except Resting:
            raise
        except Unavailable as error:
            if self._turns.is_absent(target.host):
                raise Unavailable(error.outcome, target.url, error.detail) from None
            state, why = RobotsState.UNREACHABLE, error.detail
        except Refused as error:
            if error.outcome is Outcome.ADDRESS:
                raise Refused(error.outcome, target.url, error.detail) from None
            state = RobotsState.NONE
        now = self._clock()
        if state is RobotsState.UNREACHABLE:
            failing_since = (earlier.failing_since if earlier else None) or now
        file = RobotsFile(origin=target.origin, state=state, body=body, fetched_at=now, failing_since=failing_since)
        return _Known(file, read_rules(body), why)

    async def _answer(self, target: Target, access: Access) -> Answer | None:
        """Give what stands in for the robots.txt; None when redirects lead nowhere."""
        limits = replace(self._limits, wire_bytes=MOST_BYTES, body_bytes=MOST_BYTES)
        question = Question(access=access, limits=limits, accept="text/plain, */*;q=0.5", may_cut=True)
        budget = Budget(limits.total_s)
        hop = target_of(f"{target.origin}/robots.txt", access)
        for _ in range(1 + _MOST_REDIRECTS):
            answer = await self._turns.ask(hop, question, budget, pause_s=self._pace_s)
            if answer.status not in REDIRECTS:
                return answer
            try:
                hop = target_of(location_of(answer.fields.get("location"), hop.url) or "", access)
            except Refused:
                return None
        return None


@dataclass(frozen=True, slots=True)
class _Known:
    file: RobotsFile
    rules: Rules
    why: str  # it cannot be had


def _judged(answer: Answer | None) -> tuple[RobotsState, str, bytes]:
    if answer is None:
        return RobotsState.NONE, "", b""
    if answer.status == 200:
        return RobotsState.FOUND, "", whole_lines(answer.data)
    # RFC 9309 lets 429 pass as it does 404; but who says "too many requests" does not say "come in".
    if answer.status == 429 or answer.status >= 500:
        return RobotsState.UNREACHABLE, f"HTTP {answer.status}", b""
    return RobotsState.NONE, "", b""
