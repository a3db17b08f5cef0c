"""The steps of a load, for whoever walks them: this process (run_load) or Prefect (flows/load.py).

    OpenLoad.batches() | drive(OpenLoad.prepare, OpenLoad.store) | OpenLoad.finish()

Signals reach the main thread alone. That one reads, prepares and waits; another one stores,
so that no signal ever falls into a transaction.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from flows.batches import Batch, Taken, batches
from flows.boilerplate import Boilerplate
from flows.patience import first_line, patiently
from flows.progress import Watcher
from flows.report import LoadReport, by_outcome
from flows.settings import Settings
from ingest.clean import CLEANER
from ingest.document import Prepared, RawDocument
from ingest.load import FileEnd, load
from ingest.outcome import Outcome, Rejection
from ingest.prepare import prepare
from ingest.site_lines import Furniture
from ingest.workers import Workers
from storage.database import connect, upgrade
from storage.journal import list_runs
from storage.reading import DatabaseProblem, reading
from storage.runs import Tally, count_stories, finish_run, remember_file, start_run, take_again, taken_files
from storage.search import catch_up
from storage.store import Store

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
ReadyT = TypeVar("ReadyT")

_MAY_PASS = frozenset({Outcome.FAILED, Outcome.TIMEOUT, Outcome.MEMORY})  # worth another try, so not remembered
_RECENT_RUNS = 1_000  # among which a flow run that has just ended finds its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A batch that waits to be stored."""

    number: int
    documents: tuple[Prepared | Rejection, ...]
    known: Tally  # those met before, which need no storing
    file_key: int | None  # as in Batch
    end: FileEnd | None


def now_utc() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


def drive(
    items: Iterable[Batch | FileEnd],
    *,
    prepare: Callable[[Batch], ReadyT],
    store: Callable[[ReadyT], object],
    take_again: Callable[[FileEnd], object],
) -> None:
    """Walk the batches through, one after the other.

    To prepare one while another is stored was tried, and took half as long again: where both are Python,
    the one that stores waits for the interpreter's lock after each statement.
    """
    for item in items:
        if isinstance(item, FileEnd):
            take_again(item)
        else:
            store(prepare(item))


class OpenLoad:
    """What stays open while one load runs: its run row, the store, the page workers, the counts."""

    def __init__(
        self,
        settings: Settings,
        paths: Sequence[str],
        *,
        watch: Watcher,
        prefect_id: str | None = None,
        clock: Clock = now_utc,
    ) -> None:
        self._settings = settings
        self._paths = [Path(path) for path in paths]
        self._watch = watch
        self._clock = clock
        self._began = time.monotonic()
        self._engine = connect(settings.database_url)
        self._store = Store(self._engine)
        self._pages = Workers(workers=settings.workers, timeout_s=settings.page_timeout_s)
        self._boilerplate = Boilerplate()
        self._writing = threading.Lock()
        self._ending = threading.Event()
        self._ended = False
        self._met = 0  # as the reader counts
        self._file_key: int | None = None  # the file of many documents that is being stored
        self._file_tally: Tally = Counter()
        self._stored: tuple[int, Tally] = (0, Counter())  # the last batch that was
        self.run = start_run(self._engine, flow="load", what=_what(paths), now=clock(), prefect_id=prefect_id)

    def __enter__(self) -> Self:
        self._pages.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        try:
            self._pages.__exit__(kind, error, trace)
        finally:
            with self._writing:  # a batch that is being stored is stored
                if error is not None and not self._ended:
                    finish_run(self._engine, self.run, met=self._met, now=self._clock(), error=why(error))
                self._ended = True
            self._engine.dispose()

    def batches(self, *, source: str | None) -> Iterator[Batch | FileEnd]:
        """Read the documents in batches."""
        taken = Taken(taken_files(self._engine, cleaner=CLEANER))
        items = load(self._paths, source=source, now=self._clock(), taken=taken, progress=self._watch.read)
        sizes = self._settings
        for item in batches(items, taken, documents=sizes.batch_documents, body_bytes=sizes.batch_bytes):
            self._met += len(item.documents) if isinstance(item, Batch) else 0
            yield item

    def prepare(self, batch: Batch) -> Ready:
        """Clean and analyse those documents of a batch that were never met before."""
        raws = [document for document in batch.documents if isinstance(document, RawDocument)]
        known = patiently(lambda: self._store.known(raws, cleaner=CLEANER))
        fresh = [raw for raw, outcome in zip(raws, known, strict=True) if outcome is None]
        rejected = [document for document in batch.documents if isinstance(document, Rejection)]
        now = self._clock()
        prepared = prepare(fresh, self._pages, now=now, furniture=self._furniture)
        return Ready(
            number=batch.number,
            documents=(*rejected, *self._boilerplate.sifted(prepared, now=now)),
            known=Counter(outcome for outcome in known if outcome is not None),
            file_key=batch.file_key,
            end=batch.end,
        )

    def store(self, ready: Ready) -> Tally:
        """Store a batch in one transaction; give how many documents had which outcome, by source."""
        with self._alone():
            number, tally = self._stored
            if number != ready.number:
                tally = self._store.store_batch(
                    self.run, ready.documents, known=ready.known, cleaner=CLEANER, now=self._clock()
                )
                # Kept: if the file cannot be remembered now, trying again must not count the batch again.
                self._stored = (ready.number, tally)
                self._count_file(ready, tally)
            if ready.end is not None:
                self._remember(ready.end)
        self._watch.stored(tally.total())
        return tally

    def take_again(self, end: FileEnd) -> Tally:
        """Count the documents of a file that was skipped, because it was taken before."""
        with self._alone():
            tally = take_again(self._engine, self.run, end.file_key, now=self._clock())
        self._met += tally.total()
        self._watch.stored(tally.total())
        return tally

    def finish(self) -> LoadReport:
        """End the run, whose outcomes must add up to the documents met, and let search know what is new."""
        with self._alone():
            tally = patiently(lambda: finish_run(self._engine, self.run, met=self._met, now=self._clock()))
            self._ended = True
        try:
            catch_up(self._settings.database_url)
        except DatabaseProblem as problem:  # what waits is indexed by the next load, or by a search
            log.warning("search does not know all of run %d yet: %s", self.run, problem)
        return LoadReport(
            run=self.run,
            met=self._met,
            outcomes=by_outcome(tally),
            stories=count_stories(self._engine),
            seconds=time.monotonic() - self._began,
        )

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the run."""
        self._ending.wait(seconds)

    def _furniture(self, sites: Collection[str]) -> Furniture:
        return patiently(lambda: self._store.furniture(sites))

    def _count_file(self, ready: Ready, tally: Tally) -> None:
        if ready.file_key != self._file_key:  # the one before has ended, or broken off
            self._file_key, self._file_tally = ready.file_key, Counter()
        self._file_tally += tally

    def _remember(self, end: FileEnd) -> None:
        """Let a file that is stored in whole not be read again, unless that may go better another time."""
        tally = self._file_tally
        if _MAY_PASS.isdisjoint(outcome for _, outcome in tally):
            now = self._clock()
            remember_file(self._engine, self.run, end.file_key, end.path, tally, cleaner=CLEANER, now=now)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._writing:
            if self._ended:
                raise RuntimeError(f"run {self.run} has ended")
            yield


def run_load(paths: Sequence[str], *, source: str | None, settings: Settings, watch: Watcher) -> LoadReport:
    """Load in this process, without Prefect.

    Raises what the steps raise; the run row then says why it ended.
    """
    for revision in upgrade(settings.database_url):
        log.info("database brought to schema %s", revision)
    with ThreadPoolExecutor(1, "store") as storing, OpenLoad(settings, paths, watch=watch) as load:

        def in_other_thread(write: Callable[[], Tally]) -> Tally:
            return storing.submit(patiently, write, sleep=load.pause).result()

        drive(
            load.batches(source=source),
            prepare=load.prepare,
            store=lambda ready: in_other_thread(lambda: load.store(ready)),
            take_again=lambda end: in_other_thread(lambda: load.take_again(end)),
        )
        return load.finish()


def end_abandoned(database_url: str, *, prefect_id: str, error: str) -> None:
    """Close the run row of that Prefect flow run, where it is still open."""
    with reading(database_url) as reader:
        runs = [run for run in list_runs(reader, now=now_utc(), limit=_RECENT_RUNS) if run.prefect_id == prefect_id]
    engine = connect(database_url)
    try:
        for run in runs:
            if run.finished_at is None:
                finish_run(engine, run.id, met=sum(run.outcomes.values()), now=now_utc(), error=error)
    finally:
        engine.dispose()


def why(error: BaseException) -> str:
    """Say in one line why a run ended early."""
    is_signal = isinstance(error, KeyboardInterrupt) or type(error).__name__ == "TerminationSignal"  # Prefect's
    return "stopped by signal" if is_signal else f"{type(error).__name__}: {first_line(error)}"


def _what(paths: Sequence[str]) -> str:
    """Say in one line what is to be loaded.

    >>> _what(["inbox", "a.html", "b.html", "c.html", "d.html"])
    'inbox, a.html, b.html and 2 more'
    """
    shown, more = ", ".join(paths[:3]), len(paths) - 3
    return f"{shown} and {more:,} more" if more > 0 else shown
