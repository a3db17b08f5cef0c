"""Groups of articles that agree on the whole become one: average linkage, decided for all that touch at once. Pure."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product

Scores = Callable[[Sequence[tuple[int, int]]], Sequence[float]]  # of pairs of articles, 0 to 1
WEIGHED = 10  # members of a group that are scored against those of another


def link_groups(
    groups: Mapping[int, Sequence[int]],
    near: Iterable[tuple[int, int]],
    *,
    least: float,
    scores: Scores,
    join: Callable[[int, int, float], bool],
) -> None:
    """Join groups as long as two agree by `least` or more, always the two that agree most.

    groups: the articles of each; `near`: which two are compared to begin with. Agreement is the mean score between
    the articles of both. `join` is given both groups, the lower number first, and their mean; the lower one holds
    the articles of both from then on. It gives False where the two must stay apart, and they are left so.
    Equal means are joined in the order of the groups' numbers, so that nothing else decides.
    """
    linkage = _Linkage(groups, scores, least)
    linkage.compare(sorted({(min(pair), max(pair)) for pair in near if pair[0] != pair[1]}))
    while (found := linkage.best()) is not None:
        one, other, mean = found
        if join(one, other, mean):
            linkage.merge(one, other)
        else:
            linkage.part(one, other)


class _Linkage:
    """The groups as they are by now, and how well those agree that have been compared."""

    def __init__(self, groups: Mapping[int, Sequence[int]], scores: Scores, least: float) -> None:
        self._members = {group: list(members) for group, members in groups.items()}
        self._means: dict[int, dict[int, float]] = {group: {} for group in groups}
        self._scores, self._least = scores, least
        self._queue: list[tuple[float, int, int]] = []

    def compare(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Note how well the groups of each pair agree."""
        for (one, other), mean in zip(pairs, self._mean(pairs), strict=True):
            self._note(one, other, mean)

    def best(self) -> tuple[int, int, float] | None:
        """Give the two groups that agree most, and how well; None where no two agree well enough."""
        while self._queue:
            lack, one, other = heapq.heappop(self._queue)
            if self._means.get(one, {}).get(other) == -lack:  # else a group is gone, or has grown since
                return one, other, -lack
        return None

    def part(self, one: int, other: int) -> None:
        """Forget that two groups agree."""
        del self._means[one][other], self._means[other][one]

    def merge(self, one: int, other: int) -> None:
        """Put the members of `other` into `one`."""
        sizes = len(self._members[one]), len(self._members[other])
        mine, theirs = self._means[one], self._means.pop(other)
        del mine[other], theirs[one]
        thirds = sorted(mine.keys() | theirs.keys())
        # What would not be enough, were the half that is not known yet all that it can be, need not be known.
        wanted = [
            (known, third)
            for third in thirds
            for known, found, size in ((one, mine, sizes[0]), (other, theirs, sizes[1]))
            if third not in found and (size + (sum(sizes) - size) * (mine | theirs)[third]) / sum(sizes) >= self._least
        ]
        told = dict(zip(wanted, self._mean(wanted), strict=True))
        self._members[one] += self._members.pop(other)
        for third in thirds:
            halves = mine.get(third, told.get((one, third))), theirs.get(third, told.get((other, third)))
            mine.pop(third, None)
            self._means[third].pop(one, None)
            self._means[third].pop(other, None)
            if halves[0] is not None and halves[1] is not None:
                self._note(one, third, (sizes[0] * halves[0] + sizes[1] * halves[1]) / sum(sizes))

    def _note(self, one: int, other: int, mean: float) -> None:
        self._means[one][other] = self._means[other][one] = mean
        if mean >= self._least:
            heapq.heappush(self._queue, (-mean, min(one, other), max(one, other)))

    def _mean(self, pairs: Sequence[tuple[int, int]]) -> list[float]:
        """Give the mean score between the members of both groups of each pair."""
        asked = [list(product(self._members[one][:WEIGHED], self._members[other][:WEIGHED])) for one, other in pairs]
        found = iter(self._scores([pair for part in asked for pair in part]))
        return [sum(next(found) for _ in part) / len(part) for part in asked]
