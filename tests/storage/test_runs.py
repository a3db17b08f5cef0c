"""A run's arithmetic: every document met has one outcome, or somebody is told."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from ingest.outcome import Outcome
from storage import tables
from storage.database import writing
from storage.running.runs import (
    DoesNotAddUp,
    Tally,
    add_tally,
    count_stories,
    finish_run,
    remember_file,
    start_run,
    take_again,
    taken_files,
)
from tests.storage.articles import CLEANER, NOON, Newsdesk, article, prose

_LATER = NOON + timedelta(minutes=5)
_TALLY: Tally = Counter({("gazette", Outcome.NEW_STORY): 3, ("gazette", Outcome.WALL): 1, ("post", Outcome.REVISED): 2})


def count(engine: Engine, run_id: int, tally: Tally) -> None:
    """Add a batch's tally."""
    with writing(engine) as db:
        add_tally(db, run_id, tally, now=_LATER)


def test_tallies_of_batches_add_up(desk: Newsdesk) -> None:
    """A run ends with the sum of its batches, which is as many as it met."""
    run = start_run(desk.engine, flow="load", what="inbox", now=NOON, prefect_id="abc")
    count(desk.engine, run, _TALLY)
    count(desk.engine, run, Counter())
    count(desk.engine, run, _TALLY)

    assert finish_run(desk.engine, run, met=12, now=_LATER) == _TALLY + _TALLY

    assert desk.rows(tables.Run)[-1] == (2, "load", "inbox", NOON, _LATER, _LATER, None, 12, "abc", None)


def test_runs_do_not_share_tallies(desk: Newsdesk) -> None:
    """Each run counts for itself."""
    one, other = (start_run(desk.engine, flow="load", what="inbox", now=NOON) for _ in range(2))
    count(desk.engine, one, _TALLY)

    assert one != other
    assert finish_run(desk.engine, other, met=0, now=_LATER) == Counter()


def test_a_reason_of_anothers_is_no_sum(desk: Newsdesk) -> None:
    """Whatever words a run that ended early gives as its reason, it need not add up."""
    count(desk.engine, desk.run_id, _TALLY)

    assert finish_run(desk.engine, desk.run_id, met=7, now=_LATER, error="met 7 walls on end") == _TALLY


@pytest.mark.parametrize("met", [5, 7])
def test_a_run_that_does_not_add_up_says_so(desk: Newsdesk, met: int) -> None:
    """When outcomes and documents differ, the run ends with an error, in its row and for its caller."""
    count(desk.engine, desk.run_id, _TALLY)

    with pytest.raises(DoesNotAddUp, match=f"^run 1: met {met} documents, counted 6 outcomes$"):
        finish_run(desk.engine, desk.run_id, met=met, now=_LATER)

    [(_, error, counted)] = desk.rows(tables.Run, "id", "error", "met")
    assert (error, counted) == (f"met {met} documents, counted 6 outcomes", 6)


def test_a_run_that_broke_off_need_not_add_up(desk: Newsdesk) -> None:
    """A run that ended early for a reason keeps the reason, and has met what it counted."""
    count(desk.engine, desk.run_id, _TALLY)

    assert finish_run(desk.engine, desk.run_id, met=99, now=_LATER, error="stopped by signal") == _TALLY
    assert desk.rows(tables.Run, "error", "met", "finished_at") == [("stopped by signal", 6, _LATER)]


def test_a_file_taken_whole_is_remembered(desk: Newsdesk) -> None:
    """A file's key is known to the cleaner that took it, and its tally can be counted again as what it is then."""
    remember_file(desk.engine, desk.run_id, -(2**63), "a.jsonl", _TALLY, cleaner=CLEANER, now=NOON)
    remember_file(desk.engine, desk.run_id, 5, "b.jsonl", Counter(), cleaner="test 2", now=NOON)
    again = start_run(desk.engine, flow="load", what="inbox", now=NOON)

    assert taken_files(desk.engine, cleaner=CLEANER) == {-(2**63)}
    tally = take_again(desk.engine, again, [-(2**63)], now=_LATER)

    assert tally == Counter(
        {("gazette", Outcome.UNCHANGED): 3, ("gazette", Outcome.WALL): 1, ("post", Outcome.UNCHANGED): 2}
    )
    assert finish_run(desk.engine, again, met=6, now=_LATER) == tally


def test_a_file_taken_again_has_its_last_tally(desk: Newsdesk) -> None:
    """Remembering a file again replaces what was remembered; a file never taken has no tally."""
    for tally in (_TALLY, Counter({("gazette", Outcome.VARIANT): 1})):
        remember_file(desk.engine, desk.run_id, 7, "a.jsonl", tally, cleaner=CLEANER, now=NOON)

    assert take_again(desk.engine, desk.run_id, [7], now=_LATER) == Counter({("gazette", Outcome.UNCHANGED): 1})
    assert take_again(desk.engine, desk.run_id, [8], now=_LATER) == Counter()
    finish_run(desk.engine, desk.run_id, met=1, now=_LATER)


def test_absorbed_stories_are_not_counted(desk: Newsdesk) -> None:
    """Stories are counted that stand for themselves."""
    desk.load(article("gazette/1", prose(1)), article("post/1", prose(2)), article("echo/1", prose(3)))
    desk.load(article("star/1", f"{prose(1)}\n{prose(2)}"))

    assert count_stories(desk.engine) == 2
