"""What a run did, for a terminal, a program and a Prefect page."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from ingest.outcome import Outcome

DONE, FAILED, MISUSED, IN_PART = 0, 1, 2, 3  # exit codes; a signal's is 128 + its number


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
        """Done, or done in part when someone should look."""
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


def as_markdown(report: LoadReport) -> str:
    """Give the report as a page for Prefect."""
    rows = [f"| {outcome} | {count:,} | {_meaning(outcome)} |" for outcome, count in report.outcomes.items()]
    return "\n".join(
        ["# newsfold load", "", _headline(report), "", "| outcome | documents | |", "|---|--:|---|", *rows]
    )


def _headline(report: LoadReport) -> str:
    pace = f", {report.met / report.seconds:,.0f} a second" if report.met and report.seconds > 0 else ""
    return (
        f"run {report.run}: {_documents(report.met)} met in {report.seconds:,.1f} s{pace}; "
        f"{report.stories:,} {'story' if report.stories == 1 else 'stories'} in the database"
    )


def _documents(count: int) -> str:
    return f"{count:,} document{'' if count == 1 else 's'}"


def _meaning(outcome: Outcome) -> str:
    if outcome.is_stored:
        return "stored"
    return "failed: see newsfold rejections" if outcome.is_failure else "no article"
