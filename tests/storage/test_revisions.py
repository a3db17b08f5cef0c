"""A changed text at the same address is a revision: the story stays, the earlier text is kept."""

import json
from collections import Counter
from random import Random

import pytest

from ingest.outcome import Outcome
from storage import tables
from tests.storage.articles import NOON, Newsdesk, article, prose, published, sentences, shuffled


def test_a_changed_text_is_a_revision(desk: Newsdesk) -> None:
    """The variant keeps its number and its story and says the new text; the earlier one is kept, oldest first."""
    desk.load(article("gazette/1", prose(1), title="First"))

    assert desk.outcomes(article("gazette/1", prose(2), title="Second")) == {Outcome.REVISED: 1}
    assert desk.outcomes(article("gazette/1", prose(3), title="Third")) == {Outcome.REVISED: 1}

    assert desk.variants("id", "story_id", "title", "text") == {"gazette/1": (1, 1, "Third", prose(3))}
    earlier = desk.rows(tables.Revision, "number", "variant_id", "title", "text", "fetched_at")
    assert earlier == [(1, 1, "First", prose(1), NOON), (2, 1, "Second", prose(2), NOON)]
    assert [row[1] for row in desk.rows(tables.Change, "id", "kind")] == ["created", "revised", "revised"]
    assert desk.counts()["unsearched"] == 1


def test_back_to_an_earlier_text_is_unchanged(desk: Newsdesk) -> None:
    """A page that is served again as it was before brings no news, and nothing is written."""
    first, second = article("gazette/1", prose(1)), article("gazette/1", prose(2))
    desk.load(first)
    desk.load(second)
    before = desk.counts()

    assert desk.outcomes(first) == {Outcome.UNCHANGED: 1}
    assert desk.outcomes(second) == {Outcome.UNCHANGED: 1}
    assert desk.counts() == before
    assert desk.variants("text") == {"gazette/1": prose(2)}


def test_a_changed_title_is_a_revision(desk: Newsdesk) -> None:
    """Another headline over the same text is a revision; its copies stay its copies, and twins its twins."""
    desk.load(article("gazette/1", prose(1), title="First"), article("post/1", prose(1)), article("echo/1", prose(1)))

    assert desk.outcomes(article("gazette/1", prose(1), title="Second")) == {Outcome.REVISED: 1}

    assert desk.variants("title", "twin_of")["gazette/1"] == ("Second", None)
    assert {desk.variants("twin_of")[place] for place in ("post/1", "echo/1")} == {1}
    assert desk.copy_groups() == {frozenset({"gazette/1", "post/1", "echo/1"})}
    assert desk.outcomes(article("star/1", prose(1))) == {Outcome.VARIANT: 1}


@pytest.mark.parametrize("words", [0, 3, 19])
def test_short_texts_are_revised_too(desk: Newsdesk, words: int) -> None:
    """A text too short to match is compared as it is written."""
    body = " ".join(f"word{number}" for number in range(words))
    desk.load(article("gazette/1", body))

    assert desk.outcomes(article("gazette/1", f"{body}.")) == {Outcome.REVISED: 1}
    assert desk.outcomes(article("gazette/1", prose(1))) == {Outcome.REVISED: 1}
    assert desk.outcomes(article("post/1", prose(1))) == {Outcome.VARIANT: 1}
    assert desk.outcomes(article("gazette/1", f"{body}!")) == {Outcome.REVISED: 1}
    assert desk.outcomes(article("echo/1", prose(1))) == {Outcome.VARIANT: 1}


def test_a_revision_is_found_by_its_new_text(desk: Newsdesk) -> None:
    """What was revised is matched by what it says now, and no longer by what it said."""
    desk.load(article("gazette/1", prose(1)))
    desk.load(article("gazette/1", prose(2)))

    assert desk.outcomes(article("post/1", prose(1))) == {Outcome.NEW_STORY: 1}
    assert desk.outcomes(article("echo/1", prose(2))) == {Outcome.VARIANT: 1}
    assert desk.copy_groups() == {frozenset({"gazette/1", "echo/1"}), frozenset({"post/1"})}


def test_a_revision_may_join_its_story_to_another(desk: Newsdesk) -> None:
    """When a variant takes over another story's text, the older story absorbs the younger."""
    desk.load(article("gazette/1", prose(1)), article("post/1", prose(2)), article("echo/1", prose(2)))

    assert desk.outcomes(article("echo/1", f"{prose(1)}\nIt is so.")) == {Outcome.REVISED: 1}

    assert desk.stories() == {frozenset({"gazette/1", "post/1", "echo/1"})}
    assert dict(desk.rows(tables.Story, "id", "merged_into")) == {1: None, 2: 1}


def test_a_revision_may_hand_over(desk: Newsdesk) -> None:
    """When the canonical variant turns out to be of later, an older number may speak, and only one ever does."""
    desk.load(article("post/1", prose(1), **published(3)), article("gazette/1", prose(1), **published(1)))
    assert desk.variants("is_canonical") == {"post/1": False, "gazette/1": True}

    desk.load(article("gazette/1", prose(1), title="Updated", **published(9)))

    assert desk.variants("is_canonical") == {"post/1": True, "gazette/1": False}


def test_a_revised_speaker_releases_its_twins(desk: Newsdesk) -> None:
    """When the variant that speaks for its twins takes another text, one of them speaks for the others."""
    places = ("gazette/1", "post/1", "echo/1")
    desk.load(*(article(place, prose(1)) for place in places))

    desk.load(article("gazette/1", prose(2)))

    assert desk.variants("twin_of") == {"gazette/1": None, "post/1": None, "echo/1": 2}
    assert desk.outcomes(article("star/1", prose(1))) == {Outcome.VARIANT: 1}
    assert desk.outcomes(article("moon/1", f"{prose(1)}\nSo it was.")) == {Outcome.VARIANT: 1}
    assert desk.variants("twin_of")["star/1"] == 2


@pytest.mark.parametrize("seed", range(6))
def test_all_twins_may_be_revised_at_once(quick_desk: Newsdesk, seed: int) -> None:
    """A batch may revise a speaker and its twins in any order, and bring their old text and their new ones again."""
    quick_desk.load(*(article(f"s{number}/1", prose(1)) for number in range(5)))

    quick_desk.load(
        *shuffled(
            [
                article("s0/1", prose(2)),
                article("s1/1", prose(3)),
                article("s2/1", prose(2)),
                article("new/1", prose(1)),
                article("new/2", prose(2)),
                article("new/3", prose(3)),
            ],
            seed,
        )
    )

    by_text: dict[str, set[int]] = {}
    for number, body, twin_of in quick_desk.variants("id", "text", "twin_of").values():
        by_text.setdefault(body, set()).add(twin_of or number)
    assert {body: len(speakers) for body, speakers in by_text.items()} == {prose(1): 1, prose(2): 1, prose(3): 1}
    for number in (1, 2, 3):
        assert quick_desk.outcomes(article(f"late/{number}", f"{prose(number)}\nSo it was.")) == {Outcome.VARIANT: 1}


def test_released_twins_are_found_as_coverage(desk: Newsdesk) -> None:
    """A twin that speaks since its speaker was revised can be found by what it is about."""
    desk.load(article("gazette/1", prose(1), **published(0)), article("post/1", prose(1), **published(1)))
    desk.load(article("gazette/1", prose(2), **published(0)))
    terms = [row for row in desk.rows(tables.Segment, "id", "kind", "values") if row[1] == "term"]

    assert any(int.from_bytes(values[:4], "little") == 2 for _, _, values in terms)


def test_a_revised_cut_version_stays_cut(desk: Newsdesk) -> None:
    """A cut version in which a word is corrected is still no match for the complete one."""
    lines = sentences(1, 12)
    whole, cut = "\n".join(lines), "\n".join(lines[:6])
    desk.load(article("post/1", whole, **published(5)), article("gazette/1", cut, **published(0)))

    assert desk.outcomes(article("gazette/1", f"{cut} Corrected.", **published(0))) == {Outcome.REVISED: 1}

    assert desk.variants("relation", "is_cut") == {"post/1": ("canonical", False), "gazette/1": ("excerpt", True)}
    [link] = desk.rows(tables.Link, "variant_a", "variant_b", "relation", "evidence")
    assert link[:3] == (2, 1, "excerpt")
    assert json.loads(link[3])["containment"] < 1


def test_a_completed_cut_version_may_speak(desk: Newsdesk) -> None:
    """A cut version that is completed is complete, and speaks if it is the earlier."""
    lines = sentences(1, 12)
    whole, cut = "\n".join(lines), "\n".join(lines[:6])
    desk.load(article("post/1", whole, **published(5)), article("gazette/1", cut, **published(0)))

    desk.load(article("gazette/1", f"{whole}\nCorrected.", **published(0)))

    assert desk.variants("relation", "is_cut") == {"post/1": ("copy", False), "gazette/1": ("canonical", False)}


@pytest.mark.parametrize("seed", range(3))
def test_any_history_is_told_right(desk: Newsdesk, seed: int) -> None:
    """After any history of new, changed, cut and repeated texts each variant says what it said last."""
    chance = Random(seed)
    last: dict[str, str] = {}
    met: Counter[Outcome] = Counter()
    given = 0
    for _ in range(12):
        batch = {f"s{chance.randrange(3)}/{chance.randrange(12)}": _version(chance) for _ in range(6)}
        met.update(desk.outcomes(*(article(place, text) for place, text in batch.items())))
        last |= batch
        given += len(batch)

    said = desk.variants("text")
    earlier = {(desk.variants("id")[place], text) for place, text in last.items() if said[place] != text}
    assert said.keys() == last.keys()
    assert earlier <= set(desk.rows(tables.Revision, "variant_id", "text"))
    assert met[Outcome.NEW_STORY] + met[Outcome.VARIANT] == len(last)
    assert met[Outcome.REVISED] == desk.counts()["revision"]
    assert met.total() == given


def _version(chance: Random) -> str:
    lines = sentences(chance.randrange(3), 8)
    return "\n".join(lines[: chance.choice([2, 5, 8])] + lines[: chance.randrange(2)])


def test_a_revision_in_the_batch_of_its_copies(desk: Newsdesk) -> None:
    """In the batch that revises it a variant is seen with its new text, whatever comes first."""
    desk.load(article("gazette/1", prose(1)))

    desk.load(article("post/1", prose(1)), article("gazette/1", prose(2)), article("echo/1", prose(2)))

    assert desk.copy_groups() == {frozenset({"gazette/1", "echo/1"}), frozenset({"post/1"})}
