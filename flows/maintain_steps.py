"""The steps of a maintenance run, for whoever walks them: this process (run_maintain) or Prefect (flows/maintain.py).

    OpenMaintain.batches() | OpenMaintain.prepare | OpenMaintain.store | OpenMaintain.finish()

What sites have shown to be their own lines is taken from the articles that were stored before it was known. A run
that breaks off has done a part; the next one looks at all of it again, and changes only the rest.
"""

import itertools
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from flows.patience import patiently
from flows.progress import Watcher
from flows.report import LoadReport, by_outcome
from flows.settings import Settings
from flows.steps import Clock, now_utc, why
from ingest.cluster.analysis import analyse
from ingest.document import Article, Prepared
from ingest.outcome import Outcome
from ingest.site_lines import site_of, without
from storage.database import connect, upgrade
from storage.reading import DatabaseProblem
from storage.runs import Tally, count_stories, finish_run, start_run
from storage.search import catch_up
from storage.site_lines import mark_applied, unapplied
from storage.store import Store
from storage.stored import stored_articles, variants_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVariants:
    """Variants that are worked over in one transaction."""

    number: int  # from 1
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recleaned:
    """The same, ready to be stored."""

    number: int
    articles: tuple[Prepared, ...]  # those that have less text now
    known: Tally  # the others


class OpenMaintain:
    """What stays open while one maintenance run lasts: its run row, the store, the lines that it takes away."""

    def __init__(
        self, settings: Settings, *, watch: Watcher, prefect_id: str | None = None, clock: Clock = now_utc
    ) -> None:
        self._settings = settings
        self._watch = watch
        self._clock = clock
        self._began = time.monotonic()
        self._engine = connect(settings.database_url)
        self._store = Store(self._engine)
        self._writing = threading.Lock()
        self._ending = threading.Event()
        self._ended = False
        self._met = 0
        self._stored: tuple[int, Tally] = (0, Counter())  # the last batch that was
        self._lines = unapplied(self._engine)
        what = f"lines that {len(self._lines):,} site{'' if len(self._lines) == 1 else 's'} bore on many pages"
        self.run = start_run(self._engine, flow="maintain", what=what, now=clock(), prefect_id=prefect_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        with self._writing:  # a batch that is being stored is stored
            if error is not None and not self._ended:
                finish_run(self._engine, self.run, met=self._met, now=self._clock(), error=why(error))
            self._ended = True
        self._engine.dispose()

    def batches(self) -> Iterator[StoredVariants]:
        """Give the variants of the sites that more is known of, in batches."""
        ids = variants_of(self._engine, self._lines.keys()) if self._lines else iter(())
        for number in itertools.count(1):
            batch = tuple(itertools.islice(ids, self._settings.batch_documents))
            if not batch:
                return
            self._met += len(batch)
            yield StoredVariants(number=number, ids=batch)

    def prepare(self, batch: StoredVariants) -> Recleaned:
        """Take the sites' own lines from the stored articles, and analyse what is left of those that have some."""
        stored = patiently(lambda: stored_articles(self._engine, batch.ids))
        known: Tally = Counter()
        less: list[Article] = []
        for article in stored:
            left = without(article, self._lines.get(site_of(article.url), ()))
            if left.text in (article.text, ""):  # an article of nothing but such lines stays: ids are for good
                known[article.source, Outcome.UNCHANGED] += 1
            else:
                less.append(left)
        return Recleaned(number=batch.number, articles=tuple(analyse(less)), known=known)

    def store(self, ready: Recleaned) -> Tally:
        """Store a batch in one transaction; give how many articles had which outcome, by source."""
        with self._writing:
            if self._ended:
                raise RuntimeError(f"run {self.run} has ended")
            number, tally = self._stored
            if number != ready.number:
                tally = self._store.reclean(self.run, ready.articles, known=ready.known, now=self._clock())
                self._stored = (ready.number, tally)
        self._watch.stored(tally.total())
        return tally

    def finish(self) -> LoadReport:
        """End the run, and note that its lines are taken from everything that is stored."""
        with self._writing:
            patiently(lambda: mark_applied(self._engine, self._lines))
            tally = patiently(lambda: finish_run(self._engine, self.run, met=self._met, now=self._clock()))
            self._ended = True
        try:
            catch_up(self._settings.database_url)
        except DatabaseProblem as problem:  # what waits is indexed by the next run, or by a search
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


def run_maintain(*, settings: Settings, watch: Watcher, clock: Clock = now_utc) -> LoadReport:
    """Work over what is stored in this process, without Prefect.

    Raises what the steps raise; the run row then says why it ended.
    """
    for revision in upgrade(settings.database_url):
        log.info("database brought to schema %s", revision)
    with ThreadPoolExecutor(1, "store") as storing, OpenMaintain(settings, watch=watch, clock=clock) as maintain:
        for batch in maintain.batches():
            ready = maintain.prepare(batch)
            storing.submit(patiently, lambda ready=ready: maintain.store(ready), sleep=maintain.pause).result()
        return maintain.finish()
