"""Glance: whatever could be aligned is let through, and what shares a sentence is not."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.align import align
from ingest.cluster.glance import may_align
from ingest.cluster.readings import readings

_WORDS = st.lists(st.sampled_from([f"word{number}" for number in range(60)]), max_size=80)
_LEAST = 0.55


@given(st.lists(st.tuples(_WORDS, st.lists(_WORDS, max_size=4)), max_size=20))
def test_what_is_aligned_passes(given_texts: list[tuple[list[str], list[list[str]]]]) -> None:
    """No pair of which enough is aligned is left out, however many are looked at together."""
    asked = [
        (readings([" ".join(one)])[0], readings([" ".join(other) for other in others])) for one, others in given_texts
    ]

    told = may_align(asked, least=_LEAST)

    assert [len(others) for _, others in asked] == [len(each) for each in told]
    for (one, others), each in zip(asked, told, strict=True):
        for other, may in zip(others, each, strict=True):
            assert may or align(one, other).shares[0] < _LEAST
            assert [[may]] == may_align([(one, [other])], least=_LEAST)


def test_a_shared_sentence_is_not_enough() -> None:
    """An edited text passes; one that shares a sentence, nothing, or one run said twice does not."""
    words = [f"word{number}" for number in range(200)]
    edited = [f"other{at}" if at % 9 == 0 else word for at, word in enumerate(words)]
    quoting = [*words[:20], *(f"own{number}" for number in range(180))]
    strange = [f"foreign{number}" for number in range(200)]
    twice = [*words[:3], *strange[:100], *words[:3], *strange[100:]]
    one, *others = readings([" ".join(each) for each in (words, edited, quoting, strange, twice, words)])

    assert may_align([(one, others), (others[2], others[:2])], least=_LEAST) == [
        [True, False, False, False, True],
        [False, False],
    ]


def test_nothing_is_asked() -> None:
    """Without candidates, and without articles, nothing is told."""
    assert may_align([], least=_LEAST) == []
    assert may_align([(readings(["some words of a text"])[0], [])], least=_LEAST) == [[]]
