"""Two texts compared exactly: the arithmetic of sets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.cluster.compare import Overlap, overlap, shingle_set
from ingest.cluster.readings import readings

_SETS = st.sets(st.integers(0, 50), max_size=30)
_TEXTS = st.lists(st.text(st.sampled_from("ab 中é.")), max_size=6)


@given(_SETS, _SETS)
def test_overlap_is_the_arithmetic_of_sets(one: set[int], other: set[int]) -> None:
    """What two sets share, and of how many, is what Python's sets say, from either side."""
    found = overlap(_ascending(one), _ascending(other))

    assert found == overlap(_ascending(other), _ascending(one))
    assert found.shared == len(one & other)
    assert (found.smaller, found.larger) == tuple(sorted((len(one), len(other))))
    assert found.jaccard == (len(one & other) / len(one | other) if one | other else 0.0)
    assert found.containment == (len(one & other) / min(len(one), len(other)) if one and other else 0.0)


def test_7_1_two_empty_texts_share_nothing() -> None:
    """MUST_HANDLE 7.1: nothing is no evidence, neither of a copy nor of a part."""
    empty = Overlap(shared=0, smaller=0, larger=0)

    assert (empty.jaccard, empty.containment) == (0.0, 0.0)


@given(_TEXTS)
def test_shingle_sets_are_ascending_and_each_texts_own(texts: list[str]) -> None:
    """Each text has its distinct shingles in order, the same alone and among others."""
    sets = _sets(texts)

    assert len(sets) == len(texts)
    for text, found in zip(texts, sets, strict=True):
        assert found.tolist() == sorted(set(found.tolist()))
        assert found.tolist() == _sets([text])[0].tolist()


def test_shingle_sets_of_more_than_a_block() -> None:
    """Texts of several blocks keep their order."""
    texts = [f"{letter}1 {letter}2 {letter}3 {letter}4 {letter}5 " * 4000 for letter in "abcdefghi"]

    assert [len(found) for found in _sets(texts)] == [5] * 9
    assert len({int(value) for found in _sets(texts) for value in found}) == 45


def _sets(texts: list[str]) -> list[NDArray[np.uint32]]:
    return [shingle_set(reading) for reading in readings(texts)]


def _ascending(values: set[int]) -> NDArray[np.uint32]:
    return np.array(sorted(values), np.uint32)
