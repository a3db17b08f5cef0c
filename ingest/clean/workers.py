"""HTML in processes that can be killed: no page may stop, slow or starve a run.

Text is cleaned where it is; a page goes to a worker with a limit on its time and on its memory.
Signals and threads are not enough: a signal reaches Python only when libxml2 returns, and a thread cannot be stopped.
"""

import logging
import multiprocessing
import signal
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from types import TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from ingest.clean import clean, is_html, source_of
from ingest.document import Article, RawDocument
from ingest.outcome import IngestError, Outcome, Rejection
from ingest.urls import canonical_url

MEMORY_BYTES = 512 * 1024 * 1024  # of data; the libraries of an idle worker hold 180 MB of it
_STARTING_S = 60.0  # that a worker may take to start on a busy machine, and to be killed
_ATTEMPTS = 2  # a page that ended two workers is final
_POOLS = 3  # that may break under one call: workers that die when idle are nobody's fault
_MAX_DETAIL_CHARS = 300

# The fork server holds the libraries, so a worker in place of a killed one starts in 20 ms instead of 1,500 (spawn).
_START_METHOD = "forkserver"
_PRELOADED = ["ingest.clean.page", "ingest.clean.metadata", "trafilatura", "htmldate"]

_log = logging.getLogger(__name__)


class PageWorkers:
    """Cleaning for many documents; a context manager, since its processes must be closed.

    The processes start at the first page, and live as long as this.
    """

    def __init__(self, *, workers: int, timeout_s: float = 10.0, memory_bytes: int = MEMORY_BYTES) -> None:
        self._workers = workers
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._pool: ProcessPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()

    def clean_all(self, raws: Sequence[RawDocument], *, now: datetime) -> list[Article | Rejection]:
        """Give for each document, in order, its article or why there is none."""
        pages = {at: raw for at, raw in enumerate(raws) if is_html(raw)}
        futures = self._submit(pages, now)
        ended = {at: _clean_here(raw, now) for at, raw in enumerate(raws) if at not in pages}
        ended |= self._gather(pages, futures, now)
        return [ended[at] for at in range(len(raws))]

    def _gather(self, pages: dict[int, RawDocument], futures: "_Futures", now: datetime) -> dict[int, Article | Rejection]:
        ended: dict[int, Article | Rejection] = {}
        killed: dict[int, ProcessExpired] = {}
        pools = 1
        while futures:
            again: dict[int, RawDocument] = {}
            for at, future in futures.items():
                match self._result(pages[at], future, now):
                    case ProcessExpired() as error:
                        killed[at] = error
                    case None:
                        again[at] = pages[at]
                    case outcome:
                        ended[at] = outcome
            if again and pools == _POOLS:
                ended |= {at: _rejection(raw, now, Outcome.FAILED, "no worker stays alive; allow them more memory") for at, raw in again.items()}
                break
            pools += bool(again)
            futures = self._submit(again, now)
        for at in sorted(killed):
            ended[at] = self._again(pages[at], killed[at], now)
        return ended

    def _again(self, raw: RawDocument, error: ProcessExpired, now: datetime) -> Article | Rejection:
        """Clean a page whose worker died, alone."""
        for _ in range(_ATTEMPTS - 1):
            match self._result(raw, self._submit({0: raw}, now)[0], now):
                case ProcessExpired() as again:
                    error = again
                case None:
                    pass
                case outcome:
                    return outcome
        # The kernel kills with 9 what takes the machine's last memory.
        outcome = Outcome.MEMORY if error.exitcode == -signal.SIGKILL else Outcome.FAILED
        return _rejection(raw, now, outcome, f"{_ATTEMPTS} workers died on it, the last with exit code {error.exitcode}")

    def _submit(self, pages: dict[int, RawDocument], now: datetime) -> "_Futures":
        return {at: self._running().schedule(_clean_page, (raw, now), timeout=self._timeout_s) for at, raw in pages.items()}

    def _result(self, raw: RawDocument, future: "ProcessFuture[Article]", now: datetime) -> Article | Rejection | ProcessExpired | None:
        """Give how a page ended; None when the pool broke under it, or did not move."""
        try:
            return future.result(timeout=self._timeout_s + _STARTING_S)
        except TimeoutError:
            if future.done():
                return _rejection(raw, now, Outcome.TIMEOUT, f"not cleaned within {self._timeout_s:g} s")
            self._stop()
            return None
        except BrokenProcessPool:
            self._stop()
            return None
        except ProcessExpired as error:
            return error
        except Exception as error:  # one of the two boundaries: whatever a page does ends as its outcome
            return _failure(raw, now, error)

    def _running(self) -> ProcessPool:
        if self._pool is None or not self._pool.active:
            self._stop()
            context = multiprocessing.get_context(_START_METHOD)
            context.set_forkserver_preload(_PRELOADED)
            self._pool = ProcessPool(max_workers=self._workers, initializer=_limit, initargs=(self._memory_bytes,), context=context)
        return self._pool

    def _stop(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.stop()
            pool.join()


_Futures = dict[int, "ProcessFuture[Article]"]


def _limit(memory_bytes: int) -> None:
    """Bound the memory of this worker, and let it die at once when told to."""
    import resource  # not on every system, and needed in workers only

    # Data, not address space: libraries and thread stacks reserve far more addresses than they use.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _clean_page(raw: RawDocument, now: datetime) -> Article:
    return clean(raw, now=now)


def _clean_here(raw: RawDocument, now: datetime) -> Article | Rejection:
    try:
        return clean(raw, now=now)
    except Exception as error:  # the same boundary, for text
        return _failure(raw, now, error)


def _failure(raw: RawDocument, now: datetime, error: Exception) -> Rejection:
    match error:
        case IngestError():
            return _rejection(raw, now, error.outcome, error.detail)
        case MemoryError():
            return _rejection(raw, now, Outcome.MEMORY, "needs more memory than a page may have")
        case _:
            # The traceback without the message's own text would hide what happened; articles are not in messages.
            _log.error("%s: not cleaned", raw.url[:_MAX_DETAIL_CHARS], exc_info=error)
            return _rejection(raw, now, Outcome.FAILED, f"{type(error).__name__}: {error}")


def _rejection(raw: RawDocument, now: datetime, outcome: Outcome, detail: str) -> Rejection:
    url = canonical_url(raw.url)
    return Rejection(
        source=source_of(raw, url),
        url=url,
        outcome=outcome,
        detail=" ".join(detail.split())[:_MAX_DETAIL_CHARS],
        at=now,
        raw_key=raw.raw_key,
        body_bytes=len(raw.body),
    )
