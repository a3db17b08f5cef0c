"""Pairs of texts laid side by side: where shared runs follow one another, and what lies between them.

All pairs of a batch at once, as arrays in which each pair has a stretch of its own; a pair by itself would take some
eighty calls of NumPy on short arrays.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.tokens import ordered

RUN = 3  # tokens: what two texts share at the least to be laid on one another there
NEAR = 12  # tokens between two shared runs that still count as the same passage, changed
_SURE = 16  # tokens of a run that needs no neighbour to be believed
_PLACE_BITS = 24  # no text has as many tokens

Places = NDArray[np.intp]
Met = tuple[Places, Places]  # where the runs of RUN tokens that two texts have, once each, begin in either


class Runs(NamedTuple):
    """Runs that both texts of a pair have: by pair, then as they follow in the first text."""

    pair: Places
    x: Places  # where it begins in the first text
    y: Places
    sizes: Places  # tokens


class Laid(NamedTuple):
    """What lies between two runs that follow one another in the first text; both ends of the texts are runs, too."""

    pair: Places
    x: Places  # where the run before ends in the first text
    y: Places
    skip_x: Places  # tokens of the first text between this run and the next
    skip_y: Places
    follows: NDArray[np.bool_]  # whether the next run lies behind in the second text too


def runs_of(met: Sequence[Met]) -> Runs:
    """Give the runs of each pair, joined where one follows the other in both texts, without those that are chance."""
    pair = np.repeat(np.arange(len(met)), [len(x) for x, _ in met])
    if not len(pair):
        return Runs(pair, pair, pair, pair)
    x, y = (np.concatenate(side) for side in zip(*met, strict=True))
    order, _ = ordered(((pair << _PLACE_BITS) | x).view(np.uint64))
    pair, x, y = pair[order], x[order], y[order]
    steps = np.diff(x)
    breaks = (pair[1:] != pair[:-1]) | (steps != np.diff(y)) | (steps > RUN)
    heads = np.flatnonzero(np.concatenate(([True], breaks)))
    ends = np.append(heads[1:], len(x)) - 1
    pair, x, y, sizes = pair[heads], x[heads], y[heads], x[ends] - x[heads] + RUN
    keep = _believed(pair, y - x, sizes)
    return Runs(pair[keep], x[keep], y[keep], sizes[keep])


def lay(runs: Runs, lengths: Places) -> Laid:
    """Lay pairs of texts of these `lengths` (n x 2) side by side."""
    pairs = np.arange(len(lengths))
    last = np.searchsorted(runs.pair, pairs, side="right") + 2 * pairs + 1  # an empty run behind those of each pair,
    at = np.arange(len(runs.pair)) + 2 * runs.pair + 1  # and one before: between two lies what no run has
    x, y, sizes = (np.zeros(len(at) + 2 * len(lengths), np.intp) for _ in range(3))
    x[at], y[at], sizes[at] = runs.x, runs.y, runs.sizes
    x[last], y[last] = lengths[:, 0], lengths[:, 1]
    is_last = np.zeros(len(x), np.bool_)
    is_last[last] = True
    before = np.flatnonzero(~is_last)
    pair = np.searchsorted(last, before)
    shares = np.bincount(runs.pair, minlength=len(lengths))[pair] > 0  # without a run between them, ends are no runs
    pair, before = pair[shares], before[shares]
    x_end, y_end = (x + sizes)[before], (y + sizes)[before]
    skip_x, skip_y = x[before + 1] - x_end, y[before + 1] - y_end
    return Laid(pair, x_end, y_end, skip_x, skip_y, (skip_y >= -RUN) & ((skip_x > 0) | (skip_y > 0)))


def count_aligned(runs: Runs, laid: Laid, pairs: int) -> tuple[Places, Places, Places]:
    """Give for each pair the tokens of the first text in shared runs, and those of either text that are aligned.

    Aligned are the tokens in shared runs and in the short gaps between two of them.
    """
    order = np.lexsort((runs.y, runs.pair))
    pair, y, sizes = runs.pair[order], runs.y[order], runs.sizes[order]
    twice = np.where(pair[1:] == pair[:-1], np.minimum(y[1:] - (y + sizes)[:-1], 0), 0)
    whole = _sums(runs.pair, runs.sizes, pairs)
    shared = whole + _sums(laid.pair, np.minimum(laid.skip_x, 0), pairs)
    shared_y = whole + _sums(pair[1:], twice, pairs)
    near = np.flatnonzero(laid.follows & (laid.skip_x <= NEAR) & (laid.skip_y <= NEAR))
    between = (_sums(laid.pair[near], np.maximum(skip[near], 0), pairs) for skip in (laid.skip_x, laid.skip_y))
    return shared, shared + next(between), shared_y + next(between)


def _sums(pair: Places, values: Places, pairs: int) -> Places:
    return np.bincount(pair, values, pairs).astype(np.intp)


def _believed(pair: Places, shift: Places, sizes: Places) -> NDArray[np.bool_]:
    """Tell which runs are no chance: long ones, and those that lie as the longer part of their neighbours does."""
    votes = np.zeros(len(shift), np.intp)
    for ahead in (1, 2):
        sign = np.where(np.abs(shift[ahead:] - shift[:-ahead]) <= NEAR, 1, -1) * (pair[ahead:] == pair[:-ahead])
        votes[:-ahead] += sign * sizes[ahead:]
        votes[ahead:] += sign * sizes[:-ahead]
    return (votes > 0) | (sizes >= _SURE)
