"""What is old goes, table by table and in batches; what makes up a story stays, whatever its age."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from ingest.fetch.hosts import RobotsFile, RobotsState
from ingest.outcome import Outcome, Rejection
from storage import tables
from storage.database import reading, writing
from storage.indexes.horizon import INDEX, index_too_old, let_index_go
from storage.keeping import Keep
from storage.keys import rejection_key
from storage.running.hosts import lease, release, remember_robots
from storage.running.raws import Inputs, Kept, write_inputs
from storage.running.runs import finish_run, remember_file
from storage.tables import core
from storage.upkeep.retention import EVERY_SOURCE, let_go, too_old
from storage.upkeep.tidying import tidy
from tests.storage.articles import NOON, Newsdesk, article, prose
from tests.storage.live import go_by, later, poll, save, settle, waits

_LASTING = (tables.Story, tables.Variant, tables.Link, tables.Change, tables.Segment, tables.Run, tables.SiteLine)
_AGES = NOON + timedelta(days=400)
_ALL = Keep(revisions=100)


def _count(desk: Newsdesk, table: type) -> int:
    with reading(desk.engine) as db:
        return db.scalar(select(func.count()).select_from(core(table))) or 0


def _fill(desk: Newsdesk) -> None:
    """Let all happen at noon: two stories, one revised thrice, walls, pages done and waiting, hosts, a file."""
    desk.load(article("gazette/1", prose(1)), article("echo/1", prose(2)))
    for version in (3, 4, 5):
        desk.load(article("gazette/1", prose(version)))
    walls = [_wall(f"https://gazette.example/wall-{number}") for number in range(3)]
    desk.load(*walls)
    keys = [rejection_key(wall.source, wall.url) for wall in walls]
    with writing(desk.engine) as db:
        write_inputs(db, Inputs(kept=[Kept(url_key=key, at=NOON, packed=b"x") for key in keys], most_bytes=99))
    save(desk.engine, poll("a", "a/1", "a/2"), poll("b", "b/1"))
    settle(desk.engine, waits(desk.engine, "a"))
    for host in ("www.a.example", "www.b.example", "used.example"):
        asked = later(0) if host != "used.example" else _AGES - timedelta(days=1)
        remember_robots(
            desk.engine, [RobotsFile(origin=f"https://{host}:443", state=RobotsState.FOUND, fetched_at=asked)]
        )
    remember_file(desk.engine, desk.run_id, 7, "a.warc", Counter(), cleaner="test 1", now=NOON)
    finish_run(desk.engine, desk.run_id, met=8, now=NOON)


def _wall(url: str) -> Rejection:
    return Rejection(source="gazette", url=url, outcome=Outcome.WALL, detail="a wall", at=NOON, raw_key=1)


def _gone(desk: Newsdesk, keep: Keep, now: datetime) -> dict[str, int]:
    gone: Counter[str] = Counter()
    for table, rows in let_go(desk.engine, keep, now=now):
        gone[table] += rows
    return {table: rows for table, rows in gone.items() if rows}


def test_what_is_old_goes_and_stories_stay(desk: Newsdesk) -> None:
    """A year on, each table has lost what was foretold, and no story, variant, link or change is missing."""
    _fill(desk)
    before = {table: _count(desk, table) for table in _LASTING}
    foretold = too_old(desk.engine, _ALL, now=_AGES)

    gone = _gone(desk, _ALL, _AGES)

    assert gone == {"raw": 3, "rejection": 3, "tally": 1, "address": 2, "host": 1, "taken": 1, "revision": 2}
    assert {table: rows for table, rows in foretold.items() if rows} == gone | {"tally": 4}
    assert {table: _count(desk, table) for table in _LASTING} == before
    assert desk.rows(tables.Host, "host") == [("used.example",), ("www.b.example",)]  # of b a page waits
    assert [state for (state,) in desk.rows(tables.Address, "state")] == ["waiting"]
    assert [number for (number,) in desk.rows(tables.Revision, "number")] == [3]
    assert {source for _, source in desk.rows(tables.Tally, "run_id", "source")} == {EVERY_SOURCE}
    assert _gone(desk, _ALL, _AGES) == {}
    assert tidy(desk.engine, list(gone)) >= 0


def test_what_is_young_stays(desk: Newsdesk) -> None:
    """The day after nothing goes, nor ever where all is kept for ever."""
    _fill(desk)
    for_ever = Keep(raw=0, rejections=0, runs=0, addresses=0, hosts=0, files=0)

    assert _gone(desk, _ALL, NOON + timedelta(days=1)) == {}
    assert _gone(desk, for_ever, _AGES) == {}
    assert sum(too_old(desk.engine, for_ever, now=_AGES).values()) == 0


def test_a_host_in_use_stays(desk: Newsdesk) -> None:
    """A host that a run holds, or that asked to be left alone until later, is remembered whatever its age."""
    lease(desk.engine, ["held.example", "rests.example"], owner="one", now=_AGES, seconds=300.0)
    go_by(desk.engine, (datetime.now(UTC) - _AGES) / timedelta(minutes=1))
    release(desk.engine, "one", {"rests.example": _AGES + timedelta(hours=1)})

    assert _gone(desk, _ALL, _AGES) == {}


def test_rows_go_in_batches(desk: Newsdesk) -> None:
    """Of many rows some go at a time, so that whoever else writes waits a moment only."""
    desk.load(*(_wall(f"https://gazette.example/{number}") for number in range(1_200)))

    parts = [rows for table, rows in let_go(desk.engine, _ALL, now=_AGES) if table == "rejection"]

    assert parts == [0, 500, 500, 200]


def test_old_variants_are_found_no_more(desk: Newsdesk) -> None:
    """Once their index is let go of, a copy begins a story of its own; a copy of a younger one still joins it."""
    old, young = prose(1), prose(2)
    desk.load(article("gazette/old", old))
    desk.load(article("gazette/young", young), now=_AGES - timedelta(days=1))
    keep = Keep(index=90)
    foretold = index_too_old(desk.engine, keep, now=_AGES)

    gone = list(let_index_go(desk.engine, keep, now=_AGES))
    again = list(let_index_go(desk.engine, keep, now=_AGES))
    desk.load(article("echo/old", old), article("echo/young", young), now=_AGES)

    assert foretold == {INDEX: 1}
    assert sum(pairs for _, pairs in gone) > 32
    assert again == []
    assert desk.stories() == {
        frozenset({"gazette/old"}),
        frozenset({"echo/old"}),
        frozenset({"gazette/young", "echo/young"}),
    }
    assert desk.rows(tables.Horizon) == [("text", 1)]
    assert index_too_old(desk.engine, Keep(), now=_AGES) == {}
