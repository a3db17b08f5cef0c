"""What a server can make us remember, send or wait for, rows 1.10 to 1.16 of the list of hostile inputs."""

import asyncio
import time
from datetime import timedelta
from email.utils import format_datetime

import pytest

from ingest.fetch.crawl import Crawl
from ingest.fetch.guard import host_of
from ingest.fetch.response import Response, Validators
from ingest.outcome import Outcome, Unavailable
from tests.ingest.fetch.asking import LOOPBACK, NOW, PAGE, ask, ask_all, client, failure
from tests.newsroom import Newsroom, Outlet

_MB = 1 << 20


@pytest.mark.parametrize(
    ("status", "is_remembered"), [(301, True), (308, True), (302, False), (303, False), (307, False)]
)
def test_1_10_permanent_redirect(outlet: Outlet, status: int, is_remembered: bool) -> None:
    """A permanent redirect is followed and told; a temporary one is followed only."""
    new = outlet.put("/new", PAGE)

    came = ask(outlet.redirect("/old", "/new", status=status))

    assert (came.status, came.url) == (200, new)
    assert came.moved_to == (new if is_remembered else None)


def test_1_10_permanent_up_to_the_first_other_redirect(outlet: Outlet) -> None:
    """Behind a temporary redirect nothing is permanent."""
    outlet.put("/c", PAGE)
    outlet.redirect("/b", "/c", status=302)
    outlet.redirect("/a", "/b", status=301)
    outlet.redirect("/x", "/a", status=302)

    first, other = ask(outlet.url("/a")), ask(outlet.url("/x"))

    assert (first.moved_to, other.moved_to) == (outlet.url("/b"), None)


def test_1_11_unchanged_only_to_our_own_condition(outlet: Outlet) -> None:
    """A 304 answers a condition; to a request without one it is a mistake that may pass."""
    url = outlet.publish("ferry")
    told = ask(url).validators
    lying = outlet.put("/lying", "", status=304)

    unchanged, error = ask(url, validators=told), failure(lying)

    assert (unchanged.status, unchanged.body) == (304, b"")
    assert (type(error), error.outcome) == (Unavailable, Outcome.HTTP_ERROR)


_RETRY_AFTER = [
    ("120", 120.0),
    ("1", 60.0),
    ("0", 60.0),
    ("999999999", 86_400.0),
    (format_datetime(NOW + timedelta(seconds=300), usegmt=True), 300.0),
    (format_datetime(NOW - timedelta(days=300), usegmt=True), 60.0),
    ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
    ("soon", None),
    ("", None),
    ("nan", None),
    ("inf", None),
    ("Wed, 99 Nov 2026 99:99:99 GMT", None),
    ("\u0663".encode().decode("latin-1"), None),
    ("9" * 5_000, 86_400.0),
]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("said", "expected"), _RETRY_AFTER)
def test_1_11_retry_after(outlet: Outlet, status: int, said: str, expected: float | None) -> None:
    """Retry-After is taken in seconds or as a date, between a minute and a day; junk counts for nothing."""
    outlet.throttle(status, retry_after=said, path="/")

    came = ask(outlet.url("/"))

    assert came.status == status
    assert came.retry_after_s in ({expected, None} if len(said) > 100 else {expected})


def test_1_12_validators_too_long_or_with_newlines(outlet: Outlet) -> None:
    """Validators come back as they were given; a newline in one adds no header; a long ETag hurts nobody."""
    odd = outlet.put("/", PAGE, headers=(("ETag", 'W/"\x80?"'), ("Last-Modified", "Tue, 01 Jan 2999 00:00:00 GMT")))
    long = outlet.put("/long", PAGE, headers=(("ETag", f'"{"x" * 3_000}"'),))
    endless = outlet.put("/endless", PAGE, headers=(("ETag", "x" * _MB),))

    told = ask(odd).validators
    ask(odd, validators=told)
    ask_all(odd, long)
    smuggling = Validators(etag='"x"\r\nX-Evil: 1', last_modified="a\nX-Evil: 1")
    ask_all(odd, validators=smuggling)

    assert told.last_modified == "Tue, 01 Jan 2999 00:00:00 GMT"
    assert [visit.headers.get("if-modified-since") for visit in outlet.visits if visit.path == "/"][
        1
    ] == told.last_modified
    assert all("x-evil" not in visit.headers for visit in outlet.visits)
    assert ask(long).status == 200
    assert failure(endless).outcome == Outcome.UNREACHABLE


def test_1_13_no_cookies_no_credentials(room: Newsroom, outlet: Outlet) -> None:
    """Cookies are forgotten at once, and nobody's credentials travel, also not over a redirect."""
    other = room.outlet("test_1_13_other")
    other.publish("ferry")
    outlet.put("/", PAGE, headers=(("Set-Cookie", "id=1; Path=/"),))
    outlet.redirect("/away", other.url("/news/ferry").replace("//", "//editor:secret@"))
    spelled = outlet.url("/").replace("//", "//editor:secret@")

    came = ask_all(outlet.url("/"), outlet.url("/"), spelled, outlet.url("/away"))

    visits = [*outlet.visits, *other.visits]
    assert len(visits) >= 4
    assert all(not {"cookie", "authorization"} & set(visit.headers) for visit in visits)
    assert [one.status if isinstance(one, Response) else one.outcome for one in came] == [200] * 4
    assert all("secret" not in f"{one.url} {getattr(one, 'moved_to', None)}" for one in came)


def test_1_15_proxies_of_the_environment_are_not_used(
    room: Newsroom, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy named in the environment is asked nothing."""
    proxy = room.outlet("test_1_15_proxy")
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url(""))
    monkeypatch.delenv("NO_PROXY", raising=False)

    came = ask(outlet.publish("ferry"))

    assert came.status == 200
    assert proxy.log.connections == 0


def test_1_16_many_urls_of_one_host(room: Newsroom, outlet: Outlet) -> None:
    """50,000 URLs of one slow host are asked one at a time, and another host's page does not wait for them."""
    outlet.latency_s = 0.02
    other = room.outlet("test_1_16_other")
    quick = other.publish("ferry")
    seen: list[str] = []

    async def crawl() -> tuple[float, int]:
        async with client() as asking:

            async def visit(url: str) -> None:
                seen.append((await asking.get(url, access=LOOPBACK)).url)
                if url == quick:
                    served.set()

            served = asyncio.Event()
            async with Crawl(visit, host=host_of) as work:
                for number in range(50_000):
                    work.put(outlet.url(f"/news/{number}"))
                began = time.monotonic()
                work.put(quick)
                await asyncio.wait_for(served.wait(), 5)
                waited = time.monotonic() - began
                await asyncio.sleep(0.1)
                left = await work.stop()
                return waited, len(left)

    waited, left = asyncio.run(crawl())

    assert waited < 4
    assert room.max_at_once(outlet) == 1
    assert len(seen) >= 2
    assert len(seen) + left == 50_001


@pytest.mark.parametrize("pace_s", [0.0, 0.05])
def test_1_16_questions_at_once(room: Newsroom, outlet: Outlet, pace_s: float) -> None:
    """Whoever asks a host for many pages at once gets them one at a time, at its pace, behind one robots.txt."""
    outlet.latency_s = 0.01
    urls = [outlet.publish(f"story-{number}") for number in range(8)]
    outlet.redirect("/moved", urls[0])

    async def ask_at_once() -> list[Response]:
        async with client(pace_s=pace_s) as asking:
            return await asyncio.gather(*(asking.get(url, access=LOOPBACK) for url in [*urls, outlet.url("/moved")]))

    came = asyncio.run(ask_at_once())

    assert [one.status for one in came] == [200] * 9
    assert room.max_at_once(outlet) == 1
    assert len(outlet.visits) == 11
    assert outlet.fetched("/robots.txt") == 1
    assert min(room.intervals(outlet)) >= pace_s
