"""An event loop in a thread of its own: signals reach the main thread, and never fall into a request."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

AnswerT = TypeVar("AnswerT")

log = logging.getLogger(__name__)

_PATIENCE_S = 4.0  # for what is under way, and again for what is to be done last: less than a stop may take


class Network:
    """The loop; made anywhere, started once, stopped once."""

    def __init__(self, *, patience_s: float = _PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._lock = threading.Lock()
        self._is_ending = False

    def start(self) -> None:
        """Let it run."""
        self._loop = asyncio.new_event_loop()
        self._thread.start()

    def begin(self, work: Coroutine[Any, Any, AnswerT]) -> Future[AnswerT]:
        """Let the loop do `work`; give what will be its answer. Raises RuntimeError once the loop is to end."""
        with self._lock:
            if self._is_ending:
                work.close()
                raise RuntimeError("the network has ended")
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, work: Coroutine[Any, Any, AnswerT]) -> AnswerT:
        """Let the loop do `work`, and wait for its answer; raises what `work` raises, and what begin() does."""
        return self.begin(work).result()

    def tell(self, something: Callable[[], object]) -> None:
        """Call `something` in the loop, unless that is to end."""
        with self._lock:
            if not self._is_ending:
                self._loop.call_soon_threadsafe(something)

    def stop(self, last: Coroutine[Any, Any, None] | None = None) -> None:
        """Break off what is under way, do `last`, and end the loop; not in the time of `last`, where that hangs."""
        with self._lock:  # what comes later would wait for ever
            self._is_ending = True
        ending = asyncio.run_coroutine_threadsafe(self._end(last), self._loop)
        try:
            ending.result(3 * self._patience_s + 1.0)
        except TimeoutError:
            log.warning("the network hangs; it is left to itself")
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(self._patience_s + 1.0)

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _end(self, last: Coroutine[Any, Any, None] | None) -> None:
        await _break_off(self._patience_s)
        if last is None:
            return
        try:
            async with asyncio.timeout(self._patience_s):
                await last
        except TimeoutError:
            log.warning("what was to be done last took too long; leases that were not given back run out")
        finally:
            await _break_off(self._patience_s)


async def _break_off(patience_s: float) -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=patience_s)
