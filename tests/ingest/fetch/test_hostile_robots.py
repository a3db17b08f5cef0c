"""What a robots.txt can do to us, row 1.19 of the list of hostile inputs."""

import asyncio
import time

import pytest

from ingest.fetch.response import Response
from ingest.outcome import Outcome, Refused, Unavailable
from tests import newsroom_lies as lies
from tests.ingest.fetch.asking import IMPATIENT, LOOPBACK, PAGE, ask, ask_all, client, failure
from tests.newsroom import Newsroom, Outlet
from tests.newsroom_server import Lie

_MB = 1 << 20


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_1_19_robots_out_of_order(outlet: Outlet, status: int) -> None:
    """While robots.txt is out of order nothing is fetched, for now."""
    url = outlet.publish("ferry")
    outlet.robots(status)

    error = failure(url)

    assert (type(error), error.outcome) == (Unavailable, Outcome.ROBOTS)
    assert outlet.fetched("/news/ferry") == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_1_19_robots_not_there(outlet: Outlet, status: int) -> None:
    """Where there is no robots.txt to be had everything may be fetched."""
    url = outlet.publish("ferry")
    outlet.robots(status)

    assert ask(url).status == 200


@pytest.mark.parametrize("lie", [lies.silence(), lies.silence(b"HTTP/1.1 200 OK\r\n")])
def test_1_19_robots_unreachable(outlet: Outlet, lie: Lie) -> None:
    """A robots.txt that never comes forbids everything for now."""
    url = outlet.publish("ferry")
    outlet.script("/robots.txt", lie)

    error = failure(url, limits=IMPATIENT)

    assert (type(error), error.outcome) == (Unavailable, Outcome.ROBOTS)


_RULES = b"User-agent: *\nDisallow: /private/\n"
_LONG_LINE = b"Disallow: /" + b"*a" * 20_000 + b"$\n"
_ROBOTS = {
    "5 MB": _RULES + b"Disallow: /x/%d\n" % 1 * 300_000,
    "a line of 5 MB": _RULES + b"# " + b"x" * (5 * _MB),
    "HTML": b"<!doctype html><html><body><p>Nothing here</p></body></html>" + b"\n" + _RULES,
    "NULs": b"\0\0\0\n" + _RULES + b"Disallow: /\0\n",
    "no text": b"\xff\xfe\x80\n" + _RULES,
    "BOM": b"\xef\xbb\xbf" + _RULES,
    "negative delay": _RULES + b"Crawl-delay: -5\n",
    "delay that is no number": _RULES + b"Crawl-delay: nan\n",
    "delay in words": _RULES + b"Crawl-delay: soon\n",
    "wildcards": _RULES + b"".join(b"Disallow: /" + b"*a" * 200 + b"%d$\n" % number for number in range(500)),
    "a line of wildcards": _RULES + _LONG_LINE,
    "percent signs": _RULES + b"Disallow: /%%%zz%0\nAllow: %\n" * 1_000,
}


@pytest.mark.parametrize("kind", _ROBOTS)
def test_1_19_hostile_robots(outlet: Outlet, kind: str) -> None:
    """Of a hostile robots.txt what can be read holds, at once, and the rest stalls nothing."""
    outlet.robots(_ROBOTS[kind])
    allowed, private = outlet.put("/" + "a" * 1_000 + "b", PAGE), outlet.put("/private/ferry", PAGE)
    began = time.monotonic()

    came, refused = ask_all(allowed, private)

    assert time.monotonic() - began < 4
    assert isinstance(came, Response), came
    assert isinstance(refused, Refused), refused
    assert refused.outcome == Outcome.ROBOTS
    assert outlet.fetched("/private/ferry") == 0
    assert outlet.fetched("/robots.txt") == 1


def test_1_19_robots_bomb(outlet: Outlet) -> None:
    """A packed robots.txt of 100 MB ends, and soon."""
    url = outlet.publish("ferry")
    outlet.script("/robots.txt", lies.bomb("gzip", 100))
    began = time.monotonic()

    ask_all(url)

    assert time.monotonic() - began < 4


def test_1_19_huge_crawl_delay(outlet: Outlet) -> None:
    """A delay of 1e308 seconds is a delay like any other, and not an error."""
    outlet.robots("User-agent: *\nCrawl-delay: 1e308\n")
    first, second = outlet.publish("ferry"), outlet.publish("harbour")

    async def both() -> bool:
        async with client() as asking:
            await asyncio.wait_for(asking.get(outlet.url("/robots.txt"), access=LOOPBACK, obey_robots=False), 1)
            waiting = [asyncio.ensure_future(asking.get(url, access=LOOPBACK)) for url in (first, second)]
            _, late = await asyncio.wait(waiting, timeout=0.3)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            return len(late) > 0

    assert asyncio.run(both())
    assert outlet.fetched("/news/harbour") == 0


def test_1_19_robots_at_another_host(room: Newsroom, outlet: Outlet) -> None:
    """A robots.txt may stand elsewhere, five redirects away, and holds for the host that sent us there."""
    other = room.outlet("keeper of rules")
    other.put("/rules", _RULES, media_type="text/plain")
    for number in range(4):
        outlet.redirect(f"/{number}", f"/{number + 1}" if number < 3 else other.url("/rules"))
    outlet.redirect("/robots.txt", "/0")

    allowed, refused = ask_all(outlet.publish("ferry"), outlet.put("/private/ferry", PAGE))

    assert isinstance(allowed, Response)
    assert isinstance(refused, Refused)
    assert (refused.outcome, outlet.fetched("/private/ferry")) == (Outcome.ROBOTS, 0)


def test_1_19_robots_redirects_without_end(outlet: Outlet) -> None:
    """A robots.txt that only ever leads elsewhere costs six requests at most."""
    outlet.redirect("/robots.txt", "/robots.txt?")
    for number in range(20):
        outlet.redirect(f"/robots.txt?{'x' * number}", f"/robots.txt?{'x' * (number + 1)}")

    ask_all(outlet.publish("ferry"))

    assert sum(visit.path.startswith("/robots.txt") for visit in outlet.visits) <= 6


def test_1_19_robots_are_asked_for_once(outlet: Outlet) -> None:
    """A robots.txt is kept: one request for any number of pages."""
    outlet.robots(_RULES)

    ask_all(*[outlet.publish(f"story-{number}") for number in range(5)])

    assert outlet.fetched("/robots.txt") == 1
