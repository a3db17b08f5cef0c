"""Copies, excerpts and coverage: what becomes one story, whatever the order and the size of batches."""

import json
from datetime import timedelta
from typing import Any

import pytest

from ingest.outcome import Outcome
from storage import tables
from tests.storage.articles import (
    NOON,
    Newsdesk,
    article,
    drifting,
    expected_groups,
    prose,
    published,
    sentences,
    shuffled,
)

_DAM = """Some 3,200 people left their homes in the Tellimoor valley on Monday night after engineers found a crack, 14
metres long, in the spillway of the Ellerby Dam. Governor Ilse Varga ordered the evacuation at 21:40, an hour after a
guard at the dam reported water where there should be none. Schools in Corriden took in families with what they could
carry. The dam's operator, Tellimoor Water, opened two gates to lower the reservoir by four metres before Thursday."""
_DAM_AGAIN = """Buses carried families out of the Tellimoor valley through the night. Ilse Varga, the governor, said
that 3,200 residents had to go because the Ellerby Dam may not hold: its spillway has split over a length of 14 metres.
Tellimoor Water is letting the reservoir fall by four metres through both gates, and hopes to be done on Thursday.
Those who left sleep in gymnasiums in Corriden, twenty kilometres away."""
_DAM_LATER = """The operator of the Ellerby Dam knew of the crack in its spillway for six years, says a report that
Governor Ilse Varga had asked for. Tellimoor Water put off repairs three times, to save 9 million crowns. A director
has resigned. The families of the Tellimoor valley, who came home after eleven nights, want to be paid for their losses
and ask why no guard was told what to look for. A court in Corriden is to hear the first of them in autumn."""
_VALLEY = """The Tellimoor valley will have a railway again. Governor Ilse Varga signed a contract with Oster Rail for
310 million crowns for a single track from Marlow to Quenby, closed since 1968. Trains are to run every half hour from
2031. New halts are planned for walkers and for the villages on the western shore. Opponents led by Piet Sandoval say
that the money would have paid for electric buses on every road of the county, and will go to court."""
_TITLES = (
    "Crack in the Ellerby Dam empties the Tellimoor valley",
    "Tellimoor valley evacuated as Ellerby Dam spillway cracks",
    "Oster Rail to build single track from Marlow to Quenby",
)


def test_twins_are_one_story(desk: Newsdesk) -> None:
    """A hundred identical texts at different addresses are one story, each linked, with one entry in the indexes."""
    twins = [article(f"s{number}/1", prose(1)) for number in range(100)]

    assert desk.outcomes(*twins, batch=30) == {Outcome.NEW_STORY: 1, Outcome.VARIANT: 99}

    assert len(desk.stories()) == len(desk.copy_groups()) == 1
    assert sum(desk.variants("twin_of")[f"s{number}/1"] is None for number in range(100)) == 1
    assert len(desk.rows(tables.Link, "variant_a")) == 99
    pairs = {
        kind: sum(count for of, count in desk.rows(tables.Segment, "kind", "count") if of == kind) for kind in _KINDS
    }
    assert (pairs["band"], pairs["twin"]) == (32, 1)


_KINDS = ("band", "twin")


@pytest.mark.parametrize(("seed", "batch"), [(11, 1), (11, 7), (11, 1000), (12, 7), (13, 1000)])
def test_7_9_order_and_batches_do_not_matter(quick_desk: Newsdesk, seed: int, batch: int) -> None:
    """MUST_HANDLE 7.9: the same articles in any order and in batches of any size give the same copy groups."""
    articles = drifting(seed, 60)

    quick_desk.load(*shuffled(articles, seed * batch), batch=batch)

    assert quick_desk.copy_groups() == expected_groups(articles)


def test_groups_are_neither_all_nor_none() -> None:
    """The drifting articles have groups of several sizes, or the tests above would prove little."""
    sizes = sorted(len(group) for group in expected_groups(drifting(11, 60)))

    assert sizes[0] == 1
    assert sizes[-1] > 5
    assert len(sizes) > 8


def test_where_texts_alone_join_copy_groups_are_stories(desk: Newsdesk) -> None:
    """Without coverage a story is one copy group, in any order."""
    articles = drifting(13, 60, foreign=True)

    desk.load(*shuffled(articles, 3), batch=9)

    assert desk.stories() == desk.copy_groups() == expected_groups(articles)


def test_an_article_that_resembles_two_stories_joins_them(desk: Newsdesk) -> None:
    """The older story absorbs the younger, which keeps its row and its number, and both tell of it."""
    first, second = sentences(1, 8), sentences(2, 8)
    one = article("gazette/1", "\n".join(first), **published(0))
    other = article("post/1", "\n".join(second), **published(1))
    both = article("times/1", "\n".join(first + second), **published(2))
    assert desk.outcomes(one, other, batch=1) == {Outcome.NEW_STORY: 2}

    assert desk.outcomes(both, now=NOON + timedelta(hours=3)) == {Outcome.VARIANT: 1}

    assert desk.stories() == {frozenset({"gazette/1", "post/1", "times/1"})}
    rows = {number: more for number, *more in desk.rows(tables.Story, "id", "merged_into", "size", "last_seen_at")}
    assert rows == {1: [None, 3, NOON + timedelta(hours=3)], 2: [1, 0, NOON]}
    changes = desk.rows(tables.Change, "id", "story_id", "kind")
    assert [change[1:] for change in changes] == [
        (1, "created"),
        (2, "created"),
        (1, "absorbed"),
        (2, "merged"),
        (1, "joined"),
        *[(1, "canonical")] * (desk.variants("is_canonical")["gazette/1"] is False),
    ]
    assert desk.outcomes(article("echo/1", other.text)) == {Outcome.VARIANT: 1}


def test_stories_of_one_batch_join_too(desk: Newsdesk) -> None:
    """Stories made and joined in one batch leave the same behind as in three."""
    parts = [sentences(seed, 6) for seed in (1, 2, 3)]
    texts = [*parts, parts[1] + parts[2], parts[0] + parts[1]]

    desk.load(*(article(f"s{place}/1", "\n".join(text), **published(place)) for place, text in enumerate(texts)))

    assert len(desk.stories()) == 1
    assert dict(desk.rows(tables.Story, "id", "merged_into")) == {1: None, 2: 1, 3: 2}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_cut_version_loses_to_the_complete_one(desk: Newsdesk, order: tuple[int, int]) -> None:
    """A cut version is an excerpt, whichever comes first, and does not speak though it is the earlier."""
    whole = article("post/1", prose(1, 10), **published(2))
    cut = article("gazette/1", prose(1, 10)[: len(prose(1, 10)) // 2], **published(0))

    desk.load(*((whole, cut)[place] for place in order), batch=1)

    assert desk.variants("relation", "is_cut") == {"post/1": ("canonical", False), "gazette/1": ("excerpt", True)}
    [(relation, score)] = desk.rows(tables.Link, "relation", "score")
    assert (relation, score > 0.8) == ("excerpt", True)
    [why] = (json.loads(row[0]) for row in desk.rows(tables.Story, "canonical_why"))
    assert (why["rule"], why["losers"][0][1]) == ("complete before cut", "complete before cut")


_VERSIONS = {
    "post/1": slice(0, 12),  # all of it
    "gazette/1": slice(0, 6),
    "times/1": slice(0, 7),
    "echo/1": slice(0, 6),  # gazette's twin
    "star/1": slice(1, 12),  # nearly all
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("batch", [1, 3, 5])
def test_every_cut_version_is_known_as_one(quick_desk: Newsdesk, seed: int, batch: int) -> None:
    """Several cut versions, twins among them, all lose to the complete one, in any order."""
    lines = sentences(7, 12)
    hours = {"post/1": 9, "star/1": 8}
    versions = [
        article(place, "\n".join(lines[part]), **published(hours.get(place, 0))) for place, part in _VERSIONS.items()
    ]

    quick_desk.load(*shuffled(versions, seed), batch=batch)

    assert {place for place, is_cut in quick_desk.variants("is_cut").items() if is_cut} == {
        "gazette/1",
        "times/1",
        "echo/1",
    }
    assert quick_desk.variants("relation") == {
        "post/1": "copy",
        "gazette/1": "excerpt",
        "times/1": "excerpt",
        "echo/1": "excerpt",
        "star/1": "canonical",
    }


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_coverage_joins_reports_of_one_event(desk: Newsdesk, order: tuple[int, ...]) -> None:
    """Two reports of one event in other words are one story, explained; a third event of the same people is not."""
    reports = [
        article("gazette/1", _DAM, title=_TITLES[0], **published(0)),
        article("post/1", _DAM_AGAIN, title=_TITLES[1], **published(5)),
        article("times/1", _VALLEY, title=_TITLES[2], **published(9)),
    ]

    desk.load(*(reports[place] for place in order), batch=1)

    assert desk.stories() == {frozenset({"gazette/1", "post/1"}), frozenset({"times/1"})}
    assert desk.variants("relation") == {"gazette/1": "canonical", "post/1": "coverage", "times/1": "canonical"}
    assert {kind for _, kind in desk.rows(tables.Story, "id", "kind")} == {"covered", "single"}
    links = [
        row for row in desk.rows(tables.Link, "variant_a", "relation", "score", "evidence") if row[1] == "coverage"
    ]
    [(_, _, score, told)] = links
    evidence: dict[str, Any] = json.loads(told)
    assert score >= 0.8
    assert evidence["hours"] == 5.0
    assert {"Ellerby", "Tellimoor"} <= set(evidence["terms"])
    assert evidence["features"]["names_least"] > 0


_REPORT = """Quarry workers at {place} stopped work at {hour} on Tuesday after {name}, foreman of the Corrigal slate
pit, counted {cracks} cracks in the northern face. The Corrigal company sent {men} men home with full pay and called
surveyors, who will measure the face with prisms for {days} days. Slate from {place} roofs half of the county, and
dealers in Marlow said they have stock for {weeks} weeks. No one was hurt. The pit was last closed in {year}."""
_FILLED = (
    {"place": "Upper Lenn", "hour": "6:40", "name": "Ada Brock", "cracks": 14, "men": 61, "days": 9, "weeks": 5},
    {"place": "Castle Hythe", "hour": "11:15", "name": "Jon Reeve", "cracks": 3, "men": 22, "days": 4, "weeks": 8},
)


def test_two_fillings_of_one_form_are_never_coverage(desk: Newsdesk) -> None:
    """Reports by one form, of other places and numbers, are stories of their own, whatever words they share."""
    title = "Slate pit of the Corrigal company closed after cracks in the northern face"
    texts = [_REPORT.format(**filled, year=year) for filled, year in zip(_FILLED, (1987, 2004), strict=True)]

    desk.load(*(article(f"gazette/{n}", text, title=title, **published(n)) for n, text in enumerate(texts)), batch=1)

    assert desk.stories() == {frozenset({"gazette/0"}), frozenset({"gazette/1"})}
    assert desk.rows(tables.Link, "variant_a") == []


def test_a_follow_up_is_a_story_linked_as_earlier(desk: Newsdesk) -> None:
    """What is written of the same affair a month later is a story of its own, and says which one came before."""
    reports = [
        article("gazette/1", _DAM, title=_TITLES[0], **published(0)),
        article("post/1", _DAM_LATER, title="Crack in the Ellerby Dam was known for years", **published(24 * 35)),
    ]

    desk.load(*reports)

    assert len(desk.stories()) == 2
    assert [row[1:] for row in desk.rows(tables.Link, "variant_a", "variant_b", "relation")] == [(1, "earlier")]


@pytest.mark.parametrize("seed", range(4))
def test_the_order_within_a_batch_makes_no_difference(quick_desk: Newsdesk, seed: int) -> None:
    """Articles that arrive together become the same stories in any order, coverage and undated ones included."""
    reports = [
        article("gazette/1", _DAM, title=_TITLES[0], **published(0)),
        article("post/1", _DAM_AGAIN, title=_TITLES[1]),
        article("echo/1", "\n".join(_DAM_AGAIN.split("\n")[:2]), title=_TITLES[1], **published(3)),
        article("times/1", _VALLEY, title=_TITLES[2]),
    ]

    quick_desk.load(*shuffled(reports, seed))

    assert quick_desk.stories() == {frozenset({"gazette/1", "post/1", "echo/1"}), frozenset({"times/1"})}
    assert [quick_desk.variants("id")[place] for place in ("gazette/1", "echo/1")] == [1, 2]


def test_coverage_does_not_cross_languages(desk: Newsdesk) -> None:
    """The same reports in two languages stay two stories."""
    desk.load(
        article("gazette/1", _DAM, title=_TITLES[0], language="en"),
        article("post/1", _DAM_AGAIN, title=_TITLES[1], language="tr"),
    )

    assert len(desk.stories()) == 2


def test_a_copy_of_a_covering_report_is_its_copy(desk: Newsdesk) -> None:
    """In a covered story each text has a head, and copies name the head of their own text."""
    reports = [
        article("gazette/1", _DAM, title=_TITLES[0], **published(0)),
        article("post/1", _DAM_AGAIN, title=_TITLES[1], **published(5)),
        article("echo/1", _DAM_AGAIN, title=_TITLES[1], **published(7)),
        article("star/1", _DAM, title=_TITLES[1], **published(8)),
    ]

    desk.load(*reports, batch=2)

    ids = desk.variants("id")
    assert desk.variants("relation", "copy_of") == {
        "gazette/1": ("canonical", None),
        "post/1": ("coverage", None),
        "echo/1": ("copy", ids["post/1"]),
        "star/1": ("copy", ids["gazette/1"]),
    }


def test_an_earlier_copy_becomes_canonical(desk: Newsdesk) -> None:
    """When a copy that was published earlier arrives, it speaks from then on, and the story tells so."""
    desk.load(article("post/1", prose(1), **published(3)))
    desk.load(article("gazette/1", prose(1), **published(1)))

    assert desk.variants("relation") == {"post/1": "copy", "gazette/1": "canonical"}
    assert [row[1:] for row in desk.rows(tables.Change, "id", "kind", "detail")][-1] == (
        "canonical",
        "variant 2, earliest published or seen; was variant 1",
    )
