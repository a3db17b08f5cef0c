"""HTML in processes that can be killed: no page may stop, slow or starve a run.

Text is cleaned where it is; a page goes to a worker with a limit on its time and on its memory.
Signals and threads are not enough: a signal reaches Python only when libxml2 returns, and a thread cannot be stopped.
Every worker has a pipe of its own: which page ended it is never in doubt, and none waits for a lock
that a dead one holds.
"""

import logging
import multiprocessing
import pickle
import signal
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from types import TracebackType
from typing import Self

from ingest.clean import is_html, source_of
from ingest.clean.serve import Failure, Job, attempt, serve
from ingest.document import Article, RawDocument
from ingest.outcome import Outcome, Rejection
from ingest.urls import canonical_url

MEMORY_BYTES = 512 * 1024 * 1024  # of data; the libraries of an idle worker hold 110 to 190 MB of it
_STARTING_S = 60.0  # that a worker may take to start, on a busy machine
_STARTS = 3  # that may fail on end before we believe that none will succeed
_ATTEMPTS = 2  # a page that ended two workers is final

# The fork server holds the libraries: the first worker starts in 1.8 s and one in place of a killed one in 0.03,
# where spawn takes 4.6 and 2. Plain fork copies the locks of the parent's threads.
_LIBRARIES = ["ingest.clean.warm"]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Worker:
    process: ForkServerProcess
    pipe: "Connection[object, bytes]"
    ends_at: float  # monotonic: when it is killed
    is_ready: bool = False
    page: int | None = None


class PageWorkers:
    """Cleaning for many documents; a context manager, since its processes must be closed.

    The processes start at the first page, and live as long as this. For one thread at a time.
    """

    def __init__(self, *, workers: int, timeout_s: float = 10.0, memory_bytes: int = MEMORY_BYTES) -> None:
        self._size = workers
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._workers: list[_Worker] = []
        self._failed_starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in list(self._workers):
            self._end(worker)

    def clean_all(self, raws: Sequence[RawDocument], *, now: datetime) -> list[Article | Rejection]:
        """Give for each document, in order, its article or why there is none."""
        batch = _Batch(raws, now)
        try:
            while batch.is_open:
                self._feed(batch)
                if batch.texts:
                    at = batch.texts.popleft()
                    batch.end(at, attempt(Job(raws[at], now)))
                self._collect(batch, timeout=0.0 if batch.texts else None)
        finally:
            # An exception leaves pages under way, whose answers the next call must not take for its own.
            for worker in [worker for worker in self._workers if worker.page is not None]:
                self._end(worker)
        return [batch.ended[at] for at in range(len(raws))]

    def _feed(self, batch: "_Batch") -> None:
        """Give each idle worker a page, and have as many workers as there is work for."""
        if not batch.pages:
            return
        while len(self._workers) < min(
            self._size, len(batch.pages) + sum(worker.page is not None for worker in self._workers)
        ):
            if self._failed_starts >= _STARTS:
                batch.give_up("no worker starts; allow them more memory")
                return
            self._start()
        for worker in [worker for worker in self._workers if worker.is_ready and worker.page is None]:
            if batch.pages:
                self._send(worker, batch)

    def _send(self, worker: _Worker, batch: "_Batch") -> None:
        at = batch.pages.popleft()
        try:
            worker.pipe.send_bytes(pickle.dumps(Job(batch.raws[at], batch.now)))
        except OSError:  # it died while it had nothing to do
            batch.pages.appendleft(at)
            self._end(worker)
            return
        worker.page = at
        worker.ends_at = time.monotonic() + self._timeout_s

    def _collect(self, batch: "_Batch", *, timeout: float | None) -> None:
        """Take the answers that have come, or wait for the next one; end workers whose time is over."""
        waiting = [worker for worker in self._workers if worker.page is not None or not worker.is_ready]
        if not waiting:
            return
        if timeout is None:
            timeout = max(0.0, min(worker.ends_at for worker in waiting) - time.monotonic())
        answered = wait([worker.pipe for worker in waiting], timeout)
        for worker in waiting:
            if worker.pipe in answered:
                self._receive(worker, batch)
            elif time.monotonic() >= worker.ends_at:
                self._end(worker)
                if worker.page is None:
                    self._failed_starts += 1
                else:
                    batch.end(worker.page, Failure(Outcome.TIMEOUT, f"not cleaned within {self._timeout_s:g} s"))

    def _receive(self, worker: _Worker, batch: "_Batch") -> None:
        at = worker.page
        try:
            message = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            self._end(worker)
            if at is None:
                self._failed_starts += 1
            else:
                batch.fail(at, _death(worker.process.exitcode))
            return
        if at is None:
            worker.is_ready = True
            self._failed_starts = 0
            return
        worker.page = None
        answer: Article | Failure = pickle.loads(message)  # noqa: S301  # our own worker's message
        if isinstance(answer, Failure) and answer.outcome is Outcome.MEMORY:
            # Its memory may be what pages before this one left: a fresh worker tries again.
            self._end(worker)
            batch.fail(at, answer)
        else:
            batch.end(at, answer)

    def _start(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_LIBRARIES)
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self._memory_bytes, self._timeout_s), daemon=True)
        process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours, time.monotonic() + _STARTING_S))

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()


class _Batch:
    """The documents of one call: still to do, and ended."""

    def __init__(self, raws: Sequence[RawDocument], now: datetime) -> None:
        self.raws = raws
        self.now = now
        self.pages = deque(at for at, raw in enumerate(raws) if is_html(raw))
        self.texts = deque(at for at, raw in enumerate(raws) if not is_html(raw))
        self.ended: dict[int, Article | Rejection] = {}
        self._attempts: dict[int, int] = {}

    @property
    def is_open(self) -> bool:
        """Whether a document has not ended yet."""
        return len(self.ended) < len(self.raws)

    def end(self, at: int, answer: Article | Failure) -> None:
        """Note how a document ended."""
        if isinstance(answer, Failure) and answer.trace:
            _log.error("%s: %s\n%s", self.raws[at].url, answer.detail, answer.trace)
        self.ended[at] = self._rejection(self.raws[at], answer) if isinstance(answer, Failure) else answer

    def fail(self, at: int, failure: Failure) -> None:
        """Note that a page ended its worker: try again, once."""
        self._attempts[at] = self._attempts.get(at, 0) + 1
        if self._attempts[at] < _ATTEMPTS:
            self.pages.appendleft(at)
        else:
            self.end(at, failure)

    def give_up(self, detail: str) -> None:
        """End all pages that wait."""
        while self.pages:
            self.end(self.pages.popleft(), Failure(Outcome.FAILED, detail))

    def _rejection(self, raw: RawDocument, failure: Failure) -> Rejection:
        url = canonical_url(raw.url)
        return Rejection(
            source=source_of(raw, url),
            url=url,
            outcome=failure.outcome,
            detail=failure.detail,
            at=self.now,
            raw_key=raw.raw_key,
            body_bytes=len(raw.body),
        )


def _death(exitcode: int | None) -> Failure:
    # The kernel sends 9 to what takes the machine's last memory.
    outcome = Outcome.MEMORY if exitcode == -signal.SIGKILL else Outcome.FAILED
    return Failure(outcome, f"{_ATTEMPTS} workers died on it, the last with exit code {exitcode}")
