"""What runs came to, as a page for people: Markdown, the same for a terminal and for Prefect.

Titles, addresses and names come from anywhere. What Markdown or HTML would obey in them is escaped, and addresses lose
what may be a secret.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len

from ingest.outcome import Outcome
from ingest.safe import discreet, visible
from query.terminal.since import span
from storage.views import RunView, SourceInRun, StorySummary
from storage.watching.accounts import Account
from storage.watching.alarms import Alarm

_SHOWN = 50  # sources of a table
_SLOWEST = 10
_CELL_CHARS = 160
_OBEYED = re.compile(r"[\\`*\[\]~#!$|]|(?<!\w)_|_(?!\w)|(?<=\w)@(?=\w)|:(?=//)|(?<=www)\.|(?<=mailto):", re.I)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

Table = tuple[
    tuple[str, ...], Sequence[tuple[str, ...]]
]  # its head, where a ">" before a name sets a column right; rows


def page(
    account: Account,
    *,
    title: str,
    run: RunView | None = None,
    alarms: Sequence[Alarm] = (),
    page_url: str | None = None,
) -> str:
    """Give the page of one `run`, or of several.

    Stories and rejections are linked to the page of `newsfold serve` at `page_url`, where that is given.
    """
    parts = [f"# {title}", _headline(account, run)]
    if run is not None and run.error:
        parts.append(f"It ended early: {plain(run.error)}")
    if alarms:
        parts += ["## Someone should look", _lines(f"{plain(one.said)}. {plain(one.remedy)}" for one in alarms)]
    if run is None:
        parts += _section("Runs", _runs(account.runs))
    parts += _section("Outcomes", _outcomes(account.outcomes))
    parts += _section("By source", _by_source(account), more=len(account.tally) - _SHOWN)
    parts += _section("Slowest sources", _slowest(account.sources))
    parts += _section("Failing sources", _failing(account.failing))
    parts += _section("Silent sources", _silent(account.sources))
    parts += _section("New stories", _stories(account.new, page_url), more=account.new_stories - len(account.new))
    parts += _section("Biggest stories", _stories(account.biggest, page_url))
    parts += _section("Not taken", _rejected(account, run, page_url))
    return "\n\n".join(parts)


def table_rows(account: Account) -> list[dict[str, str | int]]:
    """Give the tally by source and outcome, as rows of a table."""
    return [
        {"source": plain(source), "outcome": outcome, "documents": count}
        for source, counts in account.tally.items()
        for outcome, count in counts.items()
    ]


def plain(text: str) -> str:
    r"""Give a text of unknown origin as Markdown that shows it, in one line and without secrets.

    >>> print(plain("<b>Vote</b> [here](http://a.example) | 5*4"))
    &lt;b&gt;Vote&lt;/b&gt; \[here\](http\://a.example) \| 5\*4
    """
    return _escaped(discreet(text))


def _escaped(text: str) -> str:
    text = visible(" ".join(text.split()))
    text = text if len(text) <= _CELL_CHARS else f"{text[: _CELL_CHARS - 1]}…"
    text = _OBEYED.sub(lambda found: f"\\{found[0]}", text)
    return "".join(_ENTITIES.get(char, char) for char in text)


def _headline(account: Account, run: RunView | None) -> str:
    met = sum(account.outcomes.values())
    stored = sum(count for outcome, count in account.outcomes.items() if Outcome(outcome).is_stored)
    said = f"{met:,} document{'' if met == 1 else 's'} met, {stored:,} of them stored; {account.new_stories:,} new "
    said += "story" if account.new_stories == 1 else "stories"
    if run is None:
        return f"{len(account.runs):,} run{'' if len(account.runs) == 1 else 's'}: {said}"
    took = f" in {(run.finished_at - run.started_at).total_seconds():,.1f} s" if run.finished_at else ""
    state = "done in part" if run.state == "partly" else run.state
    if run.silent_since:
        state += f", no sign of life since {run.silent_since:%Y-%m-%d %H:%M} UTC"
    return f"{run.started_at:%Y-%m-%d %H:%M} UTC, {plain(run.what)}: {state}{took}. {said}"


def _section(title: str, table: Table, *, more: int = 0) -> Iterator[str]:
    head, rows = table
    if not rows:
        return
    yield f"## {title}"
    yield _drawn(head, rows)
    if more > 0:
        yield f"and {more:,} more"


def _drawn(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Draw a table whose columns stand under one another on a terminal too."""
    right = [name.startswith(">") for name in head]
    names = [name.removeprefix(">") for name in head]
    widths = [max(3, *(cell_len(row[at]) for row in [names, *rows])) for at in range(len(names))]
    rule = [f"{'-' * (width - 1)}{':' if is_right else '-'}" for width, is_right in zip(widths, right, strict=True)]
    lines = []
    for row in [names, rule, *rows]:
        cells = [
            f"{room}{cell}" if is_right else f"{cell}{room}"
            for cell, width, is_right in zip(row, widths, right, strict=True)
            for room in [" " * (width - cell_len(cell))]
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _lines(said: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in said)


def _runs(runs: Sequence[RunView]) -> Table:
    ends: dict[str, Counter[str]] = {}
    met: Counter[str] = Counter()
    for run in runs:
        ends.setdefault(run.flow, Counter())[run.state] += 1
        met[run.flow] += sum(run.outcomes.values())
    states = ("done", "partly", "failed", "lost", "silent", "running")
    rows = [
        (flow, f"{counts.total():,}", *(f"{counts[state]:,}" for state in states), f"{met[flow]:,}")
        for flow, counts in sorted(ends.items())
    ]
    return ("flow", ">runs", *(f">{state}" for state in states), ">documents"), rows


def _outcomes(outcomes: dict[str, int]) -> Table:
    rows = [(outcome, f"{count:,}", _meaning(Outcome(outcome))) for outcome, count in outcomes.items()]
    return ("outcome", ">documents", ""), rows


def _meaning(outcome: Outcome) -> str:
    if outcome.is_stored:
        return "stored"
    return "failed" if outcome.is_failure else "no article"


def _by_source(account: Account) -> Table:
    rows = []
    for source, counts in list(account.tally.items())[:_SHOWN]:
        stored = sum(count for outcome, count in counts.items() if Outcome(outcome).is_stored)
        said = ", ".join(f"{outcome.value} {counts[outcome]:,}" for outcome in Outcome if outcome in counts)
        rows.append((plain(source), f"{sum(counts.values()):,}", f"{stored:,}", said))
    return ("source", ">documents", ">stored", "outcomes"), rows


def _slowest(sources: Sequence[SourceInRun]) -> Table:
    slowest = sorted((one for one in sources if one.seconds >= 0.05), key=lambda one: (-one.seconds, one.source))
    rows = [
        (plain(one.source), f"{one.seconds:,.1f}", f"{one.pages:,}", f"{one.slowest_s:,.1f}")
        for one in slowest[:_SLOWEST]
    ]
    return ("source", ">seconds", ">pages", ">longest page, s"), rows


def _failing(sources: Sequence[SourceInRun]) -> Table:
    rows = [(plain(one.source), one.outcome or "", plain(one.detail)) for one in sources]
    return ("source", "outcome", ""), rows[:_SHOWN]


def _silent(sources: Sequence[SourceInRun]) -> Table:
    rows = [(plain(one.source), span(one.silent_s)) for one in sources if one.silent_s is not None]
    return ("source", "nothing new for"), rows[:_SHOWN]


def _stories(stories: Sequence[StorySummary], page_url: str | None) -> Table:
    rows = [
        (
            f"[{one.id}]({page_url}/stories/{one.id})" if page_url else str(one.id),
            _escaped(one.title),
            f"{one.size:,}",
            f"{one.independent:,}",
            plain(", ".join(one.sources[:4]) + (", ..." if len(one.sources) > 4 else "")),
        )
        for one in stories
    ]
    return (">story", "title", ">variants", ">independent", "outlets"), rows


def _rejected(account: Account, run: RunView | None, page_url: str | None) -> Table:
    rows = []
    for outcome in Outcome:
        count = account.outcomes.get(outcome.value, 0)
        if outcome.is_stored or not count:
            continue
        command = f"`newsfold rejections --outcome {outcome.value}{f' --run {run.id}' if run else ''}`"
        if page_url:
            where = f"/rejections?outcome={outcome.value}{f'&run={run.id}' if run else ''}"
            command = f"[{outcome.value}]({page_url}{where}), {command}"
        examples = [one for one in account.rejected if one.outcome == outcome.value]
        said = "; ".join(f"{plain(one.url)}: {plain(one.detail)}" for one in examples)
        rows.append((outcome.value, f"{count:,}", command, said))
    return ("outcome", ">documents", "all of them", "such as"), rows
