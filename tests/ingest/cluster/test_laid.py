"""Laid: pairs that are aligned together give what each of them gives alone."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.align import align, align_all
from ingest.cluster.readings import readings

_WORDS = st.lists(st.sampled_from(["ab", "cd", "ef", "Gh", "Ij", "12", "34", "kl", "中", "é."]), max_size=40)
_REPORT = "The Port Vela ferry took 120 people to Orsund on Monday, two hours late, and came back at 9 with 80 of them."


@given(st.lists(st.tuples(_WORDS, _WORDS), max_size=6), st.sampled_from([0.0, 0.55]))
def test_together_is_as_alone(words: list[tuple[list[str], list[str]]], least: float) -> None:
    """Whatever stands beside it in a batch, a pair of texts is aligned the same."""
    edited = _REPORT.replace("120", "95").replace("Orsund", "Havn").replace("two hours late", "on time")
    texts = [(_REPORT, edited), *((" ".join(one), " ".join(other)) for one, other in words), (edited, _REPORT)]
    pairs = [(readings([one])[0], readings([other])[0]) for one, other in texts]

    found = align_all(pairs, least=least)

    assert [align(one, other, least=least) for one, other in pairs] == found
    assert (found[0].numbers, found[0].names, found[0].words) == (found[-1].numbers, found[-1].names, found[-1].words)


def test_no_pairs_are_aligned() -> None:
    """Nothing is laid beside nothing."""
    assert align_all([]) == []
