"""One request and its answer as they travelled, for whoever keeps them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One answer that was read to its end, a redirect or a robots.txt among them."""

    url: str  # the one that answered, without credentials
    status: int
    reason: str  # the phrase behind the status; "" with HTTP/2
    http_version: str  # "HTTP/1.1" or "HTTP/2"
    headers: tuple[tuple[bytes, bytes], ...]  # in their order, repeated ones kept
    raw_body: bytes  # after the transfer coding, before the content coding; empty where it was not read
    fetched_at: datetime  # UTC, aware


class Archive(Protocol):
    """Where answers are kept."""

    def keep(self, exchange: Exchange) -> None:
        """Keep one answer; called in the event loop, so it returns at once. Raises ArchiveProblem."""


class ArchiveProblem(Exception):
    """The archive cannot be written; `str()` is one line. No page's fault: nothing that comes would be kept."""
