"""What the header of an answer says, as far as it can be believed. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from ingest.fetch.response import Validators

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})

_SHORTEST_REST_S, _LONGEST_REST_S = 60.0, 86_400.0
_MOST_VALIDATOR_BYTES = 1024
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([^\s\"';,]{1,40})", re.I)
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:", re.I | re.A)
_DIGITS = re.compile(r"[0-9]+", re.A)


def media_type_of(content_type: str) -> str:
    """Give the media type in lower case without parameters; "" for none.

    >>> media_type_of("Text/HTML; charset=utf-8")
    'text/html'
    """
    return content_type.partition(";")[0].partition(",")[0].strip().lower()[:100]


def charset_of(content_type: str) -> str | None:
    """Give what the header claims the charset to be, in lower case; None where it does not."""
    found = _CHARSET.search(content_type)
    return found[1].lower() if found else None


def validators_of(fields: Mapping[str, str]) -> Validators:
    """Give what to ask again with: opaque, and only what can be sent back, printable ASCII of at most 1 kB."""
    return Validators(etag=_sendable(fields.get("etag")), last_modified=_sendable(fields.get("last-modified")))


def conditions_of(validators: Validators | None) -> list[tuple[str, str]]:
    """Give the request fields that ask for an answer only if something has changed (RFC 9110, 13.1.2 and 13.1.3)."""
    if validators is None:
        return []
    pairs = (("If-None-Match", validators.etag), ("If-Modified-Since", validators.last_modified))
    return [(name, value) for name, text in pairs if (value := _sendable(text))]


def retry_after_s(text: str | None, now: datetime) -> float | None:
    """Give the seconds of a Retry-After, in seconds or a date (RFC 9110, 10.2.3), as 60 to 86,400; None for junk."""
    text = (text or "").strip()
    if _DIGITS.fullmatch(text):
        seconds = float(text[:10])
    else:
        try:
            at = parsedate_to_datetime(text)
            seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, _SHORTEST_REST_S), _LONGEST_REST_S)


def location_of(location: str | None, base: str) -> str | None:
    """Give the address that a redirect at `base` leads to; None where it names none."""
    if not location:
        return None
    try:
        # urljoin() takes "http:///etc" for a path on this host.
        return location if _ABSOLUTE.match(location) else urljoin(base, location)
    except ValueError:
        return None


def _sendable(text: str | None) -> str | None:
    is_fit = text is not None and 0 < len(text) <= _MOST_VALIDATOR_BYTES and text.isascii() and text.isprintable()
    return text if is_fit else None
