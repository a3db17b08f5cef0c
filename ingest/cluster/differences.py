"""What stands in one of two texts where the other has something else: counted, and told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.readings import Reading
from ingest.cluster.tokens import spread

Places = NDArray[np.intp]
_Kind = TypeVar("_Kind", np.bool_, np.uint64)

_ASKED = 0.15  # share of numbers and names in what differs from which their spelling is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Numbers or names that stand in one text where the other has others."""

    kind: str  # number, name
    one: tuple[str, ...]
    other: tuple[str, ...]


class Gaps:
    """The tokens of texts that stand between two shared runs: gap i is of readings[pair[i]]."""

    def __init__(self, readings: Sequence[Reading], pair: Places, firsts: Places, sizes: Places) -> None:
        ends = np.cumsum(sizes)
        total = int(ends[-1]) if len(ends) else 0
        self.readings = readings
        self.pair = pair
        self.places: Places = np.arange(total) - np.repeat(ends - sizes, sizes) + np.repeat(firsts, sizes)
        self.gap: Places = np.repeat(np.arange(len(sizes)), sizes)
        asked: list[int] = np.flatnonzero(np.bincount(pair, minlength=len(readings))).tolist()  # no others' tokens
        tokens = [(readings[at].tokens, slice(readings[at].first, readings[at].after)) for at in asked]
        starts = np.zeros(len(readings), np.intp)
        starts[asked] = np.cumsum([0, *(len(readings[at]) for at in asked)])[:-1]
        at = self.places + starts[pair[self.gap]]
        self.is_number = _joined([each.is_number[mine] for each, mine in tokens], np.bool_)[at]
        self.is_name = _joined([each.is_name[mine] for each, mine in tokens], np.bool_)[at] & ~self.is_number
        hashes = _joined([each.hashes[mine] for each, mine in tokens], np.uint64)[at]
        self.keys = hashes ^ spread(self.gap.astype(np.uint64) + np.uint64(1))

    def words(self, chosen: NDArray[np.bool_]) -> dict[int, list[str]]:
        """Give the chosen tokens in lower case, by gap."""
        return {gap: [word.lower() for word in words] for gap, words in self.written(chosen).items()}

    def written(self, chosen: NDArray[np.bool_]) -> dict[int, list[str]]:
        """Give the chosen tokens as they are written, by gap."""
        found: dict[int, list[str]] = defaultdict(list)
        for place, gap in zip(self.places[chosen].tolist(), self.gap[chosen].tolist(), strict=True):
            found[gap].append(self.readings[self.pair[gap]].written(place, place + 1))
        return found


def count_differences(one: Gaps, other: Gaps, pair: Places, pairs: int) -> list[tuple[int, int, int]]:
    """Count for each pair of texts numbers that stand for others, names that do, and the other tokens that differ.

    `pair` tells which pair each gap is of.
    """
    alone, foreign = ~_held(one.keys, other.keys), ~_held(other.keys, one.keys)

    def in_each(mine: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> tuple[Places, Places]:
        return (
            np.bincount(one.gap[mine & alone], minlength=len(pair)),
            np.bincount(other.gap[theirs & foreign], minlength=len(pair)),
        )

    def summed(counts: Places) -> Places:
        return np.bincount(pair, counts, pairs).astype(np.intp)

    total = summed(np.maximum(*in_each(np.ones(len(one.gap), np.bool_), np.ones(len(other.gap), np.bool_))))
    numbers = summed(np.minimum(*in_each(one.is_number, other.is_number)))
    names = summed(np.minimum(*in_each(one.is_name, other.is_name)))
    asked = (numbers + names >= _ASKED * total) & (total > 0)
    mine, theirs = alone & asked[pair[one.gap]], foreign & asked[pair[other.gap]]
    for counts, is_mine, is_theirs in ((numbers, one.is_number, other.is_number), (names, one.is_name, other.is_name)):
        counts[asked] = 0
        for gap, unlike in _unlike(one.words(mine & is_mine), other.words(theirs & is_theirs)).items():
            counts[pair[gap]] += unlike
    return list(zip(numbers.tolist(), names.tolist(), (total - numbers - names).tolist(), strict=True))


def replacements(mine: Gaps, theirs: Gaps) -> list[Replacement]:
    """Give the numbers and names that stand for others, in the order of the first text."""
    alone, foreign = ~_held(mine.keys, theirs.keys), ~_held(theirs.keys, mine.keys)
    found: list[tuple[int, Replacement]] = []
    for kind, is_mine, is_theirs in (
        ("number", mine.is_number, theirs.is_number),
        ("name", mine.is_name, theirs.is_name),
    ):
        ours, others = mine.written(alone & is_mine), theirs.written(foreign & is_theirs)
        for gap in ours.keys() & others.keys():
            left, unmatched = _unmatched(ours[gap], others[gap])
            if left and unmatched:
                found.append((gap, Replacement(kind=kind, one=tuple(left), other=tuple(unmatched))))
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]


def _held(keys: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Tell which of the keys are among the others."""
    if not len(others):
        return np.zeros(len(keys), np.bool_)
    ordered = np.sort(others)
    held: NDArray[np.bool_] = ordered[np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)] == keys
    return held


def _unlike(one: dict[int, list[str]], other: dict[int, list[str]]) -> dict[int, int]:
    """Count for each gap the words that stand for others without being a misspelling of them."""
    return {gap: min(map(len, _unmatched(mine, other.get(gap, ())))) for gap, mine in one.items()}


def _joined(parts: Sequence[NDArray[_Kind]], kind: type[_Kind]) -> NDArray[_Kind]:
    return np.concatenate([np.zeros(0, kind), *parts])


def _unmatched(mine: Sequence[str], theirs: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give the words of either side that are no misspelling of one of the other side's."""
    left, others = [], list(theirs)
    for word in mine:
        like = next((candidate for candidate in others if _is_misspelt(word.lower(), candidate.lower())), None)
        if like is None:
            left.append(word)
        else:
            others.remove(like)
    return left, others


def _is_misspelt(one: str, other: str) -> bool:
    """Tell whether two words differ by a third of their letters or less; two numbers never do."""
    if abs(len(one) - len(other)) > 2 or (one.isdigit() and other.isdigit()):
        return False
    most = max(1, max(len(one), len(other)) // 3)
    if len(set(one) - set(other)) > most:  # each of these letters is a difference
        return False
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        before, row = row, [number]
        for place, candidate in enumerate(other):
            row.append(min(before[place + 1] + 1, row[-1] + 1, before[place] + (letter != candidate)))
    return row[-1] <= most
