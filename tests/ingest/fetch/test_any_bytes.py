"""Any bytes at all: entries, or one clear refusal, and never anything else.

Bytes that are nearly right go deepest: whole listings from cases/feeds, cut, doubled, spliced and overwritten.
"""

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.clean import clean
from ingest.document import RawDocument
from ingest.fetch.discovery import MOST_FEEDS, feeds_in
from ingest.fetch.listing import Listing, read_listing
from ingest.fetch.opml import as_toml, read_opml
from ingest.fetch.robots import read_rules
from ingest.outcome import Refused
from ingest.sources import parse_sources
from ingest.urls import MAX_CHARS, canonical_url, is_web

_NOW = datetime(2026, 8, 1, tzinfo=UTC)
_URL = "https://gazette.example/feed.xml"
_TESTS = Path(__file__).parents[2]
_LISTINGS = [
    path.read_bytes()[:20_000]
    for path in sorted((_TESTS / "cases" / "feeds").glob("*/*"))
    if path.name != "listing.toml"
]
_PAGES = [path.read_bytes()[:20_000] for path in sorted((_TESTS / "cases" / "clean").glob("*/page.html"))]
_OPML = b'<opml version="2.0"><body><outline text="a"><outline xmlUrl="https://a.example/f"/></outline></body></opml>'
_ROBOTS = b"User-agent: *\nCrawl-delay: 5\nDisallow: /private/*?x=$\nAllow: /\nSitemap: https://a.example/sitemap.xml\n"
_JUNK = (
    b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"&#xD800;", b"&#0;", b"]]>", b"<![CDATA[", b"<!--",
    b"<?", b"</item>", b'<?xml version="1.1" encoding="utf-16"?>', b"<!DOCTYPE x [<!ELEMENT x ANY>", b"<!ENTITY a 'b'>",
    b' xmlns:x=""', b"\\ud800", b"\x1b$B", b' xml:base="//["', b"<item><link>http://[", b"9" * 400,
    b"9999-12-31T23:59:00-10:00", b"{", b"[", b'"', b"\x1f\x8b\x08", b"<a:b:c/>",
)  # fmt: skip
_CHARSETS = st.none() | st.sampled_from(("utf-8", "utf-16", "utf-7", "iso-2022-jp", "hz-gb-2312", "x", "", "\0"))


@st.composite
def _mutated(draw: st.DrawFn, valid: list[bytes]) -> bytes:
    body = draw(st.sampled_from(valid))
    for _ in range(draw(st.integers(0, 4))):
        start, end = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
        piece = draw(st.sampled_from(_JUNK) | st.binary(max_size=8) | st.just(body[start:end]))
        end = draw(st.sampled_from((start, end)))
        body = body[:start] + piece + body[end:]
    return body[: draw(st.sampled_from((len(body), len(body) // 2)))]


def _bytes_like(*valid: bytes) -> st.SearchStrategy[bytes]:
    return st.binary(max_size=300) | _mutated(list(valid))


def _assert_sound(found: Listing) -> None:
    for entry in found.entries:
        assert is_web(entry.url)
        assert canonical_url(entry.url) == entry.url
        assert len(entry.url) < MAX_CHARS
        for said in (entry.title, entry.byline, entry.credit, entry.guid, entry.content, *entry.media):
            assert said is None or (said and "\0" not in said.encode("utf-8").decode())
        for moment in (entry.published_at, entry.updated_at):
            assert moment is None or (moment.tzinfo is UTC and 1990 <= moment.year <= 2026)
    assert len({entry.url for entry in found.entries}) == len(found.entries)
    assert all(len(bad.url) <= 200 and bad.url.isprintable() for bad in found.rejections)
    assert all(is_web(child) for child in found.children)


@given(_bytes_like(*_LISTINGS), _CHARSETS, st.sampled_from(("", "text/html", "text/plain", "application/rss+xml")))
@example(b"", None, "")
@example(b"<rss><channel><item>" * 50_000, None, "")
@example(b"<!DOCTYPE" * 10_000, None, "")
def test_any_bytes_are_a_listing_or_refused(body: bytes, charset: str | None, media_type: str) -> None:
    """Any bytes as a feed or sitemap give sound entries, or one refusal."""
    try:
        found = read_listing(body, url=_URL, media_type=media_type, charset=charset, now=_NOW)
    except Refused:
        return

    _assert_sound(found)


@given(_bytes_like(_OPML), _CHARSETS)
def test_any_bytes_are_opml_or_refused(body: bytes, charset: str | None) -> None:
    """Any bytes as OPML give outlines of which each makes a source, or one refusal."""
    try:
        outlines = read_opml(body, charset=charset)
    except Refused:
        return
    blocks = list(as_toml(outlines, known=()))
    sources = parse_sources("\n".join(blocks).encode(), name="sources.toml", folder=Path())

    assert len(sources) == len(blocks) <= len(outlines)


@given(_bytes_like(*_PAGES))
def test_any_bytes_are_a_front_page(body: bytes) -> None:
    """Any bytes as a front page give addresses of the web to try, and not too many."""
    found = feeds_in(body.decode("utf-8", "replace"), _URL)

    assert len(found) <= MOST_FEEDS
    assert all(is_web(feed) for feed in found)


@settings(max_examples=50)  # 0.1 s each
@given(_bytes_like(*_PAGES), _CHARSETS)
def test_any_bytes_are_an_article_or_refused(body: bytes, charset: str | None) -> None:
    """Any bytes as a page give an article with a text, or one refusal."""
    raw = RawDocument(
        source=None, folder="", url=_URL, fetched_at=_NOW, body=body, media_type="text/html", charset=charset
    )
    try:
        article = clean(raw, now=_NOW)
    except Refused:
        return

    assert article.text.strip()
    article.text.encode("utf-8")


@given(_bytes_like(_ROBOTS))
def test_any_bytes_are_robots(body: bytes) -> None:
    """Any bytes as robots.txt let themselves be asked."""
    rules = read_rules(body)

    assert rules.allows(_URL) in {True, False}
    assert 0 <= rules.delay_s <= 60
