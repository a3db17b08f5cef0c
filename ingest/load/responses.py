"""An HTTP response as it went over the wire -> its status, its fields and its body, unpacked within a limit.

Some crawlers store the body unpacked and leave the fields that say otherwise: what is plainly not packed is taken as
it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.load.records import header_fields
from ingest.load.streams import GZIP_MAGIC, gunzip, inflated, unbrotli, unzstd, whole
from ingest.outcome import Outcome, Refused

_STATUS_LINE = re.compile(rb"HTTP/[0-9](?:\.[0-9])? ([0-9]{3})(?![0-9])")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_CHUNK_LINE = re.compile(rb"(?:\r?\n)?[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response whose body is still packed."""

    status: int
    fields: dict[str, str]  # names in lower case; the first of several
    body: bytes


def parsed(block: bytes, *, header_bytes: int, url: str) -> Response:
    """Give the parts of a response; raise `Refused` when it does not begin like one."""
    status = _STATUS_LINE.match(block)
    if status is None:
        raise Refused(Outcome.DAMAGED, url, "no HTTP status line")
    blank = _BLANK_LINE.search(block, 0, header_bytes)
    if blank is None and len(block) > header_bytes:
        raise Refused(Outcome.DAMAGED, url, f"no end of the HTTP header within {header_bytes:,} bytes")
    end = blank.end() if blank else len(block)
    return Response(status=int(status[1]), fields=header_fields(block[:end]), body=block[end:])


def unpacked_body(response: Response, limit: int, url: str) -> bytes:
    """Give the body without its transfer and content coding, at most `limit` bytes of it.

    Raise `Refused`: DAMAGED where it is cut, TOO_LARGE, or UNDECODABLE for a coding not known or several at once.
    """
    body = response.body
    if "chunked" in response.fields.get("transfer-encoding", "").lower():
        body = _dechunked(body, url)
    named = (coding.strip().lower() for coding in response.fields.get("content-encoding", "").split(","))
    codings = [coding for coding in named if coding not in ("", "identity")]
    if codings and not _is_plain(body):
        body = whole(_decoded(body, codings, url), limit, url)
    if len(body) > limit:
        raise Refused(Outcome.TOO_LARGE, url, f"more than {limit:,} bytes")
    return body


def _dechunked(body: bytes, url: str) -> bytes:
    line = _CHUNK_LINE.match(body)
    if line is None:
        return body
    parts: list[bytes] = []
    while line:
        size = int(line[1], 16)
        if size == 0:
            return b"".join(parts)
        end = line.end() + size
        if end > len(body):
            break
        parts.append(body[line.end() : end])
        line = _CHUNK_LINE.match(body, end)
    raise Refused(Outcome.DAMAGED, url, "the chunked body is cut short")


def _is_plain(body: bytes) -> bool:
    return not body or body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _decoded(body: bytes, codings: list[str], url: str) -> Iterator[bytes]:
    match codings:
        case ["gzip" | "x-gzip"]:
            return gunzip([body], url) if body.startswith(GZIP_MAGIC) else iter([body])
        case ["deflate"]:
            return inflated(body, url)
        case ["br"]:
            return unbrotli(body, url)
        case ["zstd"]:
            return unzstd([body], url)
        case _:
            raise Refused(Outcome.UNDECODABLE, url, f"content coding {', '.join(codings)[:80]!r} is not read")
