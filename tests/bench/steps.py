"""Which step of a load the processor works for: a clock of processor time asks, thousands of times, what runs.

The shipped code runs as it is: no function is wrapped, and what is asked costs a few microseconds a millisecond.
"""

import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType

_EVERY_S = 0.001  # of processor time
SIGN, CANDIDATES, VERIFY, PROFILE, SCORE, STORE, LOAD, SEARCH = (
    *("sign", "candidates", "verify"),
    *("profile", "score", "store", "load", "search"),
)
COPIES = (LOAD, SIGN, CANDIDATES, VERIFY, STORE)
COVERAGE = (PROFILE, SCORE)

# What a function, and all that it calls, works for; the innermost that is named here counts.
_WORK = {
    "flows.open_run:OpenRun._finish_row": STORE,
    "ingest.cluster.analysis:analyse": SIGN,
    "ingest.cluster.profile:profiles": PROFILE,
    "storage.indexes.candidates:twins": CANDIDATES,
    "storage.indexes.candidates:text_candidates": CANDIDATES,
    "storage.indexes.events:event_candidates": SCORE,
    "storage.indexes.events:term_postings": PROFILE,
    "storage.indexes.events:Vectors.put": PROFILE,
    "storage.indexes.events:Vectors.read": SCORE,
    "storage.stories.evidence:Finder._prepare": VERIFY,
    "storage.stories.evidence:Finder._leave_out_others": VERIFY,
    "storage.stories.evidence:Finder._lay_first": VERIFY,
    "storage.stories.evidence:Finder.links": VERIFY,
    "storage.stories.linking:Linker.likely": SCORE,
    "storage.stories.linking:Linker.link": SCORE,
    "storage.stories.writes:_shared_words": SCORE,
    "storage.asking.search:catch_up": SEARCH,
    "storage.store:Store.known": STORE,
    "storage.store:Store.store_batch": STORE,
}
_INDEX = ("storage.indexes.segments", "Segments.add")
_OF_TERMS = frozenset({"term", "frequency"})


class Steps:
    """Processor seconds by step; what none of the named functions does is LOAD."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._last = 0.0
        for name in _WORK:
            module, _, path = name.partition(":")
            found: object = import_module(module)
            for part in path.split("."):
                found = getattr(found, part)  # AttributeError: a step was renamed, and would be counted as another

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count what the main thread does meanwhile."""
        before = signal.signal(signal.SIGPROF, self._ask)
        self._last = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

    def _ask(self, _: int, frame: FrameType | None) -> None:
        now = time.process_time()  # a call into C may have lasted for many periods
        self.seconds[_step(frame)] += now - self._last
        self._last = now


def _step(frame: FrameType | None) -> str:
    while frame is not None:
        module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_qualname
        if (module, name) == _INDEX and frame.f_locals["kind"].value in _OF_TERMS:
            return PROFILE
        if (step := _WORK.get(f"{module}:{name}")) is not None:
            return step
        frame = frame.f_back
    return LOAD
