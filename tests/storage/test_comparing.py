"""Any two articles compared: as the store decided, or would."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.cluster.analysis import analyse
from ingest.cluster.decide import Relation
from ingest.document import DateOrigin, Prepared
from storage import tables
from storage.asking.comparing import NoVariant, compare_pair
from storage.reading import DatabaseProblem
from tests.storage.articles import NOON, Newsdesk, article, newsdesk, prose, published
from tests.storage.test_groups import _DAM, _DAM_AGAIN, _TITLES, _VALLEY


def prepared(place: str, body: str, title: str = "") -> Prepared:
    """Give an article that is not stored."""
    [found] = analyse([article(place, body, title=title)])
    return found


@pytest.fixture
def dam_url(database_url: str) -> str:
    """Give a database with two reports of one event (1, 2), another story (3), and a copy of the first report (4)."""
    with newsdesk(database_url) as desk:
        desk.load(
            article("gazette/1", _DAM, title=_TITLES[0], **published(0)),
            article("ledger/1", _DAM_AGAIN, title=_TITLES[1], **published(5)),
            article("herald/1", _VALLEY, title=_TITLES[2], **published(30)),
            article("post/1", f"{_DAM}\nA reader sent this in, and we thank her for it.", title="Dam"),
        )
    return database_url


def test_two_stored_variants(dam_url: str) -> None:
    """The comparison comes to what was decided, and tells the link that is kept."""
    found = compare_pair(dam_url, 2, 1)

    assert found.finding.relation is Relation.COVERAGE
    assert (found.one.variant_id, found.other.variant_id) == (2, 1)
    assert found.link is not None
    assert (found.link.relation, found.link.variant_a) == ("coverage", 2)
    assert found.link.score == pytest.approx(found.finding.event.score, abs=0.1)
    assert {"Tellimoor", "Ellerby"} <= set(found.finding.event.names)
    assert "3" in found.finding.event.numbers or "14" in found.finding.event.numbers
    assert found.finding.event.hours == 5
    assert (found.story, found.variants) == (None, 4)


def test_two_that_are_apart(dam_url: str) -> None:
    """Of two stories it is told how much was missing, in each way of being one."""
    found = compare_pair(dam_url, 1, 3)

    assert found.finding.relation is None
    assert found.link is None
    assert not found.finding.text.hurdles[0].is_met
    assert found.finding.event.join_missed_by > found.finding.event.suggest_missed_by > 0
    assert "Ellerby" in found.finding.event.only_one
    assert "Oster" in found.finding.event.only_other


def test_a_variant_and_an_article_that_is_not_stored(dam_url: str) -> None:
    """One that is not stored is weighed under the database's counts, and against the story as a whole."""
    found = compare_pair(dam_url, prepared("echo/1", _DAM_AGAIN, _TITLES[1]), 1)

    assert found.one.variant_id is None
    assert found.finding.relation is Relation.COVERAGE
    assert found.story is not None
    assert (found.story.story_id, found.story.members) == (found.other.story_id, 2)
    assert found.story.mean > 0.8


def test_a_copy_shows_what_it_shares(dam_url: str) -> None:
    """A copy's longest passage is quoted from both."""
    found = compare_pair(dam_url, 4, 1)

    assert found.finding.relation is Relation.COPY
    assert found.finding.text.passages[0].one.startswith("Some 3,200 people left their homes")
    assert found.finding.text.passages[0].one == found.finding.text.passages[0].other


def test_nothing_is_written(dam_url: str) -> None:
    """A comparison leaves the database as it is."""
    with newsdesk(dam_url) as desk:
        before = desk.counts(), desk.rows(tables.Link)
        compare_pair(dam_url, prepared("echo/1", _DAM), 1)

        assert (desk.counts(), desk.rows(tables.Link)) == before


def test_without_a_database() -> None:
    """Two articles that are not stored are compared under the shipped background."""
    one, other = prepared("gazette/1", _DAM, _TITLES[0]), prepared("ledger/1", _DAM_AGAIN, _TITLES[1])

    found = compare_pair(None, one, other)

    assert found.finding.relation is Relation.COVERAGE
    assert found.variants == 0
    assert found.finding.event.hours is None


def test_a_guessed_date_is_no_date() -> None:
    """The time between says nothing where one date is a guess."""
    one = prepared("gazette/1", _DAM)
    other = prepared("ledger/1", _DAM)
    one = replace(one, article=replace(one.article, published_at=NOON, published_from=DateOrigin.META))
    other = replace(other, article=replace(other.article, published_at=NOON, published_from=DateOrigin.GUESS))

    assert compare_pair(None, one, other).finding.event.hours is None
    assert compare_pair(None, one, one).finding.event.hours == 0


def test_a_short_text_is_never_matched() -> None:
    """Two texts that are too short to be matched are apart, and it is said why."""
    one = prepared("gazette/1", "The mayor of Quenby resigned on Friday.")

    found = compare_pair(None, one, one).finding

    assert found.relation is None
    assert "20 tokens" in found.never


def test_other_languages_are_at_most_suggested() -> None:
    """The same names in two languages: the score is held down, and it is said so."""
    one, other = prepared("gazette/1", _DAM, _TITLES[0]), prepared("ledger/1", _DAM_AGAIN, _TITLES[1])
    other = replace(other, article=replace(other.article, language="tr"))

    event = compare_pair(None, one, other).finding.event

    assert event.is_foreign
    assert event.score < event.join


def test_a_variant_that_is_not_there(desk: Newsdesk, tmp_path: Path) -> None:
    """An unknown number and an unknown database are named."""
    desk.load(article("gazette/1", prose(1)))

    with pytest.raises(NoVariant, match="no variant 7"):
        compare_pair(desk.engine.url.render_as_string(hide_password=False), 1, 7)
    with pytest.raises(DatabaseProblem, match="no database"):
        compare_pair(f"sqlite:///{tmp_path}/none.db", 1, 7)
