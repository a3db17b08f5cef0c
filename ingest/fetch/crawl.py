"""Many visits, host by host: one after the other at a host, all hosts at once."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

_log = logging.getLogger(__name__)

Item = TypeVar("Item")


class Crawl(Generic[Item]):
    """Queues of items, one per host, each worked off by a task of its own; an async context manager.

    So a slow host holds up nobody else. How many requests are under way at once is the client's to say.
    """

    def __init__(self, visit: Callable[[Item], Awaitable[None]], *, host: Callable[[Item], str]) -> None:
        self._visit = visit
        self._host = host
        self._queues: dict[str, deque[Item]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_stopped = False
        self.failures = 0  # visits that raised

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def put(self, item: Item) -> None:
        """Queue an item at its host. After `stop` it is only kept."""
        host = self._host(item)
        self._queues.setdefault(host, deque()).append(item)
        if host not in self._tasks and not self._is_stopped:
            self._tasks[host] = asyncio.create_task(self._work_off(host), name=f"crawl {host}")

    def queued(self, host: str) -> int:
        """Give how many items of the host wait for their visit."""
        return len(self._queues.get(host, ()))

    async def drain(self) -> None:
        """Wait until nothing is queued or under way, what is put meanwhile included."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    async def stop(self) -> list[Item]:
        """Begin no further visit, wait for those under way, and give what was not begun."""
        self._is_stopped = True
        await self.drain()
        left = [item for queue in self._queues.values() for item in queue]
        self._queues.clear()
        return left

    async def _work_off(self, host: str) -> None:
        queue = self._queues[host]
        try:
            while queue and not self._is_stopped:
                await self._visited(queue.popleft())
        finally:
            del self._tasks[host]
            if not queue:
                del self._queues[host]

    async def _visited(self, item: Item) -> None:
        try:
            await self._visit(item)
        except Exception:  # noqa: BLE001 - the boundary of a visit: one page is no reason to leave the others
            self.failures += 1
            _log.exception("a visit to %s failed", self._host(item))
