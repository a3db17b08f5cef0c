"""Other thresholds, applied: what tune tells is what comes of it, people's words hold, and it can be taken back."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from ingest.cluster.replay import LEAST_COPY, LEAST_COVERAGE, SHIPPED_THRESHOLDS, Thresholds, replay
from ingest.document import Article
from storage import tables
from storage.check import check
from storage.edits import By, merge, move, not_same, same, split, withdraw
from storage.queries import get_story
from storage.reading import reading
from storage.tuning.applying import Applied, Applying
from storage.tuning.replaying import read_scene
from storage.tuning.rescoring import rescoring
from storage.tuning.thresholds import holding
from storage.tuning.what_if import WhatIf, what_if
from tests.storage.articles import NOON, Newsdesk, article, drifting, published, sentences
from tests.storage.stories import add, fill, link, run, story, variant, why

_INES = By(actor="ines", note="", at=NOON)
_SHIPPED = {"copy": SHIPPED_THRESHOLDS.copy, "coverage": SHIPPED_THRESHOLDS.coverage}


def _url(desk: Newsdesk) -> str:
    return desk.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")


def _apply(url: str, said: Mapping[str, float], *, run_id: int = 1) -> Applied:
    with Applying(url, said, run_id=run_id, clock=lambda: NOON + timedelta(hours=1)) as work:
        for group in work.groups():
            work.apply(group)
        work.finish()
    return work.applied


def _told(url: str, thresholds: Thresholds) -> WhatIf:
    with reading(url) as reader, rescoring(url) as score:
        return what_if(reader, thresholds, score=score, limit=1_000)


def _stories(url: str) -> set[frozenset[int]]:
    found: dict[int, set[int]] = {}
    with reading(url) as reader:
        for variant_id, story_id in reader.rows("SELECT id, story_id FROM variant"):
            found.setdefault(story_id, set()).add(variant_id)
    return {frozenset(members) for members in found.values()}


def _links(desk: Newsdesk) -> list[tuple[object, ...]]:
    return sorted(desk.rows(tables.Link, "variant_a", "variant_b", "relation", "score", "scheme"))


def _expected(before: set[frozenset[int]], told: WhatIf) -> set[frozenset[int]]:
    gone = {frozenset(one.variants) for change in told.examples for one in change.before}
    return (before - gone) | {frozenset(one.variants) for change in told.examples for one in change.after}


@pytest.mark.parametrize(
    "said",
    [{"copy": 1.0, "coverage": 1.0}, {"copy": 0.8, "coverage": 0.9}, {"copy": 0.9}],
    ids=["highest", "both", "copies"],
)
def test_what_is_told_is_what_is_done(desk: Newsdesk, said: dict[str, float]) -> None:
    """Stories are then as tune told, it tells no change any more, and with the old ones applied all is as it was."""
    desk.load(*drifting(31, 40), *_events(), batch=20)
    _correct(desk)
    url = _url(desk)
    before, links, then = _stories(url), _links(desk), Thresholds(**said)
    told = _told(url, then)

    applied = _apply(url, said)

    after, again = _stories(url), _told(url, then)
    assert told.counts.changes + applied.links > 0
    assert (applied.counts, applied.now, applied.then) == (told.counts, SHIPPED_THRESHOLDS, then)
    assert after == _expected(before, told)
    assert (again.now, again.counts.changes) == (then, 0)
    assert _nothing_to_do(url, then)
    assert check(url) == []
    assert _expected(after, _told(url, SHIPPED_THRESHOLDS)) == before
    _apply(url, _SHIPPED)
    assert set(_links(desk)) ^ set(links) == set()
    assert _stories(url) == before


def test_what_merges_leads_on_and_what_splits_says_so(database_url: str) -> None:
    """A merged story's number leads to the one that it is part of, with run and reason in both histories."""
    fill(database_url)
    add(
        database_url,
        run(9, flow="maintain"),
        story(6, canonical_why=why(61), founder_id=61),
        variant(61, 6, source="gazette"),
        link(61, 12, "suggested", 0.46, {"features": {}, "terms": [], "hours": 2.0, "mean": 0.41}),
    )

    merged = _apply(database_url, {"coverage": 0.41}, run_id=9)
    with reading(database_url) as reader:
        joined = get_story(reader, 6)
    parted = _apply(database_url, {"coverage": 0.8}, run_id=9)
    with reading(database_url) as reader:
        alone, kept = get_story(reader, 6), get_story(reader, 1)

    assert (merged.counts.merged, parted.counts.split, merged.links) == (1, 1, 1)
    assert joined is not None
    assert joined.id == 1
    assert ("absorbed", "story 6", 9) in [(change.kind, change.detail, change.run_id) for change in joined.changes]
    assert alone is not None
    assert kept is not None
    assert (alone.id, [found.id for found in alone.variants]) == (6, [61])
    assert ("parted", "variant 61 to story 6") in [(change.kind, change.detail) for change in kept.changes]


def test_what_comes_later_is_decided_by_them(desk: Newsdesk) -> None:
    """A copy and a report that would have joined stay stories of their own once more is asked."""
    text = sentences(1, 12)
    desk.load(article("a/1", "\n".join(text), **published(1)))
    _apply(_url(desk), {"copy": 0.9, "coverage": 1.0})

    desk.load(article("b/2", "\n".join(text[:9] + sentences(2, 3)), **published(2)))
    apart = len(desk.stories())
    _apply(_url(desk), _SHIPPED)
    desk.load(article("c/3", "\n".join(text[:9] + sentences(3, 3)), **published(3)))

    assert apart == 2
    assert desk.variants("story_id")["c/3"] in {desk.variants("story_id")[place] for place in ("a/1", "b/2")}
    assert _told(_url(desk), SHIPPED_THRESHOLDS).counts.changes == 0


def test_a_copy_that_is_coverage_keeps_what_it_was(desk: Newsdesk) -> None:
    """Its link says as what it ties and by which words, and is a copy again where less is asked."""
    text = sentences(1, 12)
    desk.load(
        article("a/1", "\n".join(text), **published(1)),
        article("b/2", "\n".join(text[:9] + sentences(2, 3)), **published(2)),
    )
    [before] = desk.rows(tables.Link)

    applied = _apply(_url(desk), {"copy": 0.95, "coverage": LEAST_COVERAGE})
    [after] = desk.rows(tables.Link)
    groups = len(desk.copy_groups())
    _apply(_url(desk), {"copy": LEAST_COPY})

    assert (applied.counts.split, applied.links, len(desk.stories())) == (0, 1, 1)
    assert (before[2], after[2], groups, len(desk.copy_groups())) == ("copy", "coverage", 2, 1)
    assert '"terms":["' in after[4]
    assert desk.rows(tables.Link) == [before]


def test_a_run_that_breaks_off_is_done_by_the_next(desk: Newsdesk) -> None:
    """What one group had stays, the thresholds do not hold yet, and applying again does the rest."""
    desk.load(*drifting(31, 60), *_events(), batch=20)
    url, then = _url(desk), Thresholds(copy=0.9)
    expected = _expected(_stories(url), _told(url, then))

    with Applying(url, {"copy": 0.9}, run_id=1, clock=lambda: NOON) as work:
        work.apply(next(work.groups()))
    with reading(url) as reader:
        between = holding(reader)
    _apply(url, {"copy": 0.9})

    assert between == SHIPPED_THRESHOLDS
    assert _stories(url) == expected
    assert _told(url, then).counts.changes == 0


def _events() -> list[Article]:
    """Give articles that tell an event each in sentences of their own, in pairs that have more or less in common."""
    found = []
    for seed in range(100, 112):
        lines = sentences(seed, 20)
        common = 1 + seed % 2
        mixed = [*lines[10 : 10 + common], *sentences(seed + 50, common + 1)]
        for place, part in (("e", lines[:10]), ("f", mixed)):
            title = " ".join(part[-1].split()[:4])
            found.append(article(f"{place}/{seed}", "\n".join(part), title=title, **published(5 * (seed - 100))))
    return found


def _correct(desk: Newsdesk) -> None:
    places: dict[int, list[int]] = {}
    for variant_id, story_id in desk.rows(tables.Variant, "id", "story_id"):
        places.setdefault(story_id, []).append(variant_id)
    first, second, *big = sorted(places, key=lambda story_id: -len(places[story_id]))[:7]
    merge(desk.engine, big[0], big[1], by=_INES)
    split(desk.engine, first, places[first][::2], by=_INES)
    move(desk.engine, places[second][1], big[2], by=_INES)
    not_same(desk.engine, *places[big[3]][:2], by=_INES)
    same(desk.engine, places[big[4]][0], places[first][0], by=_INES)
    withdraw(desk.engine, big[2], by=_INES)


def _nothing_to_do(url: str, thresholds: Thresholds) -> bool:
    with reading(url) as reader, rescoring(url) as score:
        stories = [row[0] for row in reader.rows("SELECT id FROM story WHERE merged_into IS NULL")]
        scene, _ = read_scene(reader, stories, thresholds, thresholds, score)
    return replay(scene, thresholds) == []
