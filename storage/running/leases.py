"""Which run refreshes a source, or works over the variants: one at a time, wherever it was started, however it ends.

A lease runs out by the clock of the database, which all runs share: a host whose clock is wrong takes nobody's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select, update

from storage import tables
from storage.database import now_by, reading, writing
from storage.rows import among, insert_rows
from storage.running.hosts import LONGEST_LEASE
from storage.tables import core

WORKING_OVER = "(maintain)"  # what one maintenance at a time holds, as if it were a source: no source is called so

_LEASE = core(tables.Lease)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A source that another run refreshes."""

    owner: str
    until: datetime  # UTC, by the database's clock


def lease_sources(engine: Engine, sources: Collection[str], *, owner: str, seconds: float) -> dict[str, Held]:
    """Take those `sources` that nobody else holds, for so long, and ten minutes at most; give those somebody holds."""
    if not sources:
        return {}
    columns = select(_LEASE.c.source, _LEASE.c.owner, _LEASE.c.leased_until)
    with writing(engine) as db:
        now = now_by(db)
        known = db.execute(columns.where(among(db, _LEASE.c.source, sources))).all()
        others = {
            row.source: Held(owner=row.owner, until=row.leased_until)
            for row in known
            if row.owner != owner and _holds(row.leased_until, now)
        }
        mine = sorted(set(sources) - others.keys())
        db.execute(delete(_LEASE).where(among(db, _LEASE.c.source, mine)))
        insert_rows(db, tables.Lease, [(source, owner, now, _until(now, seconds)) for source in mine])
    return others


def renew_sources(engine: Engine, owner: str, *, seconds: float) -> frozenset[str]:
    """Hold all that `owner` holds for so long from now; give those sources: any other has been taken over."""
    mine = _LEASE.c.owner == owner
    with writing(engine) as db:
        db.execute(update(_LEASE).where(mine).values(leased_until=_until(now_by(db), seconds)))
        return frozenset(db.scalars(select(_LEASE.c.source).where(mine)))


def release_sources(engine: Engine, owner: str) -> None:
    """Give back all that `owner` still holds."""
    with writing(engine) as db:
        db.execute(delete(_LEASE).where(_LEASE.c.owner == owner))


def held_by_others(engine: Engine, owner: str) -> frozenset[str]:
    """Give the sources that others than `owner` hold now."""
    with reading(engine) as db:
        now = now_by(db)
        found = db.execute(select(_LEASE.c.source, _LEASE.c.leased_until).where(_LEASE.c.owner != owner))
        return frozenset(row.source for row in found if _holds(row.leased_until, now))


def _until(now: datetime, seconds: float) -> datetime:
    return now + min(timedelta(seconds=seconds), LONGEST_LEASE)


def _holds(until: datetime, now: datetime) -> bool:
    """Whether a lease holds: one that is longer than any is given was made before the clock was set back."""
    return now < until <= now + LONGEST_LEASE
