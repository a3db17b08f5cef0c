"""How the sources do: every statement that reads what polling them came to."""

from datetime import datetime

from ingest.fetch.habits import PollState, silent_s
from storage.cursors import Page, cursor_of, cut, place_of
from storage.reading import Reader, Row, utc, utc_or_none
from storage.views import SourceHealth, WaitingView

_HEALTH = """
    SELECT source, asked_url, outcome, detail, failures, publishes_every_s,
        polled_at, succeeded_at, next_due_at, failing_since, retired_at, newest_at,
        (SELECT count(*) FROM address a WHERE a.source = p.source AND a.state = 'waiting'),
        (SELECT count(*) FROM variant v WHERE v.source = p.source),
        (SELECT count(*) FROM rejection r WHERE r.source = p.source AND r.attempts > 0)
    FROM poll p ORDER BY source"""
_WAITING = """
    SELECT source, host, url, found_at, next_try_at, attempts, outcome, fetched_at, url_key
    FROM address WHERE state = 'waiting'"""
_WAITING_PLACE = (str, str, datetime, int)


def list_source_health(reader: Reader, *, now: datetime) -> list[SourceHealth]:
    """Give where we stand with each source that was ever polled, by key."""
    return [_health(row, now) for row in reader.rows(_HEALTH)]


def page_waiting(
    reader: Reader, *, limit: int, cursor: str | None = None, source: str | None = None
) -> Page[WaitingView]:
    """Give a page of what waits to be fetched: source by source, of each host of it what is due first.

    Raises QuestionProblem for what is no cursor of it.
    """
    params: dict[str, object] = {"limit": limit + 1}
    where = ""
    if source is not None:
        params["source"], where = source, " AND source = :source"
    if cursor is not None:
        place = dict(zip(("of", "host", "at", "key"), place_of("waiting", cursor, _WAITING_PLACE), strict=True))
        if source is None:
            where += " AND (source, host, next_try_at, url_key) > (:of, :host, :at, :key)"
        else:
            del place["of"]
            where += " AND (host, next_try_at, url_key) > (:host, :at, :key)"
        params |= place
    rows = reader.rows(f"{_WAITING}{where} ORDER BY source, host, next_try_at, url_key LIMIT :limit", **params)
    page = cut(rows, limit, lambda row: cursor_of("waiting", (row[0], row[1], utc(row[4]), row[8])))
    return Page(items=[_waiting(row) for row in page.items], next_cursor=page.next_cursor)


def _waiting(row: Row) -> WaitingView:
    return WaitingView(
        source=row[0],
        host=row[1],
        url=row[2],
        found_at=utc(row[3]),
        next_try_at=utc(row[4]),
        attempts=row[5],
        outcome=row[6],
        fetched_at=utc_or_none(row[7]),
    )


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
