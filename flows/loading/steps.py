"""The steps of a load, for whoever walks them: this process (run_load) or Prefect (flows/load.py).

OpenLoad.batches() | drive(OpenLoad.prepare, OpenLoad.store) | OpenLoad.finish()
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from flows.loading.batches import Batch, Skipped, Taken, batches
from flows.loading.boilerplate import Boilerplate
from flows.loading.signing import Signed, sign_batch
from flows.open_run import Clock, OpenRun, bring_up, now_utc
from flows.patience import patiently
from flows.progress import Watcher
from flows.settings import Settings
from flows.telling.report import LoadReport, by_outcome
from ingest.clean import CLEANER
from ingest.document import Prepared
from ingest.load import FileEnd, load
from ingest.outcome import Rejection
from ingest.prepare import sign_again
from storage.running.raws import Inputs
from storage.running.runs import Tally, count_stories, remember_file, take_again, taken_files
from storage.store import Arrived

ReadT = TypeVar("ReadT")
ReadyT = TypeVar("ReadyT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A batch that waits to be stored."""

    number: int
    documents: tuple[Prepared | Rejection, ...]
    known: Tally  # those met before, which need no storing
    inputs: Inputs  # of the rejected
    file_key: int | None  # as in Batch
    end: FileEnd | None


def drive(
    items: Iterable[ReadT | Skipped],
    *,
    prepare: Callable[[ReadT], ReadyT],
    store: Callable[[ReadyT], object],
    take_again: Callable[[Skipped], object],
) -> None:
    """Walk the batches through, one after the other.

    To prepare one while another is stored was tried, and took half as long again: where both are Python,
    the one that stores waits for the interpreter's lock after each statement.
    """
    for item in items:
        if isinstance(item, Skipped):
            take_again(item)
        else:
            store(prepare(item))


class OpenLoad(OpenRun):
    """A load: what it reads, which of its files are remembered, what it came to."""

    def __init__(
        self,
        settings: Settings,
        paths: Sequence[str],
        *,
        watch: Watcher,
        prefect_id: str | None = None,
        clock: Clock = now_utc,
    ) -> None:
        super().__init__(settings, flow="load", what=_what(paths), watch=watch, prefect_id=prefect_id, clock=clock)
        self._paths = [Path(path) for path in paths]
        self._boilerplate = Boilerplate()
        self._file_key: int | None = None  # the file of many documents that is being stored
        self._file_tally: Tally = Counter()
        self._counted = 0  # the last batch that is in it

    def batches(self, *, source: str | None) -> Iterator[Batch | Skipped]:
        """Read the documents in batches. Raises PathProblem for a path that is not there."""
        taken = Taken(taken_files(self._engine, cleaner=CLEANER))
        items = load(self._paths, source=source, now=self._clock(), taken=taken, progress=self._watch.read)
        sizes = self._settings
        for item in batches(items, taken, documents=sizes.batch_documents, body_bytes=sizes.batch_bytes):
            self._met += len(item.documents) if isinstance(item, Batch) else 0
            yield item

    def prepare(self, batch: Batch) -> Ready:
        """Clean and analyse those documents of a batch that were never met before."""
        signed = self.sign(batch)
        return self._ready(signed, signed.prepared, now=self._clock())

    def sign(self, batch: Batch) -> Signed:
        """Clean and sign them, by what is known now."""
        return sign_batch(batch, self._pages, now=self._clock(), known=self._known, furniture=self._furniture)

    def settle(self, signed: Signed) -> Ready:
        """Make ready what was signed elsewhere, as prepare() would have done it here and now.

        What was stored meanwhile may have told more of a document, or of its site, than was known there.
        """
        now = self._clock()
        known = self._known([_arrived(item) for item in signed.prepared])
        fresh = [at for at, outcome in enumerate(known) if outcome is None]
        prepared = sign_again(
            [signed.cleaned[at] for at in fresh],
            [signed.prepared[at] for at in fresh],
            now=now,
            furniture=self._furniture,
        )
        tally: Tally = signed.known + Counter(outcome for outcome in known if outcome is not None)
        return self._ready(replace(signed, known=tally), prepared, now=now)

    def _ready(self, signed: Signed, prepared: Sequence[Prepared | Rejection], *, now: datetime) -> Ready:
        documents = self._boilerplate.sifted(prepared, now=now)
        return Ready(
            number=signed.number,
            documents=(*signed.rejected, *documents),
            known=signed.known,
            inputs=self._inputs(signed.fresh, documents),
            file_key=signed.file_key,
            end=signed.end,
        )

    def store(self, ready: Ready) -> Tally:
        """Store a batch in one transaction; give how many documents had which outcome, by source.

        Tried again, it is not counted again. Raises RuntimeError once the run has ended.
        """
        with self._alone():
            tally = self._store_batch(ready.number, ready.documents, known=ready.known, inputs=ready.inputs)
            self._count_file(ready, tally)
            if ready.end is not None:
                self._remember(ready.end)
        self._watch.stored(tally.total())
        return tally

    def take_again(self, skipped: Skipped) -> Tally:
        """Count the documents of files that were skipped, because they were taken before.

        Tried again, they are not counted again.
        """
        keys, name = [end.file_key for end in skipped.ends], f"skipped {skipped.number}"
        with self._alone():
            tally = take_again(self._engine, self.run, keys, now=self._clock(), name=name)
        self._met += tally.total()
        self._watch.stored(tally.total())
        return tally

    def finish(self) -> LoadReport:
        """End the run, whose outcomes must add up to the documents met, and let search know what is new.

        Raises DoesNotAddUp where they do not.
        """
        tally = self._finish_row()
        return LoadReport(
            run=self.run,
            met=self._met,
            outcomes=by_outcome(tally),
            stories=count_stories(self._engine),
            seconds=self._seconds(),
        )

    def _count_file(self, ready: Ready, tally: Tally) -> None:
        if ready.file_key != self._file_key:  # the one before has ended, or broken off
            self._file_key, self._file_tally = ready.file_key, Counter()
        if ready.number != self._counted:  # else its file could not be remembered, and this is another try
            self._file_tally += tally
            self._counted = ready.number

    def _remember(self, end: FileEnd) -> None:
        """Let a file that is stored in whole not be read again, unless that may go better another time."""
        tally, now = self._file_tally, self._clock()
        if not any(outcome.may_pass for _, outcome in tally):
            remember_file(self._engine, self.run, end.file_key, end.path, tally, cleaner=CLEANER, now=now)


def _arrived(item: Prepared | Rejection) -> Arrived:
    return item if isinstance(item, Rejection) else item.article


def run_load(paths: Sequence[str], *, source: str | None, settings: Settings, watch: Watcher) -> LoadReport:
    """Load in this process, without Prefect.

    Raises what the steps raise; the run row then says why it ended.
    """
    bring_up(settings)
    with ThreadPoolExecutor(1, "store") as storing, OpenLoad(settings, paths, watch=watch) as load:

        def in_other_thread(write: Callable[[], Tally]) -> Tally:
            return storing.submit(patiently, write, sleep=load.pause).result()

        drive(
            load.batches(source=source),
            prepare=load.prepare,
            store=lambda ready: in_other_thread(lambda: load.store(ready)),
            take_again=lambda skipped: in_other_thread(lambda: load.take_again(skipped)),
        )
        return load.finish()


def _what(paths: Sequence[str]) -> str:
    """Say in one line what is to be loaded.

    >>> _what(["inbox", "a.html", "b.html", "c.html", "d.html"])
    'inbox, a.html, b.html and 2 more'
    """
    shown, more = ", ".join(paths[:3]), len(paths) - 3
    return f"{shown} and {more:,} more" if more > 0 else shown
