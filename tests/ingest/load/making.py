"""Files to load, made on the spot, and what comes of loading them."""

import gzip
import json
from collections.abc import Container
from datetime import UTC, datetime
from pathlib import Path

from ingest.document import RawDocument
from ingest.load import FileEnd, Item, Limits, load
from ingest.outcome import Rejection

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = "<!doctype html><title>Ferry</title><p>The ferry was late again on Monday.</p>"


def loaded(
    *paths: Path, source: str | None = None, limits: Limits | None = None, taken: Container[int] = frozenset()
) -> list[Item]:
    """Give all that loading the paths gives."""
    return [*load(paths, source=source, now=NOW, limits=limits or Limits(), taken=taken)]


def documents(items: list[Item]) -> list[RawDocument]:
    """Give the documents among the items."""
    return [item for item in items if isinstance(item, RawDocument)]


def rejections(items: list[Item]) -> list[Rejection]:
    """Give the rejections among the items."""
    return [item for item in items if isinstance(item, Rejection)]


def ends(items: list[Item]) -> list[FileEnd]:
    """Give the ends of files among the items."""
    return [item for item in items if isinstance(item, FileEnd)]


def urls(items: list[Item]) -> list[str]:
    """Give the identities of the documents among the items."""
    return [document.url for document in documents(items)]


def outcomes(items: list[Item]) -> list[tuple[str, str]]:
    """Give identity and outcome of the rejections among the items."""
    return [(rejection.url, rejection.outcome.value) for rejection in rejections(items)]


def line(number: int, **fields: object) -> bytes:
    """Give a good JSONL line, its number in its `id`, with a line break."""
    return json.dumps({"id": number, "text": f"Report number {number} from the harbour.", **fields}).encode() + b"\n"


def http(body: bytes | str = PAGE, *, status: str = "200 OK", **fields: str) -> bytes:
    """Give an HTTP response; `content_type="text/plain"` sets a field."""
    named = {"content_type": "text/html; charset=utf-8", **fields}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in named.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode() + (body.encode() if isinstance(body, str) else body)


def record(number: int, block: bytes | None = None, *, kind: str = "response", **fields: str) -> bytes:
    """Give a WARC record of page `number`; `content_length="5"` sets a field, "" leaves it out."""
    block = http(f"<!doctype html><p>Page {number} of the harbour log.</p>") if block is None else block
    named = {
        "warc_type": kind,
        "warc_target_uri": f"https://news.example/{number}",
        "warc_date": "2026-01-02T03:04:05Z",
        "content_type": "application/http; msgtype=response",
        "content_length": str(len(block)),
        **fields,
    }
    lines = ["WARC/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in named.items() if value != "")]
    return "\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n"


def members(*records: bytes) -> bytes:
    """Pack each record into a gzip member of its own."""
    return b"".join(gzip.compress(each, mtime=0) for each in records)


def page_urls(*numbers: int) -> list[str]:
    """Give the target URIs of pages."""
    return [f"https://news.example/{number}" for number in numbers]
