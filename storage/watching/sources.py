"""How the sources do: every statement that reads what polling them came to."""

from datetime import datetime

from ingest.fetch.habits import PollState, silent_s
from storage.reading import Reader, Row, utc_or_none
from storage.views import SourceHealth

_HEALTH = """
    SELECT source, asked_url, outcome, detail, failures, publishes_every_s,
        polled_at, succeeded_at, next_due_at, failing_since, retired_at, newest_at,
        (SELECT count(*) FROM address a WHERE a.source = p.source AND a.state = 'waiting'),
        (SELECT count(*) FROM variant v WHERE v.source = p.source),
        (SELECT count(*) FROM rejection r WHERE r.source = p.source AND r.attempts > 0)
    FROM poll p ORDER BY source"""


def list_source_health(reader: Reader, *, now: datetime) -> list[SourceHealth]:
    """Give where we stand with each source that was ever polled, by key."""
    return [_health(row, now) for row in reader.rows(_HEALTH)]


def _health(row: Row, now: datetime) -> SourceHealth:
    source, asked_url, outcome, detail, failures, publishes_every_s, *times, waiting, stored, rejected = row
    polled_at, succeeded_at, next_due_at, failing_since, retired_at, newest_at = map(utc_or_none, times)
    state = PollState(
        newest_at=newest_at,
        publishes_every_s=publishes_every_s,
        failing_since=failing_since,
        retired_at=retired_at,
    )
    return SourceHealth(
        source=source,
        asked_url=asked_url,
        polled_at=polled_at,
        succeeded_at=succeeded_at,
        next_due_at=next_due_at,
        outcome=outcome,
        detail=detail,
        failures=failures,
        failing_since=failing_since,
        retired_at=retired_at,
        publishes_every_s=publishes_every_s,
        newest_at=newest_at,
        silent_s=silent_s(state, now),
        waiting=waiting,
        stored=stored,
        rejected=rejected,
    )
