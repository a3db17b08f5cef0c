"""What each run did: started, counted batch by batch, finished."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import Connection, Engine, delete, func, select, text, update

from ingest.outcome import Outcome
from storage import tables
from storage.blobs import pack_sources
from storage.database import reading, writing
from storage.rows import among, insert_rows
from storage.tables import core
from storage.views import SourceInRun

_RUN, _TALLY, _TAKEN, _STORY = core(tables.Run), core(tables.Tally), core(tables.Taken), core(tables.Story)

_BATCH = core(tables.Batch)

Tally = Counter[tuple[str, Outcome]]  # (source, outcome) -> documents


class DoesNotAddUp(Exception):
    """A run whose outcomes are not as many as the documents it met: a fault of newsfold's own."""


def start_run(engine: Engine, *, flow: str, what: str, now: datetime, prefect_id: str | None = None) -> int:
    """Record that a run begins; give its id."""
    with writing(engine) as db:
        run_id = (db.scalar(select(func.max(_RUN.c.id))) or 0) + 1
        insert_rows(db, tables.Run, [(run_id, flow, what, now, now, None, None, None, prefect_id, None)])
    return run_id


def finish_run(engine: Engine, run_id: int, *, met: int, now: datetime, error: str | None = None) -> Tally:
    """Record that a run is over, and give its whole tally.

    Raises DoesNotAddUp, after recording it, when no `error` explains why the tally is not `met`.
    """
    with writing(engine) as db:
        tally = _tally(db, run_id)
        counted = sum(tally.values())
        adds_up = error is not None or counted == met
        if not adds_up:
            error = f"met {met} documents, counted {counted} outcomes"
        values = {"finished_at": now, "seen_at": now, "met": met if error is None else counted, "error": error}
        db.execute(update(_RUN).where(_RUN.c.id == run_id).values(values))
        db.execute(delete(_BATCH).where(_BATCH.c.run_id == run_id))
    if not adds_up:
        raise DoesNotAddUp(f"run {run_id}: {error}")
    return tally


def give_sign(engine: Engine, run_id: int, *, now: datetime) -> None:
    """Record that a run which has not ended goes on."""
    with writing(engine) as db:
        goes_on = (_RUN.c.id == run_id) & _RUN.c.finished_at.is_(None)
        db.execute(update(_RUN).where(goes_on).values(seen_at=now))


def stored_before(db: Connection, run_id: int, name: str | None) -> Tally | None:
    """Give the tally of the run's batch of that name where it is stored; None where it is not.

    Whether a COMMIT whose answer was lost had been done is not known otherwise.
    """
    if name is None:
        return None
    told = db.scalar(select(_BATCH.c.tally).where((_BATCH.c.run_id == run_id) & (_BATCH.c.name == name)))
    return None if told is None else _unpacked(told)


def keep_sources(engine: Engine, run_id: int, sources: Sequence[SourceInRun], *, now: datetime) -> None:
    """Keep what asking each source came to with the run that asked it."""
    with writing(engine) as db:
        values = {"sources": pack_sources(sources), "seen_at": now}
        db.execute(update(_RUN).where(_RUN.c.id == run_id).values(values))


def add_tally(db: Connection, run_id: int, tally: Tally, *, now: datetime, name: str | None = None) -> None:
    """Add a batch's outcomes to the run's under the batch's name, inside its own transaction."""
    add = text(
        "INSERT INTO tally (run_id, source, outcome, count) VALUES (:run_id, :source, :outcome, :count) "
        "ON CONFLICT (run_id, source, outcome) DO UPDATE SET count = tally.count + excluded.count"
    )
    rows = [
        {"run_id": run_id, "source": source, "outcome": outcome.value, "count": count}
        for (source, outcome), count in sorted(tally.items())
    ]
    if rows:
        db.execute(add, rows)
    if name is not None:
        insert_rows(db, tables.Batch, [(run_id, name, _packed(tally))])
    db.execute(update(_RUN).where(_RUN.c.id == run_id).values(seen_at=now))


def taken_files(engine: Engine, *, cleaner: str) -> frozenset[int]:
    """Give the keys of the files that were taken in whole by this `cleaner`."""
    with reading(engine) as db:
        found = db.execute(select(_TAKEN.c.file_key).where(_TAKEN.c.cleaner == cleaner))
        return frozenset(found.scalars())


def take_again(
    engine: Engine, run_id: int, file_keys: Sequence[int], *, now: datetime, name: str | None = None
) -> Tally:
    """Count the documents of files that were taken before: stored ones are unchanged, the others as they were.

    Under the same name they are counted once.
    """
    with writing(engine) as db:
        if (before := stored_before(db, run_id, name)) is not None:
            return before
        tally: Tally = Counter()
        for taken in db.scalars(select(_TAKEN.c.tally).where(among(db, _TAKEN.c.file_key, file_keys))):
            for (source, kept), count in _unpacked(taken).items():
                tally[source, Outcome.UNCHANGED if kept.is_stored else kept] += count
        add_tally(db, run_id, tally, now=now, name=name)
    return tally


def remember_file(
    engine: Engine, run_id: int, file_key: int, path: str, tally: Tally, *, cleaner: str, now: datetime
) -> None:
    """Record that all documents of a file are stored or rejected, as `tally` says."""
    with writing(engine) as db:
        db.execute(delete(_TAKEN).where(_TAKEN.c.file_key == file_key))
        insert_rows(db, tables.Taken, [(file_key, path, cleaner, _packed(tally), now)])
        db.execute(update(_RUN).where(_RUN.c.id == run_id).values(seen_at=now))


def count_stories(engine: Engine) -> int:
    """Count the stories that stand for themselves."""
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(_STORY).where(_STORY.c.merged_into.is_(None))) or 0


def _packed(tally: Tally) -> str:
    rows = [(source, outcome.value, count) for (source, outcome), count in sorted(tally.items())]
    return orjson.dumps(rows).decode()


def _unpacked(said: str) -> Tally:
    return Counter({(source, Outcome(outcome)): count for source, outcome, count in orjson.loads(said)})


def _tally(db: Connection, run_id: int) -> Tally:
    rows = db.execute(select(_TALLY.c.source, _TALLY.c.outcome, _TALLY.c["count"]).where(_TALLY.c.run_id == run_id))
    return Counter({(source, Outcome(outcome)): count for source, outcome, count in rows})
