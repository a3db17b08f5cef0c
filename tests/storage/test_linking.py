"""What a batch decides as a whole: which of its stories, and of those that it touches, report one event."""

from random import Random

import pytest

from ingest.document import Article
from ingest.outcome import Outcome
from storage import tables
from storage.check import check
from tests.storage.articles import Newsdesk, article, published, sentences, shuffled

_FERRY, _MUSEUM, _USUAL = (
    words.split()
    for words in (
        "Quillan Marsh Tervo Oskarby Pelmont ferry hull Danvers Lorrimer pumps harbourmaster Stellan Brevik",
        "Ansgard museum tapestry Vellery moths conservators Idris Halloway loom Perrin vault Ostend wool",
        "said after before while people town morning report officials many found would could there first second",
    )
)


def report(place: str, words: list[str], hours: float) -> Article:
    """Give an article about these words, in sentences that no other report has."""
    chance = Random(place)
    told = []
    for number, word in enumerate(words):
        said = chance.sample(_USUAL, 7)
        for rare in (word, words[(number * 5 + 2) % len(words)]):
            said.insert(chance.randrange(len(said)), rare)
        told.append(" ".join(said).capitalize() + ".")
    chance.shuffle(told)
    return article(place, "\n".join(told), title=" ".join(words[:4]), **published(hours))


_PARTS = (report("gazette/1", _FERRY[:7], 0), report("post/1", _FERRY[9:], 60))
_WHOLE = report("times/1", _FERRY, 30)
_OTHER = report("echo/1", _MUSEUM, 31)


def test_a_batch_of_one_event_leaves_no_trace_of_stories_that_were_never_one(desk: Newsdesk) -> None:
    """Reports that a batch brings together join the story of the first; numbers and history have no gaps."""
    reports = [report(f"{name}/1", _FERRY, hours) for hours, name in enumerate(("gazette", "post", "star"))]

    found = desk.outcomes(*reports, _OTHER)

    assert found == {Outcome.NEW_STORY: 2, Outcome.VARIANT: 2}
    assert desk.rows(tables.Story, "id", "size", "founder_id", "merged_into") == [(1, 3, 1, None), (2, 1, 4, None)]
    changes = [row[1:] for row in desk.rows(tables.Change, "id", "story_id", "kind") if row[2] != "canonical"]
    assert changes == [(1, "created"), (1, "joined"), (1, "joined"), (2, "created")]
    assert _problems(desk) == []


@pytest.mark.parametrize("batch", [1, 3])
def test_groups_that_began_apart_are_one_story_when_a_report_tells_all(desk: Newsdesk, batch: int) -> None:
    """Two reports of different sides of an event become one story with what ties them, and the older number stays."""
    desk.load(*_PARTS, batch=batch)
    assert len(desk.stories()) == 2

    found = desk.outcomes(_WHOLE)

    assert found == {Outcome.VARIANT: 1}
    assert desk.stories() == {frozenset({"gazette/1", "post/1", "times/1"})}
    assert desk.rows(tables.Story, "id", "size", "merged_into") == [(1, 3, None), (2, 0, 1)]
    links = desk.rows(tables.Link, "variant_a", "variant_b", "relation")
    assert sorted(link for link in links if link[2] == "coverage") == [(3, 1, "coverage"), (3, 2, "coverage")]
    assert _problems(desk) == []


@pytest.mark.parametrize("seed", range(3))
def test_articles_that_come_together_are_decided_on_together(quick_desk: Newsdesk, seed: int) -> None:
    """Within a batch it makes no difference which report comes first, though two of them alone are two stories."""
    quick_desk.load(*shuffled([*_PARTS, _WHOLE, _OTHER], seed))

    assert quick_desk.stories() == {frozenset({"gazette/1", "post/1", "times/1"}), frozenset({"echo/1"})}
    assert [row[0] for row in quick_desk.rows(tables.Story, "id")] == [1, 2]


def test_a_new_story_that_took_in_another_leads_to_the_one_that_it_covers(desk: Newsdesk) -> None:
    """Stories that a text made one in this very batch all lead to the story that they turn out to cover."""
    desk.load(report("gazette/1", _FERRY, 0))
    body = report("post/1", _FERRY, 2).text.split("\n")
    tail = sentences(5, 12)
    told = (("post/1", body[:8]), ("echo/1", tail), ("star/1", body[:8] + tail))

    desk.load(*(article(place, "\n".join(lines), **published(2 + n)) for n, (place, lines) in enumerate(told)))

    assert len(desk.stories()) == 1
    assert dict(desk.rows(tables.Story, "id", "merged_into")) == {1: None, 2: 1, 3: 2}
    details = [row[1:] for row in desk.rows(tables.Change, "id", "kind", "detail")]
    assert ("absorbed", "story 3") in details
    assert ("merged", "into story 2") in details
    assert ("merged", "into story 1") in details
    assert _problems(desk) == []


def _problems(desk: Newsdesk) -> list[str]:
    return check(desk.engine.url.render_as_string(hide_password=False).replace("+psycopg", ""))
