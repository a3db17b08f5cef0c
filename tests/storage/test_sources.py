"""How the sources do can be read by anybody, from either database."""

from datetime import timedelta

import pytest

from ingest.fetch.habits import Failed, PollState
from ingest.outcome import Outcome
from storage.cursors import QuestionProblem, cursor_of
from storage.reading import reading
from storage.views import SourceHealth
from storage.watching.sources import list_source_health, page_waiting
from tests.storage.articles import NOON, Newsdesk, article, newsdesk, prose, rejection
from tests.storage.live import entry, later, poll, save, settle, waits

_DOWN = Failed(outcome=Outcome.UNREACHABLE, detail="no answer")
_GONE = Failed(outcome=Outcome.GONE, detail="status 410", status=410, is_final=True)


def health(url: str, *, minutes: float = 0) -> dict[str, SourceHealth]:
    """Give how the sources do so many minutes after noon, by key."""
    with reading(url) as reader:
        return {found.source: found for found in list_source_health(reader, now=later(minutes))}


def fill(desk: Newsdesk) -> None:
    """Poll four sources, of which one is down, one is gone and one habitually quick; load what one published."""
    quick = PollState(newest_at=later(-60), publishes_every_s=3600.0, asked_url="https://moved.example/feed")
    save(
        desk.engine,
        poll("quick", "quick/1", "quick/2", "quick/3", state=quick),
        poll("down", state=PollState(newest_at=NOON), result=_DOWN),
        poll("gone", result=_GONE),
        poll("calm", "calm/1"),
    )
    settle(desk.engine, waits(desk.engine, "quick", most=1))
    desk.load(article("quick/1", prose(1)), article("quick/9", prose(2)), rejection("quick/2"), rejection("else/1"))


def test_each_source_tells_how_it_does(database_url: str) -> None:
    """A source's polls, habit and pages stand in one line; those never polled have none."""
    with newsdesk(database_url) as desk:
        fill(desk)

    found = health(database_url, minutes=5)

    assert list(found) == ["calm", "down", "gone", "quick"]
    assert found["quick"] == SourceHealth(
        source="quick",
        asked_url="https://moved.example/feed",
        polled_at=NOON,
        succeeded_at=NOON,
        next_due_at=later(30),
        outcome="listed",
        detail="3 listed, 3 new",
        failures=0.0,
        failing_since=None,
        retired_at=None,
        publishes_every_s=found["quick"].publishes_every_s,
        newest_at=NOON,
        silent_s=None,
        waiting=2,
        stored=2,
        rejected=1,
    )
    down, gone, calm = found["down"], found["gone"], found["calm"]
    assert (down.outcome, down.detail, down.failures, down.failing_since) == ("unreachable", "no answer", 0.5, NOON)
    assert (gone.retired_at, gone.next_due_at, gone.succeeded_at) == (NOON, None, None)
    assert (calm.waiting, calm.stored, calm.rejected, calm.publishes_every_s) == (1, 0, 0, None)


def test_silence_is_told(database_url: str) -> None:
    """A source that lists nothing new far beyond its habit says for how long; one that is down says that instead."""
    with newsdesk(database_url) as desk:
        fill(desk)

    in_three_days, in_a_month = (health(database_url, minutes=60 * 24 * days) for days in (3, 31))

    assert [name for name, found in in_three_days.items() if found.silent_s] == ["quick"]
    assert in_three_days["quick"].silent_s == timedelta(days=3).total_seconds()
    assert [name for name, found in in_a_month.items() if found.silent_s] == ["calm", "quick"]


def test_no_sources_no_lines(database_url: str) -> None:
    """A database that never polled has nothing to tell."""
    with newsdesk(database_url) as desk:
        desk.load(article(entry("quick/1").url, prose(1)))

    assert health(database_url) == {}


def pages(url: str, *, source: str | None = None, limit: int = 2, cursor: str | None = None) -> list[tuple[str, str]]:
    """Give source and address of all that waits, behind the cursor where one is given, page after page."""
    found: list[tuple[str, str]] = []
    while True:
        with reading(url) as reader:
            page = page_waiting(reader, limit=limit, cursor=cursor, source=source)
        found += [(line.source, line.url) for line in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_what_waits_is_listed_page_after_page(database_url: str) -> None:
    """Each page that waits is listed once: source by source, of each host what is due first, settled ones no more."""
    with newsdesk(database_url) as desk:
        save(desk.engine, poll("quick", "quick/1", "quick/2", "other/3"), poll("calm", "calm/1"))
        save(desk.engine, poll("quick", "quick/0"), minutes=-5)
        settle(desk.engine, waits(desk.engine, "quick", most=1, minutes=-4))
        save(desk.engine, poll("quick", "quick/4"), minutes=5)

    whole = pages(database_url, limit=99)

    assert [(source, url.partition("www.")[2].replace(".example", "")) for source, url in whole][:2] == [
        ("calm", "calm/1"),
        ("quick", "other/3"),
    ]
    assert sorted(url[-9:] for _, url in whole[2:4]) == ["example/1", "example/2"]
    assert [url[-9:] for _, url in whole[4:]] == ["example/4"]
    assert pages(database_url) == whole
    assert pages(database_url, source="quick") == whole[1:]
    assert pages(database_url, source="nobody") == []


def test_pages_that_come_meanwhile_move_no_place(database_url: str) -> None:
    """What is listed or fetched between two pages of the listing neither hides nor repeats another."""
    with newsdesk(database_url) as desk:
        save(desk.engine, poll("quick", "quick/1", "quick/2", "quick/3"))
        with reading(database_url) as reader:
            first = page_waiting(reader, limit=1)
            rest = page_waiting(reader, limit=9, cursor=first.next_cursor)
        save(desk.engine, poll("calm", "calm/1"), poll("quick", "quick/0"), minutes=-5)
        settle(desk.engine, [each for each in waits(desk.engine, "quick") if each.url == first.items[0].url])

    behind = pages(database_url, cursor=first.next_cursor)

    assert behind == [(line.source, line.url) for line in rest.items]


@pytest.mark.parametrize("host", ["\0", "\ud800", 7, None])
def test_a_place_that_no_page_has_is_no_cursor(database_url: str, host: object) -> None:
    """A text that no database can hold is refused as a cursor, as is what is no text."""
    with newsdesk(database_url):
        cursor = cursor_of("waiting", ("quick", host, NOON, 1))

    with reading(database_url) as reader, pytest.raises(QuestionProblem, match="this is no cursor"):
        page_waiting(reader, limit=5, cursor=cursor)
