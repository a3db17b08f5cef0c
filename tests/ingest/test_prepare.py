"""Cleaned and analysed: what arrived becomes what is stored, or a rejection."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.clean.workers import PageWorkers
from ingest.document import Article, RawDocument
from ingest.outcome import Outcome, Rejection
from ingest.prepare import prepare

_NOW = datetime(2026, 5, 1, tzinfo=UTC)
_TEXT = "The ferry to Ostwick runs again from Monday, the harbour master said. Tickets are sold at the old pier."


class Cleaned(PageWorkers):
    """Workers that have done their work already."""

    def __init__(self, items: Sequence[Article | Rejection]) -> None:
        self._items = items

    def clean_all(self, raws: Sequence[RawDocument], *, now: datetime) -> list[Article | Rejection]:  # noqa: ARG002
        """Give what was given."""
        return list(self._items)


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


def _rejection(number: int) -> Rejection:
    return Rejection(
        source="gazette", url=f"https://gazette.example/{number}", outcome=Outcome.WALL, detail="a wall", at=_NOW
    )


def _poison(number: int) -> Article:
    """Give an article that no cleaner makes, and that cannot be analysed."""
    return replace(_article(number), text=object())  # type: ignore[arg-type]  # the poison


def test_order_is_kept() -> None:
    """Each document has its result in its place, whatever became of it."""
    cleaned: list[Article | Rejection] = [_article(1), _rejection(2), _article(3)]

    results = prepare([], Cleaned(cleaned), now=_NOW)

    assert [item if isinstance(item, Rejection) else item.article for item in results] == cleaned


def test_only_the_culprit_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    """An article that cannot be analysed ends as failed, with one traceback in the log; the others are prepared."""
    with caplog.at_level(logging.ERROR):
        results = prepare([], Cleaned([_article(1), _poison(2), _article(3)]), now=_NOW)

    assert [item.outcome if isinstance(item, Rejection) else item.article.raw_key for item in results] == [
        1,
        Outcome.FAILED,
        3,
    ]
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_nothing_gives_nothing() -> None:
    """No documents, no results."""
    assert prepare([], Cleaned([]), now=_NOW) == []
