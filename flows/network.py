"""An event loop in a thread of its own: signals reach the main thread, and never fall into a request."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

AnswerT = TypeVar("AnswerT")

_PATIENCE_S = 10.0  # for what is under way, when the loop is to end


class Network:
    """The loop; made anywhere, started once, stopped once."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)

    def start(self) -> None:
        """Let it run."""
        self._thread.start()

    def begin(self, work: Coroutine[Any, Any, AnswerT]) -> Future[AnswerT]:
        """Let the loop do `work`; give what will be its answer."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, work: Coroutine[Any, Any, AnswerT]) -> AnswerT:
        """Let the loop do `work`, and wait for its answer."""
        return self.begin(work).result()

    def tell(self, something: Callable[[], object]) -> None:
        """Call `something` in the loop."""
        self._loop.call_soon_threadsafe(something)

    def stop(self, last: Coroutine[Any, Any, None]) -> None:
        """Break off what is under way, do `last`, and end the loop."""
        try:
            self.call(_break_off())
            self.begin(last).result(_PATIENCE_S)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_PATIENCE_S)
            if not self._thread.is_alive():
                self._loop.run_until_complete(self._loop.shutdown_default_executor())
                self._loop.close()


async def _break_off() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_PATIENCE_S)
