"""The same event in other words: a score from 0 to 1 that is the same from either side."""

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.common import PRIOR_ARTICLES, prior_counts
from ingest.cluster.coverage import score_pairs
from ingest.cluster.profile import profiles, terms_of_words
from ingest.cluster.tokens import tokenise
from ingest.cluster.vectors import Vector, heaviest, rarity, vector, vectors
from ingest.cluster.weights import FEATURES, JOIN, SHIPPED, SUGGEST
from ingest.document import Profile

_NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
_VOCABULARY = ("Dam", "dam", "Ellerby", "3200", "crack", "valley", "the", "of", "大桥", "Corriden")
_WORDS = st.lists(st.sampled_from(_VOCABULARY), max_size=12).map(" ".join)
_TIMES = st.none() | st.integers(-900, 900).map(lambda hours: _NOON + timedelta(hours=hours))
_LANGUAGES = st.sampled_from(["en", "en-GB", "tr", None])

_DAM = """Crack in the Ellerby Dam empties the Tellimoor valley
Some 3,200 people left their homes in the Tellimoor valley on Monday night after engineers found a crack, 14 metres
long, in the spillway of the Ellerby Dam. Governor Ilse Varga ordered the evacuation at 21:40."""
_DAM_AGAIN = """Tellimoor valley evacuated as Ellerby Dam spillway cracks
Buses carried families out of the Tellimoor valley through the night. Ilse Varga, the governor, said 3,200 residents
had to go because the Ellerby Dam may not hold: its spillway has split over 14 metres."""
_HARBOUR = """Harbour bridge to close for nine weeks
The swing bridge across Marlow harbour shuts in June. Bearings are worn, the port's director told reporters, and
lorries will be sent over the northern ring road meanwhile."""


def profile_of(title: str, text: str) -> Profile:
    """Give the profile of one article."""
    tokens = tokenise([title, text])
    spans = np.stack((tokens.offsets[:-1], tokens.offsets[1:]), axis=1)
    return profiles(tokens, spans[:1], spans[1:])[0]


def vector_of(
    article: str, *, published_at: datetime | None = _NOON, language: str | None = "en", articles: int = 0
) -> Vector:
    """Give the vector of an article, its first line the title, where no term was met in so many articles."""
    title, _, text = article.partition("\n")
    profile = profile_of(title, text)
    weights = rarity(profile.terms, np.zeros(len(profile.terms), np.int64), 0)
    return vector(profile, weights, published_at=published_at, language=language, articles=articles)


Drawn: TypeAlias = tuple[str, datetime | None, str | None]
_ARTICLES = st.tuples(st.tuples(_WORDS, _WORDS).map("\n".join), _TIMES, _LANGUAGES)


def drawn_vector(drawn: Drawn) -> Vector:
    """Give the vector of a drawn article."""
    article, published_at, language = drawn
    return vector_of(article, published_at=published_at, language=language)


@given(st.lists(st.tuples(_ARTICLES, _ARTICLES), max_size=5))
def test_score_is_the_same_from_either_side(drawn: list[tuple[Drawn, Drawn]]) -> None:
    """Which article is asked about the other makes no difference, nor what else is scored; a score is 0 to 1."""
    pairs = [(drawn_vector(one), drawn_vector(other)) for one, other in drawn]

    found = score_pairs(pairs)
    turned = score_pairs([(other, one) for one, other in pairs])

    for pair, one, other in zip(pairs, found, turned, strict=True):
        assert 0 <= one.score <= 1
        assert one.score == pytest.approx(other.score, abs=1e-12)
        assert one.features == pytest.approx(other.features, abs=1e-9)
        assert sorted(one.terms) == sorted(other.terms)
        assert one.hours == other.hours
        assert one.score == pytest.approx(score_pairs([pair])[0].score, abs=1e-12)


@given(_ARTICLES)
def test_vectors_have_length_one(drawn: Drawn) -> None:
    """An article's weights make a unit vector, however long it is; of words that everyone uses there is none."""
    found = drawn_vector(drawn)

    length = float(np.dot(found.weights, found.weights))
    assert length == pytest.approx(1.0 if found.weights.any() else 0.0, abs=1e-5)


def test_two_reports_of_one_event_score_high() -> None:
    """Two reports that share names, numbers and rare words are the same event; a third is not."""
    dam, again, harbour = (vector_of(article) for article in (_DAM, _DAM_AGAIN, _HARBOUR))

    same, other = score_pairs([(dam, again), (dam, harbour)])

    assert same.score >= JOIN
    assert other.score < 0.2
    assert len(same.features) == len(FEATURES)


def test_no_shared_terms_score_low() -> None:
    """Two articles of no common word are not suggested, even when published together."""
    [found] = score_pairs([(vector_of("\ndam crack valley"), vector_of("\nharbour bridge lorries"))])

    assert found.score < 0.2
    assert found.terms == ()


def test_empty_articles_score_low() -> None:
    """Articles without terms can be scored, and have nothing in common."""
    empty = vector_of("")

    scores = [found.score for found in score_pairs([(empty, empty), (empty, vector_of(_DAM))])]

    assert max(scores) < 0.2
    assert score_pairs([]) == []


def test_across_languages_at_most_suggested() -> None:
    """The very same words in articles of two languages never join; regions of one language are one."""
    german, british, unsaid = (vector_of(_DAM, language=language) for language in ("de", "en-GB", None))
    dam = vector_of(_DAM)

    across, within, unknown = score_pairs([(dam, german), (dam, british), (dam, unsaid)])

    assert across.score < JOIN
    assert within.score == unknown.score >= JOIN


def test_time_between_lowers_the_score() -> None:
    """The longer between two reports, the less surely they are of one event."""
    later = [vector_of(_DAM_AGAIN, published_at=_NOON + timedelta(days=days)) for days in (0, 1, 5, 20)]

    scores = [found.score for found in score_pairs([(vector_of(_DAM), other) for other in later])]

    assert scores == sorted(set(scores), reverse=True)


def test_no_date_is_wrong_enough_to_decide_alone() -> None:
    """Beyond a season more time takes no more away, and a missing date takes less than a day does."""
    dam = vector_of(_DAM)
    later = [vector_of(_DAM_AGAIN, published_at=_NOON + timedelta(days=days)) for days in (1, 90, 9_000)]
    undated = vector_of(_DAM_AGAIN, published_at=None)

    day, season, years, unsaid = (found.score for found in score_pairs([(dam, each) for each in (*later, undated)]))

    assert season == pytest.approx(years)
    assert day < unsaid


def test_an_undated_pair_is_believed_less_in_a_crowd() -> None:
    """Where time does not part articles, the more there are the more it takes; beyond 10,000 it is not known."""
    counts = (50, 500, 4_000, 10_000, 1_000_000)
    undated, dated = (
        [tuple(vector_of(each, published_at=at, articles=count) for each in (_DAM, _DAM_AGAIN)) for count in counts]
        for at in (None, _NOON)
    )

    few, several, more, crowd, million = (found.score for found in score_pairs([(a, b) for a, b in undated]))

    assert few == several > more > crowd == million
    assert len({found.score for found in score_pairs([(a, b) for a, b in dated])}) == 1


def test_a_pair_is_believed_less_among_a_handful() -> None:
    """Of a few articles everything is rare: the fewer there are the more it takes, dated or not, below fifty."""
    for at in (None, _NOON):
        pairs = [
            tuple(vector_of(each, published_at=at, articles=count) for each in (_DAM, _DAM_AGAIN))
            for count in (2, 10, 50, 400)
        ]

        two, ten, fifty, more = (found.score for found in score_pairs([(a, b) for a, b in pairs]))

        assert two < ten < fifty == more


def test_a_follow_up_is_told_from_another_event() -> None:
    """Two reports that only time holds apart are parts of one affair; soon after one another they are not called so."""
    dam, harbour = vector_of(_DAM), vector_of(_HARBOUR)
    later = vector_of(_DAM_AGAIN, published_at=_NOON + timedelta(days=40))

    follow_up, other, soon = score_pairs([(dam, later), (harbour, later), (dam, vector_of(_DAM_AGAIN))])

    assert follow_up.timeless > follow_up.score
    assert follow_up.is_earlier
    assert not other.is_earlier
    assert not soon.is_earlier


@pytest.mark.parametrize(
    ("score", "days", "expected"),
    [(0.6, None, 0.6), (0.6, 2, 0.6), (0.6, 30, 0.6), (0.6, 31, 0.0), (SHIPPED.late, 31, SHIPPED.late)],
)
def test_a_late_pair_counts_only_where_it_is_sure(score: float, days: float | None, expected: float) -> None:
    """Between groups a follow-up of a month later says nothing, unless it would join by itself."""
    counted = SHIPPED.counted(score, None if days is None else days * 24.0)

    assert counted == expected


def test_vectors_made_together_are_those_made_alone() -> None:
    """An article's vector does not depend on what it is made with."""
    made = [profile_of(*article.split("\n", 1)) for article in (_DAM, "\n", _HARBOUR)]
    rare = [rarity(profile.terms, np.zeros(len(profile.terms), np.int64), 0) for profile in made]

    together = vectors(made, rare, [(_NOON, "en", None)] * 3, articles=0)

    for profile, weights, found in zip(made, rare, together, strict=True):
        alone = vector(profile, weights, published_at=_NOON, language="en", articles=0)
        assert alone.weights.tolist() == pytest.approx(found.weights.tolist())
        assert alone.sizes.tolist() == pytest.approx(found.sizes.tolist())
        assert alone.terms.tolist() == found.terms.tolist()


def test_shared_terms_are_told_heaviest_first() -> None:
    """The evidence names the shared terms, and common words come after rare ones."""
    [found] = score_pairs([(vector_of("\nthe Ellerby and the dam"), vector_of("\nthe Ellerby or the dam"))])

    ellerby, dam, the = terms_of_words(["Ellerby", "dam", "the"])
    assert {*found.terms[:2]} == {ellerby, dam}
    assert found.terms[2:] == (the,)


def test_more_pairs_than_a_key_can_number() -> None:
    """Any number of pairs can be scored at once: no pair is taken for another."""
    same, other = (
        (vector_of("\nEllerby"), vector_of("\nEllerby")),
        (vector_of("\nEllerby"), vector_of("\nMarlow")),
    )
    pairs = [same, *[other] * 65_536, same]

    found = score_pairs(pairs)

    assert found[0] == found[-1] == score_pairs([same])[0]
    assert {one.score for one in found[1:-1]} == {score_pairs([other])[0].score}


def test_rarity_falls_with_the_count() -> None:
    """The more variants hold a term the lighter it is, down to nothing; a common word starts light."""
    unlisted, the = terms_of_words(["Tellimoor", "the"])
    terms = np.array([unlisted] * 4 + [the], np.uint64)

    weights = rarity(terms, np.array([0, 10, 500, 1000, 0], np.int64), 1000).tolist()

    assert weights[:4] == sorted(weights[:4], reverse=True)
    assert weights[3] == pytest.approx(0.333, abs=0.01)
    assert weights[4] < weights[0] / 2
    assert min(weights) >= 0


def test_common_words_are_known_in_many_languages() -> None:
    """Before anything is stored, function words of listed languages are expected, names are not."""
    words = ["the", "und", "que", "и", "bir", "Tellimoor", "Varga"]

    counts = prior_counts(np.array(terms_of_words(words), np.uint64)).tolist()

    assert min(counts[:5]) > 100
    assert max(counts[5:]) < 3
    assert max(counts) <= PRIOR_ARTICLES


@given(st.lists(st.floats(0, 9, width=32), max_size=20), st.integers(1, 8))
def test_heaviest_terms(weights: list[float], count: int) -> None:
    """The heaviest terms are kept in their order, all where there are few."""
    size = len(weights)
    profile = Profile(
        terms=np.arange(size, dtype=np.uint64), weights=np.ones(size, np.float32), kinds=np.zeros(size, np.uint8)
    )

    kept = heaviest(profile, np.array(weights, np.float32), count).tolist()

    assert kept == sorted(set(kept))
    assert sorted((weights[place] for place in kept), reverse=True) == sorted(weights, reverse=True)[:count]


def test_thresholds_are_in_order() -> None:
    """What joins would also be suggested."""
    assert 0 < SUGGEST < JOIN < 1
