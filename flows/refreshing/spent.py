"""Where the time of a refresh goes: seconds by source, of polls and of pages."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flows.telling.report import Asked
from storage.views import SourceInRun


@dataclass(slots=True)
class Spent:
    """What one run waited for, by source; filled in one event loop."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    pages: Counter[str] = field(default_factory=Counter)
    slowest_s: dict[str, float] = field(default_factory=dict)  # of its pages

    @contextmanager
    def polling(self, source: str) -> Iterator[None]:
        """Count the time of the block as that of asking the source what is new."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._add(source, time.monotonic() - began)

    @contextmanager
    def fetching(self, source: str) -> Iterator[None]:
        """Count the time of the block as that of one of its pages."""
        began = time.monotonic()
        try:
            yield
        finally:
            took_s = time.monotonic() - began
            self._add(source, took_s)
            self.pages[source] += 1
            self.slowest_s[source] = max(took_s, self.slowest_s.get(source, 0.0))

    def told(self, asked: Iterable[Asked]) -> list[SourceInRun]:
        """Give what the run had of each source: what asking it came to, and the time."""
        answers = {one.source: one for one in asked}
        return [self._of(source, answers.get(source)) for source in sorted(answers.keys() | self.seconds.keys())]

    def _of(self, source: str, answer: Asked | None) -> SourceInRun:
        return SourceInRun(
            source=source,
            outcome=answer.outcome if answer else None,
            detail=answer.detail if answer else "",
            silent_s=answer.silent_s if answer else None,
            seconds=round(self.seconds.get(source, 0.0), 3),
            pages=self.pages[source],
            slowest_s=round(self.slowest_s.get(source, 0.0), 3),
        )

    def _add(self, source: str, seconds: float) -> None:
        self.seconds[source] += seconds
