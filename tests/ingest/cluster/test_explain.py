"""Reasons are what decisions were made by: nothing is told that did not count, and nothing counts that is not told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.align import Alignment, align
from ingest.cluster.coverage import score_pairs
from ingest.cluster.decide import relation_of
from ingest.cluster.explain import contributions, hurdles, log_odds, probability, quotes
from ingest.cluster.readings import readings
from ingest.cluster.weights import FEATURES
from tests.ingest.cluster.test_coverage import _DAM, _DAM_AGAIN, vector_of

_COUNTS = st.integers(0, 12)


@st.composite
def _alignments(draw: st.DrawFn) -> Alignment:
    """Draw what two texts could share, near to all that is asked of them."""
    sizes = draw(st.integers(0, 160)), draw(st.integers(0, 400))
    aligned = draw(st.integers(0, sizes[0])), draw(st.integers(0, sizes[1]))
    return Alignment(
        sizes=sizes,
        aligned=aligned,
        shared=draw(st.integers(0, min(aligned))),
        starts=(draw(st.integers(0, 90)), draw(st.integers(0, 90))),
        numbers=draw(_COUNTS),
        names=draw(_COUNTS),
        words=draw(_COUNTS),
    )


@given(_alignments(), st.booleans())
def test_copies_pass_every_hurdle_and_others_do_not(found: Alignment, same_source: bool) -> None:
    """Two texts are copies exactly where all that is told of them is met."""
    told = hurdles(found, same_source=same_source)

    is_copy = relation_of(found, same_source=same_source) is not None
    assert all(hurdle.is_met for hurdle in told) is is_copy
    assert all((hurdle.missed_by > 0) is not hurdle.is_met for hurdle in told if not hurdle.is_most)


def test_contributions_add_up_to_the_score() -> None:
    """What the features gave, and what every pair begins with, is the log-odds of the score."""
    [pair] = score_pairs([(vector_of(_DAM), vector_of(_DAM_AGAIN))])

    gave = contributions(list(zip(FEATURES, pair.features, strict=True)))

    assert probability(sum(gave.values())) == pytest.approx(pair.score)
    assert set(gave) == {"bias", *FEATURES}


@given(st.floats(0.01, 0.99))
def test_log_odds_and_back(score: float) -> None:
    """A score comes back from its log-odds."""
    assert probability(log_odds(score)) == pytest.approx(score)


def test_a_passage_is_quoted_as_each_text_writes_it() -> None:
    """Case, quotes and line breaks are each text's own; the longest passage comes first."""
    one, other = readings(
        [
            "A tram runs again at nine. The board said: “no gate may open before Thursday”, and went home.",
            'A tram runs again at ten. The board said: "No gate\nmay open before Thursday", and went home.',
        ]
    )

    found = quotes(one, other, align(one, other).passages)

    assert [quote.one for quote in found] == [
        "The board said: “no gate may open before Thursday”, and went home",
        "A tram runs again at",
    ]
    assert found[0].other == 'The board said: "No gate may open before Thursday", and went home'
    assert [quote.tokens for quote in found] == [12, 5]


def test_a_passage_that_a_revision_changed_is_not_quoted() -> None:
    """What was shared by an earlier text, and is no more, is left out."""
    before, other = readings(["one two three four five six seven", "zero one two three four five six seven"])
    [after] = readings(["one two three nine five six seven"])
    passages = ((0, 7, 1, 8),)

    assert len(quotes(before, other, passages)) == 1
    assert quotes(after, other, passages) == []
