"""What a WARC record of ours says about itself: what it was asked for, and what its source said of the page.

Written by ingest/fetch/archive.py, read by ingest/load/warc.py: so loading an archive gives the same stories.
"""

import base64
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from ingest.document import Stated

FIELD = "WARC-JSON-Metadata"  # as warcio and pywb name it
_MOST_BYTES = 48_000  # of the field: readers give up on headers beyond 64 KiB
_MOST_TEXT = 10 << 20  # bytes of a feed's text


class Kind(StrEnum):
    """What a record holds."""

    PAGE = "page"
    CARRIED = "carried"  # an article as its feed carried it
    OTHER = "other"  # a feed, a robots.txt, a redirect: no document


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a record is."""

    kind: Kind = Kind.OTHER
    source: str | None = None
    stated: Stated | None = None
    feed_text: str | None = None  # RawDocument.feed_text


def packed(about: About) -> str:
    """Give the value of FIELD; what does not fit is left out: the feed's text first, then media, then the rest."""
    values: dict[str, Any] = {"newsfold": about.kind.value, "source": _sound(about.source)}  # Any: JSON
    if about.stated is not None:
        said = {name: _sound(value) for name, value in asdict(about.stated).items() if value is not None}
        values["stated"] = {**said, "media": [_sound(link) for link in about.stated.media]}
    if about.feed_text is not None:
        values["feed_text"] = base64.b64encode(zlib.compress(_utf8(about.feed_text))).decode()
    for too_much in ("feed_text", "media", "stated"):
        if len(field := orjson.dumps(values)) <= _MOST_BYTES:
            return field.decode()
        values.pop(too_much, None)
        values.get("stated", {}).pop(too_much, None)
    return orjson.dumps(values).decode()


def _sound(value: object) -> object:
    return _utf8(value).decode() if isinstance(value, str) else value


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # a lone surrogate is no text


def unpacked(value: str) -> About | None:
    """Give what packed() made `value` of; None for anything else."""
    try:
        values = orjson.loads(value)
        kind = Kind(values["newsfold"])
        feed_text = values.get("feed_text")
        return About(
            kind=kind,
            source=_text(values.get("source")),
            stated=_stated(values.get("stated")),
            feed_text=None if feed_text is None else _inflated(feed_text),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, zlib.error):
        return None


def _stated(values: Any) -> Stated | None:  # Any: JSON
    if not isinstance(values, dict):
        return None
    at = _text(values.get("published_at"))
    published_at = datetime.fromisoformat(at) if at else None
    return Stated(
        title=_text(values.get("title")),
        byline=_text(values.get("byline")),
        published_at=published_at.astimezone(UTC) if published_at and published_at.tzinfo else None,
        language=_text(values.get("language")),
        credit=_text(values.get("credit")),
        media=tuple(link for link in values.get("media", ()) if isinstance(link, str)),
        origin="feed" if (origin := _text(values.get("origin"))) is None else origin,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _inflated(squeezed: str) -> str:
    inflating = zlib.decompressobj()
    text = inflating.decompress(base64.b64decode(squeezed, validate=True), _MOST_TEXT)
    if not inflating.eof:
        raise ValueError("cut short, or more than any feed carries")
    return text.decode("utf-8")
