"""Where a site's feed is: what its front page names, what looks like one, where feeds usually are."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

from ingest.fetch.entries import page_url
from ingest.urls import host

MOST_FEEDS = 20
_MOST_CHARS = 2_000_000  # of a page
_MOST_ELEMENTS = 10_000
_TYPES = {
    "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "application/json",
}  # fmt: skip
# No parser: Python's own takes a time that grows with the square of unclosed comments, lxml with that of attributes.
_ELEMENT = re.compile(r"<(link|a|base)\s([^<>]{1,4000})>", re.I)
_ATTRIBUTE = re.compile(r"""([a-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_NOT_NEWS = re.compile(r"comments?/feed|/comments\b|oembed|wp-json", re.I)
_LIKE_FEED = re.compile(r"(?:^|[/.=?&_-])(?:rss|feeds?|atom)(?:$|[/.=?&_-])|\.(?:rss|atom|rdf)$|/feed\.json$", re.I)
# Where content management systems put feeds, the most used first.
_USUAL = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json", "/news-sitemap.xml")


def feeds_in(html: str, url: str) -> tuple[str, ...]:
    """Give the addresses to try for a feed of the site whose front page, at `url`, is `html`; the likeliest first."""
    base = url
    stated: list[str] = []
    linked: list[str] = []
    for name, said in islice(_elements(html[:_MOST_CHARS]), _MOST_ELEMENTS):
        if name == "a" and not _LIKE_FEED.search(said["href"]):
            continue
        address = page_url(said["href"].strip(), base)
        if address is None or address == url:
            continue
        if name == "base":
            base = address
        elif name == "link" and _names_feed(said):
            stated.append(address)
        elif name == "a" and _is_of_site(address, url):  # a page also links to other people's feeds
            linked.append(address)
    guesses = [guess for path in _USUAL if (guess := page_url(path, url)) is not None]
    found = dict.fromkeys(address for address in [*stated, *linked] if not _NOT_NEWS.search(address))
    return (*found, *(guess for guess in guesses if guess not in found))[:MOST_FEEDS]


def _elements(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the links, anchors and bases that have an address."""
    for element in _ELEMENT.finditer(html):
        if "href" in element[2].lower():
            said = {
                found[1].lower(): found[2] or found[3] or found[4] or "" for found in _ATTRIBUTE.finditer(element[2])
            }
            if "href" in said:
                yield element[1].lower(), {name: unescape(value) for name, value in said.items()}


def _names_feed(said: dict[str, str]) -> bool:
    stated = said.get("type", "").partition(";")[0].strip().lower()
    return "alternate" in said.get("rel", "").lower().split() and stated in _TYPES


def _is_of_site(address: str, url: str) -> bool:
    site = host(url)
    return host(address) == site or host(address).endswith(f".{site}")
