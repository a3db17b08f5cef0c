"""One run at a time refreshes a source, by the clock of the database, whatever becomes of the runs."""

import time
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from storage.database import now_by, reading, writing
from storage.running.leases import held_by_others, lease_sources, release_sources, renew_sources
from storage.running.leasing import LONGEST_LEASE
from storage.tables import Lease, core
from tests.storage.articles import Newsdesk
from tests.storage.together import together

_LEASE = core(Lease)
_SOURCES = ("echo", "gazette", "post")


def _take(engine: Engine, owner: str, *sources: str, seconds: float = 300.0) -> set[str]:
    """Give those of the sources that are the owner's now."""
    return set(sources) - lease_sources(engine, sources, owner=owner, seconds=seconds).keys()


def _set_ends(engine: Engine, from_now: timedelta) -> None:
    with writing(engine) as db:
        db.execute(update(_LEASE).values(leased_until=now_by(db) + from_now))


def test_a_source_has_one_run(desk: Newsdesk) -> None:
    """Of two runs the first has the source, and keeps it when it asks again; the other hears who that is."""
    first = _take(desk.engine, "run 1 a", "echo", "gazette")

    other = lease_sources(desk.engine, _SOURCES, owner="run 2 b", seconds=300.0)

    assert first == {"echo", "gazette"}
    assert {source: held.owner for source, held in other.items()} == {"echo": "run 1 a", "gazette": "run 1 a"}
    assert _take(desk.engine, "run 1 a", *_SOURCES) == {"echo", "gazette"}
    assert held_by_others(desk.engine, "run 1 a") == {"post"}
    assert _take(desk.engine, "run 3 c") == set()


def test_9_11_what_the_dead_held_is_free_when_it_has_run_out(desk: Newsdesk) -> None:
    """MUST_HANDLE 9.11: no sooner, and whoever comes first has it; the dead that wakes finds it gone."""
    _take(desk.engine, "dead", *_SOURCES, seconds=0.4)

    too_soon = _take(desk.engine, "next", *_SOURCES)
    time.sleep(0.5)
    nobodys = held_by_others(desk.engine, "next")
    after = _take(desk.engine, "next", "echo")

    assert (too_soon, nobodys, after) == (set(), frozenset(), {"echo"})
    assert renew_sources(desk.engine, "dead", seconds=300.0) == {"gazette", "post"}
    assert _take(desk.engine, "third", *_SOURCES) == set()


def test_a_run_that_gives_signs_of_life_keeps_its_sources(desk: Newsdesk) -> None:
    """Renewed before it ends, a lease goes on; given back, the source is free at once, and others' stay theirs."""
    _take(desk.engine, "one", "echo", seconds=0.4)
    _take(desk.engine, "two", "post")

    renew_sources(desk.engine, "one", seconds=300.0)
    time.sleep(0.5)
    kept = _take(desk.engine, "two", "echo")
    release_sources(desk.engine, "one")

    assert kept == set()
    assert _take(desk.engine, "three", *_SOURCES) == {"echo", "gazette"}


def test_8_6_a_clock_that_was_ahead_locks_nothing(desk: Newsdesk) -> None:
    """MUST_HANDLE 8.6: a lease that ends in a year was made before the clock was set back; none is longer than most."""
    _take(desk.engine, "ahead", "echo", seconds=86_400)
    with reading(desk.engine) as db:
        now = now_by(db)
    [(until,)] = desk.rows(Lease, "leased_until")
    held = _take(desk.engine, "one", "echo")

    _set_ends(desk.engine, timedelta(days=365))

    assert held == set()
    assert now + LONGEST_LEASE - timedelta(seconds=60) < until <= now + LONGEST_LEASE
    assert _take(desk.engine, "one", "echo") == {"echo"}


def test_two_processes_share_out_the_sources(database_url: str) -> None:
    """Both ask for the same sources at once, and each source has exactly one."""
    taken = together(*(("lease", database_url, f"run {number} x") for number in range(2)))

    sources = [source for said in taken for source in said.split()]
    assert len(sources) == len(set(sources)) == 40


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["take", "back"]), st.sampled_from(_SOURCES))))
def test_whatever_runs_do_no_source_has_two(quick_engine: Engine, acts: list[tuple[str, str, str]]) -> None:
    """Taking and giving back in any order, a source is its holder's until that one gives it back."""
    for owner in "abc":
        release_sources(quick_engine, owner)
    holders: dict[str, str] = {}

    for owner, act, source in acts:
        if act == "back":
            release_sources(quick_engine, owner)
            holders = {one: by for one, by in holders.items() if by != owner}
        else:
            got = _take(quick_engine, owner, source)
            assert (source in got) == (holders.setdefault(source, owner) == owner)

    assert held_by_others(quick_engine, "nobody") == set(holders)
