"""What every reader is told: which file, on whose behalf, when, and how much is too much."""

from dataclasses import dataclass
from datetime import datetime

from ingest.outcome import Outcome, Rejection
from ingest.urls import host


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large one thing may be; more is `TOO_LARGE`, and costs no memory."""

    body_bytes: int = 10 << 20  # a single document, decoded
    line_bytes: int = 10 << 20  # one line of a JSONL file
    header_bytes: int = 64 << 10  # the header of a WARC record, and of the HTTP response in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file that may hold news: where it is, and what it is called."""

    path: str  # as the operating system knows it
    url: str  # its identity: ingest/load/names.py says how it is made
    folder: str  # name of the folder that directly holds it
    is_named: bool = False  # by the caller, and not met in a folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One file being read."""

    place: Place
    source: str | None  # what the caller says, for documents that do not say themselves
    now: datetime  # UTC, aware
    limits: Limits

    def rejection(self, outcome: Outcome, detail: str, *, url: str | None = None, body_bytes: int = 0) -> Rejection:
        """Give the record of something in this file that did not make it; without `url`, of the file itself."""
        url = self.place.url if url is None else url
        return Rejection(
            source=self.source or host(url) or self.place.folder,
            url=url,
            outcome=outcome,
            detail=detail,
            at=self.now,
            body_bytes=body_bytes,
        )
