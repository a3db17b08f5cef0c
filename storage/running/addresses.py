"""The pages that wait to be fetched: which, at which hosts, and what became of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, false, func, or_, select, text, update

from ingest.document import Entry
from ingest.fetch.habits import worth_keeping
from ingest.fetch.response import Validators
from ingest.outcome import Outcome
from storage import tables
from storage.blobs import unpack_entry
from storage.database import now_by, reading
from storage.rows import among, not_among
from storage.running.hosts import LONGEST_REST
from storage.running.leasing import no_lease_holds
from storage.tables import core

_ADDRESS, _HOST = core(tables.Address), core(tables.Host)
_IS_WAITING = text("address.state = 'waiting'")  # no parameter: the partial indexes are found by these words
_VISITED = (
    update(_ADDRESS)
    .where(_ADDRESS.c.url_key == bindparam("key"))
    .values(outcome=bindparam("said"), attempts=_ADDRESS.c.attempts + 1)
)
_UNPACKED = 500  # rows at a time: an entry may carry a whole article


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A page to be fetched."""

    url_key: int
    url: str
    host: str
    source: str
    entry: Entry  # what the source says of it
    attempts: int
    validators: Validators  # of the last fetch
    from_feed: bool  # the entry carries the article itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What became of one try to have a page."""

    url_key: int
    outcome: Outcome | None  # None: it is stored
    validators: Validators  # those to ask with the next time
    next_try_at: datetime | None  # UTC, aware; None: this is settled


def waiting_hosts(engine: Engine, *, now: datetime, owner: str, sources: Collection[str]) -> list[tuple[str, int]]:
    """Give the hosts with pages of `sources` due and how many, most first, less those of another run or at rest."""
    rests = func.coalesce(_HOST.c.rest_until.between(now, now + LONGEST_REST), false())
    count = func.count()
    with reading(engine) as db:
        is_free = or_(_HOST.c.owner == owner, no_lease_holds(_HOST.c.leased_until, now_by(db)))
        asked = (
            select(_ADDRESS.c.host, count)
            .outerjoin(_HOST, _HOST.c.host == _ADDRESS.c.host)
            .where(_IS_WAITING, _ADDRESS.c.next_try_at <= now, or_(_HOST.c.host.is_(None), is_free & ~rests))
            .where(among(db, _ADDRESS.c.source, sources))
            .group_by(_ADDRESS.c.host)
            .order_by(count.desc(), _ADDRESS.c.host)
        )
        return [(host, waiting) for host, waiting in db.execute(asked)]


def waiting(
    engine: Engine,
    hosts: Mapping[str, int],
    *,
    now: datetime,
    sources: Collection[str],
    without: Collection[int] = (),
) -> list[Waiting]:
    """Give of each host so many pages of `sources` that are due, the longest waiting first, less those `without`."""
    with reading(engine) as db:
        keys = _due(db, hosts, sources, now=now, without=without) if hosts else []
        found: dict[int, Waiting] = {}
        for first in range(0, len(keys), _UNPACKED):
            rows = db.execute(select(_ADDRESS).where(among(db, _ADDRESS.c.url_key, keys[first : first + _UNPACKED])))
            found |= {row.url_key: _waiting(row) for row in rows}
    return [found[key] for key in keys]


def count_waiting(engine: Engine, *, sources: Collection[str]) -> int:
    """Count the pages of `sources` that wait, due or not."""
    with reading(engine) as db:
        waits = select(func.count()).select_from(_ADDRESS).where(_IS_WAITING, among(db, _ADDRESS.c.source, sources))
        return db.scalar(waits) or 0


def write_visits(db: Connection, visits: Sequence[Visit], *, now: datetime) -> None:
    """Record what became of pages, inside the transaction that stores them.

    A settled page is done, or dead where the outcome is a failure; until then it waits for its next try.
    """
    settled, again = [], []
    for visit in visits:
        said = visit.outcome.value if visit.outcome else "stored"
        if visit.next_try_at is not None:
            again.append({"key": visit.url_key, "said": said, "due": visit.next_try_at})
            continue
        kept = worth_keeping(visit.validators, now=now)
        settled.append(
            {
                "key": visit.url_key,
                "said": said,
                "becomes": "dead" if visit.outcome and visit.outcome.is_failure else "done",
                "tag": kept.etag,
                "date": kept.last_modified,
            }
        )
    if settled:
        ended = _VISITED.values(
            state=bindparam("becomes"),
            etag=bindparam("tag"),
            last_modified=bindparam("date"),
            fetched_at=now,
            next_try_at=None,
            entry=None,
        )
        db.execute(ended, settled)
    if again:
        db.execute(_VISITED.values(next_try_at=bindparam("due")), again)


def _due(
    db: Connection, hosts: Mapping[str, int], sources: Collection[str], *, now: datetime, without: Collection[int]
) -> list[int]:
    """Give the keys of the pages, host by host; read from the index alone, in one statement for all hosts."""
    place = func.row_number().over(partition_by=_ADDRESS.c.host, order_by=(_ADDRESS.c.found_at, _ADDRESS.c.url_key))
    due = (
        select(_ADDRESS.c.host, _ADDRESS.c.url_key, place.label("place"))
        .where(_IS_WAITING, _ADDRESS.c.next_try_at <= now)
        .where(among(db, _ADDRESS.c.host, hosts), among(db, _ADDRESS.c.source, sources))
        .where(not_among(db, _ADDRESS.c.url_key, without))
        .subquery()
    )
    first = select(due.c.host, due.c.place, due.c.url_key).where(due.c.place <= max(hosts.values()))
    rows = sorted((place, host, key) for host, place, key in db.execute(first) if place <= hosts[host])
    keys: dict[str, list[int]] = {host: [] for host in hosts}
    for _, host, key in rows:
        keys[host].append(key)
    return [key for host in hosts for key in keys[host]]


def _waiting(row: Row[Any]) -> Waiting:  # Any: the table's columns
    return Waiting(
        url_key=row.url_key,
        url=row.url,
        host=row.host,
        source=row.source,
        entry=unpack_entry(row.entry),
        attempts=row.attempts,
        validators=Validators(etag=row.etag, last_modified=row.last_modified),
        from_feed=row.from_feed,
    )
