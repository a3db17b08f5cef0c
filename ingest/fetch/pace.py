"""One request at a time per host, and a pause between two of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Pace:
    """Whose turn it is at each host, in this process, on the monotonic clock."""

    def __init__(self) -> None:
        self._turns: dict[str, asyncio.Lock] = {}
        self._free_at: dict[str, float] = {}  # monotonic seconds

    @asynccontextmanager
    async def turn(self, host: str, pause_s: float) -> AsyncIterator[None]:
        """Wait for the host to be free, hold it, and give it `pause_s` of rest afterwards.

        Whoever holds a turn waits for no other: so no two can wait for each other.
        """
        async with self._turns.setdefault(host, asyncio.Lock()):
            while (wait_s := self._free_at.get(host, 0.0) - time.monotonic()) > 0:
                await asyncio.sleep(wait_s)
            try:
                yield
            finally:
                self.rest(host, pause_s)

    def rest(self, host: str, for_s: float) -> None:
        """Ask nothing of the host for so long from now; a longer rest that it has already stays."""
        self._free_at[host] = max(self._free_at.get(host, 0.0), time.monotonic() + for_s)

    def resting_s(self, host: str) -> float:
        """Give the seconds that the host still rests, 0.0 when it is free."""
        return max(0.0, self._free_at.get(host, 0.0) - time.monotonic())
