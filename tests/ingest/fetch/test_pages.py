"""Pages fetched over real HTTP: each is a document, unchanged, or a rejection that says whether to come back."""

import asyncio
import io
import zipfile
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from ingest.document import Entry, RawDocument, TextOrigin
from ingest.fetch.client import Client
from ingest.fetch.exchange import ArchiveProblem
from ingest.fetch.hosts import HostMemory, Resting
from ingest.fetch.pages import Page, Wanted, fetch_page
from ingest.fetch.response import Access, Validators
from ingest.outcome import Outcome, Rejection
from tests.ingest.fetch.asking import LOOPBACK, NOW, client
from tests.ingest.fetch.hasty import hasty
from tests.ingest.fetch.keeping import NoArchive
from tests.newsroom import Outlet

_CARRIED = "<p>The feed carries the whole report on the ferry.</p>"
_WAITS = [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 80, 160, 320, 640, 720, 720, 720)]


@pytest.fixture
def gazette(outlet: Outlet) -> Outlet:
    """Give an outlet of this test's own, with one article."""
    outlet.publish("storm", title="Storm over Port Vela")
    return outlet


def _wanted(url: str, *, content: str | None = None, **more: Any) -> Wanted:  # Any: whichever field is to differ
    entry = Entry(url=url, title="Storm", byline="Ada Quill", language="en", content=content)
    values: dict[str, Any] = {"source": "gazette", "url": url, "entry": entry, "access": LOOPBACK}
    return Wanted(**values | more)


def _fetched(
    url: str,
    *,
    content: str | None = None,
    by: Client | None = None,
    **more: Any,  # Any: as _wanted()
) -> Page:
    async def once() -> Page:
        async with by or hasty() as asking:
            return await fetch_page(_wanted(url, content=content, **more), asking, now=NOW)

    return asyncio.run(once())


def _document(page: Page) -> RawDocument:
    assert isinstance(page.document, RawDocument), page.document
    assert page.next_try_at is None
    return page.document


def _rejection(page: Page) -> Rejection:
    assert isinstance(page.document, Rejection), page.document
    assert (page.document.source, page.document.at, page.document.raw_key) == ("gazette", NOW, 0)
    return page.document


def _final(page: Page) -> Outcome:
    assert page.next_try_at is None
    return _rejection(page).outcome


# What is a page


def test_a_page_is_what_arrived(gazette: Outlet) -> None:
    """Body, type, charset and time are the answer's; what the source said of it comes along."""
    entry = Entry(
        url=gazette.url("/news/storm"),
        title="Storm",
        byline="Ada Quill",
        published_at=datetime(2026, 11, 2, tzinfo=UTC),
        language="en",
        credit="Harbour Wire",
        media=("https://gazette.example/a.jpg",),
        content=_CARRIED,
    )

    page = _fetched(entry.url, entry=entry)

    raw = _document(page)
    assert (raw.source, raw.url, raw.fetched_at) == ("gazette", entry.url, NOW)
    assert (raw.media_type, raw.charset, raw.text_from) == ("text/html", "utf-8", TextOrigin.PAGE)
    assert b"<h1>Storm over Port Vela</h1>" in raw.body
    assert raw.stated is not None
    assert (raw.stated.title, raw.stated.byline, raw.stated.credit) == ("Storm", "Ada Quill", "Harbour Wire")
    assert (raw.stated.published_at, raw.stated.language) == (entry.published_at, "en")
    assert (raw.stated.media, raw.stated.origin, raw.feed_text) == (entry.media, "feed", _CARRIED)
    assert page.validators.etag


def test_a_page_bears_the_address_that_answered(gazette: Outlet) -> None:
    """Behind a redirect, the page's own, without what tells of the click."""
    url = gazette.redirect("/go", "/news/storm?utm_source=rss")

    assert _document(_fetched(url)).url == gazette.url("/news/storm")


@pytest.mark.parametrize(
    ("media_type", "body", "found"),
    [
        ("text/html; charset=iso-8859-9", "<p>Storm", "text/html"),
        ("application/xhtml+xml", "<html><body>Storm</body></html>", "application/xhtml+xml"),
        ("text/plain", "A storm crossed the bay.", "text/plain"),
        ("text/plain", "<!doctype html><html><body>Storm</body></html>", "text/html"),
        ("application/octet-stream", "<!doctype html><html><body>Storm</body></html>", "text/html"),
        ("", "<!doctype html><html><body>Storm</body></html>", "text/html"),
        ("text/html; charset=utf-16", "<p>Storm".encode("utf-16-le"), "text/html"),
    ],
)
def test_a_page_is_read_as_what_it_is(gazette: Outlet, media_type: str, body: str | bytes, found: str) -> None:
    """HTML is HTML under any name; text is text."""
    assert _document(_fetched(gazette.put("/a", body, media_type=media_type))).media_type == found


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/pdf", b"%PDF-1.7\n" + bytes(500)),
        ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(500)),
        ("application/json", b'{"title": "Storm"}'),
        ("text/css", b"p { margin: 0 }"),
        ("video/mp4; codecs=avc1", b"\0\0\0\x18ftypmp42"),
    ],
)
def test_what_is_no_page_and_says_so(gazette: Outlet, media_type: str, body: bytes) -> None:
    """A picture, a film, a PDF is no article, and no failure."""
    outcome = _final(_fetched(gazette.put("/a", body, media_type=media_type)))

    assert outcome is Outcome.NOT_HTML
    assert not outcome.is_failure


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("storm.html", "<p>Storm")
    return packed.getvalue()


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", "; charset=utf-16"])
@pytest.mark.parametrize(
    "body",
    [b"%PDF-1.7\n" + b"Storm " * 90, b"\x89PNG\r\n\x1a\n" + bytes(500), _zip(), Random(7).randbytes(5_000)],
    ids=["pdf", "png", "zip", "random"],
)
def test_1_18_what_lies_about_its_type(gazette: Outlet, body: bytes, charset: str) -> None:
    """MUST_HANDLE 1.18: PDF, PNG, zip and noise labelled text/html are binary, whatever charset is claimed."""
    if charset == "; charset=utf-16" and body[:2] not in (b"%P", b"\x89P", b"PK"):
        body = b"PK\x03\x04" + body  # noise is a text in some language where two bytes are a character

    assert _final(_fetched(gazette.put("/a", body, media_type=f"text/html{charset}"))) is Outcome.BINARY


# What is none


def test_a_page_that_has_not_changed(gazette: Outlet) -> None:
    """Asked with what the server gave, 304 is neither document nor rejection; the validators stay."""
    first = _fetched(gazette.url("/news/storm"))

    again = _fetched(gazette.url("/news/storm"), validators=first.validators)

    assert again == Page(document=None, validators=first.validators)
    assert gazette.visits[-1].status == 304


def test_not_modified_though_nothing_was_named(gazette: Outlet) -> None:
    """MUST_HANDLE 1.6: 304 without our condition is an error that may pass."""
    page = _fetched(gazette.put("/a", "", status=304))

    assert _rejection(page).outcome is Outcome.HTTP_ERROR
    assert page.next_try_at == NOW + _WAITS[0]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, Outcome.GONE),
        (410, Outcome.GONE),
        (401, Outcome.HTTP_ERROR),
        (403, Outcome.HTTP_ERROR),
        (451, Outcome.HTTP_ERROR),
        (204, Outcome.HTTP_ERROR),
        (206, Outcome.HTTP_ERROR),
        (300, Outcome.HTTP_ERROR),
        (999, Outcome.HTTP_ERROR),
    ],
)
def test_1_6_and_1_7_only_200_is_a_page(gazette: Outlet, status: int, outcome: Outcome) -> None:
    """MUST_HANDLE 1.6, 1.7: any other status is final, though its body reads like an article."""
    body = "<html><body><article><p>The storm has left the bay behind.</p></article></body></html>"

    page = _fetched(gazette.put("/a", body, status=status))

    assert _final(page) is outcome
    assert _rejection(page).detail == f"HTTP {status}"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408, 425])
def test_a_status_that_may_pass_waits(gazette: Outlet, status: int) -> None:
    """Such a page is asked for again: after 5, 10, 20 minutes and so on up to twelve hours; given up after two days."""
    url = gazette.put("/a", "<article>Out of order</article>", status=status)

    pages = [_fetched(url, tries=tries) for tries in range(12)]

    assert [page.next_try_at for page in pages] == [*(NOW + wait for wait in _WAITS), None]
    assert {_rejection(page).outcome for page in pages} == {Outcome.HTTP_ERROR}
    assert timedelta(hours=48) < sum(_WAITS, timedelta()) < timedelta(hours=72)


@pytest.mark.parametrize(("retry_after", "minutes"), [("7200", 120), ("90", 5), ("junk", 5)])
def test_a_page_waits_as_long_as_it_is_told(gazette: Outlet, retry_after: str, minutes: int) -> None:
    """Retry-After makes a wait longer, never shorter."""
    gazette.throttle(503, retry_after=retry_after, path="/news/storm")

    page = _fetched(gazette.url("/news/storm"))

    assert page.next_try_at == NOW + timedelta(minutes=minutes)


def test_a_failing_page_is_asked_for_thrice(gazette: Outlet) -> None:
    """A passing failure is often over in a second: a page that comes at the second try is a page."""
    gazette.break_down("close", path="/news/storm")
    url = gazette.url("/news/storm")

    async def mended() -> Page:
        async with client() as asking:
            trying = asyncio.create_task(fetch_page(_wanted(url), asking, now=NOW))
            while not gazette.fetched("/news/storm"):
                await asyncio.sleep(0.01)
            gazette.recover()
            return await trying

    page = asyncio.run(mended())

    assert _document(page).url == url
    assert gazette.fetched("/news/storm", status=200) == 1


@pytest.mark.parametrize("how", ["hang", "close", "refuse"])
def test_a_server_that_is_away_may_come_back(gazette: Outlet, how: Any) -> None:  # Any: what break_down() takes
    """Silence, a cut and no server at all are unreachable, and waited for."""
    gazette.break_down(how, path="/news/storm")

    page = _fetched(gazette.url("/news/storm"))

    assert _rejection(page).outcome is Outcome.UNREACHABLE
    assert page.next_try_at == NOW + _WAITS[0]


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://10.0.0.1/", "http://gazette.example:22/", "ftp://gazette.example/"]
)
def test_an_address_that_is_not_asked(url: str) -> None:
    """MUST_HANDLE 2: what leads to no public server, or to no web server, is final."""
    assert _final(_fetched(url, access=Access())) is Outcome.ADDRESS


def test_robots_may_forbid(gazette: Outlet) -> None:
    """What robots.txt forbids is not asked for, and no failure; while there is no telling, it waits."""
    gazette.robots("User-agent: *\nDisallow: /news/")
    forbidden = _fetched(gazette.url("/news/storm"))
    gazette.robots(503)
    unknown = _fetched(gazette.url("/news/storm"))

    assert _final(forbidden) is Outcome.ROBOTS
    assert (_rejection(unknown).outcome, unknown.next_try_at) == (Outcome.ROBOTS, NOW + _WAITS[0])
    assert gazette.fetched("/news/storm") == 0


def test_redirects_that_lead_nowhere(gazette: Outlet) -> None:
    """MUST_HANDLE 1.8, 1.9: a loop is final, as is the way out of the web."""
    loop = gazette.redirect("/a", "/b")
    gazette.redirect("/b", "/a")
    out = gazette.redirect("/c", "file:///etc/passwd")

    assert _final(_fetched(loop)) is Outcome.REDIRECTS
    assert _final(_fetched(out)) is Outcome.ADDRESS


def test_opaque_links_are_recorded_as_such() -> None:
    """An aggregator's link that does not say which page it stands for is asked nothing."""
    url = "https://news.google.com/rss/articles/CBMiabc"

    page = _fetched(url)

    assert _final(page) is Outcome.OPAQUE
    assert _rejection(page).url == url


def test_a_host_at_rest_is_not_our_turn(gazette: Outlet) -> None:
    """Where nothing was asked the page waits on, with as many tries as before."""
    at_rest = hasty({gazette.host: HostMemory(rest_until=NOW + timedelta(hours=1))})

    with pytest.raises(Resting):
        _fetched(gazette.url("/news/storm"), content=_CARRIED, by=at_rest)

    assert gazette.visits == []


def test_an_archive_that_is_full_is_no_pages_fault(gazette: Outlet) -> None:
    """It is raised: whoever fetches must stop, and the page waits on."""
    full = hasty(archive=NoArchive(ArchiveProblem("archive: the archive cannot be written: the disk is full")))

    with pytest.raises(ArchiveProblem, match="the disk is full"):
        _fetched(gazette.url("/news/storm"), content=_CARRIED, by=full)


def test_a_fault_of_ours_is_a_rejection(gazette: Outlet, caplog: pytest.LogCaptureFixture) -> None:
    """What nobody foresaw costs one page; the rejection names it, and the log has its traceback."""
    faulty = hasty(archive=NoArchive(ZeroDivisionError("by nought")))

    page = _fetched(gazette.url("/news/storm"), by=faulty)

    rejection = _rejection(page)
    assert (rejection.outcome, page.next_try_at) == (Outcome.FAILED, None)
    assert rejection.detail == "ZeroDivisionError while fetching; the log has the traceback"
    assert "by nought" in caplog.text


# What a feed carries


def _is_carried(page: Page, url: str) -> bool:
    raw = _document(page)
    assert raw.body == f"<html><body><article>{_CARRIED}</article></body></html>".encode()
    assert (raw.url, raw.media_type, raw.charset, raw.feed_text) == (url, "text/html", "utf-8", None)
    return raw.text_from is TextOrigin.FEED


def test_what_a_feed_carries_whole_is_not_asked_for(gazette: Outlet) -> None:
    """Its text is the article, and says where it is from; where the feed carries none, the page is asked for."""
    url = gazette.url("/news/storm")

    carried = _fetched(url, content=_CARRIED, from_feed=True)
    before = len(gazette.visits)
    asked = _fetched(url, from_feed=True)

    assert _is_carried(carried, url)
    assert before == 0
    assert _document(asked).text_from is TextOrigin.PAGE


def test_the_feeds_text_stands_in_at_last(gazette: Outlet) -> None:
    """While a page may come it is waited for; at the last try the feed's text takes its place."""
    gazette.break_down(500, path="/news/storm")
    url = gazette.url("/news/storm")

    early, last = _fetched(url, content=_CARRIED, tries=3), _fetched(url, content=_CARRIED, tries=4)

    assert (_rejection(early).outcome, early.next_try_at) == (Outcome.HTTP_ERROR, NOW + _WAITS[3])
    assert _is_carried(last, url)


@pytest.mark.parametrize("path", ["/forbidden", "/picture", "/hidden"])
def test_the_feeds_text_stands_in_where_the_page_never_comes(gazette: Outlet, path: str) -> None:
    """A page that is closed to us, no page, or behind robots.txt."""
    gazette.robots("User-agent: *\nDisallow: /hidden")
    gazette.put("/forbidden", "No", status=403)
    gazette.put("/picture", b"\x89PNG\r\n\x1a\n", media_type="image/png")

    assert _is_carried(_fetched(gazette.url(path), content=_CARRIED), gazette.url(path))


def test_the_feeds_text_stands_in_for_an_opaque_link() -> None:
    """What stands behind the link is not known, but what it says is."""
    url = "https://news.google.com/rss/articles/CBMiabc"

    assert _is_carried(_fetched(url, content=_CARRIED), url)


def test_a_page_of_its_own_keeps_its_validators_apart(gazette: Outlet) -> None:
    """A rejection keeps no validators: nothing says that it would be the same the next time."""
    assert _fetched(gazette.url("/nothing")).validators == Validators()
