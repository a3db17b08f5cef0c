"""Whether an answer of the web is a page of text, by its first bytes and then by what it is said to be.

For pages as they are fetched and for those read from an archive: both must end alike.
"""

from ingest.load.sniff import HEAD_BYTES, binary_format, known_format, looks_like_html
from ingest.load.streams import as_utf8
from ingest.outcome import Outcome, Refused
from ingest.urls import is_opaque

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_PAGES = _HTML | {"text/plain", ""}


def page_type(body: bytes, *, media_type: str, charset: str | None, url: str) -> str:
    """Give the media type to read the page by: that of HTML, XHTML or plain text, whatever it is said to be.

    Raises Refused: BINARY for what claims to be a page and is no text, NOT_HTML for anything else that is no page,
    OPAQUE for an aggregator's own.
    """
    if is_opaque(url):
        raise Refused(Outcome.OPAQUE, url, "it leads to an aggregator's page")
    is_wide = charset is not None and charset.startswith(("utf-16", "utf-32"))  # full of zero bytes
    start = body[:HEAD_BYTES]
    head = b"" if is_wide else b"".join(as_utf8([start]))
    if found := known_format(start) if is_wide else binary_format(head):
        outcome = Outcome.BINARY if media_type in _PAGES else Outcome.NOT_HTML
        raise Refused(outcome, url, f"{found}, not a page")
    if media_type in _HTML:
        return media_type
    if looks_like_html(head):
        return "text/html"
    if media_type != "text/plain":
        raise Refused(Outcome.NOT_HTML, url, f"{media_type[:80] or 'of no type'}, not a page")
    return media_type
