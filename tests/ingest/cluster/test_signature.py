"""Signatures are datasketch's, bit for bit, and so are the candidates found by their bands."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.cluster.compare import shingle_set
from ingest.cluster.readings import readings
from ingest.cluster.signature import BANDS, PERMUTATIONS, ROWS, SCHEME, SEED, band_keys, sign, similarity
from ingest.document import Signature

_HASHES = st.lists(st.integers(0, 2**32 - 1), max_size=40)


def signed(sets: Sequence[Sequence[int]]) -> NDArray[np.uint32]:
    """Sign sets of hashes as one block."""
    offsets = np.cumsum([0, *map(len, sets)])
    return sign(np.array([value for hashes in sets for value in hashes], np.uint32), offsets)


def datasketch_values(hashes: Sequence[int]) -> list[int]:
    """Give datasketch's own signature of a set of hashes."""
    made = MinHash(num_perm=PERMUTATIONS, seed=SEED, hashfunc=_identity)
    made.update_batch(hashes)
    return [int(value) for value in made.hashvalues]


@pytest.mark.parametrize("size", [0, 1, 2, 127, 2047, 2048, 2049, 4096, 5000])
def test_signature_is_datasketchs(size: int) -> None:
    """A signature of a set of any size is datasketch's, bit for bit."""
    chance = Random(size)
    hashes = [chance.getrandbits(32) for _ in range(size)]

    assert signed([hashes]).tolist() == [datasketch_values(hashes)]


def test_signatures_of_a_block_are_datasketchs() -> None:
    """Sets signed together, empty ones and ones longer than a step among them, are signed as if alone."""
    chance = Random(7)
    sizes = [0, 3, 2048, 0, 1, 2047, 2049, 900, 900, 900, 5000, 0]
    sets = [[chance.getrandbits(32) for _ in range(size)] for size in sizes]

    assert signed(sets).tolist() == [datasketch_values(hashes) for hashes in sets]


@given(st.lists(_HASHES, max_size=8))
def test_order_and_repetition_do_not_matter(sets: list[list[int]]) -> None:
    """A signature is that of the set: its order, what is said twice, and its neighbours make no difference."""
    again = [[*reversed(hashes), *hashes] for hashes in sets]

    assert signed(again).tolist() == [datasketch_values(hashes) for hashes in sets]


def test_7_1_an_empty_set_is_all_ones() -> None:
    """MUST_HANDLE 7.1: the signature of nothing is datasketch's initial value, and its count says not to trust it."""
    assert signed([[]]).tolist() == [[2**32 - 1] * PERMUTATIONS]


def test_similarity_estimates_jaccard() -> None:
    """The similarity of two signatures is near the Jaccard similarity of their sets."""
    chance = Random(3)
    hashes = [chance.getrandbits(32) for _ in range(3000)]
    one, other = (_signature(values) for values in signed([hashes[:2000], hashes[1000:]]))

    assert similarity(one, one) == 1.0
    assert similarity(one, other) == similarity(other, one) == pytest.approx(1 / 3, abs=0.13)


def test_7_8_similarity_refuses_mixed_schemes() -> None:
    """MUST_HANDLE 7.8: signatures of two schemes are never compared."""
    values = signed([[1, 2, 3]])[0]
    old = Signature(scheme="legacy-n128-s1-w5-t1", values=values, shingles=3)

    with pytest.raises(ValueError, match=r"^signatures of schemes .* cannot be compared"):
        similarity(_signature(values), old)


def test_scheme_names_all_that_it_depends_on() -> None:
    """The scheme tells permutations, seed and shingle size."""
    assert f"affine32-n{PERMUTATIONS}-s{SEED}-w5-t1" == SCHEME


def test_candidates_are_those_of_datasketchs_lsh() -> None:
    """Texts share a band key exactly where datasketch's MinHashLSH of the same bands gives one for the other."""
    texts = _drifting_texts(120)
    sets = [shingle_set(reading) for reading in readings(texts)]
    signatures = signed([hashes.tolist() for hashes in sets])
    index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS))
    made = [MinHash(hashvalues=values, seed=SEED, scheme="affine32") for values in signatures]
    for place, minhash in enumerate(made):
        index.insert(place, minhash)
    keys = [set(row) for row in band_keys(signatures).tolist()]

    theirs = [set(index.query(minhash)) for minhash in made]
    ours = [{other for other, row in enumerate(keys) if row & mine} for mine in keys]

    assert ours == theirs
    assert sum(map(len, ours)) > 3 * len(texts)


def test_a_band_key_tells_its_band() -> None:
    """The same values in another band give another key."""
    keys = band_keys(np.full((1, PERMUTATIONS), 5, np.uint32))

    assert keys.shape == (1, BANDS)
    assert len(set(keys[0].tolist())) == BANDS


def _drifting_texts(count: int) -> list[str]:
    chance = Random(11)
    words = [f"word{number}" for number in range(400)]
    texts: list[list[str]] = []
    for _ in range(count):
        text = list(chance.choice(texts)) if texts and chance.random() < 0.8 else chance.choices(words, k=90)
        for _ in range(chance.randrange(8)):
            text[chance.randrange(len(text))] = chance.choice(words)
        texts.append(text)
    return [" ".join(text) for text in texts]


def _signature(values: NDArray[np.uint32]) -> Signature:
    return Signature(scheme=SCHEME, values=values, shingles=1)


def _identity(value: int) -> int:
    return value
