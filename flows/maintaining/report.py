"""What maintenance did, or would do."""

from dataclasses import asdict, dataclass
from typing import Any

from flows.telling.report import LoadReport, as_text
from ingest.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """What applying other thresholds did."""

    copy: float
    coverage: float
    before: dict[str, float]  # that held until then
    links: int  # decided otherwise
    merged: int  # stories that lead to others
    split: int
    canonical: int  # stories that another variant speaks for


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintainReport(LoadReport):
    """One maintenance, ended."""

    retried: dict[Outcome, int]  # what failed by our own fault before, and what became of it
    gone: dict[str, int]  # rows that were let go of, by table; none is 0
    given_bytes: int  # that the file system has back
    resigned: int = 0  # variants with a signature of the present scheme in the place of an earlier one
    adjusted: Adjusted | None = None  # None: no thresholds were to be applied

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "MaintainReport":  # Any: JSON
        """Give the report that to_dict() made values of."""
        outcomes, retried = (
            {Outcome(name): count for name, count in values[which].items()} for which in ("outcomes", "retried")
        )
        adjusted = Adjusted(**values["adjusted"]) if values["adjusted"] else None
        return cls(**{**values, "outcomes": outcomes, "retried": retried, "adjusted": adjusted})

    def to_dict(self) -> dict[str, object]:
        """Give the report as JSON values."""
        retried = {outcome.value: count for outcome, count in self.retried.items()}
        return LoadReport.to_dict(self) | {
            "retried": retried,
            "gone": self.gone,
            "given_bytes": self.given_bytes,
            "resigned": self.resigned,
            "adjusted": asdict(self.adjusted) if self.adjusted else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a maintenance would do now."""

    lines: int  # of sites, to be taken from stored articles
    variants: int  # that would be worked over, for these lines or because an earlier release made them
    old: int  # those of an earlier release
    retries: int  # rejected documents that would be tried again
    thresholds: dict[str, float]  # that would be applied, by name
    gone: dict[str, int]  # rows that would be let go of, by table


def maintain_as_text(report: MaintainReport) -> str:
    """Give the report as a small table."""
    lines = [as_text(report)]
    if report.retried:
        became = ", ".join(f"{count:,} {outcome.value}" for outcome, count in report.retried.items())
        lines.append(f"  tried again after faults of our own: {became}")
    lines += [f"  {_resigned_line(report)}"] if report.resigned else []
    lines += [f"  {line}" for line in _adjusted_lines(report.adjusted)]
    lines += _gone_lines(report.gone)
    if report.given_bytes:
        lines.append(f"  {report.given_bytes:,} bytes given back to the disk")
    return "\n".join(lines)


def maintain_as_markdown(report: MaintainReport) -> str:
    """Give what was done beside the documents of the tally as a page for Prefect."""
    rows = [f"| {table} | {count:,} |" for table, count in report.gone.items()]
    gone = ["", "## Let go of", "", "| table | rows |", "|---|--:|", *rows] if rows else []
    lines = _adjusted_lines(report.adjusted)
    adjusted = ["", "## Thresholds", "", *lines] if lines else []
    room = f"{report.given_bytes:,} bytes were given back to the disk."
    done = [room, "", _resigned_line(report)] if report.resigned else [room]
    return "\n".join([f"# Maintenance, run {report.run}", "", *done, *adjusted, *gone])


def _resigned_line(report: MaintainReport) -> str:
    return f"{report.resigned:,} variants that another release signed were signed again"


def plan_as_text(plan: Plan) -> str:
    """Say what a maintenance would do, every table included."""
    said = plan.thresholds.items()
    lines = [
        "nothing is done; newsfold maintain would",
        f"  work over {plan.variants:,} variants: for {plan.lines:,} lines of their sites,",
        f"    and for {plan.old:,} that an earlier release cleaned or signed",
        f"  try {plan.retries:,} rejected documents again that failed by our own fault",
        *(f"  apply the {name} threshold {least:g}: newsfold tune tells to what" for name, least in said),
        *_gone_lines(plan.gone, says="let go"),
    ]
    return "\n".join(lines)


def _gone_lines(gone: dict[str, int], *, says: str = "let go of") -> list[str]:
    return [f"  {says} {count:>9,}  {table}" for table, count in gone.items()]


def _adjusted_lines(adjusted: Adjusted | None) -> list[str]:
    if adjusted is None:
        return []
    before = adjusted.before
    thresholds = (
        f"copy threshold {before['copy']:g} to {adjusted.copy:g}, "
        f"coverage threshold {before['coverage']:g} to {adjusted.coverage:g}: "
        f"{adjusted.links:,} link{'' if adjusted.links == 1 else 's'} decided otherwise"
    )
    stories = (
        f"{adjusted.merged:,} stories lead to others, {adjusted.split:,} were split, "
        f"{adjusted.canonical:,} have another canonical variant; the history of each says so"
    )
    return [thresholds, stories]
