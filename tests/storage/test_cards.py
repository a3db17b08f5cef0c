"""What stories are found by follows from what is stored, whatever came in which order."""

from dataclasses import replace
from datetime import timedelta

from storage.asking import Question, find_stories
from storage.check import check
from storage.database import connect, writing
from storage.queries import get_story
from storage.reading import reading
from storage.stories.cards import refresh_cards, save_outlets
from storage.tables import Card, Mark, Story
from storage.views import StorySummary
from tests.ready import make_ready
from tests.storage.articles import NOON, Newsdesk, article, drifting, prose, published
from tests.storage.stories import add, fill, run, story, variant
from tests.storage.stories import link as tie


def _url(desk: Newsdesk) -> str:
    return desk.engine.url.render_as_string(hide_password=False)


def _listed(desk: Newsdesk, question: Question = Question()) -> list[StorySummary]:  # noqa: B008  frozen
    with reading(_url(desk)) as reader:
        return find_stories(reader, question, limit=100).stories


def test_reprints_of_one_text_are_one_voice(desk: Newsdesk) -> None:
    """A text that three outlets ran is a story of three variants and one independent voice."""
    desk.load(*(article(f"{source}/1", prose(1), **published(hour)) for hour, source in enumerate(("a", "b", "c"))))

    [found] = _listed(desk)

    assert (found.size, found.independent, sorted(found.sources)) == (3, 1, ["a", "b", "c"])
    with reading(_url(desk)) as reader:
        detail = get_story(reader, found.id)
    assert detail is not None
    assert (detail.independent, [voice.name for voice in detail.voices]) == (1, ["a"])


def test_a_correction_by_the_outlet_is_a_state(desk: Newsdesk) -> None:
    """A story one of whose outlets changed its text is found as corrected from then on."""
    desk.load(article("gazette/1", prose(1)), article("post/2", prose(2)))
    before = _listed(desk, Question(state="corrected"))

    desk.load(article("gazette/1", f"{prose(1)}\nThe figure was wrong."), now=NOON + timedelta(hours=1))

    assert before == []
    [found] = _listed(desk, Question(state="corrected"))
    assert (found.is_corrected, found.sources) == (True, ["gazette"])


def test_cards_made_batch_by_batch_are_those_made_anew(desk: Newsdesk) -> None:
    """Whatever a store has gone through, its cards and marks are what its rows say."""
    articles = drifting(3, 40)
    desk.load(*articles, batch=7)
    desk.load(*(replace(item, text=f"{item.text} Corrected.", raw_key=item.raw_key + 1) for item in articles[::5]))
    kept = desk.rows(Card), desk.rows(Mark)

    with writing(desk.engine) as db:
        refresh_cards(db, [row[0] for row in desk.rows(Story, "id")])

    assert (desk.rows(Card), desk.rows(Mark)) == kept


def test_the_list_of_sources_says_who_owns_an_outlet(desk: Newsdesk) -> None:
    """Two papers are one voice once the list of sources names their owner, and are found by it and its country."""
    desk.load(article("gazette/1", prose(1)), article("post/2", prose(2)))
    owned = {"gazette": ("Lowland Papers", "GB"), "post": ("Lowland Papers", None), "else": (None, None)}

    changed = save_outlets(desk.engine, owned)

    assert changed == 2
    assert save_outlets(desk.engine, owned) == 0
    assert len(_listed(desk, Question(publisher="Lowland Papers"))) == 2
    assert [found.sources for found in _listed(desk, Question(country="gb"))] == [["gazette"]]


def test_the_country_is_the_regions_where_no_one_says_it(database_url: str) -> None:
    """Without a word of the list of sources, a language tag with a region names the country."""
    fill(database_url)

    with reading(database_url) as reader:
        found = find_stories(reader, Question(country="BR"), limit=5).stories

    assert [found.id for found in found] == [2]


def test_both_ends_of_a_suggestion_are_suggested(database_url: str) -> None:
    """A suggested link makes both stories ones that a person should look at."""
    make_ready(database_url)
    add(database_url, run(1), story(1), story(2), story(3), *(variant(number * 10 + 1, number) for number in (1, 2, 3)))
    add(database_url, tie(21, 11, "suggested", 0.4, {}))

    with reading(database_url) as reader:
        found = find_stories(reader, Question(state="suggested"), limit=5).stories

    assert sorted(found.id for found in found) == [1, 2]


def test_a_check_finds_a_card_that_lies(database_url: str) -> None:
    """A card that says something else than its story, or none at all, is told."""
    fill(database_url)
    engine = connect(database_url)
    with writing(engine) as db:
        db.exec_driver_sql("UPDATE card SET size = 7 WHERE story_id = 1")
        db.exec_driver_sql("DELETE FROM card WHERE story_id = 2")
    engine.dispose()

    said = check(database_url)

    assert any("2 stories whose card says something else than they do: 1, 2" in line for line in said)
    assert any("marks from another time" in line for line in said)
