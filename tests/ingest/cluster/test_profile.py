"""What an article is about: the distinct terms of its headline and text, each with its weight and kind."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.profile import (
    HEADLINE,
    LEAD,
    LEAD_TOKENS,
    NAME,
    NUMBER,
    own_headline,
    profiles,
    terms_of_words,
    words_of,
)
from ingest.cluster.tokens import tokenise
from ingest.document import Profile

_TOLD = ("ellerby", "cracks", "crack", "3200", "tellimoor")
_WORDS = st.text(st.sampled_from("ab中文 É1."), max_size=30)


def profile_of(title: str, text: str) -> Profile:
    """Give the profile of one article."""
    return profiles_of([(title, text)])[0]


def profiles_of(articles: list[tuple[str, str]]) -> list[Profile]:
    """Give the profiles of (title, text) pairs, worked out together."""
    tokens = tokenise([part for article in articles for part in article])
    spans = np.stack((tokens.offsets[:-1], tokens.offsets[1:]), axis=1)
    return profiles(tokens, spans[0::2], spans[1::2])


def by_word(profile: Profile, title: str, text: str) -> dict[str, tuple[float, int]]:
    """Give (weight, kind) of each word of an article."""
    written = words_of([f"{title}\n{text}"], [profile.terms.tolist()])[0]
    values = zip(profile.terms.tolist(), profile.weights.tolist(), profile.kinds.tolist(), strict=True)
    return {written[term].lower(): (weight, kind) for term, weight, kind in values}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ellerby waits", {"ellerby"}),
        ("Ấp Đông waits ấp", {"ấp", "đông"}),
        ("Паром идёт", {"паром"}),
        ("سيول تضرب 300", {"سيول", "تضرب"}),
        ("मालगाड़ी रुकी", {"मालगाड़ी", "रुकी"}),
        ("청운시장 화재", {"청운시장", "화재"}),
        ("大橋開通 2024", {"大橋", "橋開", "開通"}),
    ],
)
def test_any_word_may_be_a_name_where_there_are_no_capitals(text: str, names: set[str]) -> None:
    """Capitals tell names in scripts that have them; in the others each word counts as one, and numbers do not."""
    found = by_word(profile_of("", text), "", text)

    assert {word for word, (_, kind) in found.items() if kind & NAME} == names


def test_words_have_weight_and_kind() -> None:
    """A word counts once more in the lead and thrice more in the headline; names and numbers are marked."""
    title, text = (
        "Ellerby Dam cracks",
        "a crack at ellerby dam: 3200 people, 3200 " + "and so on " * LEAD_TOKENS + "Tellimoor",
    )

    found = by_word(profile_of(title, text), title, text)

    counts = {word: round(math.exp(weight - 1), 2) for word, (weight, _) in found.items()}
    kinds = {word: kind for word, (_, kind) in found.items()}
    assert [counts[word] for word in _TOLD] == [2 + 3 + 1, 1 + 3, 1 + 1, 2 + 1, 1]
    assert [kinds[word] for word in _TOLD] == [NAME | HEADLINE | LEAD, HEADLINE, LEAD, NUMBER | LEAD, NAME]
    assert "a" not in counts


def test_terms_are_pairs_where_words_are_not_parted() -> None:
    """In scripts without spaces a term is two neighbouring characters, and no pair spans a break."""
    profile = profile_of("大桥", "大桥关。闭桥 ok")

    found = words_of(["大桥\n大桥关。闭桥 ok"], [profile.terms.tolist()])[0]

    assert sorted(found.values()) == sorted(["大桥", "桥关", "闭桥", "ok"])


def test_an_article_of_nothing_is_about_nothing() -> None:
    """Articles without a word have no terms."""
    assert [len(profile.terms) for profile in profiles_of([("", ""), ("...", "a b c"), ("", "word")])] == [0, 0, 1]
    assert [len(profile.terms) for profile in profiles_of([("", "")])] == [0]


@given(st.lists(st.tuples(_WORDS, _WORDS), min_size=1, max_size=5))
def test_a_profile_does_not_depend_on_the_neighbours(articles: list[tuple[str, str]]) -> None:
    """Each article has the same profile alone and in a block, its terms ascending and distinct."""
    for article, found in zip(articles, profiles_of(articles), strict=True):
        alone = profile_of(*article)
        assert found.terms.tolist() == alone.terms.tolist() == sorted(set(alone.terms.tolist()))
        assert found.weights.tolist() == alone.weights.tolist()
        assert found.kinds.tolist() == alone.kinds.tolist()
        assert (found.weights >= 1).all()


@given(st.lists(st.tuples(_WORDS, _WORDS), min_size=1, max_size=5))
def test_every_term_is_a_word_of_its_article(articles: list[tuple[str, str]]) -> None:
    """Each term can be written as the article writes it; a term of another article is not found."""
    texts = [f"{title}\n{text}" for title, text in articles]
    terms = [profile.terms.tolist() for profile in profiles_of(articles)]

    found = words_of(texts, [[*mine, 12345] for mine in terms])

    for text, mine, words in zip(texts, terms, found, strict=True):
        assert set(words) == set(mine)
        assert all(word in text for word in words.values())


def test_words_of_nothing() -> None:
    """A text without words holds none of the terms asked for, and none asked for are none found."""
    assert words_of(["", "..."], [[1, 2], [0]]) == [{}, {}]
    assert words_of(["some words"], [[]]) == [{}]


def test_terms_of_words() -> None:
    """A word has the term that profiles know it by; what is no word has 0."""
    profile = profile_of("", "bridge")

    assert terms_of_words(["Bridge", "", "bridge's", "!"]) == [int(profile.terms[0]), 0, int(profile.terms[0]), 0]
    assert terms_of_words([]) == []


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Tram to open in May, mayor says - Harbour Post", "Tram to open in May, mayor says"),
        ("Tram to open in May, mayor says | News | Harbour Post", "Tram to open in May, mayor says"),
        ("Quenby – a day later", "Quenby – a day later"),
        ("Well-known singer falls ill-timed", "Well-known singer falls ill-timed"),
        ("", ""),
    ],
)
def test_an_outlets_name_is_no_headline(title: str, expected: str) -> None:
    """What stands behind a dash or a bar after several words is the outlet's, not the headline's."""
    assert own_headline(title) == expected
