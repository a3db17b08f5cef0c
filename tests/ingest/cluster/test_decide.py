"""A decision follows from the evidence alone: not from its order, nor from which text came first."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.align import Alignment
from ingest.cluster.decide import (
    CUT_SHARE,
    EXCERPT_SHARED,
    LEAST_PART,
    SHARED,
    JoinStory,
    Link,
    NewStory,
    Relation,
    TextEvidence,
    decide,
    relation_of,
)

_WHY = TextEvidence(jaccard=1.0, containment=1.0, shared_shingles=10)
_TEXTS = (Relation.COPY, Relation.EXCERPT)
_SCORES = st.sampled_from([0.5, 0.8, 0.9, 1.0])


@st.composite
def _links(draw: st.DrawFn) -> list[Link]:
    """Draw links to different variants; a variant is in one story."""
    variants = draw(st.lists(st.integers(1, 30), unique=True, max_size=8))
    return [link(variant, variant % 5 + 1, draw(st.sampled_from(_TEXTS)), draw(_SCORES)) for variant in variants]


def link(variant: int, story: int, relation: Relation, score: float = 0.9) -> Link:
    """Give a link to a variant of a story."""
    return Link(variant_id=variant, story_id=story, relation=relation, score=score, evidence=_WHY)


def laid(
    aligned: int, one: int, other: int, **more: Any
) -> Alignment:  # Any: counts, and what differs, where it begins
    """Give the alignment of two texts of so many tokens, of which so many run side by side."""
    values: dict[str, Any] = {"aligned": (min(aligned, one), min(aligned, other)), "shared": aligned}
    return Alignment(sizes=(one, other), **values | more)


@pytest.mark.parametrize(
    ("aligned", "one", "other", "expected"),
    [
        (500, 500, 500, Relation.COPY),
        (275, 500, 500, Relation.COPY),
        (274, 500, 500, None),
        (400, 400, 500, Relation.COPY),  # nearly as long as the whole
        (399, 399, 500, Relation.EXCERPT),
        (250, 250, 500, Relation.EXCERPT),
        (199, 250, 500, Relation.COPY),  # with much of its own
        (60, 60, 500, Relation.EXCERPT),
        (40, 60, 500, None),  # a quotation, and little beside it
        (49, 49, 500, None),  # a tenth is the least
        (100, 500, 500, None),  # pages that quote the same
        (0, 0, 500, None),
        (0, 0, 0, None),
    ],
)
def test_relations(aligned: int, one: int, other: int, expected: Relation | None) -> None:
    """A copy shares more than half of the shorter text, an excerpt nearly all of itself; one that quotes is neither."""
    assert relation_of(laid(aligned, one, other), same_source=False) is expected
    assert relation_of(laid(aligned, other, one), same_source=False) is expected


def test_a_small_part_is_an_excerpt_only_where_it_is_the_beginning() -> None:
    """Words from the middle of a long page are no cut version of it."""
    assert relation_of(laid(80, 80, 500, starts=(0, 20)), same_source=False) is Relation.EXCERPT
    assert relation_of(laid(80, 80, 500, starts=(0, 200)), same_source=False) is None
    assert relation_of(laid(80, 500, 80, starts=(200, 0)), same_source=False) is None


def test_a_few_words_are_enough_only_where_there_is_little_else() -> None:
    """A line that two short pages share is no evidence, unless it is most of both."""
    assert relation_of(laid(30, 40, 45), same_source=False) is Relation.COPY
    assert relation_of(laid(30, 40, 80), same_source=False) is None
    assert relation_of(laid(45, 60, 120), same_source=False) is Relation.COPY
    assert relation_of(laid(60, 80, 90, shared=19), same_source=False) is None


def test_pages_of_one_source_must_share_more() -> None:
    """What a source prints on all its pages is no evidence."""
    furnished = laid(300, 500, 500)

    assert relation_of(furnished, same_source=False) is Relation.COPY
    assert relation_of(furnished, same_source=True) is None


@pytest.mark.parametrize(
    ("numbers", "names", "words", "expected"),
    [
        (5, 4, 2, None),  # a form, filled in with other facts
        (2, 1, 12, None),
        (2, 0, 0, Relation.COPY),  # two figures corrected
        (5, 4, 60, Relation.COPY),  # edited throughout
    ],
)
def test_fillings_of_one_form_are_no_copies(numbers: int, names: int, words: int, expected: Relation | None) -> None:
    """Where numbers and names are what differs, two texts report two things in the same words."""
    found = laid(95, 100, 100, numbers=numbers, names=names, words=words)

    assert relation_of(found, same_source=False) is expected


def test_a_few_figures_in_a_long_text_are_a_correction() -> None:
    """A long report whose figures were brought up to date is the same report."""
    assert relation_of(laid(900, 900, 1000, numbers=9), same_source=False) is Relation.COPY


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200), st.booleans())
def test_relations_keep_their_bounds(aligned: int, one: int, other: int, same_source: bool) -> None:
    """Whatever is called a copy or an excerpt keeps the bounds that define it."""
    found = laid(aligned, one, other)
    shorter, longer = found.shares

    relation = relation_of(found, same_source=same_source)

    if relation is not None:
        assert shorter >= SHARED
        assert longer >= LEAST_PART
    if relation is Relation.EXCERPT:
        assert shorter >= EXCERPT_SHARED
        assert LEAST_PART <= min(one, other) / max(one, other) < CUT_SHARE


@given(_links(), st.randoms(use_true_random=False), st.none() | st.integers(1, 6))
def test_order_of_links_does_not_matter(links: list[Link], chance: object, own_story: int | None) -> None:
    """The same links decide the same in any order."""
    shuffled = list(links)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives random.Random

    assert decide(shuffled, own_story=own_story) == decide(links, own_story=own_story)


@given(_links(), st.none() | st.integers(1, 6))
def test_every_story_with_the_text_becomes_one(links: list[Link], own_story: int | None) -> None:
    """All stories that hold the text are one afterwards, the oldest; where none does, a story begins."""
    together = {found.story_id for found in links} | ({own_story} if own_story else set())

    decision = decide(links, own_story=own_story)

    if together:
        assert isinstance(decision, JoinStory)
        assert {decision.story_id, *decision.absorbs} == together
        assert decision.story_id == min(together)
        assert {found.variant_id for found in decision.links} == {found.variant_id for found in links}
    else:
        assert decision == NewStory()


def test_a_revised_variant_stays() -> None:
    """A variant whose new text resembles nothing stays in its story."""
    assert decide([], own_story=4) == JoinStory(story_id=4, links=())


def test_stories_that_people_parted_are_never_joined() -> None:
    """A text that two of them hold joins the one that it is more like, and is suggested to the other."""
    near, far, third = link(1, 1, Relation.COPY, 0.8), link(2, 2, Relation.COPY, 0.9), link(3, 3, Relation.COPY, 0.7)

    decision = decide([near, far, third], apart=lambda one, other: {one, other} == {1, 2})

    assert decision == JoinStory(
        story_id=2, links=(far, third), absorbs=(3,), suggestions=(replace(near, relation=Relation.SUGGESTED),)
    )


def test_a_revised_variant_stays_where_people_put_it() -> None:
    """What its new text is more like is suggested at the most, where people parted it from its own story."""
    other = link(1, 1, Relation.COPY)

    decision = decide([other], own_story=5, apart=lambda _, __: True)

    asked = replace(other, relation=Relation.SUGGESTED)
    assert decision == JoinStory(story_id=5, links=(), suggestions=(asked,))
