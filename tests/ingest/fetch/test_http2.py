"""TLS: HTTP/2 is spoken, certificates are verified, and the limits hold inside it."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
import trustme
from hypercorn.asyncio import serve
from hypercorn.config import Config

from ingest.fetch.posting import Poster
from ingest.fetch.receivers import receiver_of
from ingest.fetch.response import Limits, Response
from ingest.outcome import Outcome, Refused, Unavailable
from tests.ingest.fetch.asking import ask, ask_all, failure
from tests.ingest.fetch.keeping import Shelf
from tests.newsroom import Newsroom

_HOST = "gazette.example"
_PAGE = b"<p>The ferry to Port Vela sails again from Monday.</p>"
_PIECE = b"<p>All work and no play.</p>" * 2_000


class _Site:
    """A web site behind TLS, in a thread of its own; a context manager."""

    def __init__(self, folder: Path, certificate: trustme.LeafCert) -> None:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self._port = listener.getsockname()[1]
        self._config = Config()
        self._config.bind = [f"fd://{listener.detach()}"]
        self._config.certfile, self._config.keyfile = str(folder / "chain.pem"), str(folder / "key.pem")
        self._config.errorlog = None
        self._config.graceful_timeout = 0.1
        Path(self._config.certfile).write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        certificate.private_key_pem.write_to_path(self._config.keyfile)
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda *_: None)  # it cuts its connections when it closes, and says so
        self._closing = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="site", daemon=True)
        self.asked: list[tuple[str, str]] = []  # HTTP version and path of each request
        self.posted: list[bytes] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    async def resolve(self, _: str) -> list[str]:
        """Give the site's address for any name."""
        return ["127.0.0.1"]

    def url(self, path: str, *, host: str = _HOST) -> str:
        """Give the address of a path."""
        return f"https://{host}:{self._port}{path}"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(serve(self._answer, self._config, shutdown_trigger=self._closing.wait))
        self._loop.close()

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's own types
        if scope["type"] != "http":
            return
        path = scope["path"]
        self.asked.append((scope["http_version"], path))
        if scope["method"] == "POST":
            self.posted.append(await _body(receive))
        status = 404 if path == "/robots.txt" else 200
        headers = [(b"content-type", b"text/html")]
        if path == "/long-header":
            headers += [(b"x-long-%d" % number, b"x" * 8_000) for number in range(10)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        while path in {"/endless", "/drip"}:
            piece = _PIECE if path == "/endless" else b"x"
            await asyncio.sleep(0 if path == "/endless" else 0.05)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": _PAGE})


async def _body(receive: Any) -> bytes:  # Any: as above
    pieces, more = [], True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Give someone who signs certificates, and whom only a test trusts."""
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """Give a context that trusts the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="module")
def site(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Site]:
    """Give a site with a good certificate."""
    with _Site(tmp_path_factory.mktemp("site"), authority.issue_cert(_HOST)) as running:
        yield running


def test_http2_is_spoken(site: _Site, trusting: ssl.SSLContext) -> None:
    """A server that offers HTTP/2 is asked in it, and the archive says so."""
    shelf = Shelf()

    came = ask(site.url("/ferry"), resolve=site.resolve, ssl_context=trusting, archive=shelf)

    assert (came.status, came.body) == (200, _PAGE)
    assert ("2", "/ferry") in site.asked
    assert [exchange.http_version for exchange in shelf.exchanges if exchange.url.endswith("/ferry")] == ["HTTP/2"]


def test_a_post_arrives_whole(site: _Site, trusting: ssl.SSLContext) -> None:
    """What is posted over HTTP/2 arrives as it was, each in its turn, whatever comes back."""
    bodies = [b"x" * 100_000, b"{}", b""]

    statuses = asyncio.run(_post(site, trusting, [("/in", body) for body in bodies] + [("/endless", b"last")]))

    assert statuses == [200] * 4
    assert site.posted == [*bodies, b"last"]
    assert site.asked[-1] == ("2", "/endless")


def test_nothing_is_posted_to_who_cannot_be_trusted(site: _Site) -> None:
    """A receiver whose certificate nobody we trust has signed is told nothing."""
    site.posted.clear()

    with pytest.raises(Unavailable, match="certificate"):
        asyncio.run(_post(site, None, [("/in", b"{}")]))

    assert site.posted == []


async def _post(site: _Site, context: ssl.SSLContext | None, said: list[tuple[str, bytes]]) -> list[int]:
    async with Poster("newsfold/test", resolve=site.resolve, ssl_context=context) as poster:
        posts = [(*receiver_of(site.url(path), allow_private=True), body) for path, body in said]
        return [await poster.post(target, body, {}, access=access) for target, access, body in posts]


def test_1_01_body_without_end_over_http2(site: _Site, trusting: ssl.SSLContext) -> None:
    """A stream without end is refused, and the next page of the host is read all the same."""
    urls = [site.url("/endless"), site.url("/ferry")]

    endless, after = ask_all(*urls, resolve=site.resolve, ssl_context=trusting)

    assert isinstance(endless, Refused)
    assert endless.outcome == Outcome.TOO_LARGE
    assert isinstance(after, Response)
    assert after.body == _PAGE


def test_1_03_one_byte_at_a_time_over_http2(site: _Site, trusting: ssl.SSLContext) -> None:
    """A stream that drips has no more than the total time."""
    limits = Limits(total_s=0.5, idle_s=0.4)

    error = failure(site.url("/drip"), resolve=site.resolve, ssl_context=trusting, limits=limits)

    assert (type(error), error.outcome) == (Unavailable, Outcome.UNREACHABLE)


def test_1_05_long_header_over_http2(site: _Site, trusting: ssl.SSLContext) -> None:
    """A header beyond the limit is refused over HTTP/2 too, and the next page of the host is read all the same."""
    urls = [site.url("/long-header"), site.url("/ferry")]

    long, after = ask_all(*urls, resolve=site.resolve, ssl_context=trusting)

    assert isinstance(long, Unavailable)
    assert long.outcome == Outcome.UNREACHABLE
    assert isinstance(after, Response)
    assert after.body == _PAGE


def test_1_14_untrusted_certificate(site: _Site) -> None:
    """A certificate that nobody we trust has signed is no certificate: nothing is asked."""
    site.asked.clear()

    error = failure(site.url("/ferry"), resolve=site.resolve)

    assert isinstance(error, Unavailable)
    assert "certificate" in error.detail
    assert site.asked == []


def test_1_14_certificate_of_another_name(site: _Site, trusting: ssl.SSLContext) -> None:
    """A certificate is good for its own name only."""
    site.asked.clear()

    error = failure(site.url("/ferry", host="tribune.example"), resolve=site.resolve, ssl_context=trusting)

    assert isinstance(error, Unavailable)
    assert site.asked == []


def test_1_14_expired_certificate(authority: trustme.CA, trusting: ssl.SSLContext, tmp_path: Path) -> None:
    """A certificate is good until it expires."""
    expired = authority.issue_cert(_HOST, not_after=datetime.now(UTC) - timedelta(days=1))

    with _Site(tmp_path, expired) as site:
        error = failure(site.url("/ferry"), resolve=site.resolve, ssl_context=trusting)

    assert isinstance(error, Unavailable)
    assert site.asked == []


def test_1_14_no_tls_behind_https() -> None:
    """A server that does not speak TLS is unreachable, and is not asked without it."""
    with Newsroom() as room:
        outlet = room.outlet("plain")

        error = failure(outlet.url("/").replace("http:", "https:"), limits=Limits(total_s=0.3, idle_s=0.2))

        assert isinstance(error, Unavailable)
        assert outlet.visits == []
