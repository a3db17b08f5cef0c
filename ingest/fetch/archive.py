"""Every answer kept as WARC, in files that end at a size: a better cleaner can read the past again."""

import gzip
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO

from fastwarc.warc import WarcRecord, WarcRecordType

from ingest.archived import FIELD, About, Kind, packed
from ingest.document import RawDocument
from ingest.fetch.exchange import ArchiveProblem, Exchange
from ingest.fetch.fields import REDIRECTS, location_of
from ingest.urls import canonical_url

FILE_BYTES = 1 << 30  # after which another file is begun
_OPEN = ".open"  # behind the name of a file that is still written to
_OF_TRANSFER = (b"transfer-encoding", b"content-length")
_LEVEL = 6
_ONE_LINE = bytes.maketrans(b"\r\n\0", b"   ")


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that is being asked for."""

    about: About
    places: set[str]  # its address, and those that its redirects led to so far


_page: ContextVar[_Page | None] = ContextVar("_page", default=None)


@contextmanager
def asking_for(about: About, url: str) -> Iterator[None]:
    """Let the answer for `url`, kept in this block and in this task, say what it was asked for.

    Others may be kept there too: of a robots.txt, wherever it is, which is asked for on the way.
    """
    token = _page.set(_Page(about, {_place(url)}))
    try:
        yield
    finally:
        _page.reset(token)


class WarcArchive:
    """A folder of .warc.gz files, one of which is written to; each process writes its own.

    Until it is whole a file is hidden, `.open` behind its name: `newsfold load` passes it over unless it is named.
    Making one raises OSError where the folder cannot be made.
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
        """Keep an answer as it travelled, as a `response` record. Raises ArchiveProblem."""
        version = "HTTP/1.1" if exchange.http_version == "HTTP/2" else exchange.http_version  # WARC knows no other
        lines = [f"{version} {exchange.status} {exchange.reason}".rstrip().encode("ascii", "replace")]
        # The body is kept without its transfer coding, so the fields that tell of it would lie.
        lines += [_line(name, value) for name, value in exchange.headers if name.lower() not in _OF_TRANSFER]
        lines += [b"Content-Length: %d" % len(exchange.raw_body), b"", exchange.raw_body]
        record = _record(WarcRecordType.response, exchange.url, exchange.fetched_at, _about(exchange))
        record.headers["Content-Type"] = "application/http; msgtype=response"
        self._write(record, b"\r\n".join(lines))

    def keep_carried(self, raw: RawDocument) -> None:
        """Keep an article as its feed carried it, as a `resource` record. Raises ArchiveProblem."""
        about = About(kind=Kind.CARRIED, source=raw.source, stated=raw.stated)
        record = _record(WarcRecordType.resource, raw.url, raw.fetched_at, about)
        record.headers["Content-Type"] = "text/html; charset=utf-8"
        self._write(record, raw.body)

    def close(self) -> None:
        """End the file at hand, which is no longer hidden then. Raises OSError."""
        with self._lock:
            self._end()

    def _write(self, record: WarcRecord, block: bytes) -> None:
        record.set_bytes_content(block)
        plain = BytesIO()
        record.write(plain, checksum_data=True)
        member = gzip.compress(plain.getvalue(), _LEVEL, mtime=0)  # one of its own: a damaged one costs no other
        try:
            with self._lock:
                file = self._file or self._begin()
                file.write(member)
                file.flush()
                if file.tell() >= self._file_bytes:
                    self._end()
        except OSError as error:
            raise ArchiveProblem(f"{self._folder}: the archive cannot be written: {error.strerror}") from error

    def _begin(self) -> IO[bytes]:
        while self._file is None:
            self._number += 1
            path = self._folder / f"newsfold-{self._begun_at:%Y%m%dT%H%M%S}-{os.getpid()}-{self._number:04}.warc.gz"
            if not path.exists():  # a container may give every process the same number
                with suppress(FileExistsError):
                    self._file = path.with_name(f".{path.name}{_OPEN}").open("xb")
        return self._file

    def _end(self) -> None:
        if self._file is not None:
            path = Path(self._file.name)
            self._file.close()
            path.rename(path.with_name(path.name.removeprefix(".").removesuffix(_OPEN)))
            self._file = None


def _about(exchange: Exchange) -> About:
    """Give what an answer is; note where it leads to, if it is on the way to the page."""
    page = _page.get()
    if page is None:
        return About()
    if _place(exchange.url) in page.places:
        if exchange.status == 200:
            return page.about
        location = next((value for name, value in exchange.headers if name.lower() == b"location"), b"")
        target = location_of(location.decode("utf-8", "replace").strip(), exchange.url)
        if target is not None and exchange.status in REDIRECTS:
            page.places.add(_place(target))
    return About(source=page.about.source)


def _place(url: str) -> str:
    return canonical_url(url.partition("#")[0])


def _line(name: bytes, value: bytes) -> bytes:
    return (name + b": " + value).translate(_ONE_LINE)  # HTTP/2 lets a value break its line


def _record(kind: WarcRecordType, url: str, at: datetime, about: About) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(record_type=kind)
    record.headers["WARC-Target-URI"] = url
    record.headers["WARC-Date"] = f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
    record.headers[FIELD] = packed(about)
    return record
