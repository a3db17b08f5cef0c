"""Texts too short to be compared, on both kinds of database."""

import pytest

from ingest.outcome import Outcome
from storage import tables
from tests.storage.articles import Newsdesk, article, prose, published

_QUAKE = "A light earthquake was felt in Lowmere at noon."
_TITLE = "Earthquake felt in Lowmere"


@pytest.mark.parametrize("words", [1, 5, 19])
def test_4_10_the_very_same_notice_is_one_story(desk: Newsdesk, words: int) -> None:
    """MUST_HANDLE 4.10: short texts of several sites are one story where text and headline are the same."""
    body = " ".join(f"word{number}" for number in range(words))
    articles = [article(f"s{number}/1", body, title="The same title", **published(0)) for number in range(6)]

    assert desk.outcomes(*articles[:3]) == {Outcome.NEW_STORY: 1, Outcome.VARIANT: 2}
    assert desk.outcomes(*articles) == {Outcome.UNCHANGED: 3, Outcome.VARIANT: 3}

    assert desk.copy_groups() == {frozenset(f"s{number}/1" for number in range(6))}
    assert {kind for (kind,) in desk.rows(tables.Segment, "kind")} == {"raw", "twin"}


def test_4_10_case_and_marks_do_not_tell_notices_apart(desk: Newsdesk) -> None:
    """MUST_HANDLE 4.10: the text counts as it is read, not as it is set."""
    desk.load(article("gazette/1", _QUAKE, title=_TITLE))

    assert desk.outcomes(article("post/1", _QUAKE.upper()[:-1], title=f"{_TITLE}!")) == {Outcome.VARIANT: 1}


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (_QUAKE.replace("noon", "night"), _TITLE),
        (_QUAKE, "Earthquake felt in Saltby"),
        (f"{_QUAKE} Nobody was hurt.", _TITLE),
    ],
)
def test_4_10_two_notices_are_two_stories(desk: Newsdesk, body: str, title: str) -> None:
    """MUST_HANDLE 4.10: a word more or another one, in the text or the headline, is another notice."""
    desk.load(article("gazette/1", _QUAKE, title=_TITLE))

    assert desk.outcomes(article("post/1", body, title=title)) == {Outcome.NEW_STORY: 1}


def test_4_10_what_a_site_repeats_is_a_form(desk: Newsdesk) -> None:
    """MUST_HANDLE 4.10: one site's pages in the same few words stay apart; another site's first one joins the first."""
    forms = [article(f"gazette/{number}", "No comment.", title="Statement") for number in range(3)]

    assert desk.outcomes(*forms[:2]) == {Outcome.NEW_STORY: 2}
    assert desk.outcomes(forms[2]) == {Outcome.NEW_STORY: 1}
    assert desk.outcomes(article("post/1", "No comment.", title="Statement")) == {Outcome.VARIANT: 1}
    assert desk.outcomes(article("post/2", "No comment.", title="Statement")) == {Outcome.NEW_STORY: 1}

    assert frozenset({"gazette/0", "post/1"}) in desk.copy_groups()


@pytest.mark.parametrize(("hours", "outcome"), [(48, Outcome.VARIANT), (96, Outcome.NEW_STORY)])
def test_4_10_days_apart_it_is_news_again(desk: Newsdesk, hours: float, outcome: Outcome) -> None:
    """MUST_HANDLE 4.10: the same words more than three days later are another notice."""
    desk.load(article("gazette/1", _QUAKE, title=_TITLE, **published(0)))

    assert desk.outcomes(article("post/1", _QUAKE, title=_TITLE, **published(hours))) == {outcome: 1}


def test_4_10_what_everybody_says_is_a_phrase(desk: Newsdesk) -> None:
    """MUST_HANDLE 4.10: from the thirty-third page on, the same few words tie nothing together."""
    desk.load(*(article(f"s{number}/1", _QUAKE, title=_TITLE) for number in range(32)))

    assert desk.outcomes(article("t/1", _QUAKE, title=_TITLE)) == {Outcome.NEW_STORY: 1}


def test_4_10_a_notice_that_is_revised_leaves_the_others_together(desk: Newsdesk) -> None:
    """MUST_HANDLE 4.10: when the first of some notices says something else, the next one speaks for the others."""
    places = ("gazette/1", "post/1", "echo/1")
    desk.load(*(article(place, _QUAKE, title=_TITLE) for place in places))

    assert desk.outcomes(article("gazette/1", prose(1), title=_TITLE)) == {Outcome.REVISED: 1}
    assert desk.outcomes(article("star/1", _QUAKE, title=_TITLE)) == {Outcome.VARIANT: 1}

    twins = desk.variants("id", "twin_of")
    assert twins["gazette/1"][1] is twins["post/1"][1] is None
    assert {twins["echo/1"][1], twins["star/1"][1]} == {twins["post/1"][0]}


def test_4_10_in_any_order_of_sites(desk: Newsdesk) -> None:
    """MUST_HANDLE 4.10: notices of different sites are one story whatever the batches that they come in."""
    places = ("a/1", "b/1", "c/1", "d/1")
    for place in reversed(places):
        desk.load(article(place, _QUAKE, title=_TITLE, **published(places.index(place))))

    assert desk.copy_groups() == {frozenset(places)}
