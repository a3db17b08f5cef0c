"""Two texts laid side by side: which passages they share, and what stands in one where the other has something else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.differences import Gaps, Places, Replacement, count_differences, replacements
from ingest.cluster.tokens import Tokens, blocks, tokenise

PASSAGES_KEPT = 12
RUN = 3  # tokens: what two texts share at the least to be laid on one another there
NEAR = 12  # tokens between two shared runs that still count as the same passage, changed
_WIDE = 40  # tokens between two shared runs in which one is still asked what replaced what
_SURE = 16  # tokens of a run that needs no neighbour to be believed
PLACE_BITS = 24  # for where a run begins: no text is as long
KEY_BITS = 39  # that are left of its hash
PLACE, _OTHER = np.uint64((1 << PLACE_BITS) - 1), np.uint64(1 << PLACE_BITS)  # the bit tells of which text it is
KEY_SHIFT = np.uint64(PLACE_BITS + 1)
_KEY = ~((np.uint64(1) << KEY_SHIFT) - np.uint64(1))


@dataclass(slots=True, eq=False)
class Reading:
    """A text, made ready to be laid beside others."""

    tokens: Tokens  # of its block
    first: int  # its tokens are first:after
    after: int
    _runs: NDArray[np.uint64] | None = None

    @property
    def runs(self) -> NDArray[np.uint64]:
        """Give each run of RUN tokens: its hash in the upper bits, where it begins in the PLACE_BITS lower ones."""
        if self._runs is None:
            hashes = self.hashes_of(RUN)
            self._runs = (hashes & _KEY) | np.arange(len(hashes), dtype=np.uint64)
        return self._runs

    def hashes_of(self, size: int) -> NDArray[np.uint64]:
        """Give the hash of each run of `size` tokens."""
        return self.tokens.runs(size)[self.first : max(self.after - size + 1, self.first)]

    def __reduce__(self) -> tuple[Callable[[str], "Reading"], tuple[str]]:
        """Travel as the text alone, without the arrays of its whole block."""
        return _read, (self.written(0, len(self)) if len(self) else "",)

    def __len__(self) -> int:
        """Count the tokens."""
        return self.after - self.first

    @property
    def hashes(self) -> NDArray[np.uint64]:
        """Give the hashes of its tokens."""
        return self.tokens.hashes[self.first : self.after]

    def word(self, place: int) -> str:
        """Give a token in lower case."""
        return self.written(place, place + 1).lower()

    def written(self, first: int, after: int) -> str:
        """Give the text from one token to before another, as it is written."""
        begin, end = self.tokens.starts[self.first + first], self.tokens.ends[self.first + after - 1]
        return self.tokens.data[begin:end].decode()


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


def readings(texts: Sequence[str]) -> list[Reading]:
    """Make texts ready to be aligned."""
    found: list[Reading] = []
    for begin, end in blocks(texts):
        tokens = tokenise(texts[begin:end])
        borders = tokens.offsets.tolist()
        found += [Reading(tokens, first, after) for first, after in pairwise(borders)]
    return found


def _read(text: str) -> Reading:
    [found] = readings([text])
    return found


def align(one: Reading, other: Reading, *, least: float = 0.0) -> Alignment:
    """Lay two texts side by side.

    What differs, and the passages, are left out where less than `least` of the shorter text is aligned; all is, where
    the runs that they share are too few for it.
    """
    runs = _shared_runs(one, other, least=least)
    both = (len(one), len(other))
    if not len(runs[0]):
        return Alignment(sizes=both, aligned=(0, 0))
    laid = _lay(one, other, runs)
    _, y, sizes, skip_x, skip_y, follows = laid
    near = follows & (skip_x <= NEAR) & (skip_y <= NEAR)
    covered = int(sizes.sum() + np.minimum(skip_x, 0).sum())
    order = np.argsort(y, kind="stable")
    covered_y = int(sizes.sum() + np.minimum(y[order][1:] - (y + sizes)[order][:-1], 0).sum())
    aligned = (
        covered + int(np.maximum(skip_x[near], 0).sum()),
        covered_y + int(np.maximum(skip_y[near], 0).sum()),
    )
    result = Alignment(sizes=both, aligned=aligned, shared=covered)
    if result.shares[0] < least:
        return result
    numbers, names, words = count_differences(*_gaps(one, other, laid))
    return Alignment(
        sizes=both,
        aligned=aligned,
        shared=covered,
        passages=_passages(*runs),
        starts=(int(runs[0][0]), int(runs[1].min())),
        numbers=numbers,
        names=names,
        words=words,
    )


def replaced(one: Reading, other: Reading) -> list[Replacement]:
    """Give the numbers and names that stand for others where two texts run side by side, in the order of the first."""
    runs = _shared_runs(one, other)
    if not len(runs[0]):
        return []
    mine, theirs, _ = _gaps(one, other, _lay(one, other, runs))
    return replacements(mine, theirs)


class _Laid(NamedTuple):
    """Shared runs between an empty one at either end of both texts, and what lies between two that follow."""

    x: Places
    y: Places
    sizes: Places
    skip_x: Places  # tokens of the first text between a run and the next
    skip_y: Places
    follows: NDArray[np.bool_]  # whether the next run lies behind in the second text too


def _lay(one: Reading, other: Reading, runs: tuple[Places, Places, Places]) -> _Laid:
    # An empty run at either end: what stands before the first shared one and after the last is between two as well.
    x, y, sizes = (np.zeros(len(runs[0]) + 2, np.intp) for _ in range(3))
    x[1:-1], y[1:-1], sizes[1:-1] = runs
    x[-1], y[-1] = len(one), len(other)
    skip_x, skip_y = x[1:] - (x + sizes)[:-1], y[1:] - (y + sizes)[:-1]
    return _Laid(x, y, sizes, skip_x, skip_y, (skip_y >= -RUN) & ((skip_x > 0) | (skip_y > 0)))


def _gaps(one: Reading, other: Reading, laid: _Laid) -> tuple[Gaps, Gaps, int]:
    """Give what stands in either text between two runs near enough to ask what replaced what; how many such places."""
    x, y, sizes, skip_x, skip_y, follows = laid
    between = np.flatnonzero(follows & (skip_x <= _WIDE) & (skip_y <= _WIDE))
    gaps_x = Gaps(one, (x + sizes)[:-1][between], np.maximum(skip_x[between], 0))
    gaps_y = Gaps(other, (y + sizes)[:-1][between], np.maximum(skip_y[between], 0))
    return gaps_x, gaps_y, len(between)


def _shared_runs(one: Reading, other: Reading, *, least: float = 0.0) -> tuple[Places, Places, Places]:
    """Give where the runs that both texts share begin in either, and how long they are; in the order of the first.

    None where they are too few for `least` of the shorter text to be aligned: most candidates end here.
    """
    x, y = _met(one.runs, other.runs)
    if not len(x) or _most(x if len(one) <= len(other) else y) < least * min(len(one), len(other)):
        none = np.zeros(0, np.intp)
        return none, none, none
    order = np.argsort(x)
    x, y = x[order], y[order]
    steps = np.diff(x)
    breaks = np.flatnonzero((steps != np.diff(y)) | (steps > RUN))
    heads, ends = np.concatenate(([0], breaks + 1)), np.concatenate((breaks, [len(x) - 1]))
    x, y, sizes = x[heads], y[heads], x[ends] - x[heads] + RUN
    keep = _believed(y - x, sizes)
    return x[keep], y[keep], sizes[keep]


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


def _believed(shift: Places, sizes: Places) -> NDArray[np.bool_]:
    """Tell which runs are no chance: long ones, and those that lie as the longer part of their neighbours does."""
    votes = np.zeros(len(shift), np.intp)
    for ahead in (1, 2):
        with_next = np.abs(shift[ahead:] - shift[:-ahead]) <= NEAR
        sign = np.where(with_next, 1, -1)
        votes[:-ahead] += sign * sizes[ahead:]
        votes[ahead:] += sign * sizes[:-ahead]
    return (votes > 0) | (sizes >= _SURE)


def _passages(x: Places, y: Places, sizes: Places) -> tuple[tuple[int, int, int, int], ...]:
    longest = np.sort(np.argsort(-sizes, kind="stable")[:PASSAGES_KEPT])
    return tuple(
        (begin, begin + size, start, start + size)
        for begin, start, size in zip(x[longest].tolist(), y[longest].tolist(), sizes[longest].tolist(), strict=True)
    )
