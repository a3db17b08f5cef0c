"""WARC files: archived responses -> documents.

A `response` with HTTP status 200, and a `resource`, of HTML or plain text is a document; a response of another kind or
status is rejected as it is when fetched, so that it is counted. Other records (requests, metadata, revisits,
conversions, DNS look-ups) are no documents, and not counted. A record of our own archive says what its source said of
the page.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from ingest.archived import FIELD, About, Kind, unpacked
from ingest.document import RawDocument, TextOrigin
from ingest.load.dates import utc
from ingest.load.members import Seekable, pieces
from ingest.load.names import printable, source_named
from ingest.load.page_type import page_type
from ingest.load.reading import Reading
from ingest.load.records import Damage, Record, records
from ingest.load.responses import parsed, unpacked_body
from ingest.load.sniff import binary_format
from ingest.load.streams import Packing, as_utf8
from ingest.outcome import Outcome, Refused, Rejection
from ingest.urls import canonical_url, is_web

_LOOK_UPS = ("dns:", "whois:")  # what Heritrix stores as responses
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:+-]{1,40})", re.IGNORECASE)
_HEAD_BYTES = 4 << 10  # of a body, to see that it is what it is said to be
_TYPES = ("text/html", "application/xhtml+xml", "text/plain")


def documents(reading: Reading, file: Seekable, packing: Packing) -> Iterator[RawDocument | Rejection]:
    """Give the documents of a file, and a rejection for each stretch that is damaged.

    Raise `Refused` at the end of a file that is cut short.
    """
    limits = reading.limits
    block_bytes = limits.body_bytes + limits.header_bytes
    for item in records(pieces(file, packing), header_bytes=limits.header_bytes, block_bytes=block_bytes):
        if isinstance(item, Damage) and item.is_cut:
            raise Refused(Outcome.DAMAGED, _url(reading, item), f"byte {item.at}: {item.detail}")
        try:
            document = _document(reading, item)
        except Refused as refusal:
            size = len(item.block or b"") if isinstance(item, Record) else 0
            yield reading.rejection(refusal.outcome, refusal.detail, url=refusal.url, body_bytes=size)
        else:
            if document is not None:
                yield document


def _url(reading: Reading, item: Record | Damage) -> str:
    """Give the page's URL where the record is of a page, else its place in the file."""
    is_page = item.fields.get("warc-type", "").lower() in ("response", "resource")
    return printable(_target(item)) if is_page and is_web(_target(item)) else f"{reading.place.url}#B{item.at}"


def _target(item: Record | Damage) -> str:
    return item.fields.get("warc-target-uri", "").strip("<>")  # WARC 1.0 has them in its grammar, 1.1 does not


def _document(reading: Reading, item: Record | Damage) -> RawDocument | None:
    url = _url(reading, item)
    if isinstance(item, Damage):
        raise Refused(Outcome.DAMAGED, url, f"byte {item.at}: {item.detail}")
    about = unpacked(item.fields.get(FIELD.lower(), ""))
    if about is not None and about.kind is Kind.OTHER:
        return None  # of our own archive: a feed, a robots.txt, a redirect
    match item.fields.get("warc-type", "").lower():
        case "response" if about is not None:
            return _told(_from_response(reading, item, canonical_url(url)), about)
        case "response" if not _target(item).startswith(_LOOK_UPS):
            return _from_response(reading, item, url)
        case "resource" if _media_type(item.fields) in _TYPES:
            raw = _from_resource(reading, item, url)
            return raw if about is None else _told(raw, about)
        case _:
            return None


def _told(raw: RawDocument, about: About) -> RawDocument:
    """Give a document of our own archive with what its source said of it."""
    return replace(
        raw,
        source=source_named(about.source) or raw.source,
        stated=about.stated,
        text_from=TextOrigin.FEED if about.kind is Kind.CARRIED else TextOrigin.PAGE,
        feed_text=about.feed_text,
    )


def _from_response(reading: Reading, record: Record, url: str) -> RawDocument:
    """Give a page as whoever archived it was answered; what is not taken for one when it is fetched, is not here."""
    response = parsed(_block(reading, record, url), header_bytes=reading.limits.header_bytes, url=url)
    if response.status != 200:
        raise Refused(_outcome_of(response.status), url, f"HTTP {response.status} is no article")
    body = unpacked_body(response, reading.limits.body_bytes, url)
    charset = _charset(response.fields)
    return RawDocument(
        source=reading.source,
        folder=reading.place.folder,
        url=url,
        fetched_at=_fetched_at(reading, record),
        body=body,
        media_type=page_type(body, media_type=_media_type(response.fields), charset=charset, url=url),
        charset=charset,
    )


def _outcome_of(status: int) -> Outcome:
    """Give the outcome of an answer that holds no page; where a redirect leads is another record."""
    if status in (404, 410):
        return Outcome.GONE
    return Outcome.HTTP_ERROR if status >= 400 else Outcome.NO_TEXT


def _block(reading: Reading, record: Record, url: str) -> bytes:
    if not is_web(_target(record)):
        raise Refused(Outcome.MALFORMED, url, f"byte {record.at}: target URI {_target(record)[:80]!r} is not http(s)")
    if record.block is None:
        raise Refused(Outcome.TOO_LARGE, url, f"more than {reading.limits.body_bytes:,} bytes")
    if "warc-truncated" in record.fields or "warc-segment-number" in record.fields:
        raise Refused(Outcome.DAMAGED, url, f"byte {record.at}: the crawler did not keep it whole")
    return record.block


def _from_resource(reading: Reading, record: Record, url: str) -> RawDocument:
    body, charset = _block(reading, record, url), _charset(record.fields)
    head = b"".join(as_utf8([body[:_HEAD_BYTES]]))
    is_wide = charset is not None and charset.startswith(("utf-16", "utf-32"))  # full of zero bytes
    found = None if is_wide else binary_format(head)
    if found:
        raise Refused(Outcome.BINARY, url, f"{found}, not a page of text")
    return RawDocument(
        source=reading.source,
        folder=reading.place.folder,
        url=url,
        fetched_at=_fetched_at(reading, record),
        body=body,
        media_type=_media_type(record.fields),
        charset=charset,
    )


def _fetched_at(reading: Reading, record: Record) -> datetime:
    return min(utc(record.fields.get("warc-date")) or reading.now, reading.now)


def _charset(fields: dict[str, str]) -> str | None:
    found = _CHARSET.search(fields.get("content-type", ""))
    return found[1].lower() if found else None


def _media_type(fields: dict[str, str]) -> str:
    return re.split("[;,]", fields.get("content-type", ""), maxsplit=1)[0].strip().lower()
