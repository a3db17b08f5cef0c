"""What a run did, for whoever started it: a terminal or a program."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from ingest.outcome import Outcome
from query.terminal.saying import DONE, IN_PART
from query.terminal.since import span

_SHOWN = 10  # sources


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """One load, ended."""

    run: int
    met: int  # documents met: the sum of the outcomes
    outcomes: dict[Outcome, int]  # in the order of Outcome; none is 0
    stories: int  # in the database, after the run
    seconds: float

    @property
    def exit_code(self) -> int:
        """0 for done, 3 for done in part: someone should look."""
        return IN_PART if any(outcome.is_failure for outcome in self.outcomes) else DONE

    def to_json(self) -> str:
        """Give the report as one line of JSON."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "LoadReport":  # Any: JSON
        """Give the report that to_dict() made values of."""
        return cls(**{**values, "outcomes": {Outcome(name): count for name, count in values["outcomes"].items()}})

    def to_dict(self) -> dict[str, object]:
        """Give the report as JSON values."""
        return {
            "run": self.run,
            "met": self.met,
            "outcomes": {outcome.value: count for outcome, count in self.outcomes.items()},
            "stories": self.stories,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What asking one source came to."""

    source: str
    outcome: str  # "listed", "unchanged", "busy" (its turn did not come: `detail` says why), or an Outcome
    detail: str  # one line
    waiting: int = 0  # pages that wait since then
    silent_s: float | None = None  # for how long it has listed nothing new, where that is far beyond its habit
    notes: tuple[str, ...] = ()  # what of its listing was left out

    @property
    def is_failure(self) -> bool:
        """Whether someone should look."""
        return self.outcome not in ("listed", "unchanged", "busy")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshReport(LoadReport):
    """One refresh, ended."""

    asked: tuple[Asked, ...]  # the sources that were due, by key
    by_source: dict[str, dict[Outcome, int]]
    waiting: int  # pages that wait for another run

    @property
    def failing(self) -> tuple[Asked, ...]:
        """The sources that someone should look at."""
        return tuple(one for one in self.asked if one.is_failure)

    @property
    def exit_code(self) -> int:
        """0 for done, 3 for done in part: someone should look."""
        return IN_PART if self.failing or any(outcome.is_failure for outcome in self.outcomes) else DONE

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "RefreshReport":  # Any: JSON
        """Give the report that to_dict() made values of."""
        by_source = {
            source: {Outcome(name): count for name, count in counts.items()}
            for source, counts in values["by_source"].items()
        }
        asked = tuple(Asked(**{**one, "notes": tuple(one["notes"])}) for one in values["asked"])
        outcomes = {Outcome(name): count for name, count in values["outcomes"].items()}
        return cls(**{**values, "outcomes": outcomes, "by_source": by_source, "asked": asked})

    def to_dict(self) -> dict[str, object]:
        """Give the report as JSON values."""
        return {
            **LoadReport.to_dict(self),
            "asked": [asdict(one) for one in self.asked],
            "by_source": {
                source: {outcome.value: count for outcome, count in counts.items()}
                for source, counts in self.by_source.items()
            },
            "waiting": self.waiting,
        }


class RefreshFailed(Exception):
    """Nothing could be done: every source that was asked failed, and no page was had."""


def by_outcome(tally: Counter[tuple[str, Outcome]]) -> dict[Outcome, int]:
    """Give a tally without its sources, in the order of Outcome.

    >>> by_outcome(Counter({("gazette", Outcome.WALL): 1, ("echo", Outcome.VARIANT): 2, ("echo", Outcome.WALL): 3}))
    {<Outcome.VARIANT: 'variant'>: 2, <Outcome.WALL: 'wall'>: 4}
    """
    sums: Counter[Outcome] = Counter()
    for (_, outcome), count in tally.items():
        sums[outcome] += count
    return {outcome: sums[outcome] for outcome in Outcome if sums[outcome]}


def as_text(report: LoadReport) -> str:
    """Give the report as a small table."""
    lines = [_headline(report)]
    lines += [f"  {outcome:<12} {count:>9,}" for outcome, count in report.outcomes.items()]
    if not all(outcome.is_stored for outcome in report.outcomes):
        lines.append("  newsfold rejections tells which documents were not taken, and why")
    return "\n".join(lines)


def refresh_as_text(report: RefreshReport) -> str:
    """Give the report as a small table, with the sources that failed."""
    lines = [as_text(report), _sources_line(report)]
    lines += [f"  {one.source:<20} {one.outcome:<12} {one.detail}" for one in report.failing[:_SHOWN]]
    if len(report.failing) > _SHOWN:
        lines.append(f"  and {len(report.failing) - _SHOWN:,} more: newsfold sources list")
    busy = [one for one in report.asked if one.outcome == "busy"]
    lines += [f"  {one.source:<20} busy         {one.detail}" for one in busy[:_SHOWN]]
    silent = [one for one in report.asked if one.silent_s is not None]
    lines += [f"  {one.source:<20} silent       nothing new for {span(one.silent_s or 0)}" for one in silent[:_SHOWN]]
    if report.waiting:
        lines.append(f"  {report.waiting:,} pages wait for the next run")
    return "\n".join(lines)


def _sources_line(report: RefreshReport) -> str:
    counts = Counter("failed" if one.is_failure else one.outcome for one in report.asked)
    said = ", ".join(f"{counts[name]:,} {name}" for name in ("listed", "unchanged", "busy", "failed") if counts[name])
    asked = len(report.asked)
    return f"{asked:,} source{'' if asked == 1 else 's'} asked" + (f": {said}" if said else "; none was due")


def _headline(report: LoadReport) -> str:
    pace = f", {report.met / report.seconds:,.0f} a second" if report.met and report.seconds > 0 else ""
    return (
        f"run {report.run}: {_documents(report.met)} met in {report.seconds:,.1f} s{pace}; "
        f"{report.stories:,} {'story' if report.stories == 1 else 'stories'} in the database"
    )


def _documents(count: int) -> str:
    return f"{count:,} document{'' if count == 1 else 's'}"
