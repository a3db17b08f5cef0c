"""Which variants are together, by what people said and by links."""

from datetime import UTC, datetime
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.judgements import Judgement, Kind, arrange, clash, holding_apart

_AT = datetime(2026, 5, 20, tzinfo=UTC)
_VARIANTS = range(1, 8)
_PAIRS = st.tuples(st.sampled_from(_VARIANTS), st.sampled_from(_VARIANTS)).filter(lambda pair: pair[0] != pair[1])
_SIDES = st.permutations(_VARIANTS).flatmap(
    lambda order: st.tuples(st.integers(1, 3), st.integers(1, 3)).map(
        lambda sizes: (tuple(order[: sizes[0]]), tuple(order[sizes[0] : sum(sizes)]), (order[-1],))
    )
)


def _said(number: int, kind: Kind, *sides: tuple[int, ...]) -> Judgement:
    first, second, third = (*sides, (), (), ())[:3]
    said = f"{kind.value} {' '.join(map(str, first + second))}"
    return Judgement(id=number, kind=kind, said=said, actor="ines", at=_AT, sides=(first, second, third))


@st.composite
def _judgements(draw: st.DrawFn) -> list[Judgement]:
    """Draw judgements that can all hold."""
    made: list[Judgement] = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        kind = draw(st.sampled_from([Kind.SAME, Kind.NOT_SAME, Kind.SPLIT, Kind.MOVE]))
        first, second, third = draw(_SIDES)
        match kind:
            case Kind.SAME:
                new = _said(number, kind, first)
            case Kind.MOVE:
                new = _said(number, kind, first[:1], second, third)
            case _:
                new = _said(number, kind, first, second)
        if not clash([*made, new]):
            made.append(new)
    return made


def _arranged(ties: list[tuple[int, int]], *judgements: Judgement) -> list[set[int]]:
    return [set(story) for story in arrange(dict.fromkeys(_VARIANTS, True), ties, judgements) if len(story) > 1]


@given(st.lists(_PAIRS, max_size=12), _judgements())
def test_what_people_said_holds(ties: list[tuple[int, int]], judgements: list[Judgement]) -> None:
    """Whatever the links, must-links are together, cannot-links apart, and no tie is left open without a reason."""
    stories = arrange(dict.fromkeys(_VARIANTS, True), ties, judgements)

    place = {variant: number for number, story in enumerate(stories) for variant in story}
    assert sorted(place) == list(_VARIANTS)
    for judgement in judgements:
        assert len({place[variant] for variant in judgement.together}) <= 1
        assert all(place[one] != place[other] for one, other in product(*judgement.apart))
    for one, other in ties:
        apart = holding_apart(judgements, stories[place[one]], stories[place[other]])
        assert (place[one] == place[other]) == (not apart)


@given(st.lists(_PAIRS, max_size=12), _judgements())
def test_a_link_inside_a_story_changes_nothing(ties: list[tuple[int, int]], judgements: list[Judgement]) -> None:
    """What arrives in a story, and ties those in it more, leaves the others where they are."""
    stories = arrange(dict.fromkeys(_VARIANTS, True), ties, judgements)
    inside = [(one, other) for story in stories for one, other in product(sorted(story), repeat=2) if one < other]

    assert arrange(dict.fromkeys(_VARIANTS, True), [*inside, *ties], judgements) == stories


def test_the_surer_link_wins() -> None:
    """A variant tied to two that must be apart goes with the one that it is tied to more."""
    assert _arranged([(3, 2), (3, 1)], _said(1, Kind.NOT_SAME, (1,), (2,))) == [{2, 3}]


def test_what_a_split_leaves_stays_together() -> None:
    """Those that were tied through what was taken out stay one story, and so do those taken out."""
    ties = [(1, 3), (3, 2), (4, 3), (5, 1)]

    assert _arranged(ties, _said(1, Kind.SPLIT, (3, 5), (1, 2, 4))) == [{1, 2, 4}, {3, 5}]


def test_a_later_word_parts_what_a_split_left() -> None:
    """What a split left in one place is no must-link."""
    split = _said(1, Kind.SPLIT, (3, 5), (1, 2, 4))

    assert _arranged([], split, _said(2, Kind.NOT_SAME, (1,), (2,))) == [{1, 4}, {3, 5}]


def test_variants_of_other_labels_are_joined_by_people_alone() -> None:
    """Links do not cross labels; a person's word does."""
    labels = {1: "a", 2: "b", 3: "b"}

    assert arrange(labels, [(1, 2)], [_said(1, Kind.SAME, (2, 3))]) == [{1}, {2, 3}]
    assert arrange(labels, [], [_said(1, Kind.SAME, (1, 3))]) == [{1, 3}, {2}]


def test_a_contradiction_names_what_clashes() -> None:
    """Same 1 2, same 2 3 and not-same 1 3 cannot hold together; judgements without a part in it are not named."""
    said = [
        _said(1, Kind.SAME, (1, 2)),
        _said(2, Kind.SAME, (4, 5)),
        _said(3, Kind.SAME, (2, 3)),
        _said(4, Kind.NOT_SAME, (1,), (3,)),
    ]

    assert [judgement.id for judgement in clash(said)] == [1, 3, 4]
    assert clash(said[:3]) == ()
