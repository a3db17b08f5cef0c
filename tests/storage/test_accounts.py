"""What runs came to, told in one account, on either database."""

from collections import Counter
from datetime import timedelta

from ingest.outcome import Outcome
from storage.database import writing
from storage.reading import reading
from storage.running.runs import add_tally, finish_run, keep_sources, start_run
from storage.views import SourceInRun
from storage.watching.accounts import Account, account_of_run, account_since
from tests.storage.articles import NOON, Newsdesk, article, newsdesk, prose, rejection

_HOUR = timedelta(hours=1)


def _run(desk: Newsdesk, *items: object, hours: int, error: str | None = None) -> int:
    """Let a run of its own store the items, so many hours after noon."""
    at = NOON + hours * _HOUR
    desk.run_id = start_run(desk.engine, flow="refresh", what="2 sources", now=at)
    tally = desk.load(*items, now=at) if items else Counter()  # type: ignore[arg-type]
    finish_run(desk.engine, desk.run_id, met=tally.total(), now=at + timedelta(minutes=3), error=error)
    return desk.run_id


def _of(url: str, run: int) -> Account:
    with reading(url) as reader:
        found = account_of_run(reader, run, now=NOON + 9 * _HOUR)
    assert found is not None
    return found


def _asked(source: str, outcome: str | None, **more: float) -> SourceInRun:
    said = {"seconds": 1.0, "pages": 1, "slowest_s": 0.5} | more
    return SourceInRun(source=source, outcome=outcome, detail="", silent_s=None, **said)  # type: ignore[arg-type]


def test_a_run_is_told_what_it_did_and_nothing_else(database_url: str) -> None:
    """New stories, those that grew, and rejections are the run's own, whatever runs before and after it did."""
    with newsdesk(database_url) as desk:
        first = _run(desk, article("gazette/1", prose(1)), article("gazette/2", prose(2)), hours=0)
        second = _run(desk, article("post/1", prose(1)), article("post/3", prose(3)), rejection("post/4"), hours=1)
        third = _run(desk, article("echo/5", prose(5)), hours=2)

    one, two, three = (_of(database_url, run) for run in (first, second, third))

    assert (one.new_stories, two.new_stories, three.new_stories) == (2, 1, 1)
    assert two.tally == {"post": {"new_story": 1, "variant": 1, "wall": 1}}
    assert [story.size for story in two.new] == [1]
    assert [(story.size, story.sources) for story in two.biggest] == [(2, ["gazette", "post"])]
    assert [(gone.source, gone.outcome) for gone in two.rejected] == [("post", "wall")]
    assert (three.biggest, three.rejected) == ((), ())


def test_runs_of_a_time_are_one_account(database_url: str) -> None:
    """Tallies and new stories of all runs since then add up; what a source took is summed, its last answer counts."""
    with newsdesk(database_url) as desk:
        _run(desk, article("gazette/0", prose(9)), hours=0)
        for hours, outcome, seconds in ((1, "listed", 2.0), (2, None, 3.0)):
            run = _run(desk, article(f"gazette/{hours}", prose(hours)), hours=hours)
            keep_sources(desk.engine, run, [_asked("gazette", outcome, seconds=seconds, slowest_s=seconds)], now=NOON)

    with reading(database_url) as reader:
        found = account_since(reader, NOON + _HOUR / 2, now=NOON + 9 * _HOUR)

    assert ([run.id for run in found.runs], found.outcomes, found.new_stories) == ([4, 3], {"new_story": 2}, 2)
    assert found.sources == (_asked("gazette", "listed", seconds=5.0, pages=2, slowest_s=3.0),)


def test_nothing_is_an_account_too(database_url: str) -> None:
    """Where no run began since then there is nothing to tell, and of an unknown run there is no account."""
    with newsdesk(database_url), reading(database_url) as reader:
        since = account_since(reader, NOON + _HOUR, now=NOON + 2 * _HOUR)
        unknown = account_of_run(reader, 99, now=NOON)

    assert (since.runs, since.tally, unknown) == ((), {}, None)


def test_outcomes_of_all_sources_are_summed(database_url: str) -> None:
    """The tally without its sources is in the order of outcomes, and has none that did not occur."""
    with newsdesk(database_url) as desk, writing(desk.engine) as db:
        tally = {("b", Outcome.WALL): 2, ("a", Outcome.WALL): 1, ("a", Outcome.VARIANT): 4}
        add_tally(db, desk.run_id, Counter(tally), now=NOON)

    found = _of(database_url, 1)

    assert list(found.outcomes.items()) == [("variant", 4), ("wall", 3)]
    assert list(found.tally) == ["a", "b"]
