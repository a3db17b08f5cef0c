"""What other thresholds would change, as read from a database of either kind."""

from collections.abc import Iterator
from contextlib import contextmanager

from ingest.cluster.replay import LEAST_COPY, LEAST_COVERAGE, Thresholds, replay
from storage import tables
from storage.edits import By, merge, move, not_same, same, split, undo, withdraw
from storage.reading import Reader, reading
from storage.tuning.replaying import read_scene
from storage.tuning.rescoring import Scorer, rescoring
from storage.tuning.what_if import StoryTold, WhatIf, what_if
from tests.storage.articles import NOON, Newsdesk, drifting, prose, published, sentences
from tests.storage.articles import article as made
from tests.storage.stories import add, fill, link, story, variant, why

_INES = By(actor="ines", note="", at=NOON)


def _told(url: str, *, copy: float = 0.55, coverage: float = 0.5, limit: int = 20) -> WhatIf:
    with reading(url) as reader, rescoring(url) as score:
        return what_if(reader, Thresholds(copy=copy, coverage=coverage), score=score, limit=limit)


@contextmanager
def _asking(desk: Newsdesk) -> Iterator[tuple[Reader, Scorer]]:
    url = desk.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with reading(url) as reader, rescoring(url) as score:
        yield reader, score


def _stories(found: WhatIf) -> list[list[tuple[int | None, list[int]]]]:
    return [[(told.story_id, told.variants) for told in change.after] for change in found.examples]


def test_a_higher_coverage_threshold_splits_a_covered_story(database_url: str) -> None:
    """What coverage tied is a new story, what a copy tied stays; counts and examples say so."""
    fill(database_url)

    found = _told(database_url, coverage=0.75)

    assert (found.variants, found.stories_now, found.stories_then) == (5, 3, 4)
    assert (found.counts.changes, found.counts.split, found.counts.merged, found.counts.canonical) == (1, 1, 0, 1)
    assert (found.links.coverage_lost, found.links.copies_lost, found.links.suggestions_joined) == (1, 0, 0)
    assert _stories(found) == [[(1, [11, 12]), (None, [13])]]
    assert [told.title for told in found.examples[0].after] == [
        "Last furnace to go",
        "Mayor pleads for delay",
    ]
    assert _told(database_url, coverage=0.74).counts.changes == 0


def test_a_lower_coverage_threshold_merges_a_suggested_pair(database_url: str) -> None:
    """The younger story leads to the older one; between two languages no threshold joins."""
    fill(database_url)
    add(
        database_url,
        story(6, canonical_why=why(61)),
        variant(61, 6, source="gazette"),
        link(61, 12, "suggested", 0.46, {"features": {}, "terms": [], "hours": 2.0, "mean": 0.41}),
    )

    found = _told(database_url, coverage=0.41)

    assert (found.stories_now, found.stories_then, found.links.suggestions_joined) == (4, 3, 1)
    assert (found.examples[0].merged, _stories(found)) == ([6], [[(1, [11, 12, 13, 61])]])
    assert _told(database_url, coverage=0.42).counts.changes == 0


def test_a_higher_copy_threshold_parts_copies(database_url: str) -> None:
    """A copy below it is a story of its own, and one that a person holds there stays."""
    fill(database_url)

    found = _told(database_url, copy=0.98)

    assert (found.links.copies_lost, _stories(found)) == (1, [[(1, [11, 13]), (None, [12])]])


def test_a_copy_that_falls_may_be_coverage(desk: Newsdesk) -> None:
    """What is no copy any more is scored as coverage, from what is stored: it ties by that, or not at all."""
    text = sentences(1, 12)
    desk.load(
        made("a/1", "\n".join(text), **published(1)),
        made("b/2", "\n".join(text[:9] + sentences(2, 3)), **published(2)),
    )

    with _asking(desk) as (reader, score):
        copy, both = (
            what_if(reader, Thresholds(copy=0.95, coverage=coverage), score=score, limit=5) for coverage in (0.5, 1.0)
        )

    assert (copy.links.copies_lost, both.links.copies_lost) == (1, 1)
    assert (copy.counts.split, both.counts.split) == (0, 1)


def test_a_part_that_founded_a_story_has_its_number(database_url: str) -> None:
    """A story that was merged comes back with its number where its first variant is parted again."""
    fill(database_url)
    add(database_url, story(9, size=0, merged_into=1, founder_id=13))

    found = _told(database_url, coverage=0.8)

    assert _stories(found) == [[(1, [11, 12]), (9, [13])]]


def test_examples_are_the_biggest_and_counts_are_whole(database_url: str) -> None:
    """Of all changes, those that concern most variants are shown first, and no more than asked for."""
    fill(database_url)
    for number in (6, 7):
        first, second = number * 10 + 1, number * 10 + 2
        add(
            database_url,
            story(number, kind="covered", size=2, canonical_why=why(first)),
            variant(first, number),
            variant(second, number, relation="coverage", source="gazette"),
            link(second, first, "coverage", 0.6, {"features": {}, "terms": [], "hours": 2.0, "mean": 0.6}),
        )

    found = _told(database_url, coverage=0.8, limit=2)

    assert found.counts.changes == 3
    assert [change.split for change in found.examples] == [[1], [6]]


def test_judgements_hold_and_are_counted(desk: Newsdesk) -> None:
    """What people said outlives any threshold; links alone are held against it, now and then."""
    desk.load(*(made(f"{'abcdef'[seed]}/{seed}", prose(seed // 2), **published(seed)) for seed in range(6)))
    same(desk.engine, 1, 3, by=_INES)  # 1 and 2 are copies, 3 and 4, 5 and 6
    not_same(desk.engine, 5, 6, by=_INES)
    undo(desk.engine, not_same(desk.engine, 2, 6, by=_INES).judgement, by=_INES)

    with _asking(desk) as (reader, score):
        now = what_if(reader, Thresholds(), score=score, limit=5)
        strict = what_if(reader, Thresholds(copy=1.0, coverage=1.0), score=score, limit=5)

    assert (now.counts.changes, strict.counts.changes) == (0, 0)  # the copies are whole
    met = now.judgements_now
    assert (met.same, met.same_together, met.not_same, met.not_same_together) == (1, 0, 1, 1)
    assert (met.precision, met.recall) == (0.0, 0.0)


def test_as_shipped_nothing_changes_and_nothing_is_written(desk: Newsdesk) -> None:
    """Of a store with versions of texts and corrections, thresholds as they are change nothing; others lose nothing."""
    desk.load(*drifting(31, 60), batch=20)
    first, second, *big = sorted(_places(desk), key=lambda story_id: -len(_places(desk)[story_id]))[:5]
    merge(desk.engine, big[0], big[1], by=_INES)
    split(desk.engine, first, _places(desk)[first][::2], by=_INES)
    move(desk.engine, _places(desk)[second][1], big[2], by=_INES)
    withdraw(desk.engine, big[2], by=_INES)
    before = [desk.rows(table) for table in (tables.Variant, tables.Story, tables.Link, tables.Change)]

    with _asking(desk) as (reader, score):
        shipped = what_if(reader, Thresholds(), score=score, limit=100)
        lowest = what_if(reader, Thresholds(copy=LEAST_COPY, coverage=LEAST_COVERAGE), score=score, limit=100)
        highest = what_if(reader, Thresholds(copy=1.0, coverage=1.0), score=score, limit=100)
        scene, _ = read_scene(reader, list(_places(desk)), Thresholds(), Thresholds(), score)

    assert replay(scene, Thresholds()) == []
    assert (shipped.counts.changes, shipped.stories_then) == (0, shipped.stories_now)
    assert lowest.counts.split == 0
    assert highest.counts.merged == 0
    assert highest.counts.split > 0
    for found in (lowest, highest):
        for change in found.examples:
            assert _variants(change.before) == _variants(change.after)
    assert before == [desk.rows(table) for table in (tables.Variant, tables.Story, tables.Link, tables.Change)]


def _places(desk: Newsdesk) -> dict[int, list[int]]:
    """Give the variants of each story."""
    found: dict[int, list[int]] = {}
    for variant_id, story_id in desk.rows(tables.Variant, "id", "story_id"):
        found.setdefault(story_id, []).append(variant_id)
    return found


def _variants(side: list[StoryTold]) -> list[int]:
    return sorted(variant_id for told in side for variant_id in told.variants)
