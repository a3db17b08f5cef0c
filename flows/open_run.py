"""What is the same in every run, whatever it takes in: its row, the store, the page workers, the counts, its end.

Signals reach the main thread alone. That one prepares and waits; another one stores,
so that no signal ever falls into a transaction.
"""

import gc
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from flows.embedding import embedder_of
from flows.logs import event, log_lines
from flows.patience import first_line, is_of_database, patiently
from flows.progress import Watcher
from flows.settings import Settings
from flows.sign_of_life import signs_of_life
from flows.telling.webhooks import tell_after_run
from ingest.clean import CLEANER
from ingest.document import Prepared, RawDocument
from ingest.outcome import Outcome, Rejection
from ingest.site_lines import Furniture
from ingest.workers import Workers
from storage.asking.search import catch_up
from storage.database import connect, connected
from storage.reading import DatabaseProblem, reading
from storage.running.addresses import Visit
from storage.running.raws import Inputs, keep
from storage.running.runs import Tally, finish_run, start_run
from storage.store import Arrived, Store
from storage.upgrading import upgrade
from storage.watching.journal import runs_of_flow_run

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

_ALLOCATIONS = 250_000  # between two looks for garbage: a batch makes many objects, all of which it needs to its end


def now_utc() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


class OpenRun:
    """What stays open while one run does; a context manager, which closes the run row whatever happens.

    A kind of run adds what it reads, and how a batch of that is prepared and stored.
    """

    def __init__(
        self, settings: Settings, *, flow: str, what: str, watch: Watcher, prefect_id: str | None, clock: Clock
    ) -> None:
        self._settings = settings
        self._watch = watch
        self._clock = clock
        self._began = time.monotonic()
        embedder = embedder_of(settings)
        self._engine = connect(settings.database_url)
        self._store = Store(self._engine, embedder=embedder)
        self._pages = Workers(workers=settings.workers, timeout_s=settings.page_timeout_s)
        self._collects = gc.get_threshold()
        self._writing = threading.Lock()
        self._ending = threading.Event()
        self._ended = False
        self._met = 0  # as the reader counts
        self._stored: tuple[int, Tally] = (0, Counter())  # the last batch that was
        self._flow, self._what = flow, what
        self.run = start_run(self._engine, flow=flow, what=what, now=clock(), prefect_id=prefect_id)
        self._life = signs_of_life(self._engine, self.run, ending=self._ending, clock=clock)

    def __enter__(self) -> Self:
        with ExitStack() as opened:  # whatever breaks it off half-way, what is open by then is closed
            opened.callback(self._engine.dispose)
            opened.enter_context(log_lines(self._settings.log_format, run=self.run, flow=self._flow))
            opened.push(self._close_row)
            log.info("run %d begins: %s", self.run, self._what, extra=event("run-began", what=self._what))
            self._life.start()
            opened.callback(self._life.join)
            opened.callback(self._ending.set)
            opened.enter_context(self._pages)
            gc.freeze()
            opened.callback(gc.unfreeze)
            gc.set_threshold(_ALLOCATIONS, *self._collects[1:])
            opened.callback(gc.set_threshold, *self._collects)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._opened.__exit__(kind, error, trace)

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the run."""
        self._ending.wait(seconds)

    def _known(self, raws: Sequence[Arrived]) -> list[tuple[str, Outcome] | None]:
        """Tell which inputs were met before: see Store.known."""
        return patiently(lambda: self._store.known(raws, cleaner=CLEANER))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep everybody else from writing. Raises RuntimeError once the run has ended."""
        with self._writing:
            if self._ended:
                raise RuntimeError(f"run {self.run} has ended")
            yield

    def _store_once(self, number: int, store: Callable[[], Tally]) -> Tally:
        """Call `store`, which stores the batch of that number, unless it is stored already; give its tally.

        For whoever is alone. Where what comes after it fails, trying again must not count the batch again.
        """
        stored, tally = self._stored
        if stored != number:
            tally = store()
            self._stored = (number, tally)
            counts = _counted(tally)
            log.info("batch %d stored: %s", number, counts, extra=event("batch-stored", batch=number, outcomes=counts))
        return tally

    def _store_batch(
        self,
        number: int,
        documents: Sequence[Prepared | Rejection],
        *,
        known: Tally,
        inputs: Inputs | None = None,
        visits: Sequence[Visit] = (),
    ) -> Tally:
        """Store documents once, in one transaction; give how many had which outcome, by source."""
        return self._store_once(
            number,
            lambda: self._store.store_batch(
                self.run,
                documents,
                known=known,
                cleaner=CLEANER,
                now=self._clock(),
                name=batch_name(number),
                visits=visits,
                inputs=inputs,
            ),
        )

    def _inputs(self, raws: Sequence[RawDocument], documents: Sequence[Prepared | Rejection]) -> Inputs:
        """Give the inputs of those documents that are rejected, packed to be kept."""
        most_bytes = self._settings.raw_bytes
        return Inputs(kept=keep(raws, documents, most_bytes=most_bytes), most_bytes=most_bytes)

    def _furniture(self, sites: Collection[str]) -> Furniture:
        """Give the lines that these sites are known to bear on many pages."""
        return patiently(lambda: self._store.furniture(sites))

    def _finish_row(self, error: str | None = None) -> Tally:
        """End the run, whose outcomes must add up to the documents met, and let search and webhooks know what is new.

        Gives the tally of the run. Raises DoesNotAddUp, and RuntimeError once the run has ended.
        """
        with self._alone():
            tally = patiently(lambda: finish_run(self._engine, self.run, met=self._met, now=self._clock(), error=error))
            self._ended = True
        self._tell_end(tally, error)
        try:
            catch_up(self._settings.database_url)
        except DatabaseProblem as problem:  # what waits is indexed by the next run, or by a search
            log.warning("search does not know all of run %d yet: %s", self.run, problem)
        tell_after_run(self._settings.database_url, contact=self._settings.contact, clock=self._clock)
        return tally

    def _seconds(self) -> float:
        """Give for how long it has run."""
        return time.monotonic() - self._began

    def _tell_end(self, tally: Tally, error: str | None) -> None:
        counts, seconds = _counted(tally), round(self._seconds(), 3)
        said = event("run-ended", met=self._met, outcomes=counts, seconds=seconds, why=error)
        log.info("run %d ends: %s", self.run, error or counts, extra=said)  # whoever started it says what went wrong

    def _close_row(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with self._writing:  # a batch that is being stored is stored
            if error is not None and not self._ended:
                self._close_hurt(why(error))
            self._ended = True

    def _close_hurt(self, said: str) -> None:
        """Say in the row why the run ended early; where that cannot be said either, what ended it stays the reason."""
        try:
            tally = finish_run(self._engine, self.run, met=self._met, now=self._clock(), error=said)
        except Exception as problem:
            if not is_of_database(problem):
                raise
            log.warning("run %d ended early (%s), and its row cannot say so: %s", self.run, said, first_line(problem))
        else:
            self._tell_end(tally, said)


def batch_name(number: int) -> str:
    """Give the name under which a run stores its batch of that number, once."""
    return f"batch {number}"


def bring_up(settings: Settings) -> None:
    """Make the database, or bring it to the schema of this release. Raises DatabaseProblem."""
    for revision in upgrade(settings.database_url):
        log.info("database brought to schema %s", revision)


def end_abandoned(database_url: str, *, prefect_id: str, error: str) -> int | None:
    """Close the run rows that a Prefect flow run left open; give the number of its newest, None where it has none."""
    with reading(database_url) as reader:
        runs = runs_of_flow_run(reader, prefect_id, now=now_utc())
    with connected(database_url) as engine:
        for run in runs:
            if run.finished_at is None:
                finish_run(engine, run.id, met=sum(run.outcomes.values()), now=now_utc(), error=error)
    return runs[0].id if runs else None


def _counted(tally: Tally) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for (_, outcome), count in tally.items():
        counts[outcome.value] += count
    return dict(counts)


def why(error: BaseException) -> str:
    """Say in one line why a run ended early."""
    is_signal = isinstance(error, KeyboardInterrupt) or type(error).__name__ == "TerminationSignal"  # Prefect's
    return "stopped by signal" if is_signal else f"{type(error).__name__}: {first_line(error)}"
