"""A decision follows from the evidence alone: not from its order, nor from which text came first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.compare import Overlap
from ingest.cluster.decide import (
    COPY_JACCARD,
    CUT_SHARE,
    EXCERPT_CONTAINMENT,
    EXCERPT_SHARE,
    EventEvidence,
    JoinStory,
    Link,
    NewStory,
    Relation,
    TextEvidence,
    decide,
    relation_of,
)

_WHY = TextEvidence(jaccard=1.0, containment=1.0, shared_shingles=10)
_SCORES = st.sampled_from([0.5, 0.8, 0.9, 1.0])


@st.composite
def _links(draw: st.DrawFn) -> list[Link]:
    """Draw links to different variants; a variant is in one story."""
    variants = draw(st.lists(st.integers(1, 30), unique=True, max_size=8))
    return [link(variant, variant % 5 + 1, draw(st.sampled_from(Relation)), draw(_SCORES)) for variant in variants]


def link(variant: int, story: int, relation: Relation, score: float = 0.9) -> Link:
    """Give a link to a variant of a story."""
    evidence = EventEvidence(features=()) if relation in (Relation.COVERAGE, Relation.SUGGESTED) else _WHY
    return Link(variant_id=variant, story_id=story, relation=relation, score=score, evidence=evidence)


@pytest.mark.parametrize(
    ("shared", "smaller", "larger", "expected"),
    [
        (100, 100, 100, Relation.COPY),
        (90, 100, 100, Relation.COPY),
        (67, 100, 100, Relation.COPY),  # Jaccard .504
        (66, 100, 100, None),  # .493
        (50, 50, 100, Relation.EXCERPT),
        (40, 50, 100, Relation.EXCERPT),
        (39, 50, 100, None),
        (79, 79, 100, Relation.EXCERPT),
        (80, 80, 100, Relation.COPY),  # nearly as long as the whole
        (25, 25, 100, Relation.EXCERPT),
        (24, 24, 100, None),  # a quotation
        (0, 0, 100, None),
        (0, 0, 0, None),
    ],
)
def test_relations(shared: int, smaller: int, larger: int, expected: Relation | None) -> None:
    """A copy shares half of all, an excerpt nearly all of itself; a page that quotes is neither."""
    assert relation_of(Overlap(shared=shared, smaller=smaller, larger=larger)) is expected


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_relations_keep_their_bounds(shared: int, size: int, other: int) -> None:
    """Whatever is called a copy or an excerpt keeps the bounds that define it."""
    smaller, larger = sorted((size, other))
    found = Overlap(shared=min(shared, smaller), smaller=smaller, larger=larger)

    relation = relation_of(found)

    if relation is Relation.EXCERPT:
        assert found.containment >= EXCERPT_CONTAINMENT
        assert EXCERPT_SHARE <= smaller / larger < CUT_SHARE
    else:
        assert (relation is Relation.COPY) == (found.jaccard >= COPY_JACCARD)


@given(_links(), st.randoms(use_true_random=False), st.none() | st.integers(1, 6))
def test_order_of_links_does_not_matter(links: list[Link], chance: object, own_story: int | None) -> None:
    """The same links decide the same in any order."""
    shuffled = list(links)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives random.Random

    assert decide(shuffled, own_story=own_story) == decide(links, own_story=own_story)


@given(_links(), st.none() | st.integers(1, 6))
def test_every_story_with_the_text_becomes_one(links: list[Link], own_story: int | None) -> None:
    """All stories that hold the text are one afterwards, the oldest; coverage never joins two."""
    texts = {found.story_id for found in links if found.relation in (Relation.COPY, Relation.EXCERPT)}
    together = texts | ({own_story} if own_story else set())

    decision = decide(links, own_story=own_story)

    if together:
        assert isinstance(decision, JoinStory)
        assert {decision.story_id, *decision.absorbs} == together
        assert decision.story_id == min(together)
        assert all(found.relation is not Relation.COVERAGE for found in decision.links)
    elif any(found.relation is Relation.COVERAGE for found in links):
        assert isinstance(decision, JoinStory)
        assert decision.absorbs == ()
        assert {found.story_id for found in decision.links} == {decision.story_id}
    else:
        assert isinstance(decision, NewStory)


@given(_links(), st.none() | st.integers(1, 6))
def test_suggestions_are_about_other_stories(links: list[Link], own_story: int | None) -> None:
    """A person is asked only about stories that the article did not join."""
    decision = decide(links, own_story=own_story)

    assert {found.relation for found in decision.suggestions} <= {Relation.SUGGESTED}
    if isinstance(decision, JoinStory):
        joined = {decision.story_id, *decision.absorbs}
        assert all(found.story_id not in joined for found in decision.suggestions)


def test_coverage_joins_the_story_of_its_best_link() -> None:
    """Among several stories of the same event an article joins the one it resembles most."""
    weak, strong = link(1, 7, Relation.COVERAGE, 0.85), link(2, 9, Relation.COVERAGE, 0.95)

    assert decide([weak, strong]) == JoinStory(story_id=9, links=(strong,))


def test_a_shared_text_outweighs_coverage() -> None:
    """A copy joins the story of its text, however sure the coverage of another."""
    copy, event = link(1, 7, Relation.COPY, 0.6), link(2, 3, Relation.COVERAGE, 0.99)

    assert decide([copy, event]) == JoinStory(story_id=7, links=(copy,))


def test_a_revised_variant_stays() -> None:
    """A variant whose new text resembles nothing stays in its story."""
    assert decide([], own_story=4) == JoinStory(story_id=4, links=())
