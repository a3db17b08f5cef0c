"""Shingles -> MinHash signatures -> band keys: datasketch's own values, worked out for many texts at once."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.tokens import SHINGLE_TOKENS
from ingest.document import Signature

PERMUTATIONS = 128
SEED = 1
BANDS = 32
ROWS = 4  # a pair of Jaccard .5 shares a band with probability .87, of .6 with .99, of .7 with .9998
SCHEME = f"affine32-n{PERMUTATIONS}-s{SEED}-w{SHINGLE_TOKENS}-t1"  # t1: how a text becomes tokens
_STEP = 8192  # shingles permuted at a time: measured, 4,096 costs three quarters more
_ROWS_AT_ONCE = (
    32  # permutations of them, 1 MB, which stays in the processor's cache: all at once cost half as much more
)


def sign(hashes: NDArray[np.uint32], offsets: NDArray[np.intp]) -> NDArray[np.uint32]:
    """Give the signatures of n sets of 32-bit shingle hashes: n x PERMUTATIONS.

    Set i is hashes[offsets[i]:offsets[i + 1]], in any order, repeated or not. Bit for bit what
    `MinHash(PERMUTATIONS, SEED).update_batch` gives for the same hashes; of an empty set, all ones.

    Source: datasketch 2.0, minhash.py, scheme "affine32": MurmurHash3's finaliser, then a*h + b mod 2^32.
    """
    factors, terms = _permutations()
    mixed = _finalise(hashes)
    filled = np.flatnonzero(np.diff(offsets))
    starts = offsets[filled]
    lowest = np.full((PERMUTATIONS, len(offsets) - 1), 0xFFFFFFFF, np.uint32)
    room = np.empty((_ROWS_AT_ONCE, _STEP), np.uint32)
    for begin in range(0, len(mixed), _STEP):
        part = mixed[begin : begin + _STEP]
        product = room[:, : len(part)]
        first = int(np.searchsorted(starts, begin, side="right")) - 1
        last = int(np.searchsorted(starts, begin + len(part)))
        here, heads = filled[first:last], np.maximum(starts[first:last] - begin, 0)
        for row in range(0, PERMUTATIONS, _ROWS_AT_ONCE):
            rows = slice(row, row + _ROWS_AT_ONCE)
            np.multiply(factors[rows], part, out=product)
            np.add(product, terms[rows], out=product)
            pieces = np.minimum.reduceat(product, heads, axis=1)
            lowest[rows, here] = np.minimum(lowest[rows, here], pieces)
    return np.ascontiguousarray(lowest.T)


def band_keys(signatures: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Give the BANDS keys of each signature: n x PERMUTATIONS in, n x BANDS out; the band number is in the key."""
    rows = signatures[:, : BANDS * ROWS].reshape(len(signatures), BANDS, ROWS).astype(np.uint64)
    keys = np.broadcast_to(np.arange(1, BANDS + 1, dtype=np.uint64), rows.shape[:2]).copy()
    for row in range(ROWS):
        keys = (keys ^ rows[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    return keys


def similarity(one: Signature, other: Signature) -> float:
    """Estimate the Jaccard similarity of two texts from their signatures.

    Raises ValueError for signatures of different schemes: their values cannot be compared.
    """
    if one.scheme != other.scheme:
        raise ValueError(f"signatures of schemes {one.scheme} and {other.scheme} cannot be compared: sign one again")
    return float(np.count_nonzero(one.values == other.values) / len(one.values))


def _finalise(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    values = values ^ (values >> np.uint32(16))
    values *= np.uint32(0x85EBCA6B)
    values ^= values >> np.uint32(13)
    values *= np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


@cache
def _permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Give datasketch's factors and terms, as columns."""
    from datasketch import MinHash  # which loads SciPy: a second, for whoever only reads signatures

    factors, terms = MinHash(num_perm=PERMUTATIONS, seed=SEED, scheme="affine32").permutations
    return np.ascontiguousarray(factors, np.uint32)[:, None], np.ascontiguousarray(terms, np.uint32)[:, None]
