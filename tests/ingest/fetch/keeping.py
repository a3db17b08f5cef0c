"""Answers to be kept in an archive, made on the spot."""

from datetime import UTC, datetime

from ingest.archived import About, Kind
from ingest.fetch.archive import WarcArchive, asking_for
from ingest.fetch.exchange import Exchange

AT = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)  # before what ingest.load.making takes for now
HTML = "text/html; charset=utf-8"


class Shelf:
    """An archive that is a list."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def keep(self, exchange: Exchange) -> None:
        """Keep an answer."""
        self.exchanges.append(exchange)


class NoArchive:
    """An archive that can keep nothing."""

    def __init__(self, problem: Exception) -> None:
        self.problem = problem

    def keep(self, _: Exchange) -> None:
        """Raise what it was made with."""
        raise self.problem


def exchange(number: int = 0, *, body: bytes | None = None, **more: object) -> Exchange:
    """Give the answer for page `number`: status 200 and HTML, unless said otherwise."""
    body = f"<!doctype html><p>Page {number} of the harbour log.".encode() if body is None else body
    said = {
        "url": f"https://gazette.example/{number}",
        "status": 200,
        "reason": "OK",
        "http_version": "HTTP/1.1",
        "headers": ((b"Content-Type", HTML.encode()),),
        "raw_body": body,
        "fetched_at": AT,
    }
    return Exchange(**{**said, **more})  # type: ignore[arg-type]  # whichever field is to differ


def keep(archive: WarcArchive, *exchanges: Exchange) -> None:
    """Keep answers, each as the page that was asked for."""
    for one in exchanges:
        with asking_for(About(kind=Kind.PAGE, source="gazette"), one.url):
            archive.keep(one)
