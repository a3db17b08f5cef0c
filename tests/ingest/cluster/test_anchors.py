"""Anchors: what one version of a text chooses, another chooses too."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.anchors import anchored, anchors
from ingest.cluster.readings import Reading, readings


def made(seed: int, count: int) -> list[str]:
    """Make `count` words, hardly one of them twice."""
    chance = Random(seed)
    return ["".join(chance.choices("abdefgiklmnoprstuv", k=7)) for _ in range(count)]


def shared(one: list[str], other: list[str]) -> int:
    """Count the anchors that two texts share."""
    first, second = anchors(readings([" ".join(one), " ".join(other)]))
    return len(set(first.tolist()) & set(second.tolist()))


@given(st.lists(st.text(st.sampled_from("abcd ef中é.")), max_size=6))
def test_anchors_are_ascending_and_each_texts_own(texts: list[str]) -> None:
    """Each text has its distinct anchors in order, the same alone and among others."""
    for text, found in zip(texts, anchors(readings(texts)), strict=True):
        assert found.tolist() == sorted(set(found.tolist()))
        assert found.tolist() == anchors(readings([text]))[0].tolist()


def test_a_text_has_a_bounded_number() -> None:
    """A short text has as many as it can, a long one a share of its words."""
    assert [len(found) for found in anchors(readings([" ".join(made(1, size)) for size in (2, 12, 400, 3200)]))] == [
        0,
        10,
        32,
        199,
    ]


@given(st.lists(st.text(st.sampled_from("abcd ef中é."), max_size=90), max_size=6))
def test_each_anchor_is_told_with_its_place(texts: list[str]) -> None:
    """The triple that begins at the token of an anchor is the anchor, in a text of its own and among others."""
    for text, (found, places) in zip(readings(texts), anchored(readings(texts)), strict=True):
        tails = [Reading(text.tokens, text.first + place, text.after) for place in places.tolist()]
        assert [hash_ in anchors([tail])[0] for hash_, tail in zip(found, tails, strict=True)] == [True] * len(tails)


def test_versions_share_anchors() -> None:
    """A text with every fourth word changed, and a part of it, share anchors with the whole; another text does not."""
    words = made(2, 800)

    assert shared(words, [word if place % 4 else "changed" for place, word in enumerate(words)]) >= 4
    assert shared(words, words[200:350]) >= 4
    assert shared(words, made(3, 800)) == 0


def test_short_words_do_not_count() -> None:
    """Articles and prepositions, put in or left out, make no difference."""
    words = made(4, 60)

    assert shared(words, [part for word in words for part in ("the", word)]) == 32
