"""Cleaned and analysed: what arrived becomes what is stored, or a rejection."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.document import Article, Prepared, RawDocument, TextOrigin
from ingest.outcome import Outcome, Rejection
from ingest.prepare import prepare
from ingest.serve import Failure, Job
from ingest.workers import Workers

_NOW = datetime(2026, 5, 1, tzinfo=UTC)
_TEXT = "The ferry to Ostwick runs again from Monday, the harbour master said. Tickets are sold at the old pier."


class Cleaned(Workers):
    """Workers that have done their work already."""

    def __init__(self, *calls: Sequence[Article | Failure]) -> None:
        self._calls = [*calls]

    def run_all(self, jobs: Sequence[Job[Any]], *, harmless: Collection[int] = ()) -> list[Any]:  # noqa: ARG002
        """Give what was given."""
        return list(self._calls.pop(0)) if jobs else []


def _raws(count: int) -> list[RawDocument]:
    return [
        RawDocument(
            source="gazette",
            folder="inbox",
            url=f"https://gazette.example/{number}",
            fetched_at=_NOW,
            body=b"",
            media_type="text/html",
        )
        for number in range(1, count + 1)
    ]


def _article(number: int) -> Article:
    return Article(
        source="gazette",
        url=f"https://gazette.example/{number}",
        title=f"Ferry {number}",
        text=f"{_TEXT} This is number {number}.",
        byline=None,
        credit=None,
        published_at=None,
        published_from=None,
        fetched_at=_NOW,
        language="en",
        cleaner="none",
        raw_key=number,
    )


def _poison(number: int) -> Article:
    """Give an article that no cleaner makes, and that cannot be analysed."""
    return replace(_article(number), text=object())  # type: ignore[arg-type]  # the poison


def test_order_is_kept() -> None:
    """Each document has its result in its place, whatever became of it."""
    cleaned: list[Article | Failure] = [_article(1), Failure(Outcome.WALL, "a wall"), _article(3)]

    results = prepare(_raws(3), Cleaned(cleaned), now=_NOW)

    assert [item.outcome if isinstance(item, Rejection) else item.article for item in results] == [
        cleaned[0],
        Outcome.WALL,
        cleaned[2],
    ]


def test_only_the_culprit_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    """An article that cannot be analysed ends as failed, with one traceback in the log; the others are prepared."""
    with caplog.at_level(logging.ERROR):
        results = prepare(_raws(3), Cleaned([_article(1), _poison(2), _article(3)]), now=_NOW)

    assert [item.outcome if isinstance(item, Rejection) else item.article.raw_key for item in results] == [
        1,
        Outcome.FAILED,
        3,
    ]
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_the_feed_stands_in_for_a_page_without_an_article() -> None:
    """Where the page is a wall the feed's text is the article, says so, and is known by the page that arrived."""
    html = "".join(f"<p>{_TEXT} It is said for the {number}th time.</p>" for number in range(8))
    wall = replace(_raws(1)[0], body=b"<html><body><p>Subscribe to go on.</p></body></html>", feed_text=html)

    with Workers(workers=1) as workers:
        [stored] = prepare([wall], workers, now=_NOW)

    assert isinstance(stored, Prepared)
    assert stored.article.text_from is TextOrigin.FEED
    assert stored.article.raw_key == wall.raw_key
    assert stored.article.text.count("The ferry to Ostwick") == 8


def test_a_feed_without_text_changes_nothing() -> None:
    """Where neither page nor feed holds an article, the page's own outcome stands."""
    raws = [replace(_raws(1)[0], feed_text="<p>More on our site</p>")]
    workers = Cleaned([Failure(Outcome.WALL, "a wall")], [Failure(Outcome.TOO_SHORT, "4 words")])

    [rejection] = prepare(raws, workers, now=_NOW)

    assert isinstance(rejection, Rejection)
    assert rejection.outcome is Outcome.WALL


def test_nothing_gives_nothing() -> None:
    """No documents, no results."""
    assert prepare([], Cleaned([]), now=_NOW) == []
