"""Groups become one where they agree on the whole, whatever the order in which they are told."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.linkage import WEIGHED, link_groups

Pair = tuple[int, int]


def linked(
    groups: Mapping[int, Sequence[int]],
    scores: Mapping[Pair, float],
    *,
    least: float = 0.5,
    near: Sequence[Pair] | None = None,
    apart: Sequence[Pair] = (),
) -> tuple[list[list[int]], list[tuple[int, int, float]]]:
    """Give the groups of articles that come of it, and what was joined; a pair without a score has 0."""
    members = {group: list(articles) for group, articles in groups.items()}
    joined = []

    def scored(pairs: Sequence[Pair]) -> list[float]:
        return [scores.get((min(pair), max(pair)), 0.0) for pair in pairs]

    def join(one: int, other: int, mean: float) -> bool:
        if (one, other) in apart:
            return False
        joined.append((one, other, round(mean, 6)))
        members[one] += members.pop(other)
        return True

    link_groups(
        groups, near if near is not None else list(combinations(groups, 2)), least=least, scores=scored, join=join
    )
    return sorted(sorted(articles) for articles in members.values()), joined


def singles(count: int) -> dict[int, list[int]]:
    """Give groups of one article each."""
    return {number: [number] for number in range(count)}


def test_those_that_agree_most_are_joined_first() -> None:
    """What two of three articles have in common decides before what the third has with either."""
    found, joined = linked(singles(3), {(0, 1): 0.6, (1, 2): 0.9, (0, 2): 0.2})

    assert found == [[0], [1, 2]]
    assert joined == [(1, 2, 0.9)]


def test_one_weak_link_joins_no_groups() -> None:
    """Two groups that agree within are not one because an article of each is like the other."""
    within = {(0, 1): 0.9, (2, 3): 0.9, (1, 2): 0.8}

    found, _ = linked(singles(4), within)

    assert found == [[0, 1], [2, 3]]


def test_groups_that_began_apart_become_one_when_they_agree_on_the_whole() -> None:
    """A late article that both groups agree with lets them be one where they agree themselves."""
    scores = {(0, 1): 0.4, (0, 2): 0.8, (1, 2): 0.7}

    found, joined = linked(singles(3), scores)

    assert found == [[0, 1, 2]]
    assert joined == [(0, 2, 0.8), (0, 1, 0.55)]


def test_what_is_parted_stays_apart() -> None:
    """Two groups that must not be one are asked about once; what agrees with both joins the nearer."""
    scores = {(0, 1): 0.9, (0, 2): 0.8, (1, 2): 0.7}

    found, _ = linked(singles(3), scores, apart=[(0, 1)])

    assert found == [[0, 2], [1]]


def test_agreement_is_that_of_a_bounded_number_of_members() -> None:
    """Of a large group the first members are scored, however many there are."""
    large = list(range(3 * WEIGHED))
    seen: set[Pair] = set()

    def scored(pairs: Sequence[Pair]) -> list[float]:
        seen.update(pairs)
        return [1.0 for _ in pairs]

    link_groups({1: large, 2: [1000]}, [(1, 2)], least=0.5, scores=scored, join=lambda _, __, ___: True)

    assert seen == {(member, 1000) for member in large[:WEIGHED]}


@st.composite
def _scores(draw: st.DrawFn) -> dict[Pair, float]:
    """Draw scores of all pairs of up to eight articles, no two of which, nor two of their means, are the same."""
    pairs = list(combinations(range(draw(st.integers(2, 8))), 2))
    order = draw(st.permutations(range(len(pairs))))
    return {pair: ((place + 1) / (len(pairs) + 1)) ** 0.731 for pair, place in zip(pairs, order, strict=True)}


@given(_scores(), st.integers(0, 1000))
def test_names_and_order_make_no_difference(scores: dict[Pair, float], seed: int) -> None:
    """The same articles under other numbers, told in another order, come to the same groups."""
    count = max(other for _, other in scores) + 1
    names = list(range(count))
    Random(seed).shuffle(names)
    renamed = {(min(names[a], names[b]), max(names[a], names[b])): score for (a, b), score in scores.items()}
    near = list(renamed)
    Random(seed).shuffle(near)

    usual, _ = linked(singles(count), scores)
    other, _ = linked(singles(count), renamed, near=near)

    assert other == sorted(sorted(names[article] for article in group) for group in usual)


@given(_scores())
def test_every_join_agrees_on_the_whole(scores: dict[Pair, float]) -> None:
    """The mean that is told of each join is that of all pairs between both groups, and no two left agree as well."""
    count = max(other for _, other in scores) + 1
    groups = {number: [number] for number in range(count)}

    found, joined = linked(groups, scores)

    for one, other, mean in joined:
        between = [scores[min(pair), max(pair)] for pair in ((a, b) for a in groups[one] for b in groups[other])]
        assert abs(sum(between) / len(between) - mean) < 1e-6
        assert mean >= 0.5
        groups[one] = groups[one] + groups.pop(other)
    for mine, theirs in combinations(found, 2):
        between = [scores[min(a, b), max(a, b)] for a in mine for b in theirs]
        assert sum(between) / len(between) < 0.5 + 1e-9
