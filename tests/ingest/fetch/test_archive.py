"""Our own archive: what is fetched, and kept, loads as what it was."""

import asyncio
import gzip
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from ingest.archived import About, Kind
from ingest.document import Entry, RawDocument, TextOrigin
from ingest.fetch.archive import WarcArchive, asking_for
from ingest.fetch.habits import PollState
from ingest.fetch.pages import Wanted, fetch_page
from ingest.fetch.poll import poll
from ingest.outcome import Outcome, Rejection
from tests.ingest.fetch.asking import LOOPBACK, NOW
from tests.ingest.fetch.hasty import hasty, source, work
from tests.ingest.fetch.keeping import AT, HTML, exchange, keep
from tests.ingest.load.making import documents, loaded, outcomes, rejections
from tests.newsroom import Outlet


@pytest.fixture
def gazette(outlet: Outlet) -> Outlet:
    """Give an outlet of this test's own, with two articles."""
    outlet.publish("storm", title="Storm over Port Vela")
    outlet.publish("ferry", title="Fähre zurück, 渡船回来了")
    return outlet


def _entry(url: str, **more: object) -> Entry:
    said = {"url": url, "title": "Fähre 渡船", "published_at": AT, "media": ("https://gazette.example/a.jpg",)}
    return Entry(**{**said, **more})  # type: ignore[arg-type]  # whichever field is to differ


def _archived(folder: Path, *entries: Entry) -> list[RawDocument | Rejection | None]:
    """Fetch the pages, and keep every answer; give what they were then."""

    async def each() -> list[RawDocument | Rejection | None]:
        async with hasty(archive=archive, clock=lambda: AT) as client:
            wanted = [Wanted(source="gazette", url=entry.url, entry=entry, access=LOOPBACK) for entry in entries]
            return [(await fetch_page(one, client, now=NOW)).document for one in wanted]

    archive = WarcArchive(folder, now=NOW)
    found = asyncio.run(each())
    archive.close()
    return found


def test_pages_load_as_what_they_were(gazette: Outlet, tmp_path: Path) -> None:
    """Every field of a document but its folder is as it was when it was fetched, its key among them."""
    carried = "<p>What the feed carries of the ferry.</p>"
    entries = (_entry(gazette.url("/news/storm")), _entry(gazette.url("/news/ferry"), content=carried))

    fetched = _archived(tmp_path, *entries)

    again = documents(loaded(tmp_path))
    assert [replace(raw, folder="gazette") for raw in again] == fetched
    assert [raw.raw_key for raw in again] == [raw.raw_key for raw in fetched if isinstance(raw, RawDocument)]
    assert [raw.feed_text for raw in again] == [None, carried]


def test_feeds_redirects_and_errors_give_nothing(gazette: Outlet, tmp_path: Path) -> None:
    """Every answer is kept, but of them only pages load, and nothing is told of the others."""
    gazette.robots("User-agent: *\nAllow: /")
    moved = gazette.redirect("/old", "/older?utm_source=feed", status=301)
    gazette.redirect("/older", "/news/storm#top")
    archive = WarcArchive(tmp_path, now=NOW)

    async def all_kinds() -> None:
        async with hasty(archive=archive, clock=lambda: AT) as client:
            await poll(source(gazette.url("/feed.xml")), PollState(), client, work, now=NOW)
            for path in ("/nothing", "/news/ferry"):
                entry = _entry(gazette.url(path))
                await fetch_page(Wanted(source="g", url=entry.url, entry=entry, access=LOOPBACK), client, now=NOW)
            await fetch_page(Wanted(source="g", url=moved, entry=_entry(moved), access=LOOPBACK), client, now=NOW)

    asyncio.run(all_kinds())
    archive.close()

    items = loaded(tmp_path)
    assert [raw.url for raw in documents(items)] == [gazette.url("/news/ferry"), gazette.url("/news/storm")]
    assert rejections(items) == []
    assert _statuses(tmp_path) == [200, 200, 404, 200, 301, 302, 200]


def _statuses(folder: Path) -> list[int | None]:
    (path,) = folder.iterdir()
    with path.open("rb") as file:
        records = ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True)
        return [record.http_headers.status_code for record in records if record.http_headers]


def test_a_robots_file_elsewhere_is_no_page(gazette: Outlet, tmp_path: Path) -> None:
    """A robots.txt that is asked for on the way to a page is none, wherever its redirects lead."""
    gazette.redirect("/robots.txt", "/rules", status=301)
    gazette.put("/rules", "User-agent: *\nAllow: /\n", media_type="text/plain")

    _archived(tmp_path, _entry(gazette.url("/news/storm")))

    assert gazette.fetched("/rules") == 1
    assert [raw.url for raw in documents(loaded(tmp_path))] == [gazette.url("/news/storm")]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/html", b"<p>Storm"),
        ("text/plain", b"<!doctype html><html><body>Storm</body></html>"),
        ("text/plain; charset=koi8-r", b"A storm crossed the bay."),
        ("application/octet-stream", b"<!doctype html><html><body>Storm</body></html>"),
        ("", b"<!doctype html><html><body>Storm</body></html>"),
        ("text/html; charset=utf-16", "<p>Storm".encode("utf-16-le")),
        ("text/html; charset='ISO-8859-9'", b"<p>F\xfdrt\xfdna"),
        ("text/html", b""),
        ("application/xhtml+xml", b"<html/>"),
        ("text/html", b"%PDF-1.7\n" + bytes(99)),
        ("application/pdf", b"%PDF-1.7\n" + bytes(99)),
        ("application/json", b"{}"),
    ],
)
def test_a_page_is_judged_alike(gazette: Outlet, tmp_path: Path, media_type: str, body: bytes) -> None:
    """What was a page when it was fetched is the same page when it is loaded; what was none, is none then either."""
    (found,) = _archived(tmp_path, _entry(gazette.put("/a", body, media_type=media_type)))

    items = loaded(tmp_path)
    if isinstance(found, RawDocument):
        assert [replace(raw, folder="gazette") for raw in documents(items)] == [found]
    else:
        assert isinstance(found, Rejection)
        assert outcomes(items) == [(found.url, found.outcome.value)]


def test_what_a_feed_carries_is_kept(tmp_path: Path) -> None:
    """An article that only its feed has loads as that."""
    url = "https://gazette.example/storm"
    entry = _entry(url, content="<p>Der Sturm hat die Bucht verlassen: 風。</p>")
    wanted = Wanted(source="gazette", url=url, entry=entry, from_feed=True)

    async def once() -> RawDocument | Rejection | None:
        async with hasty() as client:
            return (await fetch_page(wanted, client, now=AT)).document

    carried = asyncio.run(once())
    assert isinstance(carried, RawDocument)
    archive = WarcArchive(tmp_path, now=NOW)
    archive.keep_carried(carried)
    archive.close()

    (raw,) = documents(loaded(tmp_path))

    assert replace(raw, folder="gazette") == carried
    assert (raw.text_from, raw.raw_key) == (TextOrigin.FEED, carried.raw_key)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "identity"])
def test_a_packed_body_is_kept_as_it_travelled(tmp_path: Path, coding: str) -> None:
    """The fields say how, and loading unpacks it; those of the transfer are not true of what is kept."""
    body = b"<!doctype html><p>The harbour log, page 7."
    raw = {"gzip": gzip.compress(body), "deflate": zlib.compress(body), "identity": body}[coding]
    headers = ((b"content-type", HTML.encode()), (b"Content-Encoding", coding.encode()))
    lies = ((b"Transfer-Encoding", b"chunked"), (b"content-length", b"9"))
    archive = WarcArchive(tmp_path, now=NOW)
    keep(archive, exchange(body=raw, headers=(*headers, *lies)))
    archive.close()

    (page,) = documents(loaded(tmp_path))

    assert (page.body, page.charset, page.fetched_at, page.source) == (body, "utf-8", AT, "gazette")


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1", "HTTP/2"])
def test_every_version_of_http_is_kept(tmp_path: Path, version: str) -> None:
    """A WARC knows no HTTP/2; a page that came by it is kept all the same, without a reason."""
    archive = WarcArchive(tmp_path, now=NOW)
    keep(archive, exchange(http_version=version, reason=""))
    archive.close()

    assert len(documents(loaded(tmp_path))) == 1


def test_a_header_that_breaks_its_line_breaks_nothing(tmp_path: Path) -> None:
    """HTTP/2 lets a value hold line breaks: they must not end the header in the archive."""
    broken = (b"X-Odd", b"a\r\n\r\n<html>not the page</html>\0")
    archive = WarcArchive(tmp_path, now=NOW)
    keep(archive, exchange(7, headers=(broken, (b"Content-Type", HTML.encode()))))
    archive.close()

    (page,) = documents(loaded(tmp_path))

    assert page.body == b"<!doctype html><p>Page 7 of the harbour log."


def test_a_source_that_the_record_names_wins(tmp_path: Path) -> None:
    """What the record says of its source is known better than what is said of the folder, if it is a name at all."""
    archive = WarcArchive(tmp_path, now=NOW)
    with asking_for(About(kind=Kind.PAGE, source="courier"), exchange(1).url):
        archive.keep(exchange(1))
    with asking_for(About(kind=Kind.PAGE, source="x" * 201), exchange(2).url):
        archive.keep(exchange(2))
    archive.close()

    assert [raw.source for raw in documents(loaded(tmp_path, source="mine"))] == ["courier", "mine"]


def test_a_page_asked_for_elsewhere_is_none_here(tmp_path: Path) -> None:
    """What is asked for holds for one task: beside it, and behind it, an answer is no page."""
    archive = WarcArchive(tmp_path, now=NOW)

    async def asking(number: int) -> None:
        with asking_for(About(kind=Kind.PAGE, source=f"s{number}"), exchange(number).url):
            await asyncio.sleep(0)
            archive.keep(exchange(number))
            archive.keep(exchange(number + 100))

    async def beside() -> None:
        await asyncio.gather(*(asking(number) for number in range(5)))
        archive.keep(exchange(99))

    asyncio.run(beside())
    archive.close()

    items = loaded(tmp_path)
    assert {(raw.source, raw.url.rpartition("/")[2]) for raw in documents(items)} == {
        (f"s{n}", str(n)) for n in range(5)
    }
    assert rejections(items) == []


def test_other_programs_read_it(gazette: Outlet, tmp_path: Path) -> None:
    """Fastwarc finds every record, its digest right, and the HTTP answer in it."""
    _archived(tmp_path, _entry(gazette.url("/news/storm")), _entry(gazette.url("/news/ferry")))
    (path,) = tmp_path.iterdir()

    with path.open("rb") as file:
        found: list[tuple[str | None, str | None, bool]] = []
        for record in ArchiveIterator(file, parse_http=False):
            is_sound = record.verify_block_digest()
            record.parse_http()
            url = record.headers["WARC-Target-URI"]
            found.append((url, record.headers["WARC-Date"], is_sound))

    assert [url for url, *_ in found] == [gazette.url(path) for path in ("/robots.txt", "/news/storm", "/news/ferry")]
    assert {date for _, date, _ in found} == {"2026-01-02T03:04:05.678901Z"}
    assert all(is_sound for *_, is_sound in found)


def test_an_aggregators_page_is_none_either_time(tmp_path: Path) -> None:
    """A page at an address that says nothing of its article is refused as it was when it was fetched."""
    archive = WarcArchive(tmp_path, now=NOW)
    keep(archive, exchange(0, url="https://news.google.com/rss/articles/CBMiabc"))
    archive.close()

    assert [outcome for _, outcome in outcomes(loaded(tmp_path))] == [Outcome.OPAQUE.value]
