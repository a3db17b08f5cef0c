"""A batch is stored whole or not at all, and the same input again changes nothing."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from ingest.cluster.analysis import analyse
from ingest.document import Prepared, RawDocument, Removed
from ingest.outcome import Outcome, Rejection
from storage import tables
from tests.storage.articles import (
    CLEANER,
    NOON,
    Newsdesk,
    article,
    drifting,
    expected_groups,
    prose,
    published,
    rejection,
)

_LATER = NOON + timedelta(hours=5)


def raw(url: str, body: str, *, source: str | None = None) -> RawDocument:
    """Give an input as it arrived."""
    return RawDocument(
        source=source, folder="inbox", url=url, fetched_at=NOON, body=body.encode(), media_type="text/plain"
    )


def test_every_article_is_stored_as_it_came(desk: Newsdesk) -> None:
    """What a variant says is what its article said, removed lines and all."""
    removed = (Removed("Back to Top", "back-to-top"), Removed("Leave a comment", "comments"))
    given = replace(
        article("gazette/1", prose(1), title="Furnace „closes“", **published(-3.5)),
        byline="Ilse Varga",
        credit="Northwire",
        language="pt-BR",
        removed=removed,
    )

    assert desk.outcomes(given) == {Outcome.NEW_STORY: 1}

    [row] = desk.variants(
        "title", "text", "byline", "credit", "language", "published_at", "published_from", "source"
    ).values()
    assert row == (given.title, given.text, "Ilse Varga", "Northwire", "pt-BR", given.published_at, "meta", "gazette")
    [times] = desk.variants("first_seen_at", "fetched_at", "raw_key", "cleaner", "relation", "is_canonical").values()
    assert times == (NOON, NOON, given.raw_key, CLEANER, "canonical", True)
    assert desk.variants("removed")["gazette/1"] is not None
    assert desk.counts()["unsearched"] == 1


def test_a_second_load_changes_nothing(desk: Newsdesk) -> None:
    """Loaded again, every document is unchanged, and no table has a row more."""
    articles = drifting(1, 40)
    desk.load(*articles, batch=15)
    before, variants = desk.counts(), desk.rows(tables.Variant)

    again = desk.outcomes(*articles, batch=40, now=_LATER)

    assert again == {Outcome.UNCHANGED: 40}
    assert desk.counts() == before
    assert desk.rows(tables.Variant) == variants


def test_every_document_has_one_outcome(desk: Newsdesk) -> None:
    """The tally of a batch has each document once, under its source, and what was known before."""
    prepared = analyse([article("a/1", prose(1)), article("b/1", prose(1)), article("b/2", "short")])
    batch: list[Prepared | Rejection] = [*prepared, rejection("c/1")]
    known = Counter({("d", Outcome.UNCHANGED): 4, ("c", Outcome.WALL): 1})

    tally = desk.store.store_batch(desk.run_id, batch, known=known, cleaner=CLEANER, now=NOON)

    assert tally == Counter(
        {
            ("a", Outcome.NEW_STORY): 1,
            ("b", Outcome.VARIANT): 1,
            ("b", Outcome.NEW_STORY): 1,
            ("c", Outcome.WALL): 2,
            ("d", Outcome.UNCHANGED): 4,
        }
    )
    rows = {(source, Outcome(outcome)): count for _, source, outcome, count in desk.rows(tables.Tally)}
    assert rows == tally


def test_an_empty_batch_is_stored(desk: Newsdesk) -> None:
    """A batch of nothing is no error."""
    assert desk.outcomes() == {}
    assert desk.store.store_batch(desk.run_id, [], known=Counter(), cleaner=CLEANER, now=NOON) == Counter()


def test_a_url_twice_in_a_batch(desk: Newsdesk) -> None:
    """In one batch a URL may come again: with the same text it is unchanged, with another it is revised."""
    same, changed = article("gazette/1", prose(1)), article("gazette/1", prose(2))

    assert desk.outcomes(same, same, changed, changed) == {
        Outcome.NEW_STORY: 1,
        Outcome.UNCHANGED: 2,
        Outcome.REVISED: 1,
    }
    assert desk.variants("text") == {"gazette/1": prose(2)}
    assert [row[0] for row in desk.rows(tables.Revision, "text")] == [prose(1)]


def test_7_1_texts_without_a_word_never_match(desk: Newsdesk) -> None:
    """MUST_HANDLE 7.1: empty texts are stored, each a story of its own, and no index has them."""
    articles = [article(f"s{number}/1", "", title="The same title", **published(0)) for number in range(6)]

    assert desk.outcomes(*articles[:3]) == {Outcome.NEW_STORY: 3}
    assert desk.outcomes(*articles) == {Outcome.UNCHANGED: 3, Outcome.NEW_STORY: 3}

    assert len(desk.stories()) == 6
    assert {kind for (kind,) in desk.rows(tables.Segment, "kind")} == {"raw"}


def test_texts_of_twenty_words_match(desk: Newsdesk) -> None:
    """The shortest text that can match does."""
    body = " ".join(f"word{number}" for number in range(20))

    assert desk.outcomes(article("a/1", body), article("b/1", body)) == {Outcome.NEW_STORY: 1, Outcome.VARIANT: 1}


def test_exactly_one_variant_speaks_for_each_story(desk: Newsdesk) -> None:
    """After any load every story that stands for itself has one canonical variant, and says how many it has."""
    desk.load(*drifting(2, 60), batch=13)

    speaking = Counter(story for story, canonical in desk.variants("story_id", "is_canonical").values() if canonical)
    sizes = Counter(desk.variants("story_id").values())
    stories = desk.rows(tables.Story, "id", "size", "merged_into")
    assert speaking == {number: 1 for number, _, merged in stories if merged is None}
    assert sizes == {number: size for number, size, merged in stories if merged is None}
    assert {size for _, size, merged in stories if merged is not None} <= {0}


def test_a_rejection_is_one_row_however_often_met(desk: Newsdesk) -> None:
    """A document that does not make it has one row, which counts the attempts and keeps the latest verdict."""
    first = rejection("gazette/1", Outcome.TIMEOUT, raw_key=1, detail="after 30 s")
    later = replace(rejection("gazette/1", Outcome.WALL, raw_key=2, detail="a wall"), at=_LATER)
    elsewhere = rejection("post/1", Outcome.TIMEOUT, raw_key=1)

    assert desk.outcomes(first, elsewhere) == {Outcome.TIMEOUT: 2}
    assert desk.outcomes(later, later) == {Outcome.WALL: 2}

    columns = ("url", "outcome", "detail", "raw_key", "attempts", "first_at", "last_at")
    rows = {row[0]: row[1:] for row in desk.rows(tables.Rejection, *columns)}
    assert rows == {
        "https://gazette.example/1": ("wall", "a wall", 2, 3, NOON, _LATER),
        "https://post.example/1": ("timeout", "a wall", 1, 1, NOON, NOON),
    }


def test_a_rejection_may_say_anything(desk: Newsdesk) -> None:
    """A rejection is stored whatever characters its words have, and however many."""
    odd = replace(rejection("gazette/\udcff\0", detail="line 1: \0 \ud800 " + "x" * 9000), raw_key=-(2**63))

    assert desk.outcomes(odd, odd) == {Outcome.WALL: 2}
    assert desk.outcomes(odd) == {Outcome.WALL: 1}

    [(url, detail, attempts)] = desk.rows(tables.Rejection, "url", "detail", "attempts")
    assert (url, attempts) == ("https://gazette.example/?\ufffd", 3)
    assert detail.startswith("line 1: \ufffd ? xxx")
    assert len(detail) == 1000


def test_what_is_known_needs_no_work(desk: Newsdesk) -> None:
    """Inputs met before just as they are: stored ones are unchanged, rejected ones as the same cleaner said."""
    stored, rejected, new = raw("gazette/1", "a"), raw("gazette/2", "b"), raw("gazette/3", "c")
    revised = raw("gazette/1", "a, revised")
    desk.load(replace(article("gazette/1", prose(1)), raw_key=stored.raw_key))
    desk.load(replace(article("gazette/1", prose(2)), raw_key=revised.raw_key))
    desk.load(rejection("gazette/2", Outcome.WALL, raw_key=rejected.raw_key))

    unchanged = ("gazette", Outcome.UNCHANGED)
    found = desk.store.known([new, rejected, revised, stored], cleaner=CLEANER)

    assert found == [None, ("gazette", Outcome.WALL), unchanged, unchanged]
    assert desk.store.known([rejected, stored], cleaner="test 2") == [None, unchanged]
    assert desk.store.known([], cleaner=CLEANER) == []


def test_what_may_pass_is_tried_three_times(desk: Newsdesk) -> None:
    """An input that was rejected by what may pass is known only when it has been tried three times."""
    slow = raw("gazette/1", "a")

    known = []
    for _ in range(3):
        known += desk.store.known([slow], cleaner=CLEANER)
        desk.load(rejection("gazette/1", Outcome.TIMEOUT, raw_key=slow.raw_key))

    assert known == [None] * 3
    assert desk.store.known([slow], cleaner=CLEANER) == [("gazette", Outcome.TIMEOUT)]


def test_the_same_text_in_other_bytes_is_unchanged(desk: Newsdesk) -> None:
    """A page whose furniture changed but not its article is unchanged, and known from then on."""
    before, after = raw("gazette/1", "<nav>1</nav>"), raw("gazette/1", "<nav>2</nav>")
    desk.load(replace(article("gazette/1", prose(1)), raw_key=before.raw_key))

    assert desk.outcomes(replace(article("gazette/1", prose(1)), raw_key=after.raw_key)) == {Outcome.UNCHANGED: 1}
    assert desk.store.known([after], cleaner=CLEANER) == [("gazette", Outcome.UNCHANGED)]
    assert desk.counts()["revision"] == 0


@pytest.mark.parametrize("wrong", [{"title": object()}, {"raw_key": 2**63}, {"fetched_at": NOON.replace(tzinfo=None)}])
def test_a_batch_that_fails_leaves_nothing(desk: Newsdesk, wrong: dict[str, Any]) -> None:
    """When a batch fails in the middle nothing of it is kept, in memory or in a table, and the store goes on."""
    good = drifting(3, 30)
    desk.load(*good[:10])
    before, runs = desk.counts(), desk.rows(tables.Tally)
    prepared = analyse(good)
    broken = replace(prepared[25], article=replace(prepared[25].article, **wrong))

    with pytest.raises(Exception, match=r".+"):
        desk.store.store_batch(
            desk.run_id, [rejection("c/1"), *prepared[:25], broken], known=Counter(), cleaner=CLEANER, now=NOON
        )

    assert (desk.counts(), desk.rows(tables.Tally)) == (before, runs)
    assert desk.outcomes(*good)[Outcome.UNCHANGED] == 10
    assert desk.copy_groups() == expected_groups(good)


def test_a_commit_that_fails_leaves_nothing(desk: Newsdesk) -> None:
    """Nothing of a batch whose commit fails stays in memory, where it would hide what others store meanwhile."""
    other = Newsdesk(desk.engine)
    event.listen(desk.engine, "commit", _fail)
    with pytest.raises(ConnectionError):
        desk.load(article("gazette/1", prose(1)), article("gazette/2", prose(2)))
    event.remove(desk.engine, "commit", _fail)
    assert desk.counts()["variant"] == desk.counts()["segment"] == 0

    other.load(article("post/1", prose(3)), article("post/2", prose(4)))

    assert desk.outcomes(article("echo/1", prose(3))) == {Outcome.VARIANT: 1}
    assert desk.outcomes(article("echo/2", prose(1))) == {Outcome.NEW_STORY: 1}


def _fail(_: object) -> None:
    raise ConnectionError("the server went away")


def test_two_stores_take_turns(desk: Newsdesk) -> None:
    """Two stores over one database find what the other has stored."""
    other = Newsdesk(desk.engine)
    articles = drifting(4, 40, foreign=True)
    for place in range(0, 40, 5):
        (desk if place % 2 else other).load(*articles[place : place + 5])

    assert desk.copy_groups() == desk.stories() == expected_groups(articles)
