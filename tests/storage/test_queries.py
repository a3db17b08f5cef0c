"""What is asked of stories, runs and rejections, and what is answered."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from ingest.document import Removed
from storage import tables
from storage.journal import list_rejections, list_runs
from storage.queries import Asked, export_stories, get_story, list_stories, list_variants
from storage.reading import Reader, reading
from tests.storage.stories import NOON, add, fill, link, make_schema, rejection, replace, run, story, variant, why


@pytest.fixture
def reader(stories_url: str) -> Iterator[Reader]:
    """Give a reader of the small story database."""
    with reading(stories_url) as open_reader:
        yield open_reader


class TestListing:
    """list_stories()."""

    def test_stories_seen_last_come_first_and_absorbed_ones_not_at_all(self, reader: Reader) -> None:
        """A listing has each story once, newest first, as its canonical variant tells it."""
        found = list_stories(reader, limit=10)

        assert [story.id for story in found] == [1, 2, 5]
        assert found[0].title == "Orrin Steel to close last furnace"
        assert found[0].sources == ["northwire", "harbour-post", "lowland-ledger"]
        assert (found[0].kind, found[0].size, found[0].language) == ("covered", 3, "en")
        assert found[0].last_seen_at == NOON

    @pytest.mark.parametrize(
        ("asked", "ids"),
        [
            ({"since": NOON - timedelta(hours=30)}, [1, 2]),
            ({"source": "lowland-ledger"}, [1]),
            ({"source": "nobody"}, []),
            ({"language": "pt"}, [2]),
            ({"language": "PT_br"}, [2]),
            ({"language": "p"}, []),
            ({"language": "%"}, []),
            ({"min_variants": 2}, [1]),
            ({"kind": "single"}, [2, 5]),
            ({"kind": "single", "language": "ja", "source": None}, [5]),
        ],
    )
    def test_each_condition_holds_for_what_is_listed(self, reader: Reader, asked: Asked, ids: list[int]) -> None:
        """Conditions are met together; one that is None is none."""
        assert [story.id for story in list_stories(reader, limit=10, **asked)] == ids
        assert sorted(story.id for story, _ in export_stories(reader, **asked)) == sorted(ids)

    def test_pages_put_together_are_the_listing(self, database_url: str) -> None:
        """Paging meets every story once, also where several were seen at the same time."""
        make_schema(database_url)
        rows = [story(number, last_seen_at=NOON - timedelta(hours=number // 4)) for number in range(1, 14)]
        add(database_url, *rows, *(variant(number, number) for number in range(1, 14)))

        with reading(database_url) as reader:
            pages = [list_stories(reader, limit=5)]
            while pages[-1]:
                last = pages[-1][-1]
                pages.append(list_stories(reader, limit=5, after=(last.last_seen_at, last.id)))
            whole = list_stories(reader, limit=100)

        assert [story for page in pages for story in page] == whole
        assert len(whole) == 13


class TestOneStory:
    """get_story() and list_variants()."""

    def test_a_story_tells_all_about_itself(self, reader: Reader) -> None:
        """Variants, links, reasons and history belong to one answer."""
        found = get_story(reader, 1)

        assert found is not None
        assert (found.id, found.asked_for, found.title) == (1, 1, "Orrin Steel to close last furnace")
        assert [(variant.id, variant.similarity) for variant in found.variants] == [(11, 0.97), (12, 0.97), (13, 0.74)]
        assert [(link.variant_a, link.relation) for link in found.links] == [
            (12, "copy"),
            (13, "coverage"),
            (21, "suggested"),
        ]
        assert found.links[1].evidence["terms"] == ["furnace", "mayor"]
        assert found.canonical_why["losers"] == [[12, "complete before cut"], [13, "the longest"]]
        assert [(change.kind, change.run_id) for change in found.changes] == [("created", 1)]

    @pytest.mark.parametrize("absorbed", [3, 4])
    def test_an_absorbed_story_answers_with_the_one_that_is_left(self, reader: Reader, absorbed: int) -> None:
        """An old id leads on, over as many merges as there were."""
        found = get_story(reader, absorbed)

        assert found is not None
        assert (found.id, found.asked_for) == (1, absorbed)

    def test_an_id_never_given_has_no_story(self, reader: Reader) -> None:
        """Nobody is answered with another story."""
        assert get_story(reader, 99) is None

    def test_merges_in_a_circle_end(self, database_url: str) -> None:
        """A damaged database is answered for all the same."""
        make_schema(database_url)
        add(database_url, story(1), story(2), variant(11, 1), variant(21, 2))
        replace(database_url, story(1, merged_into=2), story(2, merged_into=1))

        with reading(database_url) as reader:
            found = get_story(reader, 1)

        assert found is not None

    def test_a_single_has_no_similarity_and_a_suggestion_gives_none(self, reader: Reader) -> None:
        """Similarity is to the variants of the same story only."""
        assert [variant.similarity for variant in list_variants(reader, [2])[2]] == [None]

    def test_copies_stand_behind_what_they_repeat(self, database_url: str) -> None:
        """The canonical variant's group comes first, then the others; in each its head, then the closest copy."""
        make_schema(database_url)
        add(
            database_url,
            run(1),
            story(1, size=6),
            variant(1, 1, relation="coverage"),
            variant(2, 1, relation="copy", copy_of=1),
            variant(3, 1, relation="copy", copy_of=4),
            variant(4, 1, relation="copy"),
            variant(5, 1, copy_of=4),
            variant(6, 1, relation="copy", copy_of=4),
            link(6, 4, "copy", 0.9, {}),
            link(4, 3, "copy", 0.8, {}),
            link(5, 4, "copy", 0.9, {}),
        )

        with reading(database_url) as reader:
            found = list_variants(reader, [1])[1]

        assert [variant.id for variant in found] == [5, 4, 6, 3, 1, 2]

    def test_removed_lines_and_earlier_texts_are_told(self, database_url: str) -> None:
        """What the cleaner took out comes with its rule, and revisions are counted."""
        fill(database_url)
        earlier: Any = {"title": "Old", "text": "Old.", "text_key": 1, "raw_key": 1, "fetched_at": NOON}
        removed = (Removed("Back to Top", "furniture"), Removed("1 Comment", "comments"))
        replace(database_url, variant(21, 2, removed=removed, title="Baleias"))
        add(database_url, *(tables.Revision(variant_id=21, number=number, **earlier) for number in (1, 2)))

        with reading(database_url) as reader:
            found = get_story(reader, 2)

        assert found is not None
        assert [(line.variant_id, line.rule, line.line) for line in found.removed] == [
            (21, "furniture", "Back to Top"),
            (21, "comments", "1 Comment"),
        ]
        assert found.variants[0].revisions == 2


class TestExport:
    """export_stories()."""

    def test_every_story_comes_with_its_variants_in_the_order_of_ids(self, reader: Reader) -> None:
        """An export says the same as a listing."""
        exported = list(export_stories(reader))

        assert [story.id for story, _ in exported] == [1, 2, 5]
        assert sorted((story for story, _ in exported), key=lambda story: -story.last_seen_at.timestamp()) == (
            list_stories(reader, limit=10)
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
            exported = list(export_stories(Counting(reader._connection)))

        assert [story.id for story, _ in exported] == list(numbers)
        assert len(asked) <= 3 * 5


class TestJournal:
    """list_runs() and list_rejections()."""

    def test_a_run_says_what_state_it_is_in(self, database_url: str) -> None:
        """Done, done in part, failed, running, and lost after ten silent minutes."""
        make_schema(database_url)
        finished = {"finished_at": NOON, "met": 2}
        add(
            database_url,
            run(1, **finished),
            run(2, **finished),
            run(3, **finished, error="disk full"),
            run(4, error="killed"),
            run(5, seen_at=NOON - timedelta(minutes=9)),
            run(6, seen_at=NOON - timedelta(minutes=11)),
            *(
                tables.Tally(run_id=number, source=source, outcome=outcome, count=1)
                for number, source, outcome in (
                    (1, "a", "wall"),
                    (1, "a", "new_story"),
                    (1, "b", "new_story"),
                    (2, "a", "damaged"),
                )
            ),
        )

        with reading(database_url) as reader:
            found = list_runs(reader, now=NOON, limit=6)

        assert [(run.id, run.state) for run in found] == [
            (6, "lost"),
            (5, "running"),
            (4, "failed"),
            (3, "failed"),
            (2, "partly"),
            (1, "done"),
        ]
        assert list(found[-1].outcomes.items()) == [("new_story", 2), ("wall", 1)]

    def test_rejections_of_the_newest_run_come_first(self, database_url: str) -> None:
        """Rejections are found by outcome, source and run, together."""
        make_schema(database_url)
        add(
            database_url,
            run(1),
            run(2),
            rejection(1, "wall", run_id=1, source="gazette"),
            rejection(2, "wall", run_id=2),
            rejection(3, "damaged", run_id=1, last_at=NOON + timedelta(hours=1)),
        )

        with reading(database_url) as reader:
            every = list_rejections(reader, limit=10)
            walls = list_rejections(reader, outcome="wall", limit=10)
            gazette = list_rejections(reader, source="gazette", outcome="wall", run=1, limit=10)
            first = list_rejections(reader, limit=1)

        assert [found.url[-2:] for found in every] == ["r2", "r3", "r1"]
        assert [found.run_id for found in walls] == [2, 1]
        assert [found.source for found in gazette] == ["gazette"]
        assert first == every[:1]


def test_the_reason_of_a_single_is_that_it_is_alone() -> None:
    """The builder of these tests writes reasons as the store does."""
    assert why(11) == '{"rule": "the only variant", "variant": 11, "losers": []}'
