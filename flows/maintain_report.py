"""What maintenance did, or would do."""

from dataclasses import dataclass
from typing import Any

from flows.report import LoadReport, as_markdown, as_text
from ingest.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintainReport(LoadReport):
    """One maintenance, ended."""

    retried: dict[Outcome, int]  # what failed by our own fault before, and what became of it
    gone: dict[str, int]  # rows that were let go of, by table; none is 0
    given_bytes: int  # that the file system has back

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "MaintainReport":  # Any: JSON
        """Give the report that to_dict() made values of."""
        outcomes, retried = (
            {Outcome(name): count for name, count in values[which].items()} for which in ("outcomes", "retried")
        )
        return cls(**{**values, "outcomes": outcomes, "retried": retried})

    def to_dict(self) -> dict[str, object]:
        """Give the report as JSON values."""
        retried = {outcome.value: count for outcome, count in self.retried.items()}
        return LoadReport.to_dict(self) | {"retried": retried, "gone": self.gone, "given_bytes": self.given_bytes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a maintenance would do now."""

    lines: int  # of sites, to be taken from stored articles
    variants: int  # that would be looked over for them
    retries: int  # rejected documents that would be tried again
    gone: dict[str, int]  # rows that would be let go of, by table


def maintain_as_text(report: MaintainReport) -> str:
    """Give the report as a small table."""
    lines = [as_text(report)]
    if report.retried:
        became = ", ".join(f"{count:,} {outcome.value}" for outcome, count in report.retried.items())
        lines.append(f"  tried again after faults of our own: {became}")
    lines += _gone_lines(report.gone)
    if report.given_bytes:
        lines.append(f"  {report.given_bytes:,} bytes given back to the disk")
    return "\n".join(lines)


def maintain_as_markdown(report: MaintainReport) -> str:
    """Give the report as a page for Prefect."""
    rows = [f"| {table} | {count:,} |" for table, count in report.gone.items()]
    gone = ["", "## Let go of", "", "| table | rows |", "|---|--:|", *rows] if rows else []
    return "\n".join([as_markdown(report, flow="maintain"), *gone])


def plan_as_text(plan: Plan) -> str:
    """Say what a maintenance would do, every table included."""
    lines = [
        "nothing is done; newsfold maintain would",
        f"  look over {plan.variants:,} variants for {plan.lines:,} lines of their sites",
        f"  try {plan.retries:,} rejected documents again that failed by our own fault",
        *_gone_lines(plan.gone, says="let go"),
    ]
    return "\n".join(lines)


def _gone_lines(gone: dict[str, int], *, says: str = "let go of") -> list[str]:
    return [f"  {says} {count:>9,}  {table}" for table, count in gone.items()]
