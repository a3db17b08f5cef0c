"""JSON Feed -> Listing, after https://www.jsonfeed.org/version/1.1/; every field may be of any type, and may lie."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any  # what JSON holds is anybody's

import orjson

from ingest.clean.language import tag
from ingest.document import Entry
from ingest.fetch.entries import MOST_ENTRIES, Gathered, Listing, article, as_html, media, moment, names, no_feed, plain

_GUID_CHARS = 500
_GAP = re.compile(r"[\s,]*")


def read_json_feed(document: bytes, *, url: str, now: datetime) -> Listing:
    """Give what a JSON Feed lists; `document` is UTF-8.

    Raises Refused with NOT_A_FEED.
    """
    feed, problem = _parsed(document, url)
    items = feed.get("items")
    if not isinstance(items, list):
        raise no_feed(url, "JSON without a list of items")
    gathered = Gathered(url, now=now)
    for item in _newest(items, now):
        if not isinstance(item, dict):
            gathered.reject("", f"an item is {type(item).__name__}, not an object")
        elif (page := gathered.page(_links(item), title=_text(item, "title"))) is not None:
            gathered.keep(_entry(page, item, feed, gathered))
    notes = (
        f"partial: {problem}" if problem else None,
        f"cut at the newest {MOST_ENTRIES:,} entries of {len(items):,}" if len(items) > MOST_ENTRIES else None,
    )
    return gathered.listing("json-feed", notes)


def _parsed(document: bytes, url: str) -> tuple[dict[str, Any], str | None]:
    """Give the feed, and what is wrong with it where only its beginning can be read."""
    try:
        feed = orjson.loads(document)
    except orjson.JSONDecodeError:
        feed, problem = _patiently(document.decode("utf-8", "replace"), url)
    else:
        problem = None
    if not isinstance(feed, dict):
        raise no_feed(url, f"JSON, but {type(feed).__name__} where an object is wanted")
    return feed, problem


def _patiently(text: str, url: str) -> tuple[object, str | None]:
    """Parse what orjson refuses and others write, such as lone surrogates; of a cut feed the items so far."""
    try:
        return json.loads(text), None
    except RecursionError:
        raise no_feed(url, "JSON nested too deep to be a feed") from None
    except json.JSONDecodeError as error:
        problem = f"not JSON from character {error.pos + 1} on: {error.msg}"
    except ValueError:  # Python's limit on digits
        raise no_feed(url, "JSON with a number of too many digits") from None
    items = list(_items_so_far(text))
    if not items:
        raise no_feed(url, problem)
    return {"items": items}, problem


def _items_so_far(text: str) -> Iterator[object]:
    at = text.find("[", text.find('"items"')) + 1
    decoder = json.JSONDecoder()
    while at:
        gap = _GAP.match(text, at)
        try:
            item, at = decoder.raw_decode(text, gap.end() if gap else at)
        except (ValueError, RecursionError):
            return
        yield item


def _newest(items: list[Any], now: datetime) -> list[Any]:
    if len(items) <= MOST_ENTRIES:
        return items
    oldest = datetime.min.replace(tzinfo=UTC)

    def age(place: int) -> datetime:
        item = items[place]
        return (moment(_text(item, "date_published"), now=now) if isinstance(item, dict) else None) or oldest

    newest = sorted(range(len(items)), key=age, reverse=True)[:MOST_ENTRIES]  # of equal age the first stay first
    return [items[place] for place in sorted(newest)]


def _links(item: dict[str, Any]) -> tuple[str | None, ...]:
    guid = _text(item, "id")
    return _text(item, "url"), guid if guid and guid.startswith(("http://", "https://")) else None


def _entry(page: str, item: dict[str, Any], feed: dict[str, Any], gathered: Gathered) -> Entry:
    html, text = _text(item, "content_html"), _text(item, "content_text")
    pictures = [_text(item, "image"), _text(item, "banner_image")]
    attached = [_text(attachment, "url") for attachment in _objects(item, "attachments")]
    return Entry(
        url=page,
        title=plain(_text(item, "title")),
        byline=names(_text(author, "name") for author in [*_objects(item, "authors"), *_objects(item, "author")]),
        published_at=gathered.moment(_text(item, "date_published")),
        updated_at=gathered.moment(_text(item, "date_modified")),
        language=tag(_text(item, "language")) or tag(_text(feed, "language")),
        guid=plain(_text(item, "id"), most=_GUID_CHARS),
        media=media([*pictures, *attached], gathered.url),
        content=article(html or (as_html(text) if text else None)),
    )


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and name == "id":
        return str(value)  # ids that are numbers are to be taken for texts, says the standard
    return value if isinstance(value, str) else None


def _objects(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = fields.get(name)
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]
