"""Variants that another release signed or cleaned are brought to the present one, where they stand."""

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, update

from ingest.cluster.analysis import analyse
from ingest.cluster.signature import SCHEME
from ingest.document import Article, DateOrigin
from ingest.outcome import Outcome
from storage import tables
from storage.database import writing
from storage.indexes.segments import Kind
from storage.tables import core
from storage.upkeep.reworking import Reworked
from storage.upkeep.stored import count_old, stored_articles, variants_of
from tests.storage.articles import CLEANER, NOON, Newsdesk, article, drifting, prose, published

_SIGNED = (Kind.BAND,)
_READ = (Kind.BAND, Kind.TWIN, Kind.ANCHOR, Kind.TERM, Kind.FREQUENCY)


def _age(desk: Newsdesk, kinds: tuple[Kind, ...], **values: Any) -> None:  # Any: columns of a variant
    """Make the store one of an earlier scheme, found by other keys, and these columns by what it had."""
    variant, segment = core(tables.Variant), core(tables.Segment)
    with writing(desk.engine) as db:
        db.execute(update(variant).values(scheme="older", signature=bytes(512), **values))
        db.execute(delete(segment).where(segment.c.kind.in_([kind.value for kind in kinds])))
    desk.store = type(desk.store)(desk.engine)  # another process: what this one remembers is gone


def _sign_again(desk: Newsdesk, ids: list[int]) -> dict[Outcome, int]:
    items = analyse([stored.article for stored in stored_articles(desk.engine, ids)])
    tally = desk.store.rework(desk.run_id, Reworked(resigned=items), known=Counter(), now=NOON)
    return {outcome: sum(count for (_, one), count in tally.items() if one is outcome) for _, outcome in tally}


def _kept(desk: Newsdesk) -> object:
    columns = ("story_id", "relation", "copy_of", "twin_of", "is_canonical", "text", "text_key")
    return desk.variants(*columns), desk.rows(tables.Link), desk.rows(tables.Change), desk.rows(tables.Story)


@pytest.mark.parametrize("kinds", [_SIGNED, _READ], ids=["other values", "other tokens"])
def test_what_is_signed_again_stays_and_is_found(desk: Newsdesk, kinds: tuple[Kind, ...]) -> None:
    """Stories, links and histories are as they were, and copies that come later join, as if it had never been older."""
    first = drifting(3, 24, foreign=True)
    later = [replace(item, url=f"{item.url}-again", raw_key=item.raw_key + 1, source="late") for item in first[::5]]
    desk.load(*first, batch=7)
    before = _kept(desk)
    ids = [row[0] for row in desk.rows(tables.Variant, "id")]
    _age(desk, kinds, **({} if kinds is _SIGNED else {"text_key": 1, "twin_of": None}))

    tallies = [_sign_again(desk, part) for part in (ids[16:], ids[:16])]

    assert tallies == [{Outcome.UNCHANGED: len(ids) - 16}, {Outcome.UNCHANGED: 16}]
    assert {row[1] for row in desk.rows(tables.Variant, "id", "scheme")} == {SCHEME}
    assert desk.rows(tables.Revision) == []
    if kinds is _SIGNED:
        assert _kept(desk) == before
    desk.load(*later)
    places = desk.variants("story_id")
    assert all(
        places[f"s{number % 7}/{number}-again"] == places[f"s{number % 7}/{number}"] for number in range(0, 24, 5)
    )


def test_a_text_that_changed_meanwhile_is_signed_by_whoever_changed_it(desk: Newsdesk) -> None:
    """What was prepared of the earlier text is left alone."""
    old = article("gazette/0", prose(1))
    desk.load(old)
    _age(desk, _SIGNED)
    prepared = analyse([old])
    desk.load(article("gazette/0", prose(2)))
    signed = desk.variants("signature", "text")

    desk.store.rework(desk.run_id, Reworked(resigned=prepared, named=[old]), known=Counter(), now=NOON)

    assert desk.variants("signature", "text") == signed


def test_what_is_old_is_named_the_latest_first(desk: Newsdesk) -> None:
    """By scheme, by who cleaned it, or by its site; who was gone over by the present cleaner is not old."""
    places = ("gazette/0", "gazette/1", "gazette/2", "echo/1")
    desk.load(*(article(place, prose(hour), **published(hour)) for hour, place in enumerate(places)))
    with writing(desk.engine) as db:
        variant = core(tables.Variant)
        db.execute(update(variant).where(variant.c.id == 1).values(cleaner="test 0"))
        db.execute(update(variant).where(variant.c.id == 2).values(cleaner=f"test 0 + {CLEANER}"))
        db.execute(update(variant).where(variant.c.id == 3).values(scheme="older"))

    assert list(variants_of(desk.engine, (), cleaner=CLEANER)) == [3, 1]
    assert list(variants_of(desk.engine, {"echo.example"}, cleaner=CLEANER)) == [4, 3, 1]
    assert count_old(desk.engine, cleaner=CLEANER) == 2
    _age(desk, _SIGNED)
    _sign_again(desk, [1, 2, 3, 4])


def test_an_article_is_read_back_whole(desk: Newsdesk) -> None:
    """Whatever is known of it: what works it over writes all of it back."""
    told: dict[str, Any] = {"published_at": NOON, "published_on": date(2026, 5, 20), "published_from": DateOrigin.META}
    told |= {"modified_at": NOON, "modified_from": DateOrigin.JSON_LD, "section": "Coast", "publisher": "Gazette"}
    whole = article("gazette/1", prose(1), image="https://gazette.example/1.png", media=("a", "b"), **told)
    desk.load(whole)

    [stored] = stored_articles(desk.engine, [1])

    assert stored.article == Article(**{name: getattr(whole, name) for name in Article.__dataclass_fields__})
