"""Whatever lists pages -> Listing: RSS, Atom, RDF, JSON Feed, sitemap, sitemap index, list of addresses.

What it is shows in its first bytes: servers call a feed anything.
"""

from dataclasses import replace
from datetime import datetime

from ingest.document import Entry
from ingest.fetch.entries import BadEntry, Gathered, Listing, no_feed
from ingest.fetch.feeds import read_feed
from ingest.fetch.json_feed import read_json_feed
from ingest.fetch.sitemaps import MOST_URLS, read_sitemap
from ingest.fetch.xml import as_utf8, local, mended, root_of
from ingest.load.streams import GZIP_MAGIC, gunzip
from ingest.outcome import Outcome, Refused

__all__ = ["BadEntry", "Listing", "read_listing"]

MOST_BYTES = 50 << 20  # unpacked; the sitemap protocol allows so much
_FEEDS = {"rss": "rss", "rdf": "rdf", "feed": "atom", "channel": "rss"}
_SITEMAPS = {"urlset": "sitemap", "sitemapindex": "sitemap-index"}
_WEB = ("http://", "https://")


def read_listing(
    body: bytes, *, url: str, media_type: str, charset: str | None, now: datetime, full_text: bool = False
) -> Listing:
    """Give what a feed, a sitemap or a list of addresses says; `now` bounds what counts as a published date.

    With `full_text` the description of an entry may be its article as well.

    Raises Refused and nothing else: NOT_A_FEED, MALFORMED where entities are declared, BINARY, UNDECODABLE, TOO_LARGE
    or DAMAGED.
    """
    body, note = _unpacked(body, url)
    if len(body) > MOST_BYTES:
        raise Refused(Outcome.TOO_LARGE, url, f"more than {MOST_BYTES >> 20} MiB of listing")
    listing = _read(body, url=url, media_type=media_type, charset=charset, now=now, full_text=full_text)
    return replace(listing, notes=(note, *listing.notes)) if note else listing


def _read(body: bytes, *, url: str, media_type: str, charset: str | None, now: datetime, full_text: bool) -> Listing:
    head = body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"{", b"[")):  # a UTF-16 one is none: RFC 8259, 8.1
        return read_json_feed(as_utf8(body, url=url, charset="utf-8"), url=url, now=now)
    document = mended(body, url=url, charset=charset)
    if not document:
        raise no_feed(url, "empty")
    root = local(root_of(document))
    if root in _FEEDS:
        return read_feed(document, kind=_FEEDS[root], url=url, now=now, full_text=full_text)
    if root in _SITEMAPS:
        return read_sitemap(document, kind=_SITEMAPS[root], url=url, now=now)
    if root:
        raise no_feed(url, "a page of HTML" if root == "html" else f"XML, but <{root[:80]}> is no feed and no sitemap")
    if media_type == "text/html":
        raise no_feed(url, "said to be HTML, and no feed")
    return _read_addresses(as_utf8(body, url=url, charset=charset), url=url, now=now)


def _read_addresses(document: bytes, *, url: str, now: datetime) -> Listing:
    """Give the pages of a text with one address a line; blank lines, and those that begin with "#", say nothing."""
    lines = (line.strip() for line in document.decode("utf-8", "replace").splitlines())
    said = [line for line in lines if line and not line.startswith("#")]
    if 2 * sum(line.lower().startswith(_WEB) for line in said[:MOST_URLS]) < max(1, len(said[:MOST_URLS])):
        raise no_feed(url, "no feed, no sitemap, and no list with an address of the web in each line")
    gathered = Gathered(url, now=now)
    for line in said[:MOST_URLS]:
        if not line.lower().startswith(_WEB):
            gathered.reject(line, "not an http or https address")
        elif (page := gathered.page([line])) is not None:
            gathered.keep(Entry(url=page))
    cut = f"cut at the first {MOST_URLS:,} of {len(said):,} lines" if len(said) > MOST_URLS else None
    return gathered.listing("url-list", [cut])


def _unpacked(body: bytes, url: str) -> tuple[bytes, str | None]:
    """Give a body that may be gzip, by its magic number, as what it holds; of a cut one what is there, and a note."""
    if not body.startswith(GZIP_MAGIC):
        return body, None
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in gunzip([body], url):
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise Refused(Outcome.TOO_LARGE, url, f"more than {MOST_BYTES >> 20} MiB of listing, unpacked")
    except Refused as refused:
        if refused.outcome is not Outcome.DAMAGED or not size:
            raise
        return b"".join(pieces), f"partial: {refused.detail}"
    return b"".join(pieces), None
