"""A page waits until the batch that stores it commits, and nobody fetches it meanwhile who may not."""

import pytest
from sqlalchemy.exc import DBAPIError

from ingest.fetch.response import Validators
from ingest.outcome import Outcome
from storage import tables
from storage.database import writing
from storage.running.addresses import Visit, count_waiting, waiting, waiting_hosts, write_visits
from storage.running.hosts import lease, release
from tests.storage.articles import Newsdesk
from tests.storage.live import SOURCES, go_by, later, poll, save, settle, waits


def hosts(desk: Newsdesk, owner: str = "me", *, minutes: float = 0) -> list[tuple[str, int]]:
    """Give the hosts that a run may ask, by their short names."""
    found = waiting_hosts(desk.engine, now=later(minutes), owner=owner, sources=SOURCES)
    return [(host.split(".")[1], count) for host, count in found]


def test_hosts_with_most_to_do_come_first(desk: Newsdesk) -> None:
    """Each host with pages due is named with how many there are; others are not."""
    save(desk.engine, poll("a", "x/1", "y/1", "y/2", "z/1"))
    settle(desk.engine, waits(desk.engine, "z"), Outcome.UNREACHABLE, try_again=10)

    assert hosts(desk) == [("y", 2), ("x", 1)]
    assert hosts(desk, minutes=10) == [("y", 2), ("x", 1), ("z", 1)]
    assert [count_waiting(desk.engine, sources=names) for names in (SOURCES, ("b",))] == [4, 0]


def test_pages_of_sources_not_asked_for_wait_on(desk: Newsdesk) -> None:
    """A page that another source listed, or one that is no longer in the list of sources, is not given out."""
    save(desk.engine, poll("a", "x/1"), poll("gone", "x/2", "y/1"))

    assert waiting_hosts(desk.engine, now=later(0), owner="me", sources=["a"]) == [("www.x.example", 1)]
    assert [page.source for page in waits(desk.engine, "x", "y")] == ["a"]


def test_hosts_of_others_are_left_to_them(desk: Newsdesk) -> None:
    """A host that another run holds is not offered until its lease ends; one's own is."""
    save(desk.engine, poll("a", "x/1", "y/1"))
    lease(desk.engine, ["www.x.example"], owner="me", now=later(0), seconds=300)
    lease(desk.engine, ["www.y.example"], owner="other", now=later(0), seconds=300)

    go_by(desk.engine, 4)
    assert hosts(desk) == [("x", 1)]
    assert hosts(desk, "other") == [("y", 1)]
    assert hosts(desk, "third", minutes=60) == []
    go_by(desk.engine, 1)
    assert hosts(desk, "third") == [("x", 1), ("y", 1)]


def test_hosts_that_want_rest_get_it(desk: Newsdesk) -> None:
    """A host that asked to be left alone is not offered before the time it named."""
    save(desk.engine, poll("a", "x/1"))
    lease(desk.engine, ["www.x.example"], owner="me", now=later(0), seconds=300)
    release(desk.engine, "me", {"www.x.example": later(60)})

    assert hosts(desk, minutes=59) == []
    assert hosts(desk, minutes=60.1) == [("x", 1)]


def test_8_6_hosts_are_offered_by_a_clock_that_is_right_again(desk: Newsdesk) -> None:
    """MUST_HANDLE 8.6: what a clock a year ahead leased or let rest is offered by the right one."""
    year = 60 * 24 * 365
    save(desk.engine, poll("a", "x/1", "y/1"))
    lease(desk.engine, ["www.x.example", "www.y.example"], owner="ahead", now=later(0), seconds=300)
    go_by(desk.engine, -year)
    release(desk.engine, "ahead", {"www.y.example": later(year)})

    assert hosts(desk) == [("x", 1), ("y", 1)]


def test_the_longest_waiting_come_first(desk: Newsdesk) -> None:
    """Of each host so many are given, in the order in which they were found."""
    for number in range(5):
        save(desk.engine, poll("a", f"x/{number}", f"y/{number}"), minutes=number)

    found = waits(desk.engine, "y", "x", minutes=9, most=3)

    assert [page.url[-9:] for page in found] == [f"example/{number}" for number in (0, 1, 2)] * 2
    assert [page.host for page in found] == ["www.y.example"] * 3 + ["www.x.example"] * 3
    assert waits(desk.engine, "nowhere", most=3) == waits(desk.engine, "x", most=0) == []


def test_pages_in_flight_are_left_out(desk: Newsdesk) -> None:
    """With the keys of what is being fetched, the next ones are given, as many as are asked for."""
    save(desk.engine, poll("a", *(f"x/{number}" for number in range(10))))
    first = waits(desk.engine, "x", most=4)
    in_flight = {page.url_key for page in first}

    second = waiting(desk.engine, {"www.x.example": 4}, now=later(0), sources=SOURCES, without=in_flight)
    all_others = waiting(desk.engine, {"www.x.example": 99}, now=later(0), sources=SOURCES, without=in_flight)

    assert len(second) == 4
    assert not in_flight & {page.url_key for page in second}
    assert len(all_others) == 6


def test_more_pages_than_are_unpacked_at_a_time(desk: Newsdesk) -> None:
    """Any number of pages can be asked for, and each comes once."""
    save(desk.engine, poll("a", *(f"x/{number}" for number in range(1100))))

    found = waits(desk.engine, "x", most=1001)

    assert len({page.url for page in found}) == len(found) == 1001


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.NEW_STORY, "done"),
        (Outcome.UNCHANGED, "done"),
        (Outcome.WALL, "done"),
        (Outcome.GONE, "done"),
        (Outcome.HTTP_ERROR, "dead"),
        (Outcome.ADDRESS, "dead"),
    ],
)
def test_a_settled_page_waits_no_longer(desk: Newsdesk, outcome: Outcome, state: str) -> None:
    """A page is done whatever it held, and dead when it could not be had; its entry is not kept."""
    save(desk.engine, poll("a", "x/1"))

    settle(desk.engine, waits(desk.engine, "x"), outcome, minutes=5, validators=Validators(etag='"1"'))

    assert waits(desk.engine, "x", minutes=999) == []
    assert hosts(desk, minutes=999) == []
    columns = ("state", "outcome", "attempts", "etag", "fetched_at", "next_try_at", "entry")
    assert desk.rows(tables.Address, *columns) == [(state, outcome.value, 1, '"1"', later(5), None, None)]


def test_a_page_that_may_come_waits_on(desk: Newsdesk) -> None:
    """What may pass is tried again when it was said, with one attempt more, and all that was known."""
    save(desk.engine, poll("a", "x/1"))
    for attempt in range(3):
        settle(desk.engine, waits(desk.engine, "x", minutes=99), Outcome.UNREACHABLE, try_again=attempt)

    [page] = waits(desk.engine, "x", minutes=2)

    assert (page.attempts, page.entry.title) == (3, "Title of x/1")
    assert waits(desk.engine, "x", minutes=1) == []


def test_1_12_only_validators_that_can_be_sent_are_kept(desk: Newsdesk) -> None:
    """MUST_HANDLE 1.12: a page's ETag of a megabyte, or with a line break, is dropped."""
    save(desk.engine, poll("a", "x/1"))
    wild = Validators(etag="e" * 10**6, last_modified="a\r\nb")

    settle(desk.engine, waits(desk.engine, "x"), validators=wild)

    assert desk.rows(tables.Address, "etag", "last_modified") == [(None, None)]


def test_visits_are_written_with_their_batch_or_not_at_all(desk: Newsdesk) -> None:
    """When the transaction of a batch fails, its pages still wait."""
    save(desk.engine, poll("a", "x/1"))
    [page] = waits(desk.engine, "x")
    visit = Visit(url_key=page.url_key, outcome=Outcome.NEW_STORY, validators=Validators(), next_try_at=None)
    stranger = Visit(url_key=2**64, outcome=Outcome.NEW_STORY, validators=Validators(), next_try_at=None)  # no key

    with pytest.raises((OverflowError, DBAPIError)), writing(desk.engine) as db:
        write_visits(db, [visit, stranger], now=later(1))

    assert waits(desk.engine, "x") == [page]


def test_no_visits_and_strange_ones_change_nothing(desk: Newsdesk) -> None:
    """Nothing visited writes nothing, nor does a page that nobody listed."""
    strange = Visit(url_key=5, outcome=Outcome.WALL, validators=Validators(), next_try_at=None)

    with writing(desk.engine) as db:
        write_visits(db, [], now=later(1))
        write_visits(db, [strange], now=later(1))

    assert desk.rows(tables.Address) == []
