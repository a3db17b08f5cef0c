"""What watches the store: its size, its queue, what runs make of documents, and how sources and webhooks do."""

from dataclasses import dataclass
from datetime import datetime

from ingest.fetch.habits import PollState, silent_s
from storage.reading import Reader, utc_or_none
from storage.watching.journal import last_runs

MOST_WAITING = 100_000  # pages that are counted
_RUNS = 100  # whose tallies can still grow, by far
_BYTES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}
_WAITING = "SELECT count(*) FROM (SELECT 1 FROM address WHERE state = 'waiting' LIMIT :most) few"
_TALLIES = """
    SELECT run_id, outcome, sum(count) FROM tally
    WHERE run_id > (SELECT max(id) FROM run) - :runs GROUP BY run_id, outcome"""
_HOOKS = """
    SELECT id, (SELECT coalesce(max(id), 0) FROM change) - since_change, failures > 0 OR paused_at IS NOT NULL
    FROM hook ORDER BY id"""
_SOURCES = """
    SELECT source, succeeded_at, newest_at, failing_since, retired_at, publishes_every_s FROM poll ORDER BY source"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFigures:
    """One source that was ever polled."""

    source: str
    succeeded_at: datetime | None  # it answered as it should
    newest_at: datetime | None  # it listed something new
    is_failing: bool  # or is retired
    is_silent: bool  # answers, and has listed nothing new for longer than is its habit


@dataclass(frozen=True, slots=True, kw_only=True)
class HookFigures:
    """One webhook."""

    hook: int
    behind: int  # changes made since the last one that it was told, or need not be
    is_failing: bool  # or is paused


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFigures:
    """The store at one moment."""

    database_bytes: int
    waiting: int  # pages listed and not fetched yet, at most MOST_WAITING
    tallies: dict[tuple[int, str], int]  # (run, outcome) -> documents, of the newest runs
    completed_at: dict[str, datetime]  # by flow: when the newest that ended without an error did
    sources: list[SourceFigures]
    hooks: list[HookFigures]


def store_figures(reader: Reader, *, now: datetime) -> StoreFigures:
    """Give the figures by one question each, however much is stored."""
    [(size,)] = reader.rows(_BYTES[reader.dialect])
    [(waiting,)] = reader.rows(_WAITING, most=MOST_WAITING)
    tallies = reader.rows(_TALLIES, runs=_RUNS)
    return StoreFigures(
        database_bytes=size,
        waiting=waiting,
        tallies={(run, outcome): int(count) for run, outcome, count in tallies},
        completed_at={
            run.flow: run.finished_at
            for last in last_runs(reader, now=now)
            if (run := last.completed) is not None and run.finished_at is not None
        },
        sources=_sources(reader, now),
        hooks=[
            HookFigures(hook=hook, behind=max(behind, 0), is_failing=bool(failing))
            for hook, behind, failing in reader.rows(_HOOKS)
        ],
    )


def _sources(reader: Reader, now: datetime) -> list[SourceFigures]:
    found = []
    for source, *times, publishes_every_s in reader.rows(_SOURCES):
        succeeded_at, newest_at, failing_since, retired_at = map(utc_or_none, times)
        state = PollState(
            newest_at=newest_at,
            publishes_every_s=publishes_every_s,
            failing_since=failing_since,
            retired_at=retired_at,
        )
        found.append(
            SourceFigures(
                source=source,
                succeeded_at=succeeded_at,
                newest_at=newest_at,
                is_failing=failing_since is not None or retired_at is not None,
                is_silent=silent_s(state, now) is not None,
            )
        )
    return found
