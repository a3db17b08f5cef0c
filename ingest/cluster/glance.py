"""Which of many pairs of texts could be copies at all, told of all of them at once.

Most candidates share a sentence and nothing else. Laid side by side one after the other, each pair costs some twenty
calls of NumPy on short arrays; here the runs of many candidates are looked up together.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.laid import NEAR, RUN
from ingest.cluster.readings import KEY_BITS, KEY_SHIFT, PLACE, PLACE_BITS, Reading
from ingest.cluster.tokens import ordered

_ARTICLES_AT_ONCE = 16
_SLOT_BITS = 14  # of an article's table of runs: sixteen of them are 256 kB, and stay in the processor's cache
_SLOTS = np.uint64((1 << _SLOT_BITS) - 1)

_Words = NDArray[np.uint64]
_Places = NDArray[np.intp]


def may_align(asked: Sequence[tuple[Reading, Sequence[Reading]]], *, least: float) -> list[list[bool]]:
    """Tell of each article and each of its candidates whether `least` of the shorter text could be aligned.

    True of all of which it is: counted are the tokens around the runs that both texts have, once each.
    """
    found: list[list[bool]] = []
    for first in range(0, len(asked), _ARTICLES_AT_ONCE):
        found += _of_block(asked[first : first + _ARTICLES_AT_ONCE], least)
    return found


def _of_block(asked: Sequence[tuple[Reading, Sequence[Reading]]], least: float) -> list[list[bool]]:
    ones, others = [one for one, _ in asked], [other for _, candidates in asked for other in candidates]
    borders = np.cumsum([len(candidates) for _, candidates in asked])
    article = np.repeat(np.arange(len(ones)), np.diff(borders, prepend=0))  # of each pair
    pair, x, y = _met([one.runs for one in ones], [other.runs for other in others], article)
    lengths, theirs = np.array([len(one) for one in ones], np.intp)[article], np.array([*map(len, others)], np.intp)
    most = _most(pair, np.where((lengths <= theirs)[pair], x, y), len(others))
    enough = (most > 0) & (most >= least * np.minimum(lengths, theirs))
    return [each.tolist() for each in np.split(enough, borders[:-1])]


def _met(ones: Sequence[_Words], others: Sequence[_Words], article: _Places) -> tuple[_Places, _Places, _Places]:
    """Give pair and place in either text of those runs that both texts have, once each."""
    mine, owner = np.concatenate(ones), np.repeat(np.arange(len(ones)), [*map(len, ones)])
    keys = (mine >> KEY_SHIFT) | _marked(owner)
    order, ascending = ordered(keys)
    once = order[_alone(ascending)]
    known = keys[once]  # ascending
    sizes = [*map(len, others)]
    theirs = np.concatenate(others) if others else np.zeros(0, np.uint64)
    at = np.flatnonzero(_slots(mine[once], owner[once], len(ones))[_slot(theirs, np.repeat(article, sizes))])
    pair = np.searchsorted(np.cumsum(sizes), at, side="right")
    wanted = (theirs[at] >> KEY_SHIFT) | _marked(article[pair])
    held = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    hit = np.flatnonzero(known[held] == wanted) if len(known) else np.zeros(0, np.intp)
    at, pair, held = at[hit], pair[hit], held[hit]
    keys = (theirs[at] >> KEY_SHIFT) | _marked(pair)
    order, ascending = ordered(keys)
    single = order[_alone(ascending)]
    x, y = (mine[once[held[single]]] & PLACE), (theirs[at[single]] & PLACE)
    return pair[single], x.astype(np.intp), y.astype(np.intp)


def _marked(numbers: _Places) -> _Words:
    """Give numbers of articles or pairs where they stand above the key of a run."""
    return numbers.astype(np.uint64) << np.uint64(KEY_BITS)


def _slot(runs: _Words, article: _Places) -> _Places:
    """Give the place of each run in the tables of the articles, one behind the other."""
    return ((runs >> KEY_SHIFT) & _SLOTS).view(np.int64) + (article << _SLOT_BITS)


def _slots(runs: _Words, article: _Places, articles: int) -> NDArray[np.bool_]:
    taken = np.zeros(articles << _SLOT_BITS, np.bool_)
    taken[_slot(runs, article)] = True
    return taken


def _alone(ordered: _Words) -> NDArray[np.bool_]:
    """Tell which values of an ascending array stand there once."""
    differs = np.ones(len(ordered) + 1, np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=differs[1:-1])
    return differs[1:] & differs[:-1]


def _most(pair: _Places, places: _Places, pairs: int) -> _Places:
    """Give how many tokens of each pair could be aligned at the most, where runs that both have begin at `places`."""
    ordered = np.sort((pair << PLACE_BITS) | places)
    pair = ordered >> PLACE_BITS
    steps = np.minimum(np.diff(ordered), RUN + NEAR)
    steps[pair[1:] != pair[:-1]] = 0
    most = np.bincount(pair[1:], steps, pairs).astype(np.intp)
    most[pair] += RUN + 2 * NEAR  # once, however many runs it has
    return most
