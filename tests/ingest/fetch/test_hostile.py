"""What a server can do to us, and what it gets; the number is the row's in the list of hostile inputs."""

import json
import ssl
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fetch.response import Limits, Response
from ingest.outcome import IngestError, Outcome, Refused, Unavailable
from tests import newsroom_lies as lies
from tests.ingest.fetch.asking import IMPATIENT, ask, ask_all, failure
from tests.newsroom import Newsroom, Outlet
from tests.newsroom_server import gzipped, head_of

_PAGE = (
    "<html><body><article>"
    + "<p>The ferry to Port Vela sails again from Monday.</p>" * 200
    + "</article></body></html>"
)
_MB = 1 << 20


@pytest.fixture(scope="module")
def tls() -> ssl.SSLContext:
    """Give a context to share: one is dear to make."""
    return ssl.create_default_context()


@pytest.mark.parametrize("chunked", [True, False])
def test_1_01_body_without_end(outlet: Outlet, chunked: bool) -> None:
    """A body without end is refused as soon as it is larger than the limit."""
    url = outlet.script("/", lies.endless(chunked=chunked))

    error = failure(url)

    assert isinstance(error, Refused)
    assert error.outcome == Outcome.TOO_LARGE


def test_1_01_and_1_02_stay_small(outlet: Outlet) -> None:
    """No endless body and no bomb of a gigabyte makes the process grow by more than a few bodies' worth."""
    shapes = {
        "warm": lies.endless(chunked=True),
        "endless": lies.endless(chunked=False),
        "gzip": lies.bomb("gzip", 1_000),
        "deflate": lies.bomb("deflate", 1_000),
        "raw": lies.bomb("raw deflate", 1_000),
    }
    urls = [outlet.script(f"/{name}", lie) for name, lie in shapes.items()]
    command = [sys.executable, "-W", "error", "-m", "tests.ingest.fetch.asking", *urls]

    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["said"] for line in lines] == [Outcome.TOO_LARGE] * len(shapes)
    assert max(line["grown"] for line in lines) < 64 * _MB


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate"])
def test_1_02_bomb(outlet: Outlet, coding: lies.Coding) -> None:
    """A small packed body that unpacks to more than the limit is refused."""
    error = failure(outlet.script("/", lies.bomb(coding, 100)))

    assert isinstance(error, Refused)
    assert error.outcome == Outcome.TOO_LARGE


def test_1_02_bomb_of_many_members(outlet: Outlet) -> None:
    """The limit holds for all members of a gzip body together."""
    body = gzipped(b"x" * 100_000) * 50
    url = outlet.raw("/", head_of(200, ("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))), body)

    error = failure(url)

    assert error.outcome == Outcome.TOO_LARGE


def test_1_02_packed_nothing_without_end(outlet: Outlet) -> None:
    """A packed body is also limited as it travels: one that unpacks to nothing could go on for ever."""
    error = failure(outlet.script("/", lies.hollow()))

    assert isinstance(error, Refused)
    assert error.outcome == Outcome.TOO_LARGE


@pytest.mark.parametrize("label", ["br", "zstd", "gzip, gzip", "gzip, br", "compress", "gzip,deflate,gzip", "x-bomb"])
def test_1_02_other_and_stacked_codings(outlet: Outlet, label: str) -> None:
    """A coding that nobody asked for, or one upon another, is refused without being unpacked."""
    error = failure(outlet.script("/", lies.bomb("gzip", 100, label=label)))

    assert isinstance(error, Refused)
    assert error.outcome == Outcome.UNDECODABLE


def test_1_02_only_gzip_and_deflate_are_asked_for(outlet: Outlet) -> None:
    """No coding is asked for that cannot be unpacked within bounds."""
    ask(outlet.publish("ferry"))

    assert {visit.headers["accept-encoding"] for visit in outlet.visits} == {"gzip, deflate"}


_SLOW = {
    "status line": (b"", b"H"),
    "header": (b"HTTP/1.1 200 OK\r\n", b"X-Slow: 1\r\n"),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "body": (head_of(200, ("Content-Length", "1000000")), b"x"),
    "chunks": (head_of(200, ("Transfer-Encoding", "chunked")), b"1\r\nx\r\n"),
    "error page": (head_of(500, ("Content-Length", "1000000")), b"x"),
    "redirect": (head_of(302, ("Location", "/away"), ("Content-Length", "1000000")), b"x"),
}


@pytest.mark.parametrize("part", _SLOW)
def test_1_03_one_byte_at_a_time(outlet: Outlet, part: str) -> None:
    """A server that sends a little now and then has no more than the total time."""
    start, piece = _SLOW[part]
    url = outlet.script("/", lies.drip(start, piece, every_s=0.03))
    began = time.monotonic()

    (came,) = ask_all(url, limits=IMPATIENT)

    assert time.monotonic() - began < 4
    if isinstance(came, IngestError):
        assert (type(came), came.outcome) == (Unavailable, Outcome.UNREACHABLE)
    else:
        assert (part, came.status) in {("error page", 500), ("redirect", 404)}  # the body was not waited for


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", head_of(200, ("Content-Length", "9")) + b"half"])
def test_1_03_silence(outlet: Outlet, start: bytes) -> None:
    """A server that says nothing any more is left after the idle time."""
    url = outlet.script("/", lies.silence(start))
    began = time.monotonic()

    error = failure(url, limits=Limits(total_s=20.0, idle_s=0.3))

    assert time.monotonic() - began < 4
    assert (type(error), error.outcome) == (Unavailable, Outcome.UNREACHABLE)


def test_1_03_slow_robots(outlet: Outlet) -> None:
    """A robots.txt that drips costs no more than a page may."""
    url = outlet.publish("ferry")
    outlet.script("/robots.txt", lies.drip(head_of(200, ("Content-Length", "1000000")), b"#", every_s=0.03))
    began = time.monotonic()

    ask_all(url, limits=IMPATIENT)

    assert time.monotonic() - began < 4


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_1_04_cut_gzip(outlet: Outlet, framing: str) -> None:
    """A gzip body that ends too early is never taken for whole, however its length is told."""
    cut = gzipped(_PAGE.encode())[:-30]
    headers = {"length": ("Content-Length", str(len(cut))), "chunked": ("Transfer-Encoding", "chunked")}
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(cut), cut) if framing == "chunked" else cut
    head = head_of(200, ("Content-Encoding", "gzip"), headers.get(framing, ("Connection", "close")))

    error = failure(outlet.raw("/", head, body))

    assert (type(error), error.outcome) == (Unavailable, Outcome.UNREACHABLE)


@pytest.mark.parametrize("damaged", [b"this is not gzip", b"", gzipped(_PAGE.encode())[:-8] + b"12345678"])
def test_1_04_damaged_gzip(outlet: Outlet, damaged: bytes) -> None:
    """A gzip body that is none, or whose check sum is wrong, is no page."""
    head = head_of(200, ("Content-Encoding", "gzip"), ("Content-Length", str(len(damaged))))

    (came,) = ask_all(outlet.raw("/", head, damaged))

    assert isinstance(came, IngestError) or came.body == b""


_GARBAGE = {
    "length beyond the body": head_of(200, ("Content-Length", "100")) + b"short",
    "cut chunk": head_of(200, ("Transfer-Encoding", "chunked")) + b"400\r\nonly this",
    "garbage chunk": head_of(200, ("Transfer-Encoding", "chunked")) + b"zebra\r\nx\r\n0\r\n\r\n",
    "huge chunk": head_of(200, ("Transfer-Encoding", "chunked")) + b"F" * 40 + b"\r\nx",
    "no last chunk": head_of(200, ("Transfer-Encoding", "chunked")) + b"1\r\nx\r\n",
    "negative length": head_of(200, ("Content-Length", "-5")) + b"hello",
    "two lengths": head_of(200, ("Content-Length", "5"), ("Content-Length", "6")) + b"hello",
    "no number": head_of(200, ("Content-Length", "five")) + b"hello",
    "length of 5,000 digits": head_of(200, ("Content-Length", "9" * 5_000)) + b"hello",
    "unknown transfer coding": head_of(200, ("Transfer-Encoding", "rot13")) + b"uryyb",
    "no status line": b"<html><body>hello</body></html>",
    "status in words": b"HTTP/1.1 fine\r\n\r\nhello",
    "version 9": b"HTTP/9.9 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "nothing": b"",
    "only newlines": b"\r\n\r\n\r\n\r\n",
    "NUL in a header": b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 5\r\n\r\nhello",
    "NULs": b"\0" * 5_000,
    "header without a colon": b"HTTP/1.1 200 OK\r\nhello\r\nContent-Length: 5\r\n\r\nhello",
    "name with a blank": b"HTTP/1.1 200 OK\r\nbad name: 1\r\nContent-Length: 5\r\n\r\nhello",
    "header of 1 MB": head_of(200, ("X-Long", "x" * _MB), ("Content-Length", "5")) + b"hello",
    "header of 80 kB": head_of(200, ("X-Long", "x" * 80_000), ("Content-Length", "5")) + b"hello",
    "50,000 headers": head_of(200, *[("X-Many", "1")] * 50_000) + b"hello",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "TLS": bytes.fromhex("15030300020228") * 9,
    "switching protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: upgrade\r\n\r\nhello",
}


@pytest.mark.parametrize("kind", _GARBAGE)
def test_1_05_garbage(outlet: Outlet, kind: str) -> None:
    """Whatever breaks the protocol is one failure that may pass, of one kind, and tells itself in one line."""
    error = failure(outlet.raw("/", _GARBAGE[kind]))

    assert (type(error), error.outcome) == (Unavailable, Outcome.UNREACHABLE)


_HONEST = [
    head_of(200, ("Content-Length", "5"), ("ETag", '"a"')) + b"hello",
    head_of(200, ("Content-Encoding", "gzip"), ("Connection", "close")) + gzipped(b"hello"),
    head_of(200, ("Transfer-Encoding", "chunked")) + b"5;a=b\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n",
    head_of(302, ("Location", "/news/ferry?a=b#c"), ("Content-Length", "0")),
    head_of(503, ("Retry-After", "Sun, 22 Nov 2026 12:05:00 GMT"), ("Content-Length", "4")) + b"busy",
]
_ANSWERS = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda answer, at, cut, put: answer[: at % len(answer)] + put + answer[at % len(answer) + cut :],
        st.sampled_from(_HONEST),
        st.integers(0, 300),
        st.integers(0, 30),
        st.one_of(st.binary(max_size=10), st.sampled_from([b"\r\n", b"\0", b"9" * 30, b"://[", b"gzip, ", b"\xff"])),
    ),
)


@settings(max_examples=60)
@given(answer=_ANSWERS, is_robots=st.booleans())
def test_1_05_any_bytes_as_an_answer(room: Newsroom, tls: ssl.SSLContext, answer: bytes, is_robots: bool) -> None:
    """Whatever a server says, as a page or as its robots.txt, is an answer or one clear failure."""
    outlet = room.outlet("any bytes")
    outlet.robots(404)
    urls = [outlet.raw("/robots.txt" if is_robots else "/", answer), outlet.put("/page", _PAGE)]

    came = ask_all(*urls, ssl_context=tls, limits=IMPATIENT)

    assert all(one.status == 200 or one.body == b"" for one in came if isinstance(one, Response))
    assert all(one.detail.isprintable() for one in came if isinstance(one, IngestError))


def test_1_06_length_shorter_than_the_body(outlet: Outlet) -> None:
    """What follows the stated length is no part of the page, and never the answer to the next request."""
    smuggled = head_of(200, ("Content-Length", "8")) + b"smuggled"
    bad = outlet.put("/bad", b"hello" + smuggled, headers=(("Content-Length", "5"),))
    good = outlet.publish("ferry")

    bad_came, *others = ask_all(bad, good, bad, good)

    assert isinstance(bad_came, Response)
    assert bad_came.body == b"hello"
    pages = [came for came in others if isinstance(came, Response) and came.asked == good]
    assert [b"<article>" in came.body for came in pages] == [True, True]


@pytest.mark.parametrize("status", [206, 203, 226, 299, 999])
def test_1_06_status_that_is_no_page(outlet: Outlet, status: int) -> None:
    """Only a 200 brings a body: part of a page that nobody asked for is none."""
    came = ask(outlet.put("/", _PAGE, status=status))

    assert (came.status, came.body) == (status, b"")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451, 500, 501])
def test_1_07_error_page(outlet: Outlet, status: int) -> None:
    """The text of an error page is not read."""
    came = ask(outlet.put("/", _PAGE, status=status))

    assert (came.status, came.body) == (status, b"")


def test_1_08_redirects_without_end(outlet: Outlet) -> None:
    """A loop, a pair, an empty Location and ever new URLs end after five hops."""
    loop = outlet.redirect("/loop", "/loop", status=301)
    outlet.redirect("/b", "/a")
    pair = outlet.redirect("/a", "/b")
    empty = outlet.redirect("/empty", "")
    for number in range(20):
        outlet.redirect(f"/new/{number}", f"/new/{number + 1}", status=307)

    outcomes = [failure(url).outcome for url in (loop, pair, empty, outlet.url("/new/0"))]

    assert outcomes == [Outcome.REDIRECTS] * 4
    assert max(outlet.fetched(path) for path in ("/loop", "/empty")) <= 6
    assert outlet.fetched("/new/5") == 1
    assert outlet.fetched("/new/6") == 0


def test_1_08_five_hops_are_followed(outlet: Outlet) -> None:
    """Five redirects are followed to the page."""
    for number in range(5):
        outlet.redirect(f"/{number}", f"/{number + 1}")
    outlet.put("/5", _PAGE)

    came = ask(outlet.url("/0"))

    assert (came.status, came.asked, came.url) == (200, outlet.url("/0"), outlet.url("/5"))


@pytest.mark.parametrize(
    "to",
    [
        "file:///etc/passwd",
        "data:text/html,<p>hello",
        "javascript:alert(1)",
        "gopher://127.0.0.1:70/1",
        "ftp://127.0.0.1/feed.xml",
        "ws://127.0.0.1/",
        "http://",
        "https://:443/",
        "http://[::1/",
        "http://a b/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
        "http://\0/",
        "http://\xff\xfe/",
    ],
)
def test_1_09_redirect_to_another_scheme_or_to_nonsense(outlet: Outlet, to: str) -> None:
    """A redirect leads to an http or https URL, or nowhere."""
    error = failure(outlet.raw("/", b"HTTP/1.1 302 Found\r\nLocation: " + to.encode("latin-1") + b"\r\n\r\n"))

    assert error.outcome in {Outcome.ADDRESS, Outcome.REDIRECTS, Outcome.UNREACHABLE}
    assert isinstance(error, Refused) or "\0" in to
