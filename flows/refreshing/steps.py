"""The steps of a refresh, for whoever walks them: this process (run_refresh) or Prefect (flows/refresh.py).

    OpenRefresh.groups() | poll, group by group, beside
    OpenRefresh.batches() | OpenRefresh.prepare | OpenRefresh.store | OpenRefresh.finish()

The event loop, which polls and fetches, has a thread of its own; what it fetches reaches the others through a Basket.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import uuid4

from flows.loading.boilerplate import Boilerplate
from flows.network import Network
from flows.open_run import Clock, OpenRun, bring_up, now_utc
from flows.patience import patiently
from flows.progress import Watcher
from flows.refreshing.basket import Basket, Fetched
from flows.refreshing.gathering import Gathering
from flows.refreshing.polling import due_sources
from flows.settings import SettingProblem, Settings
from flows.telling.report import Asked, RefreshFailed, RefreshReport, by_outcome
from ingest.document import Prepared, RawDocument
from ingest.fetch.archive import WarcArchive
from ingest.fetch.response import Validators
from ingest.outcome import TRIES, Outcome, Rejection
from ingest.prepare import prepare
from ingest.sources import Source, read_sources
from storage.running.addresses import Visit, count_waiting
from storage.running.polls import states
from storage.running.raws import Inputs
from storage.running.runs import Tally, count_stories, keep_sources
from storage.stories.cards import save_outlets

_TRIED_AGAIN_AFTER = timedelta(hours=1)
_FLUSH_S = 10.0  # that a page waits for others to fill its batch
_TOLD_EVERY_S = 5.0  # at most: what a run had of its sources is written again
_GROUPS = 6  # of sources polled beside one another
_GROUP = 50  # sources, at least, but for the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Pages as they came, to be prepared and stored together."""

    number: int  # from 1
    items: tuple[Fetched, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyPages:
    """The same, ready to be stored."""

    number: int
    documents: tuple[Prepared | Rejection, ...]
    known: Tally  # those met before, which need no storing
    visits: tuple[Visit, ...]
    inputs: Inputs  # of the rejected


def chosen_sources(settings: Settings, only: Collection[str]) -> dict[str, Source]:
    """Give the sources that a run is about, by key: those of the list, or `only` some of them.

    Raises SourcesProblem, and SettingProblem for an unknown key or a missing contact address.
    """
    sources = {source.key: source for source in read_sources(settings.sources)}
    unknown = [key for key in only if key not in sources]
    if unknown:
        raise SettingProblem(f"{settings.sources}: there is no source {', '.join(map(repr, unknown))}")
    chosen = {key: source for key, source in sources.items() if not only or key in only}
    public = [key for key, source in chosen.items() if source.access.asks_strangers]
    if public and settings.contact is None:
        raise SettingProblem(
            "NEWSFOLD_CONTACT: set a mail address or URL where those whom newsfold asks can reach you; "
            f"{public[0]!r} is not on this machine"
        )
    return chosen


class OpenRefresh(OpenRun):
    """A refresh: its event loop, which polls and fetches, what that told, and what it came to."""

    def __init__(
        self,
        settings: Settings,
        only: Sequence[str] = (),
        *,
        watch: Watcher,
        prefect_id: str | None = None,
        clock: Clock = now_utc,
    ) -> None:
        self._sources = chosen_sources(settings, only)
        what = ", ".join(only) if only else f"{len(self._sources):,} sources"
        self._is_forced = bool(only)
        self._archive = _archive(settings, now=clock())
        super().__init__(settings, flow="refresh", what=what, watch=watch, prefect_id=prefect_id, clock=clock)
        self._boilerplate = Boilerplate()
        self._basket = Basket(documents=settings.batch_documents, body_bytes=settings.batch_bytes)
        self._network = Network()
        self._polls_over = asyncio.Event()
        self._polls_left = 0
        self._feeding: Future[None] | None = None
        self._asked: list[Asked] = []
        self._told_again = 0.0  # not before
        self._lock = threading.Lock()  # of the two counts above, which many threads change

    def __enter__(self) -> Self:
        super().__enter__()
        with ExitStack() as opened:  # as in OpenRun: what is open when a start is broken off is closed
            opened.push(super().__exit__)
            if self._archive is not None:
                opened.callback(self._archive.close)
            outlets = {key: (source.publisher, source.country) for key, source in self._sources.items()}
            patiently(lambda: save_outlets(self._engine, outlets))
            self._network.start()
            opened.callback(self._network.stop)
            self._gathering = self._network.call(self._make_gathering())
            opened.pop_all()  # from here on __exit__ does it
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        with ExitStack() as last:
            last.callback(super().__exit__, kind, error, trace)
            if self._archive is not None:
                last.callback(self._archive.close)
            last.callback(self._network.stop, self._gathering.close())

    def groups(self) -> list[list[str]]:
        """Begin to fetch, and give the sources to be polled, in groups: each is to be given to poll() once."""
        due: Sequence[str] = list(self._sources)
        if not self._is_forced:
            known = patiently(lambda: states(self._engine, list(self._sources)))
            due = due_sources(known, self._sources, now=self._clock())
        size = max(_GROUP, -(-len(due) // _GROUPS))
        groups = [list(due[first : first + size]) for first in range(0, len(due), size)]
        self._polls_left = len(groups)
        if not groups:
            self._network.tell(self._polls_over.set)
        self._watch.expect(len(due))
        self._feeding = self._network.begin(self._gathering.feed(polls_over=self._polls_over))
        return groups

    def poll(self, keys: Sequence[str]) -> dict[str, int]:
        """Ask sources what is new; give how many of them did what. For many threads at once."""
        try:
            asked = self._network.call(self._gathering.poll(keys))
            with self._lock:
                self._asked += asked
            self._watch.polled(len(keys))
            return dict(Counter(one.outcome for one in asked))
        finally:
            with self._lock:
                self._polls_left -= 1
                if not self._polls_left:
                    self._network.tell(self._polls_over.set)

    def batches(self) -> Iterator[Gathered]:
        """Give the pages in batches, as they come, until no more wait or the time of this run is over.

        Raises what ended the fetching early.
        """
        number = 0
        while (items := self._basket.take(wait_s=_FLUSH_S)) is not None:
            number += 1
            self._met += len(items)
            yield Gathered(number=number, items=tuple(items))
        if self._feeding is not None:
            self._feeding.result()  # raises what it was that ended the fetching

    def prepare(self, batch: Gathered) -> ReadyPages:
        """Clean and analyse those pages of a batch that were never met before."""
        now = self._clock()
        arrived = [item for item in batch.items if isinstance(item.page.document, RawDocument)]
        raws = [item.page.document for item in arrived if isinstance(item.page.document, RawDocument)]
        known = self._known(raws)
        fresh = [at for at, outcome in enumerate(known) if outcome is None]
        prepared = prepare([raws[at] for at in fresh], self._pages, now=now, furniture=self._furniture)
        prepared = self._boilerplate.sifted(prepared, now=now)
        outcomes: dict[int, Outcome | None] = {at: outcome[1] for at, outcome in enumerate(known) if outcome}
        outcomes |= {
            at: item.outcome if isinstance(item, Rejection) else None for at, item in zip(fresh, prepared, strict=True)
        }
        others = [item for item in batch.items if not isinstance(item.page.document, RawDocument)]
        rejected = [item.page.document for item in others if isinstance(item.page.document, Rejection)]
        tally: Tally = Counter(outcome for outcome in known if outcome is not None)
        tally.update((item.source, Outcome.UNCHANGED) for item in others if item.page.document is None)
        visits = [self._visit(item, outcomes[at]) for at, item in enumerate(arrived)]
        visits += [self._visit(item, _outcome_of(item)) for item in others]
        return ReadyPages(
            number=batch.number,
            documents=(*rejected, *prepared),
            known=tally,
            visits=tuple(visit for visit in visits if visit is not None),
            inputs=self._inputs([raws[at] for at in fresh], prepared),
        )

    def store(self, ready: ReadyPages) -> Tally:
        """Store a batch in one transaction; give how many documents had which outcome, by source.

        Tried again, it is not counted again. Raises RuntimeError once the run has ended.
        """
        with self._alone():
            tally = self._store_batch(
                ready.number, ready.documents, known=ready.known, inputs=ready.inputs, visits=ready.visits
            )
        self._network.call(self._gathering.renew())  # the network may be through while much is still to be stored
        if time.monotonic() >= self._told_again:
            self._tell_sources()
        self._watch.stored(tally.total())
        return tally

    def finish(self) -> RefreshReport:
        """End the run, whose outcomes must add up to the documents met, and let search know what is new.

        Raises RefreshFailed when nothing could be done, and DoesNotAddUp.
        """
        failing = [one for one in self._asked if one.is_failure]
        error = None
        if self._asked and len(failing) == len(self._asked) and not self._met:
            error = f"none of {len(failing):,} sources could be had; {failing[0].source}: {failing[0].detail}"
        self._tell_sources()
        tally = self._finish_row(error)
        if error is not None:
            raise RefreshFailed(error)
        return RefreshReport(
            run=self.run,
            met=self._met,
            outcomes=by_outcome(tally),
            stories=count_stories(self._engine),
            seconds=self._seconds(),
            by_source={
                source: {outcome: tally[source, outcome] for outcome in Outcome if tally[source, outcome]}
                for source in sorted({source for source, _ in tally})
            },
            asked=tuple(sorted(self._asked, key=lambda one: one.source)),
            waiting=count_waiting(self._engine, sources=list(self._sources)),
        )

    def _tell_sources(self) -> None:
        """Keep what the run had of each source so far: should it be killed, this names the slow ones."""
        with self._lock:
            asked = tuple(self._asked)
        sources = self._network.call(self._gathering.told(asked))
        patiently(lambda: keep_sources(self._engine, self.run, sources, now=self._clock()))
        self._told_again = time.monotonic() + _TOLD_EVERY_S

    def _visit(self, item: Fetched, outcome: Outcome | None) -> Visit | None:
        if item.url_key is None:
            return None
        next_try_at = item.page.next_try_at
        if next_try_at is None and outcome is not None and outcome.may_pass and item.tries + 1 < TRIES:
            next_try_at = self._clock() + _TRIED_AGAIN_AFTER
        # "Not modified" must never be said of a page that is not stored: another cleaner may take it.
        validators = item.page.validators if outcome is None or outcome.is_stored else Validators()
        return Visit(url_key=item.url_key, outcome=outcome, validators=validators, next_try_at=next_try_at)

    async def _make_gathering(self) -> Gathering:
        return Gathering(
            self._settings,
            self._engine,
            self._sources,
            self._basket,
            owner=f"run {self.run} {uuid4().hex[:12]}",
            clock=self._clock,
            archive=self._archive,
            is_forced=self._is_forced,
        )


def _archive(settings: Settings, *, now: datetime) -> WarcArchive | None:
    try:
        return WarcArchive(settings.archive, now=now) if settings.archive else None
    except OSError as problem:
        raise SettingProblem(
            f"NEWSFOLD_ARCHIVE: no folder can be made at {settings.archive}: {problem.strerror}"
        ) from None


def _outcome_of(item: Fetched) -> Outcome:
    return item.page.document.outcome if isinstance(item.page.document, Rejection) else Outcome.UNCHANGED


def run_refresh(only: Sequence[str], *, settings: Settings, watch: Watcher, clock: Clock = now_utc) -> RefreshReport:
    """Refresh in this process, without Prefect.

    Raises what the steps raise; the run row then says why it ended.
    """
    chosen_sources(settings, only)  # else a mistake would leave a database behind
    bring_up(settings)
    with (
        ThreadPoolExecutor(1, "store") as storing,
        ThreadPoolExecutor(_GROUPS, "poll") as polling,  # left after the run, which breaks off polls when it ends early
        OpenRefresh(settings, only, watch=watch, clock=clock) as refresh,
    ):
        polls = [polling.submit(refresh.poll, group) for group in refresh.groups()]
        for batch in refresh.batches():
            ready = refresh.prepare(batch)
            storing.submit(patiently, lambda ready=ready: refresh.store(ready), sleep=refresh.pause).result()
        for poll in polls:
            poll.result()
        return refresh.finish()
