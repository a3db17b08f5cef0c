"""The steps of a maintenance run, for whoever walks them: this process (run_maintain) or Prefect (flows/maintain.py).

    retry_our_faults()
    OpenMaintain.batches() | OpenMaintain.prepare | OpenMaintain.store
    OpenMaintain.adjust() | OpenMaintain.keep_house() | OpenMaintain.finish()

What failed by our own fault is tried again; see flows/maintaining/replay_steps.py.
What sites have shown to be their own lines is taken from the articles that were stored before it was known, and what
an earlier release cleaned or signed is cleaned and signed again: flows/maintaining/reworking.py. A run that breaks off
has done a part; the next one does the rest. What is old is let go of at last.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from types import TracebackType
from uuid import uuid4

from flows.maintaining.prefect_history import PREFECT, forget_flow_runs
from flows.maintaining.replay_steps import OUR_FAULTS, retry_our_faults
from flows.maintaining.report import Adjusted, MaintainReport, Plan
from flows.maintaining.reworking import Ready, StoredVariants, Turn, count_variants, worked_over
from flows.open_run import Clock, OpenRun, batch_name, bring_up, now_utc
from flows.patience import patiently
from flows.progress import Watcher
from flows.settings import Settings
from flows.telling.report import LoadReport, by_outcome
from ingest.clean import CLEANER
from storage.database import connected
from storage.indexes.horizon import index_too_old, let_index_go
from storage.running.raws import count_chosen
from storage.running.runs import Tally, count_stories
from storage.stories.site_lines import mark_applied, unapplied
from storage.tuning.applying import Applying
from storage.upkeep.retention import let_go, too_old
from storage.upkeep.stored import count_old, stored_articles, variants_of
from storage.upkeep.tidying import tidy


class OpenMaintain(OpenRun):
    """A maintenance run: the lines that it takes away, and what it let go of."""

    def __init__(
        self,
        settings: Settings,
        *,
        watch: Watcher,
        thresholds: Mapping[str, float] | None = None,
        prefect_id: str | None = None,
        clock: Clock = now_utc,
    ) -> None:
        self._lines = _unapplied(settings.database_url)
        self._thresholds = thresholds or {}
        self._adjusted: Adjusted | None = None
        sites = f"{len(self._lines):,} site{'' if len(self._lines) == 1 else 's'}"
        what = f"what is old, what an earlier release made, lines that {sites} bore on many pages"
        what += "".join(f", {name} threshold {least:g}" for name, least in self._thresholds.items())
        super().__init__(settings, flow="maintain", what=what, watch=watch, prefect_id=prefect_id, clock=clock)
        self._turn = Turn(self._engine, owner=f"run {self.run} {uuid4().hex[:12]}", lease_s=settings.lease_s)
        self._resigned: dict[int, int] = {}  # by batch
        self._gone: Counter[str] = Counter()  # rows, by table
        self._given_bytes = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as last:
            last.callback(super().__exit__, kind, error, trace)
            last.callback(self._turn.give_back)

    def batches(self) -> Iterator[StoredVariants]:
        """Give the variants of the sites that more is known of, and what an earlier release made, in batches.

        Nothing where another maintenance is at it.
        """
        if not self._turn.take():
            return
        self._watch.expect(count_variants(self._engine, self._lines.keys()))
        ids = variants_of(self._engine, self._lines.keys(), cleaner=CLEANER)
        for number in itertools.count(1):
            batch = tuple(itertools.islice(ids, self._settings.batch_documents))
            if not batch:
                return
            self._met += len(batch)
            yield StoredVariants(number=number, ids=batch)

    def prepare(self, batch: StoredVariants) -> Ready:
        """Clean the stored articles again, without their sites' own lines, and analyse those that change."""
        stored = patiently(lambda: stored_articles(self._engine, batch.ids))
        return worked_over(batch.number, stored, self._lines)

    def store(self, ready: Ready) -> Tally:
        """Store a batch in one transaction; give how many articles had which outcome, by source."""
        with self._alone():
            tally = self._store_once(
                ready.number,
                lambda: self._store.rework(
                    self.run, ready.work, known=ready.known, now=self._clock(), name=batch_name(ready.number)
                ),
            )
        self._resigned[ready.number] = len(ready.work.resigned)
        self._turn.renew()
        self._watch.stored(tally.total())
        return tally

    def adjust(self) -> None:
        """Apply the thresholds that the run was given to all that is stored."""
        if not self._thresholds:
            return
        with Applying(self._settings.database_url, self._thresholds, run_id=self.run, clock=self._clock) as work:
            for group in patiently(lambda: list(work.groups())):
                with self._alone():
                    patiently(partial(work.apply, group))
            with self._alone():
                patiently(work.finish)
        applied, counts = work.applied, work.applied.counts
        self._adjusted = Adjusted(
            copy=applied.then.copy,
            coverage=applied.then.coverage,
            before={"copy": applied.now.copy, "coverage": applied.now.coverage},
            links=applied.links,
            merged=counts.merged,
            split=counts.split,
            canonical=counts.canonical,
        )

    def keep_house(self) -> None:
        """Let go of what is old, in small transactions, and give back the room; breaks off where the run does."""
        now = self._clock()
        patiently(lambda: self._let_go(now), sleep=self.pause)
        shrunk = [table for table, rows in self._gone.items() if rows]
        if not self._ending.is_set():
            self._given_bytes = patiently(lambda: tidy(self._engine, shrunk), sleep=self.pause)
            self._gone[PREFECT] += forget_flow_runs(self._settings, now=now)

    def _let_go(self, now: datetime) -> None:
        keep = self._settings.keep
        for table, rows in itertools.chain(
            let_go(self._engine, keep, now=now), let_index_go(self._engine, keep, now=now)
        ):
            self._gone[table] += rows
            if self._ending.is_set():
                return

    def finish(self, retried: LoadReport | None) -> MaintainReport:
        """End the run, and note that its lines are taken from everything that is stored."""
        if self._turn.is_ours:
            with self._alone():
                patiently(lambda: mark_applied(self._engine, self._lines))
        tally = self._finish_row()
        return MaintainReport(
            run=self.run,
            met=self._met,
            outcomes=by_outcome(tally),
            stories=count_stories(self._engine),
            seconds=self._seconds(),
            retried=retried.outcomes if retried else {},
            resigned=sum(self._resigned.values()),
            adjusted=self._adjusted,
            gone={table: rows for table, rows in self._gone.items() if rows},
            given_bytes=self._given_bytes,
        )


def _unapplied(database_url: str) -> dict[str, frozenset[int]]:
    with connected(database_url) as engine:
        return unapplied(engine)


def plan(*, settings: Settings, thresholds: Mapping[str, float] | None = None, clock: Clock = now_utc) -> Plan:
    """Tell what a maintenance would do now; nothing is done but an upgrade of the schema."""
    bring_up(settings)
    now, keep = clock(), settings.keep
    lines = _unapplied(settings.database_url)
    with connected(settings.database_url) as engine:
        gone = too_old(engine, keep, now=now) | index_too_old(engine, keep, now=now)
        return Plan(
            lines=sum(map(len, lines.values())),
            variants=count_variants(engine, lines.keys()),
            old=count_old(engine, cleaner=CLEANER),
            retries=count_chosen(engine, OUR_FAULTS).kept,
            thresholds=dict(thresholds or {}),
            gone=gone | {PREFECT: forget_flow_runs(settings, now=now, dry_run=True)},
        )


def run_maintain(
    *,
    settings: Settings,
    watch: Watcher,
    thresholds: Mapping[str, float] | None = None,
    clock: Clock = now_utc,
) -> MaintainReport:
    """Work over what is stored in this process, without Prefect; `thresholds` by name, where some are to be applied.

    Raises what the steps raise; the run row then says why it ended.
    """
    retried = retry_our_faults(settings=settings, watch=watch, clock=clock)
    bring_up(settings)
    opened = OpenMaintain(settings, watch=watch, thresholds=thresholds, clock=clock)
    with ThreadPoolExecutor(1, "store") as storing, opened as maintain:
        for batch in maintain.batches():
            ready = maintain.prepare(batch)
            storing.submit(patiently, lambda ready=ready: maintain.store(ready), sleep=maintain.pause).result()
        storing.submit(maintain.adjust).result()
        storing.submit(maintain.keep_house).result()
        return maintain.finish(retried)
