"""Sums over the lines that are alike in something."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.clean.windows import Floats


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
