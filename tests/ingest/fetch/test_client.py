"""One client: whose turn it is, what it may ask, and what it makes of the answers."""

import asyncio
import gzip
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
import stamina
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fetch.client import Client
from ingest.fetch.hosts import HostMemory, Hosts, LoneHosts, Resting, RobotsFile, RobotsState
from ingest.fetch.response import PUBLIC, Limits, Response, Validators
from ingest.outcome import IngestError, Outcome, Refused, Unavailable
from tests.ingest.fetch.asking import IDENTITY, LOOPBACK, NOW
from tests.ingest.fetch.keeping import Shelf
from tests.newsroom import Newsroom, Outlet

T = TypeVar("T")

_QUICK = Limits(total_s=2.0, idle_s=0.5)


@pytest.fixture
def outlet(outlet: Outlet) -> Outlet:
    """Give an outlet of the test's own, with one page."""
    outlet.publish("ferry")
    return outlet


class _Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def _run(work: Callable[[Client], Awaitable[T]], hosts: Hosts | None = None, **options: Any) -> T:  # Any: Client's own
    """Give what `work` gives, with a client of its own."""

    async def run() -> T:
        known = {"limits": _QUICK, "pace_s": 0.0, "clock": lambda: NOW, **options}
        async with Client(IDENTITY, hosts or LoneHosts(), **known) as client:
            return await work(client)

    return asyncio.run(run())


def _get(url: str, hosts: Hosts | None = None, **options: Any) -> Response:  # Any: Client's own options
    return _run(lambda client: client.get(url, access=LOOPBACK), hosts, **options)


def test_an_answer_says_what_it_is(outlet: Outlet) -> None:
    """A page comes with its type, its charset, its validators and the time."""
    came = _get(outlet.url("/news/ferry"))

    assert (came.status, came.media_type, came.charset, came.fetched_at) == (200, "text/html", "utf-8", NOW)
    assert came.asked == came.url == outlet.url("/news/ferry")
    assert came.moved_to is None
    assert came.validators.etag
    assert came.validators.last_modified
    assert b"</html>" in came.body


def test_who_asks_says_who(outlet: Outlet) -> None:
    """Every request, that for robots.txt among them, names us and takes gzip and deflate only."""
    _get(outlet.url("/news/ferry"))

    asked = [visit.headers for visit in outlet.visits]
    assert len(asked) == 2
    assert {headers["user-agent"] for headers in asked} == {IDENTITY}
    assert {headers["accept-encoding"] for headers in asked} == {"gzip, deflate"}


def test_robots_are_asked_once(outlet: Outlet) -> None:
    """One robots.txt does for all pages of its origin, also when they are asked for at once."""

    async def ask(client: Client) -> None:
        await asyncio.gather(*(client.get(outlet.url(f"/news/{n}"), access=LOOPBACK) for n in range(5)))

    _run(ask)

    assert outlet.fetched("/robots.txt") == 1
    assert len(outlet.visits) == 6


def test_robots_forbid(outlet: Outlet) -> None:
    """What robots.txt forbids is not asked for, unless the caller may."""
    outlet.robots("User-agent: newsfold\nDisallow: /news/\n")

    with pytest.raises(Refused) as caught:
        _get(outlet.url("/news/ferry"))

    assert caught.value.outcome is Outcome.ROBOTS
    assert outlet.fetched("/news/ferry") == 0
    asked = _run(lambda client: client.get(outlet.url("/news/ferry"), access=LOOPBACK, obey_robots=False))
    assert asked.status == 200


def test_robots_forbid_redirects_too(outlet: Outlet) -> None:
    """A redirect to what robots.txt forbids is not followed."""
    outlet.robots("User-agent: *\nDisallow: /desk/\n")
    outlet.redirect("/news/away", outlet.url("/desk/"))

    with pytest.raises(Refused) as caught:
        _get(outlet.url("/news/away"))

    assert (caught.value.outcome, caught.value.url) == (Outcome.ROBOTS, outlet.url("/desk/"))


def test_robots_are_remembered(outlet: Outlet) -> None:
    """The next client finds what the last one learned, and asks again when it is a day old."""
    hosts, clock = LoneHosts(), _Clock()
    outlet.robots("User-agent: *\nDisallow: /desk/\n")

    for hours in (0, 1, 22, 30):
        clock.now = NOW + timedelta(hours=hours)
        _get(outlet.url("/news/ferry"), hosts, clock=clock)

    origin = f"http://{outlet.host}:{outlet.port}"
    assert outlet.fetched("/robots.txt") == 2
    assert hosts.robots[origin].state is RobotsState.FOUND
    assert hosts.robots[origin].body.startswith(b"User-agent: *")


def test_robots_out_of_order_long_enough_forbid_nothing(outlet: Outlet) -> None:
    """An unreachable robots.txt says since when, and after thirty days forbids no more (RFC 9309, 2.3.1.4)."""
    hosts, clock = LoneHosts(), _Clock()
    outlet.robots(503)
    url, origin = outlet.url("/news/ferry"), f"http://{outlet.host}:{outlet.port}"

    for days in (0, 1, 29):
        clock.now = NOW + timedelta(days=days)
        with pytest.raises(Unavailable, match="HTTP 503") as caught:
            _get(url, hosts, clock=clock)
        assert caught.value.outcome is Outcome.ROBOTS
        assert hosts.robots[origin].failing_since == NOW
    clock.now = NOW + timedelta(days=31)

    assert _get(url, hosts, clock=clock).status == 200


def test_robots_may_live_elsewhere(room: Newsroom, outlet: Outlet) -> None:
    """A robots.txt that was moved to another host rules the one that was asked (RFC 9309, 2.3.1.2)."""
    other = room.outlet("robots elsewhere")
    other.put("/rules", "User-agent: *\nDisallow: /news/\n", media_type="text/plain")
    outlet.redirect("/robots.txt", other.url("/rules"), status=301)

    with pytest.raises(Refused, match="robots"):
        _get(outlet.url("/news/ferry"))

    assert _get(other.url("/news/nothing")).status == 404


def test_a_host_that_is_down_is_no_matter_of_robots(outlet: Outlet) -> None:
    """Where nobody is there it is the host that cannot be reached, and nothing is remembered of its robots.txt."""
    hosts = LoneHosts()
    outlet.break_down("refuse")

    with pytest.raises(Unavailable) as caught:
        _get(outlet.url("/news/ferry"), hosts)

    assert (caught.value.outcome, caught.value.url) == (Outcome.UNREACHABLE, outlet.url("/news/ferry"))
    assert hosts.robots == {}


def test_one_at_a_time_with_a_pause(room: Newsroom, outlet: Outlet) -> None:
    """Robots.txt, pages and redirects of a host are asked one by one, the pace apart."""
    outlet.redirect("/news/moved", outlet.url("/news/ferry"))

    async def ask(client: Client) -> None:
        urls = [outlet.url(f"/news/{name}") for name in ("moved", "ferry", "harbour")]
        await asyncio.gather(*(client.get(url, access=LOOPBACK) for url in urls))

    _run(ask, pace_s=0.05)

    assert len(outlet.visits) == 5
    assert room.max_at_once(outlet) == 1
    assert min(room.intervals(outlet)) >= 0.05


def test_the_longest_pause_counts(room: Newsroom, outlet: Outlet) -> None:
    """Crawl-delay is obeyed where it is longer than our pace, from the robots.txt itself on; a source may be slower."""
    outlet.robots("User-agent: *\nCrawl-delay: 0.15\n")

    async def ask(client: Client) -> None:
        for _ in range(2):
            await client.get(outlet.url("/news/ferry"), access=LOOPBACK, pace_s=0.01)
        await client.get(outlet.url("/news/ferry"), access=LOOPBACK, pace_s=0.25)
        await client.get(outlet.url("/news/ferry"), access=LOOPBACK)

    _run(ask, pace_s=0.02)

    gaps = room.intervals(outlet)
    assert [round(gap / 0.05) >= least for gap, least in zip(gaps, (3, 3, 3, 5), strict=True)] == [True] * 4


def test_waiting_is_not_part_of_the_time_limit(outlet: Outlet) -> None:
    """A request that waits for its turn longer than it may take still has all its time."""

    async def ask(client: Client) -> list[Response]:
        limits = Limits(total_s=0.3, idle_s=0.3)
        urls = [outlet.url("/news/ferry")] * 4
        return await asyncio.gather(*(client.get(url, access=LOOPBACK, limits=limits) for url in urls))

    began = time.monotonic()
    came = _run(ask, pace_s=0.15)

    assert time.monotonic() - began > 0.4
    assert [response.status for response in came] == [200] * 4


def test_redirects_share_one_time_limit(outlet: Outlet) -> None:
    """Slow hops add up."""
    outlet.latency_s = 0.2
    for number in range(4):
        outlet.redirect(f"/{number}", outlet.url(f"/{number + 1}"))

    with pytest.raises(Unavailable, match=r"within 0\.5 s"):
        _get(outlet.url("/0"), limits=Limits(total_s=0.5))

    assert outlet.fetched("/3") == 0


def test_no_more_than_so_many_at_once(room: Newsroom, outlet: Outlet) -> None:
    """`at_once` bounds the requests to all hosts together."""
    others = [outlet, *(room.outlet(f"at once {number}") for number in range(3))]
    for one in others:
        one.latency_s = 0.03

    async def ask(client: Client) -> None:
        await asyncio.gather(*(client.get(one.url("/a"), access=LOOPBACK) for one in others))

    _run(ask, at_once=2)

    visits = [visit for one in others for visit in one.visits]
    edges = sorted(edge for visit in visits for edge in ((visit.began, 1), (visit.ended or 0.0, -1)))
    running = [sum(step for _, step in edges[: end + 1]) for end in range(len(edges))]
    assert max(running) == 2


def test_another_hosts_validators_are_not_shown(room: Newsroom, outlet: Outlet) -> None:
    """Validators go along to a page's new address on its origin, and not to another's."""
    other = room.outlet("validators elsewhere")
    outlet.redirect("/near", outlet.url("/news/ferry"))
    outlet.redirect("/far", other.url("/news/ferry"))
    validators = Validators(etag='"1"', last_modified="Sun, 22 Nov 2026 12:00:00 GMT")

    async def ask(client: Client) -> None:
        for path in ("/near", "/far"):
            await client.get(outlet.url(path), access=LOOPBACK, validators=validators)

    _run(ask)

    near = next(visit for visit in outlet.visits if visit.path == "/news/ferry")
    far = next(visit for visit in other.visits if visit.path == "/news/ferry")
    assert (near.headers["if-none-match"], near.headers["if-modified-since"]) == ('"1"', validators.last_modified)
    assert not {"if-none-match", "if-modified-since"} & set(far.headers)


def test_unchanged(outlet: Outlet) -> None:
    """An answer to our own condition is a 304 without a body, over a connection that is kept."""

    async def ask(client: Client) -> list[Response]:
        first = await client.get(outlet.url("/news/ferry"), access=LOOPBACK)
        again = [
            await client.get(outlet.url("/news/ferry"), access=LOOPBACK, validators=first.validators) for _ in "ab"
        ]
        return [first, *again]

    came = _run(ask)

    assert [(response.status, bool(response.body)) for response in came] == [(200, True), (304, False), (304, False)]
    assert outlet.log.connections == 1


def test_a_host_that_asks_for_rest_gets_it(outlet: Outlet) -> None:
    """After a Retry-After the host is asked nothing until it is over, by this client or the next."""
    clock = _Clock()
    outlet.throttle(429, retry_after=600)
    url = outlet.url("/news/ferry")
    seen: list[dict[str, datetime | None]] = []

    async def ask(client: Client) -> Response:
        first = await client.get(url, access=LOOPBACK)
        with pytest.raises(Resting) as caught:
            await client.get(url, access=LOOPBACK)
        assert caught.value.until == NOW + timedelta(minutes=10)
        seen.append(client.rests())
        return first

    first = _run(ask, clock=clock)

    assert (first.status, first.retry_after_s, first.body) == (429, 600.0, b"")
    assert seen == [{outlet.host: NOW + timedelta(minutes=10)}]
    outlet.recover()
    hosts = LoneHosts({outlet.host: HostMemory(rest_until=seen[0][outlet.host])})
    with pytest.raises(Resting):
        _get(url, hosts, clock=clock)
    clock.now = NOW + timedelta(minutes=11)
    assert _get(url, hosts, clock=clock).status == 200
    assert outlet.fetched("/news/ferry") == 2


def test_too_many_requests_without_a_time_are_rest_for_a_minute(outlet: Outlet) -> None:
    """A host that says no more than "too many" is not asked again at once, and its other pages wait."""
    clock = _Clock()
    outlet.put("/news/ferry", "", status=429)
    url = outlet.url("/news/ferry")

    async def ask(client: Client) -> Response:
        first = await client.get_patiently(url, access=LOOPBACK)
        with pytest.raises(Resting) as caught:
            await client.get_patiently(outlet.url("/news/storm"), access=LOOPBACK)
        assert caught.value.until == NOW + timedelta(minutes=1)
        return first

    assert _run(ask, clock=clock).status == 429
    assert (outlet.fetched("/news/ferry"), outlet.fetched("/news/storm")) == (1, 0)


def test_a_short_rest_is_waited_for(outlet: Outlet) -> None:
    """What is left of another run's pause is waited for."""
    hosts = LoneHosts({outlet.host: HostMemory(rest_until=NOW + timedelta(seconds=0.2))})
    began = time.monotonic()

    _get(outlet.url("/news/ferry"), hosts)

    assert time.monotonic() - began >= 0.2


def test_a_silent_host_is_left_alone(outlet: Outlet) -> None:
    """A host that did not answer three times in a row is left alone for a while; one answer in between is enough."""
    clock = _Clock()
    outlet.break_down("hang", path="/silent")

    async def ask(client: Client) -> list[object]:
        limits = Limits(total_s=0.1)
        urls = [outlet.url(path) for path in ("/silent", "/silent", "/news/ferry", *["/silent"] * 4)]
        came: list[object] = []
        for url in urls:
            try:
                came.append((await client.get(url, access=LOOPBACK, limits=limits)).status)
            except Unavailable as error:
                came.append(type(error))
        clock.now = NOW + timedelta(minutes=6)
        came.append((await client.get(outlet.url("/news/ferry"), access=LOOPBACK)).status)
        return came

    came = _run(ask, clock=clock)

    assert came == [Unavailable, Unavailable, 200, Unavailable, Unavailable, Unavailable, Resting, 200]


def test_rests_of_hosts_that_were_asked(outlet: Outlet) -> None:
    """The pause behind the last request is told, for whoever is next."""

    async def ask(client: Client) -> dict[str, datetime | None]:
        await client.get(outlet.url("/news/ferry"), access=LOOPBACK, pace_s=30.0, obey_robots=False)
        return client.rests()

    rest_until = _run(ask)[outlet.host]

    assert rest_until is not None
    assert timedelta(seconds=28) < rest_until - NOW <= timedelta(seconds=30)


class _Leased:
    """Hosts that another run holds."""

    async def enter(self, host: str) -> HostMemory:
        raise Unavailable(Outcome.UNREACHABLE, host, "another run is at this host")

    async def remember(self, robots: RobotsFile) -> None:
        raise AssertionError(robots)


def test_another_runs_host_is_left_alone(outlet: Outlet) -> None:
    """Without the lease of a host nothing is asked of it, not even its robots.txt."""
    with pytest.raises(Unavailable, match="another run"):
        _get(outlet.url("/news/ferry"), _Leased())

    assert outlet.log.connections == 0


def test_a_host_is_entered_once(room: Newsroom, outlet: Outlet) -> None:
    """One lease does for all requests of a client, those that a redirect leads to among them."""
    other = room.outlet("entered by redirect")
    outlet.redirect("/away", other.url("/news/x"))
    entered: list[str] = []

    class Counting(LoneHosts):
        async def enter(self, host: str) -> HostMemory:
            entered.append(host)
            await asyncio.sleep(0.01)
            return await super().enter(host)

    async def ask(client: Client) -> None:
        await asyncio.gather(*(client.get(outlet.url("/away"), access=LOOPBACK) for _ in range(3)))

    _run(ask, Counting())

    assert entered == [outlet.host, other.host]


def test_everything_read_is_archived(outlet: Outlet) -> None:
    """The archive gets every answer as it travelled: robots.txt, redirects and pages."""
    shelf = Shelf()
    outlet.put("/packed", b"<p>Ferry sails</p>" * 100, headers=(("X-Twice", "1"), ("X-Twice", "2")))
    outlet.redirect("/away", outlet.url("/packed"), status=301)

    came = _get(outlet.url("/away").replace("//", "//me:secret@"), archive=shelf)

    assert came.body == b"<p>Ferry sails</p>" * 100
    assert came.moved_to == outlet.url("/packed")
    kept = [(exchange.url.rpartition("/")[2], exchange.status) for exchange in shelf.exchanges]
    assert kept == [("robots.txt", 404), ("away", 301), ("packed", 200)]
    last = shelf.exchanges[-1]
    assert (last.reason, last.http_version, last.fetched_at) == ("OK", "HTTP/1.1", NOW)
    assert gzip.decompress(last.raw_body) == came.body
    assert [value for name, value in last.headers if name == b"X-Twice"] == [b"1", b"2"]
    assert not any("secret" in exchange.url for exchange in shelf.exchanges)


def test_patience_is_rewarded(outlet: Outlet) -> None:
    """What passes within three attempts is got; what does not is told as it is."""
    answers = iter([503, 500, 200, 503, 503, 502, 429])

    async def moody(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status = next(answers)
        later = b"Retry-After: 120\r\n" if status == 429 else b""
        writer.write(b"HTTP/1.1 %d x\r\nContent-Length: 2\r\n%s\r\nok" % (status, later))

    url = outlet.script("/moody", moody)

    with stamina.set_testing(True, attempts=3):  # it does not wait between them
        came = [_run(lambda client: client.get_patiently(url, access=LOOPBACK)) for _ in range(3)]

    assert [(response.status, response.body) for response in came] == [(200, b"ok"), (502, b""), (429, b"")]


def test_patience_has_an_end(outlet: Outlet) -> None:
    """What never answers is asked three times, and what cannot pass once."""
    outlet.robots(404)
    outlet.break_down("close", path="/closed")
    outlet.redirect("/loop", outlet.url("/loop"))

    with stamina.set_testing(True, attempts=3):
        with pytest.raises(Unavailable):
            _run(lambda client: client.get_patiently(outlet.url("/closed"), access=LOOPBACK))
        with pytest.raises(Refused):
            _run(lambda client: client.get_patiently(outlet.url("/loop"), access=LOOPBACK))
        with pytest.raises(Refused):
            _run(lambda client: client.get_patiently(outlet.url("/news/ferry"), access=PUBLIC))

    closed = [visit for visit in outlet.visits if visit.path == "/closed"]
    assert len(closed) in (3, 4)  # on a kept connection, the first one may have been found dead
    assert outlet.fetched("/loop") == 1


def test_the_wait_between_attempts_is_short_and_real(outlet: Outlet) -> None:
    """A second attempt is made after a moment."""
    outlet.break_down(503, path="/news/ferry")

    async def ask(client: Client) -> Response:
        asking = asyncio.create_task(client.get_patiently(outlet.url("/news/ferry"), access=LOOPBACK))
        while outlet.fetched("/news/ferry") == 0:
            await asyncio.sleep(0.01)
        outlet.recover()
        return await asking

    assert _run(ask).status == 200
    assert _gap(outlet) >= 0.4


def _gap(outlet: Outlet) -> float:
    """Give the seconds between the first and the second request for the page."""
    first, second = [visit.began for visit in outlet.visits if visit.path == "/news/ferry"][:2]
    return second - first


_WORDS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: ",
        b"HTTP/1.1 304 Not Modified\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: -5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Retry-After: ",
        b"\r\n",
        b"\r\n\r\n",
        b"5\r\nhello\r\n0\r\n\r\n",
        b"//[::1",
        b"hello",
        b"\0",
        gzip.compress(b"hello"),
    ]
)


@given(st.lists(_WORDS | st.binary(max_size=5), max_size=10))
@settings(max_examples=60)
def test_any_bytes_are_an_answer_or_an_outcome(room: Newsroom, words: list[bytes]) -> None:
    """Whatever a server says is a response, or one clear failure on one line, in time."""
    url = room.outlet("any bytes").raw("/", b"".join(words))
    failure = None

    try:
        _run(lambda client: client.get(url, access=LOOPBACK, obey_robots=False), limits=Limits(total_s=0.5, idle_s=0.2))
    except IngestError as error:
        failure = error

    assert failure is None or failure.outcome in {
        Outcome.UNREACHABLE,
        Outcome.HTTP_ERROR,
        Outcome.REDIRECTS,
        Outcome.UNDECODABLE,
    }
    assert failure is None or failure.detail.isprintable()
