"""The indexes of old variants, let go of: nothing new is found to be a copy or a report of the same event as these.

What the process that stores holds in memory grows with the indexes; who runs it for years may bound them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection, Engine, delete, func, select

from storage import tables
from storage.database import reading, writing
from storage.indexes.segments import Kind
from storage.keeping import Keep
from storage.rows import insert_rows
from storage.tables import core

_SEGMENT, _VARIANT, _HORIZON = core(tables.Segment), core(tables.Variant), core(tables.Horizon)
_KINDS = tuple(kind.value for kind in (Kind.BAND, Kind.ANCHOR, Kind.TWIN, Kind.TERM))
_NAME = "text"
INDEX = "segment"  # whose pairs are counted


def horizon(db: Connection) -> int:
    """Give the last variant that the indexes were let go of; 0 where that is none."""
    return db.scalar(select(_HORIZON.c.variant_id).where(_HORIZON.c.kind == _NAME)) or 0


def index_too_old(engine: Engine, keep: Keep, *, now: datetime) -> dict[str, int]:
    """Count the variants that the indexes find and that would be let go of; nothing where that is never done."""
    if not keep.index:
        return {}
    with reading(engine) as db:
        beyond = (_VARIANT.c.id > horizon(db)) & (_VARIANT.c.id <= _last(db, now - timedelta(days=keep.index)))
        return {INDEX: db.scalar(select(func.count()).select_from(_VARIANT).where(beyond)) or 0}


def let_index_go(engine: Engine, keep: Keep, *, now: datetime) -> Iterator[tuple[str, int]]:
    """Let go of old variants, one run of an index each time that the next is asked for; give how many pairs went.

    Where it was broken off, the runs that are left keep their old pairs until they are next older.
    """
    if not keep.index:
        return
    with writing(engine) as db:
        last = _last(db, now - timedelta(days=keep.index))
        if last <= horizon(db):
            return
        db.execute(delete(_HORIZON).where(_HORIZON.c.kind == _NAME))
        insert_rows(db, tables.Horizon, [(_NAME, last)])
        runs = list(db.scalars(select(_SEGMENT.c.id).where(_SEGMENT.c.kind.in_(_KINDS)).order_by(_SEGMENT.c.id)))
    for run in runs:
        with writing(engine) as db:
            gone = _rewritten(db, run, last)
        yield INDEX, gone


def _last(db: Connection, before: datetime) -> int:
    """Give the last of the variants from the oldest on that were all first seen before then."""
    first_young = db.scalar(select(func.min(_VARIANT.c.id)).where(_VARIANT.c.first_seen_at >= before))
    if first_young is not None:
        return int(first_young) - 1
    return db.scalar(select(func.max(_VARIANT.c.id))) or 0


def _rewritten(db: Connection, run: int, last: int) -> int:
    """Put a run without the old pairs in the place of that one, under a new id: processes know runs by their ids."""
    row = db.execute(select(_SEGMENT).where(_SEGMENT.c.id == run)).one_or_none()
    if row is None:  # merged meanwhile: with its pairs
        return 0
    mapping = row._mapping  # noqa: SLF001  SQLAlchemy's public name for it
    keys, values = np.frombuffer(mapping["keys"], "<u8"), np.frombuffer(mapping["values"], "<u4")
    stays = values > last
    if stays.all():
        return 0
    next_id = (db.scalar(select(func.max(_SEGMENT.c.id))) or 0) + 1
    if stays.any():
        kept = (keys[stays].tobytes(), values[stays].tobytes())
        insert_rows(db, tables.Segment, [(next_id, row.kind, row.level, int(stays.sum()), *kept)])
    db.execute(delete(_SEGMENT).where(_SEGMENT.c.id == run))
    return int((~stays).sum())
