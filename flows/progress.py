"""How far a load is, for whoever watches it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Watcher:
    """Is told how a load goes on; this one keeps it to itself."""

    def read(self, bytes_: int) -> None:
        """Take note of bytes read, of those that size_of() counts."""

    def stored(self, documents: int) -> None:
        """Take note of documents that came to their outcome."""

    def expect(self, count: int) -> None:
        """Take note of how many sources will be asked, or variants worked over."""

    def polled(self, sources: int) -> None:
        """Take note of sources that were asked."""


# A flow's parameters are JSON: who watches it reaches it this way.
watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


def watching() -> Watcher:
    """Give who watches this flow.

    A function: Dask is sent the flow with what it names, and a context variable cannot be sent.
    """
    return watcher.get() or Watcher()


class Bar(Watcher):
    """A progress bar."""

    def __init__(self, progress: "Progress", bar: "TaskID") -> None:
        self._progress = progress
        self._bar = bar
        self._documents = 0

    def read(self, bytes_: int) -> None:
        """Move the bar on."""
        self._progress.advance(self._bar, bytes_)

    def stored(self, documents: int) -> None:
        """Count up, and say how fast."""
        self._documents += documents
        elapsed = self._progress.tasks[0].elapsed or 0.0
        pace = f", {self._documents / elapsed:,.0f} a second" if elapsed > 0.5 else ""
        self._progress.update(self._bar, documents=f"{self._documents:,} documents{pace}")


class SourcesBar(Bar):
    """A progress bar of sources asked, and of pages had."""

    def expect(self, count: int) -> None:
        """Draw the bar for so many sources."""
        self._progress.update(self._bar, total=count)

    def polled(self, sources: int) -> None:
        """Move the bar on."""
        self._progress.advance(self._bar, sources)


class VariantsBar(Bar):
    """A progress bar of variants worked over."""

    def expect(self, count: int) -> None:
        """Draw the bar for so many variants."""
        self._progress.update(self._bar, total=count, completed=0)

    def stored(self, documents: int) -> None:
        """Move the bar on."""
        super().stored(documents)
        self._progress.advance(self._bar, documents)


@contextmanager
def sources_bar_on_stderr() -> Iterator[Watcher]:
    """Draw a progress bar of a refresh on the standard error stream until the end of the block."""
    with _counting("refresh", "sources") as (progress, bar):
        yield SourcesBar(progress, bar)


@contextmanager
def variants_bar_on_stderr() -> Iterator[Watcher]:
    """Draw a progress bar of a maintenance on the standard error stream until the end of the block."""
    with _counting("maintain", "variants") as (progress, bar):
        yield VariantsBar(progress, bar)


@contextmanager
def _counting(task: str, what: str) -> Iterator[tuple["Progress", "TaskID"]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{what}, {{task.fields[documents]}}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress, progress.add_task(task, total=None, documents="no document yet")


@contextmanager
def bar_on_stderr(total_bytes: int) -> Iterator[Watcher]:
    """Draw a progress bar on the standard error stream until the end of the block."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), DownloadColumn(), TextColumn("{task.fields[documents]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bar(progress, progress.add_task("load", total=total_bytes, documents=""))
