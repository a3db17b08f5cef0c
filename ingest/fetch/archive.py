"""Every answer kept as WARC, in files that end at a size: a better cleaner can read the past again."""

import gzip
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from fastwarc.warc import WarcRecord, WarcRecordType

from ingest.archived import FIELD, About, Kind, packed
from ingest.document import RawDocument
from ingest.fetch.exchange import Exchange

FILE_BYTES = 1 << 30  # after which another file is begun
_OPEN = ".open"  # behind the name of a file that is still written to
_OF_TRANSFER = (b"transfer-encoding", b"content-length")
_LEVEL = 6

_about: ContextVar[About | None] = ContextVar("_about", default=None)


@contextmanager
def asking_for(about: About) -> Iterator[None]:
    """Let the answers kept in this block, and in this task, say what they were asked for."""
    token = _about.set(about)
    try:
        yield
    finally:
        _about.reset(token)


class WarcArchive:
    """A folder of .warc.gz files, one of which is written to; each process writes its own.

    A file bears `.open` behind its name until it is whole: `newsfold load` passes it over until then.
    """

    def __init__(self, folder: Path, *, now: datetime, file_bytes: int = FILE_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._begun_at = now
        self._file_bytes = file_bytes
        self._number = 0
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()

    def keep(self, exchange: Exchange) -> None:
        """Keep an answer as it travelled."""
        about = _about.get() or About()
        if exchange.status != 200 or urlsplit(exchange.url).path == "/robots.txt":
            about = About(kind=Kind.OTHER, source=about.source)
        version = "HTTP/1.1" if exchange.http_version == "HTTP/2" else exchange.http_version  # WARC knows no other
        lines = [f"{version} {exchange.status} {exchange.reason}".rstrip().encode("ascii", "replace")]
        # The body is kept without its transfer coding, so the fields that tell of it would lie.
        lines += [name + b": " + value for name, value in exchange.headers if name.lower() not in _OF_TRANSFER]
        lines += [b"Content-Length: %d" % len(exchange.raw_body), b"", exchange.raw_body]
        record = _record(WarcRecordType.response, exchange.url, exchange.fetched_at, about)
        record.headers["Content-Type"] = "application/http; msgtype=response"
        self._write(record, b"\r\n".join(lines))

    def keep_carried(self, raw: RawDocument) -> None:
        """Keep an article as its feed carried it."""
        about = About(kind=Kind.CARRIED, source=raw.source, stated=raw.stated)
        record = _record(WarcRecordType.resource, raw.url, raw.fetched_at, about)
        record.headers["Content-Type"] = "text/html; charset=utf-8"
        self._write(record, raw.body)

    def close(self) -> None:
        """End the file at hand."""
        with self._lock:
            self._end()

    def _write(self, record: WarcRecord, block: bytes) -> None:
        record.set_bytes_content(block)
        plain = BytesIO()
        record.write(plain, checksum_data=True)
        member = gzip.compress(plain.getvalue(), _LEVEL)  # one of its own: a damaged one costs no other
        with self._lock:
            file = self._file or self._begin()
            file.write(member)
            file.flush()
            if file.tell() >= self._file_bytes:
                self._end()

    def _begin(self) -> IO[bytes]:
        self._number += 1
        name = f"newsfold-{self._begun_at:%Y%m%dT%H%M%S}-{os.getpid()}-{self._number:04}.warc.gz"
        self._file = (self._folder / f"{name}{_OPEN}").open("xb")
        return self._file

    def _end(self) -> None:
        if self._file is not None:
            path = Path(self._file.name)
            self._file.close()
            path.rename(path.with_name(path.name.removesuffix(_OPEN)))
            self._file = None


def _record(kind: WarcRecordType, url: str, at: datetime, about: About) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(record_type=kind)
    record.headers["WARC-Target-URI"] = url
    record.headers["WARC-Date"] = f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
    record.headers[FIELD] = packed(about)
    return record
