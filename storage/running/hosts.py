"""Whose turn it is at a host: leases that hold over all workers, and what is remembered of each host.

A lease that has run out is anybody's; a rest longer than any is given was made by a clock gone wrong.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, bindparam, select, update

from ingest.fetch.guard import host_of
from ingest.fetch.hosts import HostMemory, RobotsFile
from storage import tables
from storage.blobs import pack_robots, unpack_robots
from storage.database import now_by, writing
from storage.rows import among, insert_rows
from storage.running.leasing import lease_end, lease_holds
from storage.tables import core

_HOST = core(tables.Host)
LONGEST_REST = timedelta(hours=25)  # no server is heard that asks for more than a day
_ORIGINS_KEPT = 8  # of one host: two schemes, a few ports


def lease(
    engine: Engine, hosts: Collection[str], *, owner: str, now: datetime, seconds: float
) -> dict[str, HostMemory]:
    """Take those `hosts` that nobody else holds, for so long; give what is known at `now` of each one obtained.

    For ten minutes at most, whatever `seconds` says.
    """
    if not hosts:
        return {}
    columns = select(_HOST.c.host, _HOST.c.owner, _HOST.c.leased_until, _HOST.c.rest_until, _HOST.c.robots)
    with writing(engine) as db:
        leased_at = now_by(db)
        until = lease_end(leased_at, seconds=seconds)
        known = {row.host: row for row in db.execute(columns.where(among(db, _HOST.c.host, hosts)))}
        mine = [
            row.host
            for row in known.values()
            if row.owner in (None, owner) or not lease_holds(row.leased_until, leased_at)
        ]
        db.execute(update(_HOST).where(among(db, _HOST.c.host, mine)).values(owner=owner, leased_until=until))
        new = sorted(set(hosts) - known.keys())
        insert_rows(db, tables.Host, [(host, owner, until, None, None) for host in new])
    memories = {host: _memory(known[host].rest_until, known[host].robots, now) for host in mine}
    return memories | {host: HostMemory() for host in new}


def renew(engine: Engine, owner: str, *, seconds: float) -> frozenset[str]:
    """Hold all that `owner` holds for so long from now; give those hosts: any other has been taken over."""
    mine = _HOST.c.owner == owner
    with writing(engine) as db:
        db.execute(update(_HOST).where(mine).values(leased_until=lease_end(now_by(db), seconds=seconds)))
        return frozenset(db.scalars(select(_HOST.c.host).where(mine)))


def release(engine: Engine, owner: str, rest: Mapping[str, datetime | None]) -> None:
    """Give back the hosts in `rest` that `owner` still holds, each with the time before which nobody is to ask it."""
    given_back = (
        update(_HOST)
        .where((_HOST.c.host == bindparam("which")) & (_HOST.c.owner == owner))
        .values(owner=None, leased_until=None, rest_until=bindparam("rest"))
    )
    if rest:
        with writing(engine) as db:
            db.execute(given_back, [{"which": host, "rest": until} for host, until in sorted(rest.items())])


def remember_robots(engine: Engine, files: Iterable[RobotsFile]) -> None:
    """Keep the newest robots.txt of each origin."""
    arrived: dict[str, dict[str, RobotsFile]] = {}
    for file in files:
        arrived.setdefault(host_of(f"{file.origin}/"), {})[file.origin] = file
    if not arrived:
        return
    with writing(engine) as db:
        _write_robots(db, arrived)


def _write_robots(db: Connection, arrived: Mapping[str, Mapping[str, RobotsFile]]) -> None:
    columns = select(_HOST.c.host, _HOST.c.robots).where(among(db, _HOST.c.host, arrived))
    known = {host: unpack_robots(blob) for host, blob in db.execute(columns)}
    packed = {
        host: pack_robots(_newest([*known.get(host, {}).values(), *new.values()])) for host, new in arrived.items()
    }
    insert_rows(db, tables.Host, [(host, None, None, None, blob) for host, blob in packed.items() if host not in known])
    again = [{"which": host, "blob": packed[host]} for host in known]
    if again:
        db.execute(update(_HOST).where(_HOST.c.host == bindparam("which")).values(robots=bindparam("blob")), again)


def _newest(files: Sequence[RobotsFile]) -> list[RobotsFile]:
    """Give each origin's last file, of the origins asked last."""
    latest: dict[str, RobotsFile] = {}
    for file in files:
        if file.origin not in latest or latest[file.origin].fetched_at <= file.fetched_at:
            latest[file.origin] = file
    return sorted(latest.values(), key=lambda file: file.fetched_at, reverse=True)[:_ORIGINS_KEPT]


def _memory(rest_until: datetime | None, robots: bytes | None, now: datetime) -> HostMemory:
    is_believable = rest_until is not None and rest_until <= now + LONGEST_REST
    return HostMemory(rest_until=rest_until if is_believable else None, robots=unpack_robots(robots))
