"""What runs did: every statement that reads runs and rejections."""

from datetime import datetime, timedelta

from ingest.outcome import Outcome
from storage.reading import Reader, Row, chunks, utc, utc_or_none
from storage.views import RejectionView, RunView

_REJECTIONS = """
    SELECT source, url, outcome, detail, attempts, run_id, first_at, last_at
    FROM rejection WHERE attempts > 0"""
_RUNS = "SELECT id, flow, what, started_at, seen_at, finished_at, error, met, prefect_id FROM run"
_NEWEST = 10_000  # runs, among which those since a time are looked for: five weeks of one every five minutes
SILENCE = timedelta(minutes=10)  # a run that gave no sign for so long is lost


def list_runs(reader: Reader, *, now: datetime, limit: int) -> list[RunView]:
    """Give the newest runs first, each with its outcomes in the order of Outcome."""
    return _with_tallies(reader, reader.rows(f"{_RUNS} ORDER BY id DESC LIMIT :limit", limit=limit), now)


def list_runs_since(reader: Reader, since: datetime, *, now: datetime) -> list[RunView]:
    """Give the runs that began since then, the newest first."""
    where = "WHERE id > (SELECT max(id) FROM run) - :newest AND started_at >= :since"
    return _with_tallies(reader, reader.rows(f"{_RUNS} {where} ORDER BY id DESC", newest=_NEWEST, since=since), now)


def get_run(reader: Reader, run_id: int, *, now: datetime) -> RunView | None:
    """Give a run; None where there is none of this number."""
    found = _with_tallies(reader, reader.rows(f"{_RUNS} WHERE id = :run", run=run_id), now)
    return found[0] if found else None


def _with_tallies(reader: Reader, rows: list[Row], now: datetime) -> list[RunView]:
    tallies: dict[int, dict[str, int]] = {}
    for chunk in chunks(row[0] for row in rows):
        for run, outcome, count in reader.rows(
            "SELECT run_id, outcome, sum(count) FROM tally WHERE run_id IN :runs GROUP BY run_id, outcome", runs=chunk
        ):
            tallies.setdefault(run, {})[outcome] = count
    return [_run(row, tallies.get(row[0], {}), now) for row in rows]


def list_rejections(
    reader: Reader, *, limit: int, outcome: str | None = None, source: str | None = None, run: int | None = None
) -> list[RejectionView]:
    """Give the documents that did not make it, those of the newest run first."""
    asked = {"outcome": outcome, "source": source, "run_id": run}
    params = {name: value for name, value in asked.items() if value is not None}
    where = "".join(f" AND {name} = :{name}" for name in params)
    order = " ORDER BY run_id DESC, last_at DESC, url_key LIMIT :limit"
    rows = reader.rows(_REJECTIONS + where + order, **params, limit=limit)
    return [
        RejectionView(
            source=row[0],
            url=row[1],
            outcome=row[2],
            detail=row[3],
            attempts=row[4],
            run_id=row[5],
            first_at=utc(row[6]),
            last_at=utc(row[7]),
        )
        for row in rows
    ]


def _run(row: Row, outcomes: dict[str, int], now: datetime) -> RunView:
    run_id, flow, what, started_at, seen_at, finished_at, error, met, prefect_id = row
    if error is not None:
        state = "failed"
    elif finished_at is None:
        state = "lost" if now - utc(seen_at) > SILENCE else "running"
    else:
        state = "partly" if any(Outcome(outcome).is_failure for outcome in outcomes) else "done"
    return RunView(
        id=run_id,
        flow=flow,
        what=what,
        started_at=utc(started_at),
        finished_at=utc_or_none(finished_at),
        state=state,
        error=error,
        met=met,
        outcomes={outcome.value: outcomes[outcome] for outcome in Outcome if outcome in outcomes},
        prefect_id=prefect_id,
    )
