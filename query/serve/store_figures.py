"""The store as Prometheus sees it: asked now and then, and told as one moment."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ingest.outcome import Outcome
from storage.reading import Reader
from storage.watching.figures import StoreFigures, store_figures

_KEPT_S = 10.0  # more than one may watch


class StoreCollector(Collector):
    """The figures of the store as they were a few seconds ago."""

    def __init__(self, *, kept_s: float = _KEPT_S) -> None:
        self._lock = threading.Lock()
        self._kept_s, self._until = kept_s, 0.0
        self._figures: StoreFigures | None = None
        self._documents = Counter({outcome.value: 0 for outcome in Outcome})

    def look(self, reader: Reader, *, now: datetime) -> None:
        """Ask the store anew, if that was not done just now."""
        with self._lock:
            if time.monotonic() >= self._until:
                found = store_figures(reader, now=now)
                if self._figures is not None:
                    # Like every counter of this server, it begins at its start.
                    before = self._figures.tallies
                    for (run, outcome), count in found.tallies.items():
                        self._documents[outcome] += count - before.get((run, outcome), 0)
                self._figures, self._until = found, time.monotonic() + self._kept_s

    def collect(self) -> Iterator[Metric]:
        """Give what was found; nothing before the first look."""
        with self._lock:
            found, documents = self._figures, dict(self._documents)
        if found is None:
            return
        yield GaugeMetricFamily("newsfold_database_bytes", "Size of the database.", value=found.database_bytes)
        waiting = "Pages listed and not fetched yet, counted up to a hundred thousand."
        yield GaugeMetricFamily("newsfold_pages_waiting", waiting, value=found.waiting)
        met = "Documents that runs met since this server began, by outcome."
        yield _labelled(CounterMetricFamily("newsfold_documents", met, labels=["outcome"]), documents)
        completed = GaugeMetricFamily(
            "newsfold_run_completed_timestamp_seconds", "When a run last ended without an error.", labels=["flow"]
        )
        yield _labelled(completed, {flow: at.timestamp() for flow, at in found.completed_at.items()})
        yield from _of_sources(found)
        yield from _of_hooks(found)


def _of_sources(found: StoreFigures) -> Iterator[Metric]:
    sources = found.sources
    succeeded = {one.source: one.succeeded_at.timestamp() for one in sources if one.succeeded_at is not None}
    newest = {one.source: one.newest_at.timestamp() for one in sources if one.newest_at is not None}
    for name, says, values in (
        ("succeeded_timestamp_seconds", "When the source last answered as it should.", succeeded),
        ("newest_timestamp_seconds", "When the source last listed something new.", newest),
        ("failing", "1 where the source fails or is retired.", {one.source: one.is_failing for one in sources}),
        ("silent", "1 where it lists nothing new against its habit.", {one.source: one.is_silent for one in sources}),
    ):
        yield _labelled(GaugeMetricFamily(f"newsfold_source_{name}", says, labels=["source"]), values)


def _of_hooks(found: StoreFigures) -> Iterator[Metric]:
    for name, says, values in (
        (
            "behind",
            "Changes since the last one that the webhook was told.",
            {one.hook: one.behind for one in found.hooks},
        ),
        ("failing", "1 where its address fails, or it is paused.", {one.hook: one.is_failing for one in found.hooks}),
    ):
        told = {str(hook): value for hook, value in values.items()}
        yield _labelled(GaugeMetricFamily(f"newsfold_hook_{name}", says, labels=["hook"]), told)


def _labelled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, float]) -> Metric:
    for label, value in values.items():
        family.add_metric([label], value)
    return family
