"""Sums over the lines around a line, and over the lines that are alike in something."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def grouped(keys: Sequence[object]) -> NDArray[np.intp]:
    """Give the number of each line's group: those with the same key."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.intp)


def sum_of(groups: NDArray[np.intp], values: Floats) -> Floats:
    """Give for each line the sum over its group."""
    return np.asarray(np.bincount(groups, values)[groups], np.float64) if len(groups) else values


def share_of(groups: NDArray[np.intp], part: Floats, whole: Floats) -> Floats:
    """Give for each line how much of its group's `whole` is `part`."""
    return sum_of(groups, part) / np.maximum(1, sum_of(groups, whole))


def window(values: Floats, reach: int) -> Floats:
    """Give for each line the sum over itself and `reach` lines on either side."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    numbers = np.arange(len(values))
    return np.asarray(sums[np.minimum(len(values), numbers + reach + 1)] - sums[np.maximum(0, numbers - reach)])


def shifted(column: NDArray[np.float32], by: int) -> NDArray[np.float32]:
    """Give for each line the value of the line `by` lines behind it, or before it where `by` is negative; else -1.

    >>> shifted(np.array([1, 2, 3], np.float32), -1).tolist()
    [-1.0, 1.0, 2.0]
    """
    moved = np.full_like(column, -1)
    if len(column) <= abs(by):
        return moved
    if by < 0:
        moved[-by:] = column[:by]
    else:
        moved[:-by] = column[by:]
    return moved
