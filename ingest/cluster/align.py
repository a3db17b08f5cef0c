"""Two texts laid side by side: which passages they share, and what stands in one where the other has something else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.differences import Gaps, Places, Replacement, count_differences, replacements
from ingest.cluster.laid import NEAR, RUN, Laid, count_aligned, lay, runs_of
from ingest.cluster.readings import KEY_SHIFT, PLACE, PLACE_BITS, Reading

PASSAGES_KEPT = 12
_WIDE = 40  # tokens between two shared runs in which one is still asked what replaced what
_PAIRS_AT_ONCE = 64  # what is known of them stays in the processor's cache
_OTHER = np.uint64(1 << PLACE_BITS)  # the bit tells of which text a run is


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """What two texts share, and how they differ where they run side by side."""

    sizes: tuple[int, int]  # tokens of the first and of the second text
    aligned: tuple[int, int]  # of these, in shared runs and in the short gaps between two of them
    shared: int = 0  # tokens of the first text that are in shared runs
    passages: tuple[tuple[int, int, int, int], ...] = ()  # the longest: first, after in either text; tokens
    starts: tuple[int, int] = (0, 0)  # where the first shared run begins
    numbers: int = 0  # places where a number stands for another number
    names: int = 0  # and a capitalised word for another that is no misspelling of it
    words: int = 0  # other tokens put in, left out or replaced

    @property
    def shares(self) -> tuple[float, float]:
        """Give how much of the shorter and of the longer text runs beside the other."""
        one, other = (
            min(part / size, 1.0) if size else 0.0 for part, size in zip(self.aligned, self.sizes, strict=True)
        )
        return (one, other) if self.sizes[0] <= self.sizes[1] else (other, one)

    @property
    def slots(self) -> int:
        """Count the places that a form would leave open."""
        return self.numbers + self.names


def align(one: Reading, other: Reading, *, least: float = 0.0) -> Alignment:
    """Lay two texts side by side: see align_all."""
    [found] = align_all([(one, other)], least=least)
    return found


def align_all(pairs: Sequence[tuple[Reading, Reading]], *, least: float = 0.0) -> list[Alignment]:
    """Lay each pair of texts side by side.

    What differs, and the passages, are left out where less than `least` of the shorter text is aligned; all is, where
    the runs that they share are too few for it.
    """
    found: list[Alignment] = []
    for first in range(0, len(pairs), _PAIRS_AT_ONCE):
        found += _align_block(pairs[first : first + _PAIRS_AT_ONCE], least)
    return found


def _align_block(pairs: Sequence[tuple[Reading, Reading]], least: float) -> list[Alignment]:
    runs = runs_of([_met_by(one, other, least=least) for one, other in pairs])
    lengths = np.array([(len(one), len(other)) for one, other in pairs], np.intp)
    laid = lay(runs, lengths)
    counts = zip(*(each.tolist() for each in count_aligned(runs, laid, len(pairs))), strict=True)
    found = [
        Alignment(sizes=(size, other), aligned=(aligned, theirs), shared=shared)
        for (size, other), (shared, aligned, theirs) in zip(lengths.tolist(), counts, strict=True)
    ]
    borders = np.searchsorted(runs.pair, np.arange(len(pairs) + 1)).tolist()
    enough = [
        begin < end and each.shares[0] >= least for each, (begin, end) in zip(found, pairwise(borders), strict=True)
    ]
    differing = count_differences(*_gaps(pairs, laid, np.array(enough)), len(pairs))
    for at in np.flatnonzero(enough).tolist():
        x, y, sizes = (each[borders[at] : borders[at + 1]] for each in runs[1:])
        numbers, names, words = differing[at]
        found[at] = replace(
            found[at],
            passages=_passages(x, y, sizes),
            starts=(int(x[0]), int(y.min())),
            numbers=numbers,
            names=names,
            words=words,
        )
    return found


def replaced(one: Reading, other: Reading) -> list[Replacement]:
    """Give the numbers and names that stand for others where two texts run side by side, in the order of the first."""
    laid = lay(runs_of([_met_by(one, other)]), np.array([(len(one), len(other))]))
    mine, theirs, _ = _gaps([(one, other)], laid, np.ones(1, np.bool_))
    return replacements(mine, theirs)


def _gaps(
    pairs: Sequence[tuple[Reading, Reading]], laid: Laid, chosen: NDArray[np.bool_]
) -> tuple[Gaps, Gaps, NDArray[np.intp]]:
    """Give what stands in either text between two runs near enough to ask what replaced what; the pair of each gap."""
    between = np.flatnonzero(laid.follows & (laid.skip_x <= _WIDE) & (laid.skip_y <= _WIDE) & chosen[laid.pair])
    pair = laid.pair[between]
    one = Gaps([one for one, _ in pairs], pair, laid.x[between], np.maximum(laid.skip_x[between], 0))
    other = Gaps([other for _, other in pairs], pair, laid.y[between], np.maximum(laid.skip_y[between], 0))
    return one, other, pair


def _met_by(one: Reading, other: Reading, *, least: float = 0.0) -> tuple[Places, Places]:
    """Give where the runs that both texts have once begin in either.

    None where they are too few for `least` of the shorter text to be aligned: most candidates end here.
    """
    x, y = _met(one.runs, other.runs)
    if len(x) and _most(x if len(one) <= len(other) else y) >= least * min(len(one), len(other)):
        return x, y
    none = np.zeros(0, np.intp)
    return none, none


def _met(runs: NDArray[np.uint64], others: NDArray[np.uint64]) -> tuple[Places, Places]:
    """Give where those runs begin, in either text, that each of them has once."""
    both = np.concatenate((runs, others | _OTHER))
    both.sort()
    keys = both >> KEY_SHIFT
    same = np.zeros(len(both) + 1, np.bool_)
    np.equal(keys[1:], keys[:-1], out=same[1:-1])
    at = np.flatnonzero(same[1:-1] & ~same[:-2] & ~same[2:])
    first, second = both[at], both[at + 1]
    is_of_either = (first ^ second) & _OTHER != 0
    return (first[is_of_either] & PLACE).astype(np.intp), (second[is_of_either] & PLACE).astype(np.intp)


def _most(places: Places) -> int:
    """Give how many tokens could be aligned at the most, where runs that both texts have begin at these places."""
    return int(np.minimum(np.diff(np.sort(places)), RUN + NEAR).sum()) + RUN + 2 * NEAR


def _passages(x: Places, y: Places, sizes: Places) -> tuple[tuple[int, int, int, int], ...]:
    longest = np.sort(np.argsort(-sizes, kind="stable")[:PASSAGES_KEPT])
    return tuple(
        (begin, begin + size, start, start + size)
        for begin, start, size in zip(x[longest].tolist(), y[longest].tolist(), sizes[longest].tolist(), strict=True)
    )
