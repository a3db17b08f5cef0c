"""`newsfold story ID --why`: every reason of a story, from what the store kept."""

import json
from pathlib import Path

import pytest

from query.why import outside, why
from storage.queries import get_story, list_places
from storage.reading import reading
from tests.query.conftest import ask_newsfold
from tests.storage.articles import article, newsdesk, published
from tests.storage.test_groups import _DAM, _DAM_AGAIN, _TITLES


@pytest.fixture(scope="module")
def dam_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a database with one story: a report (1), another in other words (2), an edited copy of the first (3)."""
    url = f"sqlite:///{tmp_path_factory.mktemp('why')}/dam.db"
    edited = _DAM.replace("3,200", "3,400").replace("guard", "night watchman")
    with newsdesk(url) as desk:
        desk.load(
            article("gazette/1", _DAM, title=_TITLES[0], **published(0)),
            article("ledger/1", _DAM_AGAIN, title=_TITLES[1], **published(5)),
            article("post/1", edited, title="Valley cleared", **published(7)),
        )
    return url


def test_coverage_tells_what_each_feature_gave(dam_url: str) -> None:
    """Terms, names, numbers, the time between and the features' sum stand below the link."""
    said = ask_newsfold("story", "1", "--why", url=dam_url).stdout

    assert "  2 and 1  coverage" in said
    assert "    names" in said
    assert "Tellimoor" in said
    assert "5 h apart" in said
    assert "bias -" in said
    assert "cosine 0." in said


def test_a_copy_tells_what_is_shared_and_what_differs(dam_url: str) -> None:
    """Passages are quoted, and a number that stands for another is told with it."""
    said = ask_newsfold("story", "1", "--why", url=dam_url).stdout

    assert "  3 and 1  copy" in said
    assert 'tokens  3 "of the Ellerby Dam. Governor' in said or 'tokens  3 "people left their homes' in said
    assert "numbers stand for others" in said
    assert "400  against  200" in said


def test_why_canonical_gives_the_facts(dam_url: str) -> None:
    """Who lost, by which rule, and what the rule looked at."""
    said = ask_newsfold("story", "1", "--why", url=dam_url).stdout.split("why canonical\n")[1]

    assert "1  earliest published or seen" in said
    assert (
        "not 2  earliest published or seen  ledger: published 2026-05-20 17:00, and 1 published 2026-05-20 12:00"
        in said
    )


def test_a_day_alone_is_told_as_a_day(tmp_path: Path) -> None:
    """A day that lost to a minute of that day is shown without an hour that nobody gave."""
    url = f"sqlite:///{tmp_path}/day.db"
    midnight = published(0)["published_at"].replace(hour=0)
    with newsdesk(url) as desk:
        desk.load(
            article("gazette/1", _DAM, title=_TITLES[0], **published(0)),
            article("dumps/1", _DAM, title=_TITLES[0], **published(0) | {"published_at": midnight}),
        )

    said = ask_newsfold("story", "1", "--why", url=url).stdout

    assert "earliest published or seen  dumps: published 2026-05-20, and 2 published 2026-05-20 12:00" in said


def test_json_has_all_of_it(dam_url: str) -> None:
    """--json with --why adds the reasons to the story; the features' sum is the score's log-odds."""
    found = json.loads(ask_newsfold("story", "1", "--why", "--json", url=dam_url).stdout)
    plain = json.loads(ask_newsfold("story", "1", "--json", url=dam_url).stdout)

    assert found["id"] == plain["id"] == 1
    assert "why" not in plain
    links = {(link["variant_a"], link["variant_b"]): link for link in found["why"]["links"]}
    assert {(2, 1), (3, 1)} <= set(links)
    assert links[3, 1]["passages"][0]["tokens"] > 10
    assert links[3, 1]["replaced"][0] == {"kind": "number", "one": ["400"], "other": ["200"]}
    assert links[2, 1]["features"][0]["gave"] > 1
    assert [loser["variant_id"] for loser in found["why"]["losers"]] == [2, 3]


def test_passages_are_quoted_from_the_right_text_after_a_revision(tmp_path: Path) -> None:
    """Where the older of two variants was revised, each still quotes its own text."""
    url = f"sqlite:///{tmp_path}/revised.db"
    shouted = _DAM.upper()
    with newsdesk(url) as desk:
        reports = {"gazette/1": _DAM_AGAIN, "post/1": f"Read it here first.\n{_DAM}"}
        desk.load(*(article(place, text, **published(hour)) for hour, (place, text) in enumerate(reports.items())))
        desk.load(article("gazette/1", shouted))
    with reading(url) as reader:
        story = get_story(reader, 1)
        assert story is not None
        found = why(story, list_places(reader, outside(story)))

    [link] = [link for link in found.links if link.relation == "copy"]

    assert (link.variant_a, link.variant_b) == (2, 1)
    assert link.passages[0].one.startswith("Some 3,200 people")
    assert link.passages[0].other.startswith("SOME 3,200 PEOPLE")


def test_what_was_held_apart_says_where_it_is(stories_url: str) -> None:
    """A suggestion names the other story; a link from before features were weighed tells their values alone."""
    said = ask_newsfold("story", "1", "--why", url=stories_url).stdout

    assert (
        '21 and 11  suggested 0.45  held apart: 21 is in story 2, "Baleias salvas em Quenby" (vesper-tribune)' in said
    )
    assert "features  cosine 0.20\n" in said
    assert "not 12  complete before cut  harbour-post: nearly all of it stands in a longer variant" in said
