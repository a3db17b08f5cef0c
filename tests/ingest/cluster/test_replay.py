"""Stories under other thresholds: what would merge, what would split, and what people said."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.canonical import Contender
from ingest.cluster.decide import Relation
from ingest.cluster.judgements import Judgement, Kind
from ingest.cluster.replay import (
    LEAST_COPY,
    LEAST_COVERAGE,
    SHIPPED_THRESHOLDS,
    Kept,
    Met,
    Scene,
    Thresholds,
    meet,
    replay,
)

_NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
_SUGGESTION = Kept(one=3, other=1, relation=Relation.SUGGESTED, score=0.45, mean=0.44, hours=5.0)


def _contender(variant: int) -> Contender:
    return Contender(
        variant_id=variant,
        source=f"s{variant}",
        url=f"https://s{variant}.example/",
        credit=None,
        is_pinned=False,
        is_cut=False,
        published_at=_NOON.replace(hour=23 - variant),  # the youngest number is the earliest
        first_seen_at=_NOON,
        length=100,
    )


def _said(number: int, kind: Kind, *sides: tuple[int, ...]) -> Judgement:
    first, second, third = (*sides, (), (), ())[:3]
    return Judgement(id=number, kind=kind, said="", actor="ines", at=_NOON, sides=(first, second, third))


def _scene(stories: dict[int, set[int]], links: list[Kept], judgements: list[Judgement] | None = None) -> Scene:
    return Scene(
        stories={story_id: frozenset(members) for story_id, members in stories.items()},
        speakers={story_id: max(members) for story_id, members in stories.items()},
        founders={story_id: min(members) for story_id, members in stories.items()},
        withdrawn=frozenset(),
        contenders={variant: _contender(variant) for members in stories.values() for variant in members},
        links=links,
        judgements=judgements or [],
    )


def _after(scene: Scene, thresholds: Thresholds) -> list[tuple[int | None, tuple[int, ...]]]:
    return [(story.story_id, story.variants) for change in replay(scene, thresholds) for story in change.after]


_VARIANTS = st.integers(1, 8)
_KEPT = st.builds(
    lambda pair, relation, score, mean, hours, is_text: Kept(
        one=max(pair),
        other=min(pair),
        relation=relation,
        score=score,
        mean=mean,
        hours=hours,
        is_text=is_text or relation in {Relation.COPY, Relation.EXCERPT},
    ),
    st.tuples(_VARIANTS, _VARIANTS).filter(lambda pair: pair[0] != pair[1]),
    st.sampled_from(Relation),
    st.floats(0.35, 1),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 2_000),
    st.booleans(),
)
_JUDGED = st.tuples(st.sampled_from([Kind.SAME, Kind.NOT_SAME]), _VARIANTS, _VARIANTS)


@given(st.lists(st.integers(1, 4), min_size=8, max_size=8), st.lists(_KEPT, max_size=12))
def test_as_shipped_nothing_changes(homes: list[int], links: list[Kept]) -> None:
    """Whatever is stored, and why ever it is where it is, the thresholds as they are leave it there."""
    stories: dict[int, set[int]] = {}
    for variant, home in enumerate(homes, 1):
        stories.setdefault(home, set()).add(variant)

    found = replay(_scene(stories, links), SHIPPED_THRESHOLDS)

    assert found == []


@given(
    st.lists(_KEPT, max_size=12),
    _JUDGED.filter(lambda said: said[1] != said[2]),
    st.floats(LEAST_COPY, 1),
    st.floats(LEAST_COVERAGE, 1),
)
def test_judgements_hold_whatever_the_thresholds(
    links: list[Kept], said: tuple[Kind, int, int], copy: float, coverage: float
) -> None:
    """What people held together stays together, what they held apart stays apart, and no variant is lost."""
    kind, one, other = said
    sides = ((one, other),) if kind is Kind.SAME else ((one,), (other,))
    together = {one, other} if kind is Kind.SAME else {one}
    stories = {1: together, **{10 + v: {v} for v in range(1, 9) if v not in together}}
    scene = _scene(stories, links, [_said(1, kind, *sides)])

    changes = replay(scene, Thresholds(copy=copy, coverage=coverage))

    place = {variant: story_id for story_id, members in stories.items() for variant in members}
    moved = {
        v: (number, place_then)
        for number, change in enumerate(changes)
        for place_then, story in enumerate(change.after)
        for v in story.variants
    }
    assert (moved.get(one, place[one]) == moved.get(other, place[other])) == (kind is Kind.SAME)
    for change in changes:
        before = sorted(variant for story in change.before for variant in story.variants)
        assert before == sorted(variant for story in change.after for variant in story.variants)


def test_a_lower_threshold_merges_a_suggested_pair() -> None:
    """The lower one of score and mean has to reach it; the older story stays, and its earliest variant speaks."""
    scene = _scene(
        {1: {1, 2}, 3: {3}}, [_SUGGESTION, Kept(one=2, other=1, relation=Relation.COPY, score=1, is_text=True)]
    )

    [change] = replay(scene, Thresholds(coverage=0.44))

    assert (change.merged, change.split, change.respoken) == ((3,), (), (1,))
    assert [(story.story_id, story.variants, story.speaker) for story in change.after] == [(1, (1, 2, 3), 3)]
    assert replay(scene, Thresholds(coverage=0.445)) == []


def test_a_higher_threshold_splits_a_covered_story() -> None:
    """What coverage alone tied becomes a new story; a copy stays, and what nothing explains stays too."""
    links = [
        Kept(one=2, other=1, relation=Relation.COPY, score=0.8, is_text=True),
        Kept(one=3, other=1, relation=Relation.COVERAGE, score=0.7, mean=0.6, hours=1.0),
    ]
    scene = _scene({1: {1, 2, 3, 4}}, links)

    assert _after(scene, Thresholds(coverage=0.6)) == []
    assert _after(scene, Thresholds(coverage=0.61)) == [(1, (1, 2, 4)), (None, (3,))]
    assert _after(scene, Thresholds(copy=0.81)) == [(1, (1, 3, 4)), (None, (2,))]


def test_a_copy_that_falls_ties_as_coverage_where_its_score_does() -> None:
    """Below the threshold of copies that of coverage counts, but never between two languages."""
    copied = Kept(one=2, other=1, relation=Relation.COPY, score=0.8, is_text=True, as_event=0.6, hours=2.0)
    foreign = replace(copied, is_foreign=True)

    found = [
        len(replay(_scene({1: {1, 2}}, [link]), Thresholds(copy=0.9, coverage=coverage)))
        for link, coverage in ((copied, 0.5), (copied, 0.7), (foreign, 0.4))
    ]

    assert found == [0, 1, 1]


def test_what_the_threshold_did_not_hold_back_stays_a_suggestion() -> None:
    """Two languages, weeks between, people, or members that do not agree: no lower threshold joins such a pair."""
    held_back = [
        Kept(one=3, other=1, relation=Relation.SUGGESTED, score=0.49, mean=0.49, is_foreign=True),
        Kept(one=3, other=1, relation=Relation.EARLIER, score=0.6, mean=0.6, hours=900.0),
        Kept(one=3, other=1, relation=Relation.SUGGESTED, score=0.9, is_text=True),
        Kept(one=3, other=1, relation=Relation.SUGGESTED, score=0.7, mean=0.6, hours=3.0),
    ]

    changes = [replay(_scene({1: {1}, 3: {3}}, [link]), Thresholds(coverage=0.4)) for link in held_back]

    assert changes == [[], [], [], []]


def test_an_article_that_is_placed_joins_no_second_story() -> None:
    """Its suggestion counts only where none of its links to older articles ties it any more."""
    copied = Kept(one=3, other=2, relation=Relation.COPY, score=0.8, is_text=True)
    scene = _scene({1: {1}, 2: {2, 3}}, [_SUGGESTION, copied])

    assert replay(scene, Thresholds(coverage=0.4)) == []
    assert _after(scene, Thresholds(copy=0.9, coverage=0.4)) == [(1, (1, 3)), (2, (2,))]


def test_withdrawn_stories_merge_with_none_that_stands() -> None:
    """A story that a person withdrew takes nothing in, and goes into nothing."""
    scene = _scene({1: {1}, 3: {3}}, [_SUGGESTION])
    withdrawn = replace(scene, withdrawn=frozenset({3}))

    assert replay(withdrawn, Thresholds(coverage=0.4)) == []


def test_precision_and_recall_by_hand() -> None:
    """Of what people said, each pair counts by where links alone would put its variants."""
    links = [
        Kept(one=2, other=1, relation=Relation.COVERAGE, score=0.9, mean=0.9, hours=1.0),
        Kept(one=3, other=2, relation=Relation.COVERAGE, score=0.6, mean=0.6, hours=1.0),
        Kept(one=5, other=4, relation=Relation.SUGGESTED, score=0.4, mean=0.4, hours=1.0),
        Kept(one=7, other=6, relation=Relation.SUGGESTED, score=0.8, is_text=True),  # parted by people
        Kept(one=7, other=8, relation=Relation.COPY, score=0.9, is_text=True),
    ]
    judgements = [
        _said(1, Kind.SAME, (1, 2)),
        _said(2, Kind.SPLIT, (3,), (1, 2)),
        _said(3, Kind.SAME, (4, 5)),
        _said(4, Kind.NOT_SAME, (6,), (7,)),
    ]

    now, lower, higher = (meet(judgements, links, Thresholds(coverage=coverage)) for coverage in (0.5, 0.4, 0.7))

    assert now == Met(same=2, same_together=1, apart=3, apart_together=3)
    assert (now.precision, now.recall) == (0.25, 0.5)
    assert (lower.precision, lower.recall) == (0.4, 1.0)
    assert (higher.precision, higher.recall) == (0.5, 0.5)
    assert meet([], links, Thresholds()).precision is None
