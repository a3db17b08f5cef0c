"""A cleaned document on a terminal: the article to read, or beside it what was removed."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flows.looking.beside import Run
from flows.looking.clean_report import JOINT, heading, paragraphs, tally
from ingest.document import Article
from ingest.safe import visible

_WIDEST = 88  # characters of a line that is read with ease
_LEAST_WIDE = 72  # a terminal that has room for columns
_SHORT = 32  # characters of a line that shares one with its neighbours


def draw(article: Article, console: Console) -> None:
    """Print an article."""
    _draw_heading(article, console)
    for group in paragraphs(article):
        for line in group:
            console.print(Text(line), width=min(console.width, _WIDEST))
        console.print()


def draw_beside(article: Article, runs: Sequence[Run], console: Console) -> None:
    """Print the lines of a document in their order: on the left what was kept, on the right what was not, and why."""
    _draw_heading(article, console)
    if console.width >= _LEAST_WIDE:
        console.print(_columns(runs))
    else:
        for run in runs:
            style = "dim" if run.rule else ""
            if run.rule:
                console.print(Text(visible(run.rule), style="yellow"))
            for line in map(visible, run.lines):
                console.print(Padding(Text(line, style=style), (0, 0, 0, 2 if run.rule else 0)))
    console.print()
    console.print(Text(tally(runs), style="dim"))


def _draw_heading(article: Article, console: Console) -> None:
    title, *rest = heading(article) if article.title else ["(no title)", *heading(article)]
    console.print(Text(title, style="bold"))
    for part in rest:
        console.print(Text(part, style="cyan"))
    console.print()


def _columns(runs: Sequence[Run]) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1), pad_edge=False, header_style="dim")
    table.add_column("kept", ratio=11)
    table.add_column("removed by", justify="right", ratio=3, style="yellow")
    table.add_column("removed", ratio=8, style="dim")
    for run in runs:
        lines = [visible(line) for line in run.lines]
        if run.rule is None:
            table.add_row("\n" + "\n\n".join(lines) + "\n", "", "")
        else:
            table.add_row("", visible(run.rule), "\n".join(_joined(lines)))
    return table


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """Give short lines on end, as of a menu, on one line."""
    for is_short, some in groupby(lines, key=lambda line: len(line) < _SHORT):
        yield (JOINT if is_short else "\n").join(some)
