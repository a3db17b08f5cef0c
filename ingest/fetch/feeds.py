"""RSS, RDF and Atom -> Listing, as feedparser reads them.

    mended bytes | trim | feedparser | Entry

feedparser gets bytes in UTF-8 that say so, since it opens what looks like an address and believes any encoding; links
stay as they are written, but for xml:base, and markup as well, since nobody ever shows it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any  # what feedparser gives has no types, and elements of a hostile feed may stand for any of it
from urllib.parse import urljoin

import feedparser

from ingest.clean.language import tag
from ingest.document import Entry
from ingest.fetch.entries import MOST_ENTRIES, Gathered, Listing, article, as_html, media, names, no_feed, plain
from ingest.fetch.trim import Trimmed, trim
from ingest.outcome import Outcome, Refused

_Item = Mapping[str, Any]

# The line end keeps feedparser from finding another encoding in what follows.
_DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>\n"
# feedparser takes the second summary of an item for its article, and the maker of a podcast for the author.
_OTHERS = re.compile(rb"(</?)(?:itunes:(?:summary|author)|media:description)\b")
_GUID_CHARS = 500
_HTML = {"text/html", "application/xhtml+xml"}
_WEB = ("http://", "https://")
_SEEN_AND_HEARD = ("image", "audio", "video")


def read_feed(document: bytes, *, kind: str, url: str, now: datetime, full_text: bool = False) -> Listing:
    """Give what a feed lists; `document` comes from xml.mended(), `kind` is "rss", "rdf" or "atom".

    With `full_text` a description that is long enough is the article. Raises Refused: NOT_A_FEED where not one item
    can be read, MALFORMED where entities are declared, or feedparser fails altogether.
    """
    trimmed = trim(_OTHERS.sub(rb"\1newsfold-other", document), url)
    feed, items = _parsed(trimmed, url)
    if trimmed.problem and not items:
        raise no_feed(url, f"no item can be read: {trimmed.problem}")
    gathered = Gathered(url, now=now)
    for item in items[:MOST_ENTRIES]:
        links = _links(item, is_rdf=kind == "rdf")
        if (page := gathered.page(links, title=_text(item, "title"))) is not None:
            gathered.keep(_entry(page, item, feed, gathered, is_atom=kind == "atom", full_text=full_text))
    partial = f"partial: {trimmed.problem}" if trimmed.problem else None
    return gathered.listing(kind, (partial, *trimmed.notes))


def _parsed(trimmed: Trimmed, url: str) -> tuple[_Item, Sequence[_Item]]:
    """Give the feed and its items: more of them than are well-formed where feedparser can recover more."""
    failure: Exception | None = None
    for document in (trimmed.loose, trimmed.strict):
        if document is None:
            continue
        try:
            found = feedparser.parse(BytesIO(_DECLARATION + document), resolve_relative_uris=False, sanitize_html=False)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  feedparser raises what it pleases on what is not well-formed
            failure = error
        else:
            if document is trimmed.strict or len(found.entries) >= trimmed.items:
                return found.feed, found.entries
    raise Refused(Outcome.MALFORMED, url, f"feedparser gives up: {type(failure).__name__}") from failure


def _links(item: _Item, *, is_rdf: bool) -> list[str | None]:
    """Give what an item says is its page, best first."""
    links = [link for link in _dicts(item, "links") if link.get("rel") == "alternate"]
    links.sort(key=lambda link: link.get("type") not in _HTML)
    spare = _text(item, "id" if is_rdf else "link")  # the latter is the guid where no link is given
    return [
        _text(item, "feedburner_origlink"),  # what the aggregator's own link leads to
        *(_text(link, "href") for link in links),
        spare if spare and spare.startswith(_WEB) else None,  # many guids that are no address do not say so
    ]


def _entry(page: str, item: _Item, feed: _Item, gathered: Gathered, *, is_atom: bool, full_text: bool) -> Entry:
    heading = _dict(item, "title_detail")
    published, updated = _text(item, "published") or _text(item, "created"), _text(item, "updated")
    if not published and not is_atom:  # a Dublin Core date is what feedparser takes for a change
        published, updated = updated, None
    return Entry(
        url=page,
        title=plain(_text(item, "title")),
        byline=names(_authors(item)),
        published_at=gathered.moment(published),
        updated_at=gathered.moment(updated),
        language=tag(_text(item, "language") or _text(heading, "language") or _text(feed, "language")),
        credit=plain(_text(_dict(item, "source"), "title")),
        guid=plain(_text(item, "id"), most=_GUID_CHARS),
        media=media(_media(item), _base(gathered.url, _text(heading, "base"))),
        content=article(max(_contents(item, full_text=full_text), key=len, default=None)),
    )


def _authors(item: _Item) -> Iterator[str | None]:
    mail, _, named = (_text(item, "author") or "").partition("(")
    if "@" in mail:  # RSS: mail@host (Name); feedparser knows no ends of hosts longer than four letters
        yield named.rpartition(")")[0]
    else:
        for author in _dicts(item, "authors"):
            yield _text(author, "name")


def _media(item: _Item) -> Iterator[str | None]:
    enclosed = [link for link in _dicts(item, "links") if link.get("rel") == "enclosure"]
    for medium in (*enclosed, *_dicts(item, "media_content"), *_dicts(item, "media_thumbnail")):
        stated = _text(medium, "type") or _text(medium, "medium") or "image"
        if stated.startswith(_SEEN_AND_HEARD):
            yield _text(medium, "href") or _text(medium, "url")


def _contents(item: _Item, *, full_text: bool) -> Iterator[str]:
    for content in (*_dicts(item, "content"), *([_dict(item, "summary_detail")] if full_text else ())):
        value, stated = _text(content, "value") or "", content.get("type")
        if stated in _HTML:
            yield value
        elif stated == "text/plain":
            yield as_html(value)


def _base(url: str, said: str | None) -> str:
    try:
        return urljoin(url, said or "")
    except ValueError:  # such as "//[::1"
        return url


def _text(said: _Item, name: str) -> str | None:
    value = said[name] if name in said else None  # noqa: SIM401  get() gives the published date for an updated one
    return value if isinstance(value, str) else None


def _dict(said: _Item, name: str) -> _Item:
    value = said.get(name)
    return value if isinstance(value, dict) else {}


def _dicts(said: _Item, name: str) -> list[_Item]:
    value = said.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
