"""Listings go on where a page ended, whatever comes meanwhile."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import tables
from storage.asking.review import page_judgements, page_review
from storage.cursors import Page, QuestionProblem, cursor_of, place_of
from storage.reading import Reader, reading
from storage.watching.journal import page_rejections, page_runs
from tests.storage.stories import NOON, add, fill, link, rejection, run, story, variant, why

_KINDS = (int, float, datetime)
_Ask = Callable[[Reader, str | None], Page[Any]]  # Any: whatever it lists

_LISTINGS: dict[str, tuple[_Ask, Callable[[Any], object]]] = {
    "runs": (lambda reader, cursor: page_runs(reader, now=NOON, limit=2, cursor=cursor), lambda found: found.id),
    "rejections": (lambda reader, cursor: page_rejections(reader, limit=2, cursor=cursor), lambda found: found.url),
    "rejections of a source": (
        lambda reader, cursor: page_rejections(reader, limit=2, cursor=cursor, source="gazette"),
        lambda found: found.url,
    ),
    "judgements": (
        lambda reader, cursor: page_judgements(reader, limit=2, cursor=cursor),
        lambda found: found.id,
    ),
    "review": (
        lambda reader, cursor: page_review(reader, limit=2, cursor=cursor),
        lambda found: (found.variant_a, found.variant_b),
    ),
}


@pytest.fixture
def listed_url(database_url: str) -> str:
    """Give a database with some of each listing, in orders of their own."""
    fill(database_url)
    add(database_url, *map(run, range(101, 106)))
    for number in range(101, 106):
        add(database_url, rejection(number, "wall", run_id=number % 3 + 101, source="gazette"), _judgement(number))
        add(
            database_url,
            story(number, canonical_why=why(number)),
            variant(number, number, source="gazette"),
            link(number, 11, "suggested", 0.4 + number % 3 / 100, {"features": {}, "terms": [], "hours": 1.0}),
        )
    return database_url


@pytest.mark.parametrize("listing", _LISTINGS)
def test_pages_are_the_whole_whatever_comes_meanwhile(listed_url: str, listing: str) -> None:
    """Page after page gives each row once and in order, also where newer ones come between two pages."""
    ask, name = _LISTINGS[listing]
    whole = _pages(listed_url, ask, name)
    with reading(listed_url) as reader:
        first = ask(reader, None)
    add(listed_url, run(900), rejection(900, "wall", run_id=900, source="gazette"), _judgement(900))
    add(
        listed_url,
        story(900, canonical_why=why(900)),
        variant(900, 900, source="gazette"),
        link(900, 11, "suggested", 0.49, {"features": {}, "terms": [], "hours": 1.0}),
    )

    rest = _pages(listed_url, ask, name, cursor=first.next_cursor)

    assert len(whole) == len(set(whole)) >= 5
    assert [*map(name, first.items), *rest] == whole
    assert _pages(listed_url, ask, name)[1:] == whole


@pytest.mark.parametrize("listing", _LISTINGS)
def test_a_cursor_of_another_listing_is_refused(stories_url: str, listing: str) -> None:
    """What is no cursor of a listing is refused in one line."""
    ask, _ = _LISTINGS[listing]

    with reading(stories_url) as reader, pytest.raises(QuestionProblem, match="this is no cursor"):
        ask(reader, cursor_of("changed", (NOON, 1)))


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.floats(-1e9, 1e9), st.integers(0, 10**9))
def test_a_cursor_gives_back_what_it_was_made_of(number: int, score: float, seconds: int) -> None:
    """No part of a place is rounded, and the cursor of one listing is none of another."""
    place = (number, score, NOON + timedelta(microseconds=seconds))

    cursor = cursor_of("a", place)

    assert place_of("a", cursor, _KINDS) == place
    with pytest.raises(QuestionProblem):
        place_of("b", cursor, _KINDS)


@pytest.mark.parametrize(
    "place",
    [
        *((1, 1.0), (1, 1.0, "now"), (True, 1.0, NOON), (1, float("nan"), NOON), (1, 1e301, NOON), (2**63, 1.0, NOON)),
        *((1, 1.0, time) for time in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-05-20T10:00:00")),
    ],
)
def test_a_place_that_cannot_be_is_no_cursor(place: tuple[object, ...]) -> None:
    """Missing parts, parts of another kind and numbers that no database holds are refused."""
    with pytest.raises(QuestionProblem, match="this is no cursor"):
        place_of("a", cursor_of("a", place), _KINDS)


def _judgement(number: int) -> tables.Judgement:
    said: Any = {"kind": "pin", "said": f"pin {number}", "actor": "ines", "note": "", "at": NOON}
    return tables.Judgement(id=number, story_id=None, undoes=None, undone_by=None, **said)


def _pages(
    url: str, ask: _Ask, name: Callable[[Any], object], *, cursor: str | None = None
) -> list[object]:  # Any: above
    found: list[object] = []
    with reading(url) as reader:
        while True:
            page = ask(reader, cursor)
            found += map(name, page.items)
            cursor = page.next_cursor
            if cursor is None:
                return found
