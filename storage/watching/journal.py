"""What runs did: every statement that reads runs and rejections."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.outcome import Outcome
from storage.cursors import Page, cursor_of, cut, place_of
from storage.reading import Reader, Row, chunks, utc, utc_or_none
from storage.views import RejectionView, RunView

_RUNS = "SELECT id, flow, what, started_at, seen_at, finished_at, error, met, prefect_id FROM run"
# Of each flow by itself, so that rare ones are found behind any number of others: ix_run_flow has them in this order.
_LAST = """
    WITH RECURSIVE found(flow) AS (
        SELECT min(flow) FROM run
        UNION ALL SELECT (SELECT min(flow) FROM run WHERE flow > found.flow) FROM found WHERE found.flow IS NOT NULL
    )
    SELECT
        (SELECT id FROM run WHERE flow = found.flow ORDER BY id DESC LIMIT 1),
        (SELECT id FROM run WHERE flow = found.flow AND (finished_at IS NOT NULL OR seen_at < :lost)
            ORDER BY id DESC LIMIT 1),
        (SELECT id FROM run WHERE flow = found.flow AND finished_at IS NOT NULL AND error IS NULL
            ORDER BY id DESC LIMIT 1)
    FROM found WHERE found.flow IS NOT NULL"""
_REJECTIONS = """
    SELECT source, url, outcome, detail, attempts, run_id, first_at, last_at, url_key
    FROM rejection WHERE attempts > 0"""
_REJECTION_PLACE = (int, datetime, int)
_NEWEST = 10_000  # runs, among which those since a time are looked for: five weeks of one every five minutes
SILENT_AFTER = timedelta(seconds=70)  # a run that goes on gives a sign every twenty, and may wait for another's batch
SILENCE = timedelta(minutes=10)  # a run that gave no sign for so long is lost


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRuns:
    """The last runs of one flow."""

    newest: RunView
    over: RunView | None  # ended, well or not, or lost
    completed: RunView | None  # ended without an error


def last_runs(reader: Reader, *, now: datetime) -> list[LastRuns]:
    """Give the last runs of each flow, however many others ran since; the flow that ran last is first."""
    found = sorted(reader.rows(_LAST, lost=now - SILENCE), reverse=True)
    ids = {run for row in found for run in row if run is not None}
    runs = {run.id: run for run in _runs_where(reader, "id IN :ids", ids=ids, now=now)} if ids else {}
    return [
        LastRuns(newest=runs[newest], over=runs.get(over), completed=runs.get(completed))
        for newest, over, completed in found
    ]


def page_runs(reader: Reader, *, now: datetime, limit: int, cursor: str | None = None) -> Page[RunView]:
    """Give a page of the runs, the newest first. Raises QuestionProblem for what is no cursor of them."""
    before = place_of("runs", cursor, (int,))[0] if cursor is not None else None
    found = list_runs(reader, now=now, limit=limit + 1, before=before)
    return cut(found, limit, lambda run: cursor_of("runs", (run.id,)))


def list_runs(reader: Reader, *, now: datetime, limit: int, before: object = None) -> list[RunView]:
    """Give the newest runs first, each with its outcomes in the order of Outcome; those `before` a run, where given."""
    behind, given = ("", {}) if before is None else (" WHERE id < :before", {"before": before})
    rows = reader.rows(f"{_RUNS}{behind} ORDER BY id DESC LIMIT :limit", **given, limit=limit)
    return _with_tallies(reader, rows, now)


def list_runs_since(reader: Reader, since: datetime, *, now: datetime) -> list[RunView]:
    """Give the runs that began since then, the newest first."""
    where = "id > (SELECT max(id) FROM run) - :newest AND started_at >= :since"
    return _runs_where(reader, where, newest=_NEWEST, since=since, now=now)


def runs_of_flow_run(reader: Reader, prefect_id: str, *, now: datetime) -> list[RunView]:
    """Give the runs that a flow run of Prefect made, the newest first."""
    return _runs_where(reader, "prefect_id = :prefect_id", prefect_id=prefect_id, now=now)


def get_run(reader: Reader, run_id: int, *, now: datetime) -> RunView | None:
    """Give a run; None where there is none of this number."""
    found = _runs_where(reader, "id = :run", run=run_id, now=now)
    return found[0] if found else None


def _runs_where(reader: Reader, where: str, *, now: datetime, **params: object) -> list[RunView]:
    return _with_tallies(reader, reader.rows(f"{_RUNS} WHERE {where} ORDER BY id DESC", **params), now)


def _with_tallies(reader: Reader, rows: list[Row], now: datetime) -> list[RunView]:
    tallies: dict[int, dict[str, int]] = {}
    for chunk in chunks(row[0] for row in rows):
        for run, outcome, count in reader.rows(
            "SELECT run_id, outcome, sum(count) FROM tally WHERE run_id IN :runs GROUP BY run_id, outcome", runs=chunk
        ):
            tallies.setdefault(run, {})[outcome] = count
    return [_run(row, tallies.get(row[0], {}), now) for row in rows]


def page_rejections(
    reader: Reader,
    *,
    limit: int,
    cursor: str | None = None,
    outcome: str | None = None,
    source: str | None = None,
    run: int | None = None,
) -> Page[RejectionView]:
    """Give a page of the documents that did not make it, those of the newest run first.

    Raises QuestionProblem for what is no cursor of them.
    """
    asked = {"outcome": outcome, "source": source, "run_id": run}
    params: dict[str, object] = {name: value for name, value in asked.items() if value is not None}
    where = "".join(f" AND {name} = :{name}" for name in params)
    if cursor is not None:
        params |= dict(zip(("met", "at", "key"), place_of("rejections", cursor, _REJECTION_PLACE), strict=True))
        where += " AND (run_id, last_at, url_key) < (:met, :at, :key)"
    order = " ORDER BY run_id DESC, last_at DESC, url_key DESC LIMIT :limit"
    rows = reader.rows(_REJECTIONS + where + order, **params, limit=limit + 1)
    page = cut(rows, limit, lambda row: cursor_of("rejections", (row[5], utc(row[7]), row[8])))
    return Page(items=[_rejection(row) for row in page.items], next_cursor=page.next_cursor)


def list_rejections(
    reader: Reader, *, limit: int, outcome: str | None = None, source: str | None = None, run: int | None = None
) -> list[RejectionView]:
    """Give the first page of page_rejections()."""
    return page_rejections(reader, limit=limit, outcome=outcome, source=source, run=run).items


def _rejection(row: Row) -> RejectionView:
    return RejectionView(
        source=row[0],
        url=row[1],
        outcome=row[2],
        detail=row[3],
        attempts=row[4],
        run_id=row[5],
        first_at=utc(row[6]),
        last_at=utc(row[7]),
    )


def _run(row: Row, outcomes: dict[str, int], now: datetime) -> RunView:
    run_id, flow, what, started_at, seen_at, finished_at, error, met, prefect_id = row
    if error is not None:
        state = "failed"
    elif finished_at is None:
        state = _state_of_open(now - utc(seen_at))
    else:
        state = "partly" if any(Outcome(outcome).is_failure for outcome in outcomes) else "done"
    return RunView(
        id=run_id,
        flow=flow,
        what=what,
        started_at=utc(started_at),
        seen_at=utc(seen_at),
        finished_at=utc_or_none(finished_at),
        state=state,
        error=error,
        met=met,
        outcomes={outcome.value: outcomes[outcome] for outcome in Outcome if outcome in outcomes},
        prefect_id=prefect_id,
    )


def _state_of_open(silence: timedelta) -> str:
    if silence > SILENCE:
        return "lost"
    return "silent" if silence > SILENT_AFTER else "running"
