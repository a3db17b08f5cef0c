"""Which stories a question finds: the same ones on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from storage.asking import Question, export_stories, find_stories
from storage.reading import Reader, reading
from storage.views import StorySummary
from tests.storage.stories import NOON, add, make_schema, story, variant


@pytest.fixture
def reader(stories_url: str) -> Iterator[Reader]:
    """Give a reader of the small story database."""
    with reading(stories_url) as open_reader:
        yield open_reader


def _found(reader: Reader, question: Question) -> list[int]:
    return [story.id for story in find_stories(reader, question, limit=100).stories]


def _pages(reader: Reader, question: Question, *, limit: int) -> Iterator[list[StorySummary]]:
    page = find_stories(reader, question, limit=limit)
    yield page.stories
    while page.next_cursor is not None:
        page = find_stories(reader, question, limit=limit, cursor=page.next_cursor)
        yield page.stories


class TestListing:
    """find_stories()."""

    def test_stories_seen_last_come_first_and_absorbed_ones_not_at_all(self, reader: Reader) -> None:
        """A listing has each story once, newest first, as its canonical variant tells it."""
        found = find_stories(reader, Question(), limit=10).stories

        assert [story.id for story in found] == [1, 2, 5]
        assert found[0].title == "Orrin Steel to close last furnace"
        assert found[0].sources == ["northwire", "harbour-post", "lowland-ledger"]
        assert (found[0].kind, found[0].size, found[0].language) == ("covered", 3, "en")
        assert found[0].last_seen_at == NOON

    @pytest.mark.parametrize(
        ("asked", "ids"),
        [
            (Question(changed_since=NOON - timedelta(hours=30)), [1, 2]),
            (Question(outlet="lowland-ledger"), [1]),
            (Question(outlet="nobody"), []),
            (Question(language="pt"), [2]),
            (Question(language="PT_br"), [2]),
            (Question(language="p"), []),
            (Question(language="%"), []),
            (Question(least_variants=2), [1]),
            (Question(kind="single"), [2, 5]),
            (Question(kind="single", language="ja", outlet=None), [5]),
        ],
    )
    def test_each_condition_holds_for_what_is_listed(self, reader: Reader, asked: Question, ids: list[int]) -> None:
        """Conditions are met together; one that is None is none."""
        assert _found(reader, asked) == ids
        assert sorted(story.id for story, _ in export_stories(reader, asked)) == sorted(ids)

    def test_pages_put_together_are_the_listing(self, database_url: str) -> None:
        """Paging meets every story once, also where several were seen at the same time."""
        make_schema(database_url)
        rows = [story(number, last_seen_at=NOON - timedelta(hours=number // 4)) for number in range(1, 14)]
        add(database_url, *rows, *(variant(number, number) for number in range(1, 14)))

        with reading(database_url) as reader:
            pages = list(_pages(reader, Question(), limit=5))
            whole = find_stories(reader, Question(), limit=100).stories

        assert [story for page in pages for story in page] == whole
        assert len(whole) == 13


class TestExport:
    """export_stories()."""

    def test_every_story_comes_with_its_variants_in_the_order_of_ids(self, reader: Reader) -> None:
        """An export says the same as a listing."""
        exported = list(export_stories(reader, Question()))

        assert [story.id for story, _ in exported] == [1, 2, 5]
        assert sorted((story for story, _ in exported), key=lambda story: -story.last_seen_at.timestamp()) == (
            find_stories(reader, Question(), limit=10).stories
        )
        assert [[variant.id for variant in variants] for _, variants in exported] == [[11, 12, 13], [21], [51]]

    def test_statements_grow_with_pages_not_with_stories(self, database_url: str) -> None:
        """700 stories take three pages, and a handful of statements each."""
        make_schema(database_url)
        numbers = range(1, 701)
        add(database_url, *map(story, numbers), *(variant(number, number) for number in numbers))
        asked: list[str] = []

        class Counting(Reader):
            def rows(self, sql: str, **params: object) -> list[tuple[object, ...]]:
                asked.append(sql)
                return super().rows(sql, **params)

        with reading(database_url) as reader:
            exported = list(export_stories(Counting(reader._connection), Question()))

        assert [story.id for story, _ in exported] == list(numbers)
        assert len(asked) <= 3 * 5
