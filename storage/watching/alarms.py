"""What is against habit, computed from the database alone: of each alarm since when it stands, and what to do.

run failed        the last run of a flow failed, or gives no sign of life
source failing    it fails for a while, or is not asked any more
source silent     it answers, and lists nothing new for far longer than it usually does
rejections        more of what was met is not taken than usual, of all documents or of one source's
nothing new       no source has listed anything new for hours
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.outcome import Outcome
from storage.reading import Reader
from storage.views import SourceHealth
from storage.watching.journal import LastRuns, last_runs
from storage.watching.sources import list_source_health

RECENT = timedelta(days=1)  # whose documents are compared with those before
_FAILING = timedelta(hours=6)  # a source that fails for less may be well again with the next poll
_HABIT_RUNS = 3_000  # the newest: ten days of one every five minutes
_LEAST_ALL, _LEAST_OF_SOURCE = 100, 20  # documents, on either side: a share of fewer says nothing
_SHARE, _TIMES = 0.2, 2.0  # not taken: at least so much of what was met, and so many times the habit
_NOT_STORED = tuple(outcome.value for outcome in Outcome if not outcome.is_stored)
_SINCE = "SELECT min(id) FROM run WHERE id > (SELECT max(id) FROM run) - :runs AND started_at >= :since"
_SHARES = """
    SELECT source, CASE WHEN run_id >= :recent THEN 1 ELSE 0 END,
        sum(count), sum(CASE WHEN outcome IN :not_stored THEN count ELSE 0 END)
    FROM tally WHERE run_id > (SELECT max(id) FROM run) - :runs GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that someone should look at."""

    kind: str  # run-failed, source-failing, source-silent, rejections, nothing-new
    subject: str  # the flow or the source; empty where it is of all
    said: str  # one line
    remedy: str  # one line
    began_at: datetime | None  # since when it stands; None where that is not known

    @property
    def key(self) -> str:
        """Give what names it as long as it stands."""
        return f"{self.kind}:{self.subject}" if self.subject else self.kind


@dataclass(frozen=True, slots=True)
class _Share:
    """Documents met, and not taken."""

    met: int = 0
    refused: int = 0

    def __add__(self, other: "_Share") -> "_Share":
        return _Share(self.met + other.met, self.refused + other.refused)

    @property
    def share(self) -> float:
        return self.refused / self.met if self.met else 0.0


def alarms(reader: Reader, *, now: datetime, quiet: timedelta) -> list[Alarm]:
    """Give what someone should look at now; `quiet` is for how long nothing new may be listed by any source."""
    health = list_source_health(reader, now=now)
    return [
        *_runs(last_runs(reader, now=now)),
        *_nothing_new(health, now=now, quiet=quiet),
        *_rejections(reader, now=now),
        *_sources(health, now=now),
    ]


def _runs(last: Sequence[LastRuns]) -> Iterator[Alarm]:
    for run in (of_flow.over for of_flow in last):
        if run is not None and run.state in ("failed", "lost"):
            yield Alarm(
                kind="run-failed",
                subject=run.flow,
                said=f"the last {run.flow}, run {run.id}, {'failed' if run.state == 'failed' else 'was killed'}"
                + (f": {run.error}" if run.error else ""),
                remedy=f"nothing stored is lost: mend what it says, and start {run.flow} again",
                began_at=run.finished_at or run.started_at,
            )


def _nothing_new(health: Sequence[SourceHealth], *, now: datetime, quiet: timedelta) -> Iterator[Alarm]:
    newest = max((one.newest_at for one in health if one.newest_at is not None), default=None)
    if newest is not None and now - newest > quiet:
        yield Alarm(
            kind="nothing-new",
            subject="",
            said=f"no source has listed anything new for {hours(now - newest)}",
            remedy="newsfold sources list; can this host still reach the net, and do runs happen?",
            began_at=newest + quiet,
        )


def _sources(health: Sequence[SourceHealth], *, now: datetime) -> Iterator[Alarm]:
    for one in health:
        failing = one.retired_at or one.failing_since
        if failing is not None and (one.retired_at is not None or now - failing > _FAILING):
            how = "is not asked any more" if one.retired_at is not None else f"has failed for {hours(now - failing)}"
            yield Alarm(
                kind="source-failing",
                subject=one.source,
                said=f"{one.source} {how}: {one.outcome}, {one.detail}",
                remedy="newsfold sources list says how; newsfold sources probe URL finds where a feed went",
                began_at=failing,
            )
        elif one.silent_s is not None:
            yield Alarm(
                kind="source-silent",
                subject=one.source,
                said=f"{one.source} answers, and has listed nothing new for {hours(timedelta(seconds=one.silent_s))}",
                remedy="newsfold sources probe URL: the outlet may have moved its feed",
                began_at=one.newest_at,
            )


def _rejections(reader: Reader, *, now: datetime) -> Iterator[Alarm]:
    [(recent,)] = reader.rows(_SINCE, runs=_HABIT_RUNS, since=now - RECENT)
    if recent is None:
        return
    found: dict[tuple[str, bool], _Share] = {}
    for source, is_recent, met, refused in reader.rows(
        _SHARES, recent=recent, runs=_HABIT_RUNS, not_stored=_NOT_STORED
    ):
        found[source, bool(is_recent)] = _Share(int(met), int(refused))
    of_all = {
        side: sum((share for (_, is_recent), share in found.items() if is_recent is side), start=_Share())
        for side in (True, False)
    }
    if _is_unusual(of_all[True], of_all[False], least=_LEAST_ALL):
        yield _rejected("", of_all[True], of_all[False])
    for source in sorted({source for source, _ in found}):
        now_share, before = found.get((source, True), _Share()), found.get((source, False), _Share())
        if _is_unusual(now_share, before, least=_LEAST_OF_SOURCE):
            yield _rejected(source, now_share, before)


def _is_unusual(now: _Share, before: _Share, *, least: int) -> bool:
    return min(now.met, before.met) >= least and now.share > max(_SHARE, _TIMES * before.share)


def _rejected(source: str, now: _Share, before: _Share) -> Alarm:
    whose = f"of {source}'s documents" if source else "of all documents"
    return Alarm(
        kind="rejections",
        subject=source,
        said=f"{now.share:.0%} {whose} of the last day were not taken ({now.refused:,} of {now.met:,}), "
        f"and {before.share:.0%} before",
        remedy="newsfold rejections; the runbook says of each outcome what to do",
        began_at=None,
    )


def hours(span: timedelta) -> str:
    """Give a span as people say it.

    >>> hours(timedelta(seconds=7_500)), hours(timedelta(days=2, hours=7))
    ('2 h', '2 d')
    """
    count = int(span.total_seconds()) // 3_600
    return f"{count // 24:,} d" if count >= 48 else f"{count:,} h"
