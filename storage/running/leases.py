"""Which run refreshes a source, or works over the variants: one at a time, wherever it was started, however it ends.

A lease runs out by the clock of the database: storage/running/leasing.py.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, select, update

from storage import tables
from storage.database import now_by, reading, writing
from storage.rows import among, insert_rows
from storage.running.leasing import lease_end, lease_holds
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
            if row.owner != owner and lease_holds(row.leased_until, now)
        }
        mine = sorted(set(sources) - others.keys())
        db.execute(delete(_LEASE).where(among(db, _LEASE.c.source, mine)))
        insert_rows(db, tables.Lease, [(source, owner, now, lease_end(now, seconds=seconds)) for source in mine])
    return others


def renew_sources(engine: Engine, owner: str, *, seconds: float) -> frozenset[str]:
    """Hold all that `owner` holds for so long from now; give those sources: any other has been taken over."""
    mine = _LEASE.c.owner == owner
    with writing(engine) as db:
        db.execute(update(_LEASE).where(mine).values(leased_until=lease_end(now_by(db), seconds=seconds)))
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
        return frozenset(row.source for row in found if lease_holds(row.leased_until, now))
