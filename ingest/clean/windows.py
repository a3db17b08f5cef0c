"""Columns of numbers, one for each line of a text: what stands around a line, before it and behind it."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def best_run(score: Floats) -> tuple[int, int]:
    """Give the first and the last line of the run whose scores have the greatest sum.

    Pasternack and Roth, "Extracting article text from the web with maximum subsequence segmentation", WWW 2009.
    """
    best = total = 0.0
    start = opened = end = 0
    for at, value in enumerate(score.tolist()):
        total += value
        if total > best:
            best, start, end = total, opened, at
        elif total < 0:
            total, opened = 0.0, at + 1
    return start, end


def runs(is_prose: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Give how long the run of lines of a line's kind is, and where in it the line is."""
    borders = np.flatnonzero(np.concatenate([[True], is_prose[1:] != is_prose[:-1]]))
    lengths = np.diff(np.append(borders, len(is_prose)))
    at = np.arange(len(is_prose)) - np.repeat(borders, lengths)
    return np.minimum(np.repeat(lengths, lengths), 40).astype(np.float64), np.minimum(at, 40).astype(np.float64)


def since(flags: NDArray[np.bool_]) -> Floats:
    """Give how many lines before each the last flagged one stands, 60 at most; 0 for a flagged line."""
    numbers = np.arange(len(flags))
    return np.minimum(numbers - np.maximum.accumulate(np.where(flags, numbers, -100)), 60).astype(np.float64)


def until(flags: NDArray[np.bool_]) -> Floats:
    """Give how many lines behind each the next flagged one stands, 60 at most; 0 for a flagged line."""
    return since(flags[::-1])[::-1]


def previous(flags: NDArray[np.bool_], values: Floats) -> Floats:
    """Give the value of the last flagged line before each line; -1 where there is none."""
    last = np.maximum.accumulate(np.where(flags, np.arange(len(flags)), -1))
    last = np.concatenate([[-1], last[:-1]])
    return np.asarray(np.where(last >= 0, values[last], -1))


def following(flags: NDArray[np.bool_], values: Floats) -> Floats:
    """Give the value of the first flagged line behind each line; -1 where there is none."""
    return previous(flags[::-1], values[::-1])[::-1]


def around(values: Floats, reach: int) -> Floats:
    """Give the sum over each line and `reach` lines on either side."""
    sums, numbers = _sums(values)
    return np.asarray(sums[np.minimum(len(values), numbers + reach + 1)] - sums[np.maximum(0, numbers - reach)])


def before(values: Floats, reach: int) -> Floats:
    """Give the sum over the `reach` lines before each line, for values that are not negative."""
    sums, numbers = _sums(values)
    return np.asarray(np.maximum(0, sums[numbers] - sums[np.maximum(0, numbers - reach)]))


def behind(values: Floats, reach: int) -> Floats:
    """Give the sum over the `reach` lines behind each line, for values that are not negative."""
    sums, numbers = _sums(values)
    return np.asarray(np.maximum(0, sums[np.minimum(len(values), numbers + reach + 1)] - sums[numbers + 1]))


def shifted(columns: NDArray[np.float32], by: int) -> NDArray[np.float32]:
    """Give for each line, which are the last axis, the values of the line `by` lines behind it; -1 beyond the ends.

    >>> shifted(np.array([1, 2, 3], np.float32), -1).tolist()
    [-1.0, 1.0, 2.0]
    """
    moved = np.full_like(columns, -1)
    if abs(by) < columns.shape[-1]:
        if by < 0:
            moved[..., -by:] = columns[..., :by]
        else:
            moved[..., :-by] = columns[..., by:]
    return moved


def _sums(values: Floats) -> tuple[Floats, NDArray[np.intp]]:
    return np.concatenate([[0.0], np.cumsum(values)]), np.arange(len(values))
