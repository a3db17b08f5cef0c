"""The pretend newsroom does what tests rely on."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree as ET

import pytest

from tests import newsroom_lies as lies
from tests.newsroom import Newsroom, Outlet


def _get(outlet: Outlet, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(outlet.host, outlet.port, timeout=5)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_an_article_lives_and_dies() -> None:
    """What is published is on its page and in the feed, what is amended is changed, what is withdrawn is gone."""
    with Newsroom() as room:
        gazette = room.outlet("gazette")
        gazette.publish("storm", title="Storm & flood", text="First.\nSecond.")

        status, headers, body = _get(gazette, "/news/storm")
        feed = ET.fromstring(_get(gazette, "/feed.xml")[2])
        known = _get(gazette, "/news/storm", If_None_Match=headers["etag"])
        gazette.amend("storm", text="Third.")
        changed = _get(gazette, "/news/storm", If_None_Match=headers["etag"])
        gazette.withdraw("storm")

        assert (status, b"<p>Second.</p>" in body) == (200, True)
        assert [item.findtext("title") for item in feed.iter("item")] == ["Storm & flood"]
        assert (known[0], known[2]) == (304, b"")
        assert (changed[0], b"<p>Third.</p>" in changed[2]) == (200, True)
        assert _get(gazette, "/news/storm")[0] == 410
        assert b"<item>" not in _get(gazette, "/feed.xml")[2]


@pytest.mark.parametrize("path", ["/feed.xml", "/atom.xml", "/news-sitemap.xml", "/sitemap_index.xml"])
def test_listings_stay_the_same(path: str) -> None:
    """A listing is well-formed, and the same bytes with the same ETag while nothing is published."""
    with Newsroom() as room:
        gazette = room.outlet("gazette")
        for number in range(3):
            gazette.publish(f"story-{number}")

        first, second = _get(gazette, path), _get(gazette, path)
        gazette.publish("news")

        assert ET.fromstring(first[2]) is not None
        assert first == second
        assert path == "/sitemap_index.xml" or _get(gazette, path)[1]["etag"] != first[1]["etag"]


@pytest.mark.parametrize("how", ["refuse", "close", 500])
def test_an_outlet_goes_down_and_comes_back(how: object) -> None:
    """An outlet that broke down answers again at the same address, with all that it had published."""
    with Newsroom() as room:
        gazette, other = room.outlet("gazette"), room.outlet("other")
        gazette.publish("storm")
        gazette.break_down(how)  # type: ignore[arg-type]  # mypy: one of the three

        try:
            down: object = _get(gazette, "/news/storm")[0]
        except (ConnectionError, http.client.HTTPException):
            down = "no answer"
        elsewhere = _get(other, "/feed.xml")[0]
        gazette.recover()

        assert down == (how if how == 500 else "no answer")
        assert (elsewhere, _get(gazette, "/news/storm")[0]) == (200, 200)


def test_a_throttle_spares_robots() -> None:
    """A throttled outlet says when to come back, and still shows its rules."""
    with Newsroom() as room:
        gazette = room.outlet("gazette")
        gazette.robots("User-agent: *\nDisallow: /desk/\n")
        gazette.throttle(429, retry_after=120)

        status, headers, _ = _get(gazette, "/feed.xml")

        assert (status, headers["retry-after"]) == (429, "120")
        assert _get(gazette, "/robots.txt")[0] == 200


def test_the_newsroom_counts() -> None:
    """Requests that overlap are seen to overlap, those in turn are not, and the pauses between them are measured."""
    with Newsroom() as room:
        crowded, quiet = room.outlet("crowded"), room.outlet("quiet")
        crowded.latency_s = 0.2

        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda _: _get(crowded, "/"), range(3)))
        for _ in range(3):
            _get(quiet, "/")
            time.sleep(0.02)

        assert (room.max_at_once(crowded), room.max_at_once(quiet)) == (3, 1)
        assert min(room.intervals(quiet)) >= 0.02
        assert (quiet.fetched("/"), quiet.fetched("/", status=404), quiet.log.connections) == (3, 0, 3)


def test_the_newsroom_closes_whatever_is_under_way() -> None:
    """A bomb half read, a drip and a hanging client keep no newsroom from closing."""
    with Newsroom() as room:
        gazette = room.outlet("gazette")
        gazette.script("/endless", lies.endless(chunked=True))
        gazette.script("/silence", lies.silence())
        clients = [http.client.HTTPConnection(gazette.host, gazette.port, timeout=5) for _ in range(2)]
        for client, path in zip(clients, ("/endless", "/silence"), strict=True):
            client.request("GET", path)
        began = time.monotonic()

    for client in clients:
        client.close()

    assert time.monotonic() - began < 4
