"""What is asked of one story, of runs and rejections, and what is answered."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from ingest.document import Removed
from storage import tables
from storage.queries import get_story, list_variants
from storage.reading import Reader, reading
from storage.watching.journal import list_rejections, list_runs
from tests.ready import make_ready
from tests.storage.stories import NOON, add, fill, link, rejection, replace, run, story, variant, why


@pytest.fixture
def reader(stories_url: str) -> Iterator[Reader]:
    """Give a reader of the small story database."""
    with reading(stories_url) as open_reader:
        yield open_reader


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
        make_ready(database_url)
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
        make_ready(database_url)
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


class TestJournal:
    """list_runs() and list_rejections()."""

    def test_a_run_says_what_state_it_is_in(self, database_url: str) -> None:
        """Done, done in part, failed, running, silent after a minute without a sign of life, and lost after ten."""
        make_ready(database_url)
        finished = {"finished_at": NOON, "met": 2}
        add(
            database_url,
            run(1, **finished),
            run(2, **finished),
            run(3, **finished, error="disk full"),
            run(4, error="killed"),
            run(5, seen_at=NOON - timedelta(minutes=9)),
            run(6, seen_at=NOON - timedelta(minutes=11)),
            run(7, seen_at=NOON - timedelta(minutes=1)),
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
            found = list_runs(reader, now=NOON, limit=7)

        assert [(run.id, run.state) for run in found] == [
            (7, "running"),
            (6, "lost"),
            (5, "silent"),
            (4, "failed"),
            (3, "failed"),
            (2, "partly"),
            (1, "done"),
        ]
        assert [run.silent_since for run in found if run.silent_since] == [found[1].seen_at, found[2].seen_at]
        assert list(found[-1].outcomes.items()) == [("new_story", 2), ("wall", 1)]

    def test_rejections_of_the_newest_run_come_first(self, database_url: str) -> None:
        """Rejections are found by outcome, source and run, together."""
        make_ready(database_url)
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
