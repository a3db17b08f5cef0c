"""A client that does not wait, sources on loopback, and workers that are none."""

import asyncio
import pickle
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Unpack
from urllib.parse import urlsplit

from ingest.fetch.client import Client, How
from ingest.fetch.habits import Failed, Listed, PollState, after, standing
from ingest.fetch.hosts import HostMemory, LoneHosts
from ingest.fetch.poll import Poll, name_of, poll
from ingest.fetch.response import Limits, Response
from ingest.serve import Failure, attempt
from ingest.sources import Feed, Kind, Source
from tests.ingest.fetch.asking import IDENTITY, LOOPBACK, NOW

_SILENCE_S = 0.3


class Hasty(Client):
    """Asks once, and takes a third of a second's silence for none at all."""

    async def get_patiently(self, url: str, **how: Unpack[How]) -> Response:
        """Give what `get` gives within a moment."""
        limits = how.get("limits") or Limits()
        how["limits"] = replace(limits, total_s=4 * _SILENCE_S, idle_s=_SILENCE_S)
        return await self.get(url, **how)


def hasty(memories: Mapping[str, HostMemory] | None = None, **options: Any) -> Hasty:  # Any: Client's own
    """Give such a client, which does not pause."""
    return Hasty(IDENTITY, LoneHosts(memories), **{"pace_s": 0.0, "clock": lambda: NOW, **options})


def source(kind: Kind | str, **more: Any) -> Source:  # Any: whichever field is to differ
    """Give a source on this machine: the feed at an address, or any other kind."""
    made = Feed(url=kind) if isinstance(kind, str) else kind
    return Source(**{"key": "gazette", "name": "Gazette", "kind": made, "access": LOOPBACK} | more)


async def work(job: Any, /) -> Any:  # Any: a job, and its answer or Failure
    """Do a job here as a worker would: it travels there, and its answer back."""
    answer = pickle.loads(pickle.dumps(attempt(pickle.loads(pickle.dumps(job)))))
    return answer if isinstance(answer, Failure) else answer.answer


def polled(kind: Kind | str | Source, state: PollState | None = None, **options: Any) -> Poll:  # Any: as hasty()
    """Poll a source once, by a client of its own."""
    asked = kind if isinstance(kind, Source) else source(kind)

    async def once() -> Poll:
        async with hasty(**options) as client:
            return await poll(asked, standing(state or PollState(), name_of(asked)), client, work, now=NOW)

    return asyncio.run(once())


def state_after(found: Poll, *, minutes: float = 60) -> PollState:
    """Give the state after a poll as the next one finds it."""
    return after(found.state, found.result, key="gazette", every_s=600.0, now=NOW + timedelta(minutes=minutes))


def paths(found: Poll) -> list[str]:
    """Give the paths of the pages that a poll found."""
    return [urlsplit(entry.url).path for entry in found.entries]


def listed(found: Poll) -> Listed:
    """Give the result of a poll that found a list."""
    assert isinstance(found.result, Listed), found.result
    return found.result


def failed_poll(found: Poll) -> Failed:
    """Give the result of a poll that failed."""
    assert isinstance(found.result, Failed), found.result
    assert found.entries == ()
    return found.result
