"""Hostile documents in processes that can be killed: none may stop, slow or starve a run.

A job goes to a worker with a limit on its time and on its memory.
Signals and threads are not enough: a signal reaches Python only when libxml2 returns, and a thread cannot be stopped.
Every worker has a pipe of its own: which job ended it is never in doubt, and none waits for a lock
that a dead one holds.
"""

import logging
import multiprocessing
import pickle
import signal
import sys
import time
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from types import ModuleType, TracebackType
from typing import Generic, Self, TypeVar

from ingest.outcome import Outcome
from ingest.serve import Done, Failure, Job, attempt, serve

AnswerT = TypeVar("AnswerT")

MEMORY_BYTES = 512 * 1024 * 1024  # of data; the libraries of an idle worker hold 110 to 190 MB of it
_STARTING_S = 60.0  # that a worker may take to start, on a busy machine
_STARTS = 3  # that may fail on end before we believe that none will succeed
_ATTEMPTS = 2  # a job that ended two workers is final

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
    job: int | None = None


class Workers:
    """Processes for jobs; a context manager, since they must be ended.

    They start with the first job, and live as long as this. For one thread at a time.
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

    def run_all(self, jobs: Sequence[Job[AnswerT]], *, harmless: Collection[int] = ()) -> list[AnswerT | Failure]:
        """Give for each job, in order, its answer or why there is none.

        The jobs at the places `harmless` are done in this process meanwhile.
        """
        batch = _Batch(jobs, harmless)
        try:
            while batch.is_open:
                self._feed(batch)
                if batch.here:
                    at = batch.here.popleft()
                    batch.end(at, attempt(jobs[at]))
                self._collect(batch, timeout=0.0 if batch.here else None)
        finally:
            # An exception leaves jobs under way, whose answers the next call must not take for its own.
            for worker in [worker for worker in self._workers if worker.job is not None]:
                self._end(worker)
        return [batch.ended[at] for at in range(len(jobs))]

    def _feed(self, batch: "_Batch[AnswerT]") -> None:
        """Give each idle worker a job, and have as many workers as there is work for."""
        if not batch.waiting:
            return
        while len(self._workers) < min(
            self._size, len(batch.waiting) + sum(worker.job is not None for worker in self._workers)
        ):
            if self._failed_starts >= _STARTS:
                batch.give_up("no worker starts; allow them more memory")
                return
            self._start()
        for worker in [worker for worker in self._workers if worker.is_ready and worker.job is None]:
            if batch.waiting:
                self._send(worker, batch)

    def _send(self, worker: _Worker, batch: "_Batch[AnswerT]") -> None:
        at = batch.waiting.popleft()
        try:
            worker.pipe.send_bytes(pickle.dumps(batch.jobs[at]))
        except OSError:  # it died while it had nothing to do
            batch.waiting.appendleft(at)
            self._end(worker)
            return
        worker.job = at
        worker.ends_at = time.monotonic() + self._timeout_s

    def _collect(self, batch: "_Batch[AnswerT]", *, timeout: float | None) -> None:
        """Take the answers that have come, or wait for the next one; end workers whose time is over."""
        waiting = [worker for worker in self._workers if worker.job is not None or not worker.is_ready]
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
                if worker.job is None:
                    self._failed_starts += 1
                else:
                    batch.end(worker.job, Failure(Outcome.TIMEOUT, f"not read within {self._timeout_s:g} s"))

    def _receive(self, worker: _Worker, batch: "_Batch[AnswerT]") -> None:
        at = worker.job
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
        worker.job = None
        answer: Done[AnswerT] | Failure = pickle.loads(message)  # noqa: S301  # our own worker's message
        if isinstance(answer, Failure) and answer.outcome is Outcome.MEMORY:
            # Its memory may be what jobs before this one left: a fresh worker tries again.
            self._end(worker)
            batch.fail(at, answer)
        else:
            batch.end(at, answer)

    def _start(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_LIBRARIES)
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self._memory_bytes, self._timeout_s), daemon=True)
        with _without_main():
            process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours, time.monotonic() + _STARTING_S))

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()


class _Batch(Generic[AnswerT]):
    """The jobs of one call: still to do, and ended."""

    def __init__(self, jobs: Sequence[Job[AnswerT]], harmless: Collection[int]) -> None:
        self.jobs = jobs
        here = frozenset(harmless)
        self.waiting = deque(at for at in range(len(jobs)) if at not in here)
        self.here = deque(harmless)
        self.ended: dict[int, AnswerT | Failure] = {}
        self._attempts: dict[int, int] = {}

    @property
    def is_open(self) -> bool:
        """Whether a job has not ended yet."""
        return len(self.ended) < len(self.jobs)

    def end(self, at: int, answer: Done[AnswerT] | Failure) -> None:
        """Note how a job ended."""
        if isinstance(answer, Failure) and answer.trace:
            _log.error("%s: %s\n%s", self.jobs[at].name, answer.detail, answer.trace)
        self.ended[at] = answer if isinstance(answer, Failure) else answer.answer

    def fail(self, at: int, failure: Failure) -> None:
        """Note that a job ended its worker: try again, once."""
        self._attempts[at] = self._attempts.get(at, 0) + 1
        if self._attempts[at] < _ATTEMPTS:
            self.waiting.appendleft(at)
        else:
            self.end(at, failure)

    def give_up(self, detail: str) -> None:
        """End all jobs that wait."""
        while self.waiting:
            self.end(self.waiting.popleft(), Failure(Outcome.FAILED, detail))


@contextmanager
def _without_main() -> Iterator[None]:
    """Keep a worker from importing again what this program began with: two seconds, where that is Prefect."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _death(exitcode: int | None) -> Failure:
    # The kernel sends 9 to what takes the machine's last memory.
    outcome = Outcome.MEMORY if exitcode == -signal.SIGKILL else Outcome.FAILED
    return Failure(outcome, f"{_ATTEMPTS} workers died on it, the last with exit code {exitcode}")
