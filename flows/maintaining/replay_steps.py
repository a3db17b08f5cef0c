"""The steps of a replay: rejected documents whose inputs are kept are cleaned, clustered and stored as if they came.

OpenReplay.batches() | OpenReplay.prepare | OpenReplay.store | OpenReplay.finish()
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from flows.loading.boilerplate import Boilerplate
from flows.open_run import Clock, OpenRun, bring_up, now_utc
from flows.patience import patiently
from flows.progress import Watcher
from flows.settings import Settings
from flows.telling.report import LoadReport, by_outcome
from ingest.document import Prepared
from ingest.outcome import Outcome, Rejection
from ingest.prepare import prepare
from storage.database import connected
from storage.keys import rejection_key
from storage.running.raws import Again, Chosen, Counted, Inputs, count_chosen, keep, to_try_again
from storage.running.runs import Tally, count_stories

OUR_FAULTS = Chosen(is_our_fault=True)
_AT_ONCE = 200  # inputs in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Inputs that were tried again, ready to be stored."""

    number: int  # from 1
    documents: tuple[Prepared | Rejection, ...]
    known: Tally  # those of which a later version is stored
    inputs: Inputs


class OpenReplay(OpenRun):
    """A run over inputs that were rejected before."""

    def __init__(
        self,
        settings: Settings,
        chosen: Chosen,
        *,
        watch: Watcher,
        prefect_id: str | None = None,
        clock: Clock = now_utc,
    ) -> None:
        super().__init__(settings, flow="replay", what=str(chosen), watch=watch, prefect_id=prefect_id, clock=clock)
        self._chosen = chosen
        self._boilerplate = Boilerplate()

    def batches(self) -> Iterator[tuple[int, list[Again]]]:
        """Give the inputs in batches, numbered from 1."""
        again = to_try_again(self._engine, self._chosen, at_once=min(_AT_ONCE, self._settings.batch_documents))
        for number in itertools.count(1):
            batch = patiently(lambda: next(again, None))
            if batch is None:
                return
            self._met += len(batch)
            yield number, batch

    def prepare(self, number: int, batch: list[Again]) -> Tried:
        """Clean and analyse the inputs as they were when they came, whatever was thought of them then."""
        now = self._clock()
        fresh = [again for again in batch if not again.is_overtaken]
        raws = [again.raw for again in fresh]
        prepared = prepare(raws, self._pages, now=now, furniture=self._furniture)
        documents = self._boilerplate.sifted(prepared, now=now)
        still = {rejection_key(item.source, item.url) for item in documents if isinstance(item, Rejection)}
        most_bytes = self._settings.raw_bytes
        return Tried(
            number=number,
            documents=tuple(documents),
            known=Counter((_source(again), Outcome.UNCHANGED) for again in batch if again.is_overtaken),
            inputs=Inputs(
                kept=keep(raws, documents, most_bytes=most_bytes),
                most_bytes=most_bytes,
                settled={again.url_key for again in batch} - still,
            ),
        )

    def store(self, tried: Tried) -> Tally:
        """Store a batch in one transaction; give how many documents had which outcome, by source."""
        with self._alone():
            tally = self._store_batch(tried.number, tried.documents, known=tried.known, inputs=tried.inputs)
        self._watch.stored(tally.total())
        return tally

    def finish(self) -> LoadReport:
        """End the run, whose outcomes must add up to the documents met. Raises DoesNotAddUp where they do not."""
        tally = self._finish_row()
        return LoadReport(
            run=self.run,
            met=self._met,
            outcomes=by_outcome(tally),
            stories=count_stories(self._engine),
            seconds=self._seconds(),
        )


def run_replay(
    chosen: Chosen, *, settings: Settings, watch: Watcher, prefect_id: str | None = None, clock: Clock = now_utc
) -> LoadReport:
    """Try again, in this process, what was rejected and is chosen; `prefect_id` names the flow run it is part of.

    Raises what the steps raise; the run row then says why it ended.
    """
    bring_up(settings)
    opened = OpenReplay(settings, chosen, watch=watch, prefect_id=prefect_id, clock=clock)
    with ThreadPoolExecutor(1, "store") as storing, opened as replay:
        for number, batch in replay.batches():
            tried = replay.prepare(number, batch)
            storing.submit(patiently, lambda tried=tried: replay.store(tried), sleep=replay.pause).result()
        return replay.finish()


def retry_our_faults(
    *, settings: Settings, watch: Watcher, prefect_id: str | None = None, clock: Clock = now_utc
) -> LoadReport | None:
    """Try again what failed by our own fault, a bounded number of times; None where there is nothing."""
    if not count_replayable(OUR_FAULTS, settings=settings).kept:
        return None
    return run_replay(OUR_FAULTS, settings=settings, watch=watch, prefect_id=prefect_id, clock=clock)


def count_replayable(chosen: Chosen, *, settings: Settings) -> Counted:
    """Count what a replay would try again."""
    bring_up(settings)
    with connected(settings.database_url) as engine:
        return count_chosen(engine, chosen)


def _source(again: Again) -> str:
    return again.raw.source or again.raw.folder
