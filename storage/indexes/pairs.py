"""Pairs of numbers as words that sort as they do, and equal keys side by side."""

import numpy as np
from numpy.typing import NDArray


def packed(owners: NDArray[np.intp], others: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Pack pairs of the place of an article and a variant into one word each, which sorts as they do."""
    return (owners.astype(np.uint64) << np.uint64(32)) | others.astype(np.uint64)


def unpacked(pairs: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Give what was packed: the places of the articles, and the variants."""
    return (pairs >> np.uint64(32)).astype(np.intp), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def equal_pairs(ordered: NDArray[np.uint64], most: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the places (later, earlier) of equal values in an ascending array, at most `most` places apart."""
    later, earlier = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for lag in range(1, most + 1):
        same = np.flatnonzero(ordered[lag:] == ordered[:-lag])
        if not len(same):  # no run of equal values is longer than the lag
            break
        later.append(same + lag)
        earlier.append(same)
    return np.concatenate(later), np.concatenate(earlier)
