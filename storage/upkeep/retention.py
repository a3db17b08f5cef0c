"""What is let go of when it is old, table by table and in batches, so that runs go on beside it.

Stories, their variants, links, judgements and changes are never let go of. Of runs the rows stay too, for links and
changes name them; what an old one counted is folded into one line for each outcome.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, and_, delete, exists, func, or_, select

from storage import tables
from storage.access.replies import KEPT
from storage.blobs import unpack_robots
from storage.database import reading, writing
from storage.keeping import Keep
from storage.rows import among, insert_rows
from storage.tables import core

EVERY_SOURCE = "*"  # whose documents an old run's tally counts
_AT_ONCE = 500  # rows that go in one transaction
_LOST_AFTER = timedelta(days=1)  # a run that gave no sign for so long stores no batch any more

_RAW, _REJECTION, _REVISION = core(tables.Raw), core(tables.Rejection), core(tables.Revision)
_RUN, _TALLY, _TAKEN = core(tables.Run), core(tables.Tally), core(tables.Taken)
_ADDRESS, _HOST, _BATCH = core(tables.Address), core(tables.Host), core(tables.Batch)
_LEASE, _REPLY, _HEARD = core(tables.Lease), core(tables.Reply), core(tables.Heard)
_STORY = core(tables.Story)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """Rows that go: those of `table` which are `old`, and which `is_meant`, by their key, a number or a text."""

    what: str
    table: Table
    key: str
    old: ColumnElement[bool]
    is_meant: Callable[[Row[Any]], bool] | None = None  # Any: whatever the row holds
    columns: tuple[str, ...] = ()  # that it looks at
    go: Callable[[Connection, list[Any], ColumnElement[bool]], int] | None = None  # instead of being deleted
    with_it: Mapping[Table, str] = field(default_factory=dict)  # rows elsewhere that go along, by their key


def too_old(engine: Engine, keep: Keep, *, now: datetime) -> dict[str, int]:
    """Count what would be let go of, by table; nothing goes."""
    found = {}
    for rule in _rules(keep, now):
        with reading(engine) as db:
            if rule.is_meant is None:
                count = db.scalar(select(func.count()).select_from(rule.table).where(rule.old)) or 0
            else:
                count = sum(map(rule.is_meant, db.execute(_seen(rule))))
        found[rule.what] = count
    return found


def let_go(engine: Engine, keep: Keep, *, now: datetime) -> Iterator[tuple[str, int]]:
    """Let go of what is old, a batch each time that the next is asked for; give of which table, and how many rows."""
    for rule in _rules(keep, now):
        yield rule.what, 0
        after: Any = None
        while True:
            rows = _some(engine, rule, after)
            if not rows:
                break
            after = rows[-1][0]
            keys = [row[0] for row in rows if rule.is_meant is None or rule.is_meant(row)]
            if keys:
                with writing(engine) as db:
                    gone = _gone(db, rule, keys)
                yield rule.what, gone


def _seen(rule: _Rule) -> Any:  # Any: SQLAlchemy's own type for a statement over such columns
    return select(rule.table.c[rule.key], *(rule.table.c[name] for name in rule.columns)).where(rule.old)


def _some(engine: Engine, rule: _Rule, after: Any) -> list[Row[Any]]:  # Any: a key
    key = rule.table.c[rule.key]
    found = _seen(rule).distinct().order_by(key).limit(_AT_ONCE)
    with reading(engine) as db:
        return list(db.execute(found if after is None else found.where(key > after)))


def _gone(db: Connection, rule: _Rule, keys: list[Any]) -> int:  # Any: as above
    if rule.go is not None:
        return rule.go(db, keys, rule.old)
    for table, key in rule.with_it.items():
        still = select(rule.table.c[rule.key]).where(rule.old, among(db, rule.table.c[rule.key], keys))
        db.execute(delete(table).where(table.c[key].in_(still)))
    chosen = among(db, rule.table.c[rule.key], keys)
    return db.execute(delete(rule.table).where(rule.old, chosen)).rowcount


def _rules(keep: Keep, now: datetime) -> Iterator[_Rule]:
    def since(days: int) -> datetime:
        return now - timedelta(days=days)

    if keep.raw:
        yield _Rule(what="raw", table=_RAW, key="url_key", old=_RAW.c.at < since(keep.raw))
    if keep.rejections:
        yield _Rule(
            what="rejection",
            table=_REJECTION,
            key="url_key",
            old=_REJECTION.c.last_at < since(keep.rejections),
            with_it={_RAW: "url_key"},
        )
    if keep.runs:
        yield _tallies(since(keep.runs))
    if keep.addresses:
        at = func.coalesce(_ADDRESS.c.fetched_at, _ADDRESS.c.found_at)
        old = and_(_ADDRESS.c.state.in_(("done", "dead")), at < since(keep.addresses))
        yield _Rule(what="address", table=_ADDRESS, key="url_key", old=old)
    if keep.hosts:
        yield _hosts(since(keep.hosts), now)
    if keep.files:
        yield _Rule(what="taken", table=_TAKEN, key="file_key", old=_TAKEN.c.at < since(keep.files))
    if keep.revisions:
        yield _revisions(since(keep.revisions))
    yield from _leftovers(now)


def _leftovers(now: datetime) -> Iterator[_Rule]:
    """Give what nobody needs any more, whatever is to be kept."""
    lost = select(_RUN.c.id).where(_RUN.c.seen_at < now - _LOST_AFTER)
    absorbed = select(_STORY.c.id).where(_STORY.c.merged_into.is_not(None))
    yield _Rule(what="batch", table=_BATCH, key="run_id", old=_BATCH.c.run_id.in_(lost))
    yield _Rule(what="lease", table=_LEASE, key="source", old=_LEASE.c.leased_until < now - _LOST_AFTER)
    yield _Rule(what="reply", table=_REPLY, key="key", old=_REPLY.c.at < now - KEPT)
    yield _Rule(what="heard", table=_HEARD, key="story_id", old=_HEARD.c.story_id.in_(absorbed))


def _tallies(before: datetime) -> _Rule:
    ended = select(_RUN.c.id).where(_RUN.c.seen_at < before)
    old = and_(_TALLY.c.run_id.in_(ended), _TALLY.c.source != EVERY_SOURCE)
    return _Rule(what="tally", table=_TALLY, key="run_id", old=old, go=_fold)


def _fold(db: Connection, runs: list[int], old: ColumnElement[bool]) -> int:
    """Put one line for each outcome in the place of those by source; the sum of a run stays what it was."""
    meant = and_(old, among(db, _TALLY.c.run_id, runs))
    sums: dict[tuple[int, str], int] = {}
    counts = select(_TALLY.c.run_id, _TALLY.c.outcome, func.sum(_TALLY.c["count"])).where(
        among(db, _TALLY.c.run_id, runs)  # those folded before included
    )
    for run, outcome, count in db.execute(counts.group_by(_TALLY.c.run_id, _TALLY.c.outcome)):
        sums[run, outcome] = int(count)
    gone = db.execute(delete(_TALLY).where(meant)).rowcount
    db.execute(delete(_TALLY).where(among(db, _TALLY.c.run_id, runs), _TALLY.c.source == EVERY_SOURCE))
    rows = [(run, EVERY_SOURCE, outcome, count) for (run, outcome), count in sums.items()]
    insert_rows(db, tables.Tally, rows)
    return gone - len(rows)


def _hosts(before: datetime, now: datetime) -> _Rule:
    waits = exists().where(_ADDRESS.c.host == _HOST.c.host, _ADDRESS.c.state == "waiting")
    is_free = or_(_HOST.c.owner.is_(None), _HOST.c.leased_until < now - _LOST_AFTER)
    is_awake = or_(_HOST.c.rest_until.is_(None), _HOST.c.rest_until < now)

    def is_forgotten(row: Row[Any]) -> bool:  # Any: a host's columns
        files = unpack_robots(row.robots).values()
        return all(file.fetched_at < before for file in files)

    return _Rule(
        what="host",
        table=_HOST,
        key="host",
        old=and_(is_free, is_awake, ~waits),
        is_meant=is_forgotten,
        columns=("robots",),
    )


def _revisions(before: datetime) -> _Rule:
    later = _REVISION.alias()
    is_last = ~exists().where(later.c.variant_id == _REVISION.c.variant_id, later.c.number > _REVISION.c.number)
    old = and_(_REVISION.c.fetched_at < before, ~is_last)
    return _Rule(what="revision", table=_REVISION, key="variant_id", old=old)
