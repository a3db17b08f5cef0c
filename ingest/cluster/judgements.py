"""What people say about stories, and which variants are together then. Pure.

What people said comes first, then what a correction left in one place, then the links, the surest first. What must
be apart is never joined, so a partition follows from links and judgements alone: an undone judgement leaves no trace.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Sides = Mapping[int, int]  # of variants: judgement -> 1 where they are on its first side, 2 on its second, 3 on both


class Kind(StrEnum):
    """What can be said, and how it is said on the command line."""

    SAME = "same"
    NOT_SAME = "not-same"
    MERGE = "merge"
    SPLIT = "split"
    MOVE = "move"
    PIN = "pin"
    UNPIN = "unpin"
    WITHDRAW = "withdraw"
    RESTORE = "restore"
    LATER = "later"  # of a suggestion: not now
    UNDO = "undo"


TYING = (Kind.SAME, Kind.MERGE, Kind.MOVE)
PARTING = (Kind.NOT_SAME, Kind.SPLIT, Kind.MOVE)
PLACING = tuple(dict.fromkeys((*TYING, *PARTING)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a person said of variants, by the sides that these are on.

    SAME and MERGE tie the first side; NOT_SAME and SPLIT part the first from the second; MOVE does both: the first
    side leaves the second and is tied to the third.
    """

    id: int
    kind: Kind
    said: str
    actor: str
    at: datetime
    sides: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]

    @property
    def together(self) -> tuple[int, ...]:
        """The variants that must be in one story, whatever the links say."""
        return self.sides[0] + self.sides[2] if self.kind in TYING else ()

    @property
    def apart(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Variants that must not be in one story: none of the first with any of the second."""
        return self.sides[:2] if self.kind in PARTING else ((), ())

    @property
    def left_together(self) -> tuple[tuple[int, ...], ...]:
        """The variants that a correction left in one place: they stay there while nothing else is said."""
        return self.sides[:2] if self.kind in (Kind.SPLIT, Kind.MOVE) else ()


def are_apart(one: Sides, other: Sides) -> bool:
    """Tell whether a judgement holds those of these sides apart.

    >>> are_apart({7: 1}, {7: 2}), are_apart({7: 1}, {7: 1}), are_apart({7: 1}, {8: 2})
    (True, False, False)
    """
    few, many = (one, other) if len(one) <= len(other) else (other, one)
    return any(mine & (theirs >> 1) or theirs & (mine >> 1) for key, mine in few.items() if (theirs := many.get(key)))


def arrange(
    labels: Mapping[int, Hashable], ties: Iterable[tuple[int, int]], judgements: Sequence[Judgement]
) -> list[frozenset[int]]:
    """Give the stories that these variants make, that of the oldest first.

    `ties` are pairs, the surest first; variants with different labels are joined by people alone.
    """
    clusters = _Clusters(labels, judgements)
    for judgement in judgements:
        known = [variant for variant in judgement.together if variant in labels]
        for variant in known[1:]:
            clusters.tie(known[0], variant, by_person=True)
    for judgement in sorted(judgements, key=lambda judgement: -judgement.id):
        for group in judgement.left_together:
            known = [variant for variant in group if variant in labels]
            for place, variant in enumerate(known):
                any(clusters.tie(variant, earlier) for earlier in known[:place])
    for one, other in ties:
        clusters.tie(one, other)
    return clusters.found()


def unexplained(stories: Iterable[frozenset[int]], clusters: Iterable[frozenset[int]]) -> list[tuple[int, int]]:
    """Give ties for what is in one story though no link or judgement says why: it stays there."""
    place = {variant: number for number, cluster in enumerate(clusters) for variant in cluster}
    held = []
    for story in stories:
        oldest = {place[variant]: variant for variant in sorted(story, reverse=True)}
        first, *others = sorted(oldest.values())
        held += [(first, other) for other in others]
    return held


def clash(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """Give judgements that cannot all hold, the oldest first; none where all can."""
    ties: defaultdict[int, list[tuple[int, Judgement]]] = defaultdict(list)
    for judgement in judgements:
        first, *others = judgement.together or (0,)
        for other in others:
            ties[first].append((other, judgement))
            ties[other].append((first, judgement))
    for judgement in judgements:
        first_side, second_side = judgement.apart
        for variant in first_side:
            path = _path(ties, variant, set(second_side)) if variant in ties else None
            if path is not None:
                return tuple(sorted({*path, judgement}, key=lambda found: found.id))
    return ()


def holding_apart(judgements: Iterable[Judgement], one: Iterable[int], other: Iterable[int]) -> tuple[Judgement, ...]:
    """Give the judgements that part any of `one` from any of `other`."""
    mine, theirs = set(one), set(other)

    def parts(first: Iterable[int], second: Iterable[int]) -> bool:
        return not (mine.isdisjoint(first) or theirs.isdisjoint(second))

    return tuple(found for found in judgements if parts(*found.apart) or parts(*reversed(found.apart)))


def sides_of(judgements: Iterable[Judgement]) -> dict[int, dict[int, int]]:
    """Give each variant that a judgement parts from others, with its Sides."""
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for judgement in judgements:
        for bit, variants in enumerate(judgement.apart, 1):
            for variant in variants:
                found[variant][judgement.id] = found[variant].get(judgement.id, 0) | bit
    return dict(found)


def _path(
    ties: Mapping[int, Sequence[tuple[int, Judgement]]], start: int, goals: set[int]
) -> tuple[Judgement, ...] | None:
    """Give the judgements by which `start` is tied to one of `goals`, as few as can be; None where it is not."""
    came: dict[int, tuple[Judgement, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here in goals:
            return came[here]
        for there, judgement in ties.get(here, ()):
            if there not in came:
                came[there] = (*came[here], judgement)
                waiting.append(there)
    return None


@dataclass(slots=True)
class _Clusters:
    """Variants that grow together, each cluster with the sides that it is on."""

    labels: Mapping[int, Hashable]
    judgements: Sequence[Judgement]
    _parents: dict[int, int] = field(default_factory=dict)
    _sides: dict[int, dict[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._parents = {variant: variant for variant in self.labels}
        self._sides = sides_of(self.judgements)

    def tie(self, one: int, other: int, *, by_person: bool = False) -> bool:
        """Put two variants together if nothing forbids it; tell whether they are."""
        first, second = sorted((self._root(one), self._root(other)))
        if first == second:
            return True
        mine, theirs = self._sides.get(first, {}), self._sides.get(second, {})
        if are_apart(mine, theirs) or not (by_person or self.labels[first] == self.labels[second]):
            return False
        self._parents[second] = first
        self._sides[first] = {key: mine.get(key, 0) | theirs.get(key, 0) for key in mine.keys() | theirs.keys()}
        return True

    def found(self) -> list[frozenset[int]]:
        clusters: defaultdict[int, set[int]] = defaultdict(set)
        for variant in self.labels:
            clusters[self._root(variant)].add(variant)
        return [frozenset(clusters[root]) for root in sorted(clusters)]

    def _root(self, variant: int) -> int:
        while self._parents[variant] != variant:
            self._parents[variant] = variant = self._parents[self._parents[variant]]
        return variant
