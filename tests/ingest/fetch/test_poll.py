"""Sources polled over real HTTP: whatever they answer is a result that says what to do next."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ingest.document import Entry
from ingest.fetch.exchange import ArchiveProblem
from ingest.fetch.habits import NotModified, PollState
from ingest.fetch.hosts import HostMemory, Resting
from ingest.fetch.poll import Poll, address_of, poll
from ingest.outcome import Outcome
from ingest.serve import Failure
from ingest.sources import Feed, Sitemap
from tests.ingest.fetch.asking import NOW
from tests.ingest.fetch.hasty import failed_poll, hasty, listed, paths, polled, source, state_after, work
from tests.ingest.fetch.keeping import NoArchive
from tests.newsroom import Newsroom, Outlet


@pytest.mark.parametrize("kind", [Feed, Sitemap])
def test_1_11_not_modified(gazette: Outlet, kind: type[Feed | Sitemap]) -> None:
    """MUST_HANDLE 1.11: asked with what the server gave, 304 means that nothing changed."""
    at = kind(url=gazette.url("/feed.xml" if kind is Feed else "/news-sitemap.xml"))
    first = polled(at)

    again = polled(at, state_after(first))

    assert (again.result, again.entries) == (NotModified(), ())
    assert gazette.visits[-1].status == 304
    assert gazette.visits[-1].headers["if-none-match"] == listed(first).validators.etag


def test_1_11_not_modified_though_nothing_was_named(gazette: Outlet) -> None:
    """MUST_HANDLE 1.11: 304 without our condition is an error that may pass."""
    gazette.put("/feed.xml", "", status=304)

    failed = failed_poll(polled(gazette.url("/feed.xml")))

    assert (failed.outcome, failed.is_final) == (Outcome.HTTP_ERROR, False)


def test_1_12_the_same_body_with_a_new_etag(gazette: Outlet) -> None:
    """MUST_HANDLE 1.12: it is read by nobody, and is no change; the new ETag is what is asked with."""
    feed = "<rss><channel><item><link>https://gazette.example/a</link></item></channel></rss>"
    url = gazette.put("/same.xml", feed, media_type="text/xml", headers=(("ETag", '"1"'),))
    first = polled(url)
    gazette.put("/same.xml", feed, media_type="text/xml", headers=(("ETag", '"2"'),))

    again = polled(url, state_after(first))

    assert again.entries == ()
    assert listed(again).body_key == listed(first).body_key
    assert (state_after(again).outcome, state_after(again).validators.etag) == ("unchanged", '"2"')


@pytest.mark.parametrize(("status", "is_moved"), [(301, True), (308, True), (302, False), (303, False), (307, False)])
def test_1_10_only_a_permanent_redirect_is_remembered(gazette: Outlet, status: int, is_moved: bool) -> None:
    """MUST_HANDLE 1.10: each is followed; where 301 and 308 lead is noted, and asked once it has stood for a day."""
    url = gazette.redirect("/old.xml", "/feed.xml", status=status)
    target = gazette.url("/feed.xml") if is_moved else None

    first = polled(url)
    second = polled(url, state_after(first))

    assert listed(first).moved_to == target
    assert isinstance(second.result, NotModified)
    assert second.result.moved_to == target
    assert address_of(source(url), state_after(second, minutes=60 * 23)) == url
    assert address_of(source(url), state_after(second, minutes=60 * 26)) == (target or url)


@pytest.mark.parametrize("status", [401, 403, 404, 500, 206, 999])
def test_1_11_other_answers_are_failures(gazette: Outlet, status: int) -> None:
    """MUST_HANDLE 1.6, 1.7, 1.11: no status but 200 lists anything, though its body is a feed."""
    feed = "<rss><channel><item><link>https://gazette.example/a</link></item></channel></rss>"
    url = gazette.put("/feed.xml", feed, media_type="text/xml", status=status)

    failed = failed_poll(polled(url))

    assert (failed.outcome, failed.status, failed.detail) == (Outcome.HTTP_ERROR, status, f"HTTP {status}")
    assert (failed.is_final, failed.retry_after_s) == (False, None)


def test_1_11_a_feed_that_is_gone_is_retired(gazette: Outlet) -> None:
    """MUST_HANDLE 1.11: 410 is final, and the state says since when."""
    found = polled(gazette.put("/feed.xml", "Gone", status=410))

    assert (failed_poll(found).outcome, failed_poll(found).status) == (Outcome.GONE, 410)
    assert state_after(found).retired_at is not None


@pytest.mark.parametrize(
    ("status", "said", "wait_s"),
    [
        (429, "120", 120.0),
        (503, "7200", 7200.0),
        (503, "Sun, 22 Nov 2026 12:10:00 GMT", 600.0),
        (429, "1", 60.0),
        (429, "soon", None),
        (503, "-5", None),
        (429, None, None),
    ],
)
def test_1_11_who_asks_for_time_gets_it(gazette: Outlet, status: int, said: str | None, wait_s: float | None) -> None:
    """MUST_HANDLE 1.11: Retry-After in seconds or as a date, a minute at least; junk is ignored."""
    gazette.throttle(status, retry_after=said)

    failed = failed_poll(polled(gazette.url("/feed.xml")))

    assert (failed.status, failed.retry_after_s) == (status, wait_s)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("<!doctype html><html><body>Welcome</body></html>", "application/rss+xml"),
        ("Welcome to our site", "text/plain"),
        ("", "application/rss+xml"),
        ("<note>to self</note>", "text/xml"),
        ("{]", "application/json"),
    ],
)
def test_5_9_what_is_no_feed(gazette: Outlet, body: str, media_type: str) -> None:
    """MUST_HANDLE 5.9: a page in place of a feed, whatever it is called, is no feed, and that is final."""
    failed = failed_poll(polled(gazette.put("/feed.xml", body, media_type=media_type)))

    assert (failed.outcome, failed.is_final, failed.status) == (Outcome.NOT_A_FEED, True, None)


def test_a_feed_that_hangs_is_unreachable(gazette: Outlet) -> None:
    """Silence ends, and may pass."""
    gazette.break_down("hang", path="/feed.xml")

    failed = failed_poll(polled(gazette.url("/feed.xml")))

    assert (failed.outcome, failed.is_final) == (Outcome.UNREACHABLE, False)


def test_bad_lines_are_told_of_and_the_others_kept(gazette: Outlet) -> None:
    """MUST_HANDLE 5.8: links that lead nowhere on the web are rejected one by one."""
    links = ["javascript:alert(1)", "", "/news/storm", "ftp://gazette.example/a", "https://gazette.example/b"]
    items = "".join(f"<item><title>No {number}</title><link>{link}</link></item>" for number, link in enumerate(links))
    url = gazette.put("/feed.xml", f"<rss><channel>{items}</channel></rss>", media_type="text/xml")

    found = polled(url)

    assert paths(found) == ["/news/storm", "/b"]
    assert [line.url for line in found.rejections] == ["javascript:alert(1)", "", "ftp://gazette.example/a"]
    assert {line.outcome for line in found.rejections} == {Outcome.MALFORMED}


def test_what_robots_forbid_is_not_asked(gazette: Outlet) -> None:
    """A feed behind robots.txt is refused without a request for it."""
    gazette.robots("User-agent: *\nDisallow: /feed")

    failed = failed_poll(polled(gazette.url("/feed.xml")))

    assert (failed.outcome, failed.is_final) == (Outcome.ROBOTS, True)
    assert gazette.fetched("/feed.xml") == 0


@pytest.mark.parametrize("url", ["http://169.254.169.254/feed", "ftp://gazette.example/feed", "http://[::1"])
def test_an_address_that_is_not_asked(url: str) -> None:
    """MUST_HANDLE 2: what leads to no public server is a failure of the source, and no exception."""
    assert failed_poll(polled(url)).outcome is Outcome.ADDRESS


def test_a_host_at_rest_is_not_our_turn(gazette: Outlet) -> None:
    """Where nothing was asked there is no result: the source stays due."""
    memories = {gazette.host: HostMemory(rest_until=NOW + timedelta(hours=1))}

    with pytest.raises(Resting):
        polled(gazette.url("/feed.xml"), memories=memories)

    assert gazette.visits == []


@pytest.mark.parametrize(
    ("outcome", "is_final"),
    [
        (Outcome.TIMEOUT, False),
        (Outcome.MEMORY, False),
        (Outcome.FAILED, False),
        (Outcome.MALFORMED, True),
        (Outcome.TOO_LARGE, True),
    ],
)
def test_what_a_worker_says_is_the_result(gazette: Outlet, outcome: Outcome, is_final: bool) -> None:
    """A listing that no worker can read has failed: for good, unless the machine may be the reason."""

    async def broken(_: Any, /) -> Any:  # Any: a job, and its answer or Failure
        return Failure(outcome, "too much")

    async def once() -> Poll:
        async with hasty() as client:
            return await poll(source(gazette.url("/feed.xml")), PollState(), client, broken, now=NOW)

    failed = failed_poll(asyncio.run(once()))

    assert (failed.outcome, failed.detail, failed.is_final) == (outcome, "too much", is_final)


def test_a_fault_of_ours_is_a_failure_of_the_source(gazette: Outlet, caplog: pytest.LogCaptureFixture) -> None:
    """What nobody foresaw may pass, and costs no other source anything; the log has its traceback."""
    faulty = NoArchive(ZeroDivisionError("by nought"))

    failed = failed_poll(polled(gazette.url("/feed.xml"), archive=faulty))

    assert (failed.outcome, failed.is_final) == (Outcome.FAILED, False)
    assert failed.detail == "ZeroDivisionError while polling; the log has the traceback"
    assert "by nought" in caplog.text


def test_an_archive_that_is_full_is_no_sources_fault(gazette: Outlet) -> None:
    """It is raised: the source stays due."""
    full = NoArchive(ArchiveProblem("archive: the archive cannot be written: the disk is full"))

    with pytest.raises(ArchiveProblem, match="the disk is full"):
        polled(gazette.url("/feed.xml"), archive=full)


def test_many_sources_are_polled_at_once(room: Newsroom) -> None:
    """Ten outlets, of which one hangs: the others' results are what they are alone."""
    outlets = [room.outlet(f"many {number}") for number in range(10)]
    for outlet in outlets:
        outlet.publish("storm")
    outlets[3].break_down("hang", path="/feed.xml")

    async def each() -> list[Poll]:
        async with hasty() as client:
            polls = (poll(source(one.url("/feed.xml")), PollState(), client, work, now=NOW) for one in outlets)
            return await asyncio.gather(*polls)

    found = asyncio.run(each())

    assert [len(one.entries) for one in found] == [1, 1, 1, 0, 1, 1, 1, 1, 1, 1]


def test_a_feed_may_carry_articles_whole(gazette: Outlet) -> None:
    """What a full-text feed carries comes with its entries; a teaser is no article."""
    gazette.publish("long", text="\n".join(["The harbour office counted every boat again that evening."] * 40))
    teaser = polled(gazette.url("/feed.xml"))
    gazette.full_text = True
    gazette.publish("short")

    found = polled(gazette.url("/feed.xml"))

    contents = {entry.url.rpartition("/")[2]: entry.content for entry in found.entries}
    assert [entry.content for entry in teaser.entries] == [None] * 3
    assert contents["long"] is not None
    assert "counted every boat" in contents["long"]
    assert contents["short"] is None


def test_a_changed_title_is_another_entry(gazette: Outlet) -> None:
    """An amended article is listed with its new title under its old address."""
    before = polled(gazette.url("/atom.xml"))
    gazette.amend("storm", title="Storm leaves Port Vela")

    found = polled(gazette.url("/atom.xml"), state_after(before))

    (old,) = [entry for entry in before.entries if entry.url.endswith("/storm")]
    (new,) = [entry for entry in found.entries if entry.url.endswith("/storm")]
    assert new == replace(old, title="Storm leaves Port Vela", updated_at=new.updated_at)
    assert isinstance(new, Entry)
