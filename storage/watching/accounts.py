"""What runs came to, told in one account: of a single run, or of all since a time.

The changes that a run made are found by their times, which rise with their ids: a search by halves takes some twenty
looks, however many there are, and no index is kept for it. Where a clock was set back, a few may be missed.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ingest.outcome import Outcome
from storage.asking.listing import CARD, summaries
from storage.reading import Reader, utc
from storage.views import RejectionView, RunView, SourceInRun, StorySummary
from storage.watching.journal import get_run, list_runs_since

STORIES = 10  # shown of the new ones, and of the biggest
_REJECTIONS = 500  # looked at, the newest, for examples of each outcome
_EXAMPLES = 2  # of an outcome
_WELL = (None, "listed", "unchanged", "busy")  # what asking a source may come to
_TALLY = "SELECT source, outcome, sum(count) FROM tally WHERE run_id BETWEEN :first AND :last GROUP BY source, outcome"
_SOURCES = "SELECT sources FROM run WHERE id BETWEEN :first AND :last AND sources IS NOT NULL ORDER BY id"
_REJECTED = """
    SELECT source, url, outcome, detail, attempts, run_id, first_at, last_at FROM rejection
    WHERE run_id BETWEEN :first AND :last AND attempts > 0 ORDER BY run_id DESC LIMIT :most"""
_NEW = """
    SELECT count(*) FROM change
    WHERE id BETWEEN :from_change AND :to_change AND run_id BETWEEN :first AND :last AND kind = 'created'"""
_CARDS = """
    SELECT {columns} FROM (
        SELECT DISTINCT h.story_id FROM change h
        WHERE h.id BETWEEN :from_change AND :to_change AND h.run_id BETWEEN :first AND :last {kind}
    ) found CROSS JOIN card c
    WHERE c.story_id = found.story_id AND c.size >= :least AND NOT c.is_withdrawn
    ORDER BY c.size DESC, c.independent DESC, c.story_id DESC LIMIT :limit"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one run came to, or several."""

    runs: tuple[RunView, ...]  # the newest first
    tally: dict[str, dict[str, int]]  # source -> outcome -> documents, the source with most of them first
    sources: tuple[SourceInRun, ...]  # that were asked, by key; of several runs: sums, and the last answer
    new_stories: int
    new: tuple[StorySummary, ...]  # some of them, those with most variants first
    biggest: tuple[StorySummary, ...]  # of the stories that changed and have more than one variant
    rejected: tuple[RejectionView, ...]  # examples of each outcome

    @property
    def failing(self) -> tuple[SourceInRun, ...]:
        """Give the sources that could not be had."""
        return tuple(one for one in self.sources if one.outcome not in _WELL)

    @property
    def outcomes(self) -> dict[str, int]:
        """Give the tally without its sources, in the order of Outcome."""
        sums = {outcome.value: 0 for outcome in Outcome}
        for counts in self.tally.values():
            for outcome, count in counts.items():
                sums[outcome] += count
        return {outcome: count for outcome, count in sums.items() if count}


def account_of_run(reader: Reader, run_id: int, *, now: datetime) -> Account | None:
    """Give what a run came to; None where there is none of this number."""
    run = get_run(reader, run_id, now=now)
    return None if run is None else _account(reader, [run], now=now)


def account_since(reader: Reader, since: datetime, *, now: datetime) -> Account:
    """Give what the runs came to that began since then."""
    return _account(reader, list_runs_since(reader, since, now=now), now=now)


def _account(reader: Reader, runs: Sequence[RunView], *, now: datetime) -> Account:
    if not runs:
        return Account(runs=(), tally={}, sources=(), new_stories=0, new=(), biggest=(), rejected=())
    of_runs = {"first": runs[-1].id, "last": runs[0].id}
    ends = [run.finished_at or now for run in runs]
    first, last = _changes(reader, min(run.started_at for run in runs), max(ends))
    changed = of_runs | {"from_change": first, "to_change": last}
    [(new_stories,)] = reader.rows(_NEW, **changed)
    return Account(
        runs=tuple(runs),
        tally=_tally(reader, of_runs),
        sources=_sources(row[0] for row in reader.rows(_SOURCES, **of_runs)),
        new_stories=new_stories,
        new=_stories(reader, changed, kind="AND h.kind = 'created'", least=1),
        biggest=_stories(reader, changed, kind="", least=2),
        rejected=_examples(reader, of_runs),
    )


def _tally(reader: Reader, of_runs: dict[str, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for source, outcome, count in reader.rows(_TALLY, **of_runs):
        found.setdefault(source, {})[outcome] = int(count)
    return dict(sorted(found.items(), key=lambda one: (-sum(one[1].values()), one[0])))


def _sources(packed: Iterable[bytes]) -> tuple[SourceInRun, ...]:
    """Undo storage.blobs.pack_sources for several runs, the oldest first, and put together what is of one source."""
    found: dict[str, SourceInRun] = {}
    for blob in packed:
        for said in json.loads(zlib.decompress(blob)):
            one = SourceInRun(**said)
            found[one.source] = _together(found[one.source], one) if one.source in found else one
    return tuple(found[source] for source in sorted(found))


def _together(before: SourceInRun, after: SourceInRun) -> SourceInRun:
    said = before if after.outcome is None else after
    return replace(
        said,
        seconds=before.seconds + after.seconds,
        pages=before.pages + after.pages,
        slowest_s=max(before.slowest_s, after.slowest_s),
    )


def _stories(reader: Reader, changed: dict[str, int], *, kind: str, least: int) -> tuple[StorySummary, ...]:
    columns = ", ".join(f"c.{column}" for column in CARD)
    cards = reader.rows(_CARDS.format(columns=columns, kind=kind), **changed, least=least, limit=STORIES)
    return tuple(summaries(reader, cards))


def _examples(reader: Reader, of_runs: dict[str, int]) -> tuple[RejectionView, ...]:
    found: dict[str, list[RejectionView]] = {}
    for source, url, outcome, detail, attempts, run, *times in reader.rows(_REJECTED, **of_runs, most=_REJECTIONS):
        first_at, last_at = map(utc, times)
        found.setdefault(outcome, []).append(
            RejectionView(
                source=source,
                url=url,
                outcome=outcome,
                detail=detail,
                attempts=attempts,
                run_id=run,
                first_at=first_at,
                last_at=last_at,
            )
        )
    return tuple(one for outcome in Outcome for one in found.get(outcome.value, [])[:_EXAMPLES])


def _changes(reader: Reader, since: datetime, until: datetime) -> tuple[int, int]:
    """Give the first change that was made since then, and the one behind the last that was made until then."""
    [(newest,)] = reader.rows("SELECT max(id) FROM change")
    newest = newest or 0
    return _first(reader, newest, lambda at: at >= since), _first(reader, newest, lambda at: at > until)


def _first(reader: Reader, newest: int, is_behind: Callable[[datetime], bool]) -> int:
    """Give the id of the first change whose time is behind a bound; one more than the newest where none is."""
    low, high = 1, newest + 1
    while low < high:
        middle = (low + high) // 2
        rows = reader.rows("SELECT id, at FROM change WHERE id >= :id ORDER BY id LIMIT 1", id=middle)
        if not rows or is_behind(utc(rows[0][1])):
            high = middle
        else:
            low = rows[0][0] + 1
    return low
