"""Many visits, host by host: one after the other at a host, all hosts at once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")


class Crawl(Generic[Item]):
    """Queues of items, one per host, each worked off by a task of its own; an async context manager.

    So a slow host holds up nobody else. How many requests are under way at once is the client's to say.
    What a visit raises stops the whole crawl: a visit deals itself with what is one item's fault.
    """

    def __init__(self, visit: Callable[[Item], Awaitable[None]], *, host: Callable[[Item], str]) -> None:
        self._visit = visit
        self._host = host
        self._queues: dict[str, deque[Item]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failure: BaseException | None = None  # what stopped it
        self.is_stopped = False  # no further visit is begun

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_stopped = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def put(self, item: Item) -> None:
        """Queue an item at its host. After `stop` it is only kept."""
        host = self._host(item)
        self._queues.setdefault(host, deque()).append(item)
        if host not in self._tasks and not self.is_stopped:
            self._begin(host)

    def queued(self, host: str) -> int:
        """Give how many items of the host wait for their visit."""
        return len(self._queues.get(host, ()))

    async def drain(self) -> None:
        """Wait until nothing is queued or under way, what is put meanwhile included; raise what a visit raised."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())
        if self._failure is not None:
            raise self._failure

    async def stop(self) -> list[Item]:
        """Begin no further visit, wait for those under way, and give what was not begun; raise what a visit raised."""
        self.is_stopped = True
        await self.drain()
        left = [item for queue in self._queues.values() for item in queue]
        self._queues.clear()
        return left

    def _begin(self, host: str) -> None:
        self._tasks[host] = task = asyncio.create_task(self._work_off(host), name=f"crawl {host}")
        task.add_done_callback(partial(self._ended, host))

    async def _work_off(self, host: str) -> None:
        queue = self._queues[host]
        while queue and not self.is_stopped:
            await self._visit(queue.popleft())

    def _ended(self, host: str, task: asyncio.Task[None]) -> None:
        del self._tasks[host]
        failure = None if task.cancelled() else task.exception()
        if task.cancelled() or failure is not None:
            self._failure = self._failure or failure
            self.is_stopped = True
        if not self._queues[host]:
            del self._queues[host]
        elif not self.is_stopped:  # it was put between the end of the task and this call
            self._begin(host)
