"""Feeds and sitemaps, made from little."""

from datetime import UTC, datetime

from ingest.fetch.listing import Listing, read_listing

NOW = datetime(2026, 8, 1, tzinfo=UTC)
URL = "https://gazette.example/feed.xml"


def listing(
    body: str | bytes, *, media_type: str = "application/xml", charset: str | None = None, full_text: bool = False
) -> Listing:
    """Give what `body` lists."""
    raw = body.encode() if isinstance(body, str) else body
    return read_listing(raw, url=URL, media_type=media_type, charset=charset, now=NOW, full_text=full_text)


def item(number: int, more: str = "") -> str:
    """Give an item of an RSS feed."""
    return f"<item><title>Item {number}</title><link>https://gazette.example/{number}</link>{more}</item>"


def rss(*items: str) -> str:
    """Give an RSS feed of these items."""
    return f'<rss version="2.0"><channel><title>Gazette</title>{"".join(items)}</channel></rss>'


def titles(found: Listing) -> list[str | None]:
    """Give the titles of a listing's entries."""
    return [entry.title for entry in found.entries]
