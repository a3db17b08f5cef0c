"""What stands in one of two texts where the other has something else: counted, and told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.tokens import spread

if TYPE_CHECKING:
    from ingest.cluster.align import Reading  # which lays texts side by side first

Places = NDArray[np.intp]

_ASKED = 0.15  # share of numbers and names in what differs from which their spelling is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Numbers or names that stand in one text where the other has others."""

    kind: str  # number, name
    one: tuple[str, ...]
    other: tuple[str, ...]


class Gaps:
    """The tokens of a text that stand between two shared runs."""

    def __init__(self, reading: "Reading", firsts: Places, sizes: Places) -> None:
        ends = np.cumsum(sizes)
        total = int(ends[-1]) if len(ends) else 0
        self.reading = reading
        self.places: Places = np.arange(total) - np.repeat(ends - sizes, sizes) + np.repeat(firsts, sizes)
        self.gap: Places = np.repeat(np.arange(len(sizes)), sizes)
        at = reading.first + self.places
        self.is_number = reading.tokens.is_number[at]
        self.is_name = reading.tokens.is_name[at] & ~self.is_number
        self.keys = reading.tokens.hashes[at] ^ spread(self.gap.astype(np.uint64) + np.uint64(1))

    def words(self, chosen: NDArray[np.bool_]) -> dict[int, list[str]]:
        """Give the chosen tokens in lower case, by gap."""
        return {gap: [word.lower() for word in words] for gap, words in self.written(chosen).items()}

    def written(self, chosen: NDArray[np.bool_]) -> dict[int, list[str]]:
        """Give the chosen tokens as they are written, by gap."""
        found: dict[int, list[str]] = defaultdict(list)
        for place, gap in zip(self.places[chosen].tolist(), self.gap[chosen].tolist(), strict=True):
            found[gap].append(self.reading.written(place, place + 1))
        return found


def count_differences(one: Gaps, other: Gaps, count: int) -> tuple[int, int, int]:
    """Count numbers that stand for others, names that do, and the other tokens that differ."""
    alone, foreign = ~_held(one.keys, other.keys), ~_held(other.keys, one.keys)

    def in_both(mine: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> int:
        counts = (
            np.bincount(one.gap[mine & alone], minlength=count),
            np.bincount(other.gap[theirs & foreign], minlength=count),
        )
        return int(np.minimum(*counts).sum())

    whole = np.bincount(one.gap[alone], minlength=count), np.bincount(other.gap[foreign], minlength=count)
    total = int(np.maximum(*whole).sum())
    numbers, names = in_both(one.is_number, other.is_number), in_both(one.is_name, other.is_name)
    if numbers + names >= _ASKED * total:
        numbers = _unlike(one.words(alone & one.is_number), other.words(foreign & other.is_number))
        names = _unlike(one.words(alone & one.is_name), other.words(foreign & other.is_name))
    return numbers, names, total - numbers - names


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


def _unlike(one: dict[int, list[str]], other: dict[int, list[str]]) -> int:
    """Count the words that stand for others of the same gap without being a misspelling of them."""
    return sum(min(map(len, _unmatched(mine, other.get(gap, ())))) for gap, mine in one.items())


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
