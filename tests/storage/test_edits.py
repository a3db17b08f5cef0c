"""What people correct: where variants are then, what is kept of it, and what takes it back."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from storage import tables
from storage.edits import (
    By,
    Edited,
    EditProblem,
    later,
    merge,
    move,
    not_same,
    pin,
    restore,
    restore_variant,
    same,
    split,
    undo,
    unpin,
    withdraw,
    withdraw_variant,
)
from tests.storage.articles import NOON, Newsdesk, article, prose, published, sentences

_Edit = Callable[[], Edited]

INES = By(actor="ines", note="", at=NOON)
_TOMAS = By(actor="tomas", note="they share a photo", at=NOON + timedelta(hours=1))


def _load(desk: Newsdesk, *seeds: int) -> None:
    """Store an article of each text, at places a/1, b/2, ...: equal seeds are copies."""
    for number, seed in enumerate(seeds, 1):
        desk.load(article(f"{'abcdefgh'[number - 1]}/{number}", prose(seed), **published(number)))


def places(desk: Newsdesk) -> dict[int, tuple[int, ...]]:
    """Give the stories that stand for themselves, with their variants."""
    found: dict[int, tuple[int, ...]] = {}
    for variant, story in desk.rows(tables.Variant, "id", "story_id"):
        found[story] = (*found.get(story, ()), variant)
    return found


def _changes(desk: Newsdesk, story: int, *, after: int = 0) -> list[tuple[str, str, str]]:
    rows = desk.rows(tables.Change, "id", "story_id", "kind", "actor", "detail")
    return [(kind, actor, detail) for number, of, kind, actor, detail in rows if of == story and number > after]


def test_merge_keeps_the_older_story(desk: Newsdesk) -> None:
    """Two stories are one; the younger number leads to it, and both tell who said so and why."""
    _load(desk, 1, 2, 2)

    answer = merge(desk.engine, 2, 1, by=_TOMAS)

    assert answer == Edited(judgement=1, is_new=True, said="merge 1 2", stories=(1,))
    assert places(desk) == {1: (1, 2, 3)}
    assert desk.rows(tables.Story, "id", "merged_into", "size", "kind") == [
        (1, None, 3, "covered"),
        (2, 1, 0, "single"),
    ]
    assert _changes(desk, 1, after=3) == [
        ("absorbed", "tomas", "story 2"),
        ("merge", "tomas", "judgement 1: merge 1 2: they share a photo"),
    ]
    assert _changes(desk, 2, after=3) == [("merged", "tomas", "into story 1")]
    assert desk.rows(tables.Judgement) == [
        (1, "merge", "merge 1 2", 1, "tomas", "they share a photo", _TOMAS.at, None, None)
    ]
    assert desk.rows(tables.Party) == [(1, 1, 0), (2, 1, 0)]


def test_a_split_has_a_lineage(desk: Newsdesk) -> None:
    """What is parted becomes a story of its own that knows where it came from; the rest keeps the number."""
    _load(desk, 1, 1, 1, 1)

    answer = split(desk.engine, 1, [1, 3], by=INES)

    assert answer.stories == (1, 2)
    assert places(desk) == {1: (2, 4), 2: (1, 3)}
    assert desk.rows(tables.Story, "id", "split_from", "size", "kind") == [
        (1, None, 2, "reprinted"),
        (2, 1, 2, "reprinted"),
    ]
    assert ("gained", "ines", "variants 1, 3 of story 1") in _changes(desk, 2)
    assert ("parted", "ines", "variants 1, 3 to story 2") in _changes(desk, 1)


def test_a_variant_moves(desk: Newsdesk) -> None:
    """A variant leaves its story for another, though its text is a copy of the one it leaves."""
    _load(desk, 1, 1, 2)

    move(desk.engine, 1, 2, by=INES)

    assert places(desk) == {1: (2,), 2: (1, 3)}
    assert desk.variants("relation") == {"a/1": "canonical", "b/2": "canonical", "c/3": "coverage"}


def test_same_joins_and_not_same_parts(desk: Newsdesk) -> None:
    """A must-link joins two stories whatever the scores, a cannot-link parts one whatever the scores."""
    _load(desk, 1, 2, 3, 3)

    same(desk.engine, 2, 1, by=INES)
    not_same(desk.engine, 3, 4, by=INES)

    assert places(desk) == {1: (1, 2), 3: (3,), 4: (4,)}


def test_what_was_parted_stays_apart(desk: Newsdesk) -> None:
    """An article that would tie two that were parted joins the one it is more like, and is suggested to the other."""
    first, second = sentences(1, 8), sentences(2, 8)
    desk.load(article("a/1", "\n".join(first)), article("b/2", "\n".join(second)))
    not_same(desk.engine, 1, 2, by=INES)

    desk.load(article("c/3", "\n".join([*first[:6], *second])))

    assert places(desk) == {1: (1,), 2: (2, 3)}
    assert sorted(desk.rows(tables.Link, "variant_b", "relation")) == [(1, "suggested"), (2, "excerpt")]


def test_places_survive_a_revision(desk: Newsdesk) -> None:
    """A moved variant stays where it was put when its outlet makes it a copy of what it left."""
    _load(desk, 1, 1, 2)
    move(desk.engine, 2, 2, by=INES)

    desk.load(article("b/2", prose(1) + "\nMore."), now=NOON + timedelta(hours=2))

    assert places(desk) == {1: (1,), 2: (2, 3)}


def test_twins_that_were_parted_stay_apart(desk: Newsdesk) -> None:
    """Of two with the very same text a third joins the older one's story, and not both."""
    _load(desk, 1, 1)
    not_same(desk.engine, 1, 2, by=INES)

    desk.load(article("c/3", prose(1)))

    assert places(desk) == {1: (1, 3), 2: (2,)}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_a_contradiction_is_refused(desk: Newsdesk, order: Sequence[int]) -> None:
    """Same A B, same B C, not-same A C cannot all hold: the last is refused, and those that clash are named."""
    _load(desk, 1, 2, 3)
    said: tuple[_Edit, ...] = (
        lambda: same(desk.engine, 1, 2, by=INES),
        lambda: same(desk.engine, 2, 3, by=INES),
        lambda: not_same(desk.engine, 1, 3, by=INES),
    )
    for place in order[:-1]:
        said[place]()
    before = desk.counts(), places(desk)

    with pytest.raises(EditProblem) as raised:
        said[order[-1]]()

    assert raised.value.judgements == (1, 2)
    assert "judgement 1 (" in str(raised.value)
    assert str(raised.value).endswith("undo one of them first")
    assert (desk.counts(), places(desk)) == before


def test_merging_what_was_parted_is_refused(desk: Newsdesk) -> None:
    """Stories are not merged over a judgement that parted any of their variants."""
    _load(desk, 1, 1, 2)
    split(desk.engine, 1, [2], by=INES)
    expected = r'"merge 1 3" contradicts judgement 1 \(split 1 2, by ines, 2026-05-20\): undo it first'

    with pytest.raises(EditProblem, match=expected):
        merge(desk.engine, 1, 3, by=_TOMAS)


def test_what_is_not_there_is_refused(desk: Newsdesk) -> None:
    """Unknown numbers, a split of everything, a pair of one, and nobody's word are refused in a line each."""
    _load(desk, 1, 1, 2)
    nobody = By(actor=" ", note="", at=NOON)
    said: tuple[tuple[_Edit, str], ...] = (
        (lambda: merge(desk.engine, 1, 9, by=INES), "no story 9"),
        (lambda: same(desk.engine, 1, 9, by=INES), "no variant 9"),
        (lambda: split(desk.engine, 1, [1, 2], by=INES), "name some of the 2 variants of story 1, not all of them"),
        (lambda: split(desk.engine, 1, [3], by=INES), "variant 3 is in story 2, not in story 1"),
        (lambda: same(desk.engine, 1, 1, by=INES), "name two variants, not variant 1 twice"),
        (lambda: undo(desk.engine, by=INES), "nothing that ines said is left to undo: name a judgement"),
        (lambda: undo(desk.engine, 7, by=INES), "no judgement 7"),
        (lambda: pin(desk.engine, 1, by=nobody), "who says so? give a name of 1 to 100 characters"),
    )
    for edit, line in said:
        with pytest.raises(EditProblem) as raised:
            edit()
        assert str(raised.value) == line
    assert desk.rows(tables.Judgement) == []


def test_saying_it_twice_changes_nothing(desk: Newsdesk) -> None:
    """Each correction said again gives the judgement that stands, and writes nothing."""
    _load(desk, 1, 1, 2, 3, 3)
    said: tuple[_Edit, ...] = (
        lambda: merge(desk.engine, 1, 2, by=INES),
        lambda: split(desk.engine, 1, [2], by=INES),
        lambda: move(desk.engine, 5, 1, by=INES),
        lambda: same(desk.engine, 1, 3, by=INES),
        lambda: not_same(desk.engine, 4, 5, by=INES),
        lambda: pin(desk.engine, 4, by=INES),
        lambda: withdraw(desk.engine, 3, by=INES),
        lambda: withdraw_variant(desk.engine, 1, by=INES),
        lambda: later(desk.engine, 1, 4, by=INES),
    )
    first = [edit() for edit in said]
    before = desk.counts(), places(desk)

    again = [edit() for edit in said]

    assert all(answer.is_new for answer in first)
    assert not any(answer.is_new for answer in again)
    assert [answer.judgement for answer in again[:5]] == [answer.judgement for answer in first[:5]]
    assert (desk.counts(), places(desk)) == before


def test_a_pinned_variant_speaks(desk: Newsdesk) -> None:
    """A pinned variant is canonical until another one is pinned; undone, the one before speaks again."""
    _load(desk, 1, 1, 1)

    def speaker() -> int:
        return next(int(number) for number, speaks in desk.rows(tables.Variant, "id", "is_canonical") if speaks)

    seen = [speaker()]
    said: tuple[_Edit, ...] = (
        lambda: pin(desk.engine, 3, by=INES),
        lambda: pin(desk.engine, 2, by=INES),
        lambda: undo(desk.engine, by=INES),
        lambda: unpin(desk.engine, 3, by=INES),
        lambda: undo(desk.engine, by=INES),
    )
    for edit in said:
        edit()
        seen.append(speaker())

    assert seen == [1, 3, 2, 3, 1, 3]


def test_a_withdrawn_story_leaves_a_tombstone(desk: Newsdesk) -> None:
    """It keeps its number and says since when; what copies it later is withdrawn with it; restored, it is back."""
    _load(desk, 1, 2)

    withdraw(desk.engine, 1, by=_TOMAS)
    desk.load(article("h/9", prose(1)))
    gone = desk.rows(tables.Story, "id", "withdrawn_at")
    restore(desk.engine, 1, by=INES)

    assert gone == [(1, _TOMAS.at), (2, None)]
    assert places(desk) == {1: (1, 3), 2: (2,)}
    assert desk.rows(tables.Story, "id", "withdrawn_at") == [(1, None), (2, None)]


def test_a_withdrawn_story_is_not_tied_to_others(desk: Newsdesk) -> None:
    """What resembles a withdrawn story and another one joins one of the two, and people merge them after a restore."""
    first, second = sentences(1, 8), sentences(2, 8)
    desk.load(article("a/1", "\n".join(first)), article("b/2", "\n".join(second)))
    withdraw(desk.engine, 1, by=INES)

    desk.load(article("c/3", "\n".join([*first[:6], *second])))

    assert places(desk) == {1: (1,), 2: (2, 3)}
    with pytest.raises(EditProblem, match="story 1 is withdrawn: restore it first"):
        same(desk.engine, 1, 3, by=INES)


def test_a_withdrawn_variant_never_speaks(desk: Newsdesk) -> None:
    """A withdrawn variant stays in its story behind the others, also when its outlet revises it."""
    _load(desk, 1, 1)
    pin(desk.engine, 1, by=INES)

    withdraw_variant(desk.engine, 1, by=INES)
    desk.load(article("a/1", prose(1, 9)), now=NOON + timedelta(hours=2))

    assert desk.variants("is_canonical") == {"a/1": False, "b/2": True}
    restore_variant(desk.engine, 1, by=INES)
    assert desk.variants("is_canonical") == {"a/1": True, "b/2": False}


def test_undo_gives_back_the_numbers(desk: Newsdesk) -> None:
    """A merge undone gives the younger story back under its own number, with what arrived in it since."""
    _load(desk, 1, 2)
    merge(desk.engine, 1, 2, by=INES)
    desk.load(article("e/5", prose(2)))
    assert places(desk) == {1: (1, 2, 3)}

    answer = undo(desk.engine, by=INES)

    assert answer == Edited(judgement=2, is_new=True, said="undo 1", stories=(1, 2))
    assert places(desk) == {1: (1,), 2: (2, 3)}
    assert desk.rows(tables.Judgement, "id", "undoes", "undone_by") == [(1, None, 2), (2, 1, None)]


def test_an_undo_is_undone(desk: Newsdesk) -> None:
    """A judgement taken back is said again, with the same story numbers; unless something else was said meanwhile."""
    _load(desk, 1, 1, 1)
    split(desk.engine, 1, [1], by=INES)
    undo(desk.engine, 1, by=_TOMAS)
    assert places(desk) == {1: (1, 2, 3)}

    undo(desk.engine, 2, by=INES)

    assert places(desk) == {1: (2, 3), 2: (1,)}
    undo(desk.engine, 1, by=INES)
    same(desk.engine, 1, 2, by=INES)
    with pytest.raises(EditProblem, match=r'"split 1 1" contradicts judgement 5 \(same 1 2'):
        undo(desk.engine, 4, by=INES)


def test_undone_by_another_number_it_is_the_persons_own(desk: Newsdesk) -> None:
    """Without a number, undo takes back the last thing that the same person said and that stands."""
    _load(desk, 1, 2, 3)
    same(desk.engine, 1, 2, by=INES)
    same(desk.engine, 2, 3, by=_TOMAS)

    assert undo(desk.engine, by=INES).said == "undo 1"
    assert places(desk) == {1: (1,), 2: (2, 3)}


def test_judgements_outlast_each_other(desk: Newsdesk) -> None:
    """Undone out of turn, a merge leaves what a later one said."""
    _load(desk, 1, 2, 3)
    merge(desk.engine, 1, 2, by=INES)
    merge(desk.engine, 1, 3, by=INES)

    undo(desk.engine, 1, by=INES)

    assert places(desk) == {1: (1, 3), 2: (2,)}
