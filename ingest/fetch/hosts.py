"""Whose turn it is at a host, and what we remember of it: the side of fetching that outlives a process."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from ingest.outcome import Outcome, Unavailable


class RobotsState(StrEnum):
    """What asking for a robots.txt came to (RFC 9309, 2.3.1)."""

    FOUND = "found"
    NONE = "none"  # a status 4xx: all is allowed
    UNREACHABLE = "unreachable"  # a status 5xx or no answer: nothing is allowed for now


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsFile:
    """One origin's robots.txt as it was when last asked for."""

    origin: str  # "https://gazette.example:443"
    state: RobotsState
    body: bytes = b""  # at most 500,000 bytes of it; empty unless found
    fetched_at: datetime  # UTC, aware
    failing_since: datetime | None = None  # UTC, aware: since when it has been unreachable without a break


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMemory:
    """What earlier requests to a host, by whatever process, left for the next one."""

    rest_until: datetime | None = None  # UTC, aware: not to be asked anything before
    robots: Mapping[str, RobotsFile] = field(default_factory=lambda: MappingProxyType({}))  # by origin


class Hosts(Protocol):
    """Who may ask a host: the holder of its lease, and nobody else."""

    async def enter(self, host: str) -> HostMemory:
        """Take the host and give what is known of it.

        Raise `Unavailable` (UNREACHABLE) when another run holds it for longer than this one will wait.
        """

    async def remember(self, robots: RobotsFile) -> None:
        """Keep a robots.txt for whoever comes next."""


class LoneHosts:
    """`Hosts` where nobody else is: a probe, or a test."""

    def __init__(self, memories: Mapping[str, HostMemory] | None = None) -> None:
        self.memories = dict(memories or {})
        self.robots: dict[str, RobotsFile] = {}  # by origin: what was asked for while we were here

    async def enter(self, host: str) -> HostMemory:
        """Give what is known of the host."""
        memory = self.memories.get(host, HostMemory())
        return replace(memory, robots={**memory.robots, **self.robots})

    async def remember(self, robots: RobotsFile) -> None:
        """Keep a robots.txt as long as this object lives."""
        self.robots[robots.origin] = robots


class Resting(Unavailable):
    """The host is left alone for longer than a request can wait: nothing was asked of it."""

    def __init__(self, url: str, until: datetime) -> None:
        super().__init__(Outcome.UNREACHABLE, url, f"the host is left alone until {until:%Y-%m-%d %H:%M} UTC")
        self.until = until  # UTC, aware


class HostBusy(Unavailable):
    """Another run is asking the host: nothing was asked of it."""

    def __init__(self, host: str) -> None:
        super().__init__(Outcome.UNREACHABLE, host, "another run is asking this host")


NOT_OUR_TURN = (Resting, HostBusy)  # what is raised before anything is asked; it says nothing about the page
