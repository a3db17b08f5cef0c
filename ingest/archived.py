"""What a WARC record of ours says about itself: what it was asked for, and what its source said of the page.

Written by ingest/fetch/archive.py, read by ingest/load/warc.py: so loading an archive gives the same stories.
"""

import base64
import binascii
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from ingest.document import Stated

FIELD = "WARC-JSON-Metadata"  # as warcio and pywb name it
_MOST_CHARS = 48_000  # of the field: readers give up on long headers
_MOST_BYTES = 10 << 20  # of a feed's text


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
    """Give the value of FIELD; a feed's text that does not fit is left out."""
    values: dict[str, Any] = {"newsfold": about.kind.value, "source": about.source}  # Any: JSON
    if about.stated is not None:
        values["stated"] = {name: value for name, value in asdict(about.stated).items() if value}
    if about.feed_text:
        squeezed = base64.b64encode(zlib.compress(about.feed_text.encode("utf-8", "replace"))).decode()
        if len(squeezed) < _MOST_CHARS:
            values["feed_text"] = squeezed
    return orjson.dumps(values).decode()


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
            feed_text=_inflated(feed_text) if feed_text else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error, binascii.Error):
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
        origin=_text(values.get("origin")) or "feed",
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _inflated(squeezed: str) -> str:
    inflating = zlib.decompressobj()
    return inflating.decompress(base64.b64decode(squeezed), _MOST_BYTES).decode("utf-8", "replace")
