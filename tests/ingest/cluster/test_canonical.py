"""Which variant speaks: ordered rules, each decides where those before it cannot."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cluster.canonical import Contender, Rule, choose_canonical, heads

_NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
_SOURCES = ("reuters.com", "apnews.com", "gazette.example", "post.example")
_CREDITS = (None, "Reuters", "AP", "Gazette")
_ZONED = _NOON.astimezone(timezone(timedelta(hours=3)))
_TIMES = st.sampled_from([_NOON, _NOON.replace(hour=0), _NOON + timedelta(hours=1), _ZONED])
_CONTENDERS = st.lists(
    st.builds(
        Contender,
        variant_id=st.integers(1, 99),
        source=st.sampled_from(_SOURCES),
        url=st.sampled_from(["https://a.example/1", "https://b.example/2"]),
        credit=st.sampled_from(_CREDITS),
        is_pinned=st.booleans(),
        is_cut=st.booleans(),
        is_teaser=st.booleans(),
        published_at=st.none() | _TIMES,
        first_seen_at=_TIMES,
        length=st.integers(10, 12),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda contender: contender.variant_id,
)


def contender(variant_id: int, **more: Any) -> Contender:  # Any: whichever field is to differ
    """Give a contender that differs from others in nothing but its number, and what `more` says."""
    plain = {"source": "gazette.example", "url": "https://gazette.example/a", "credit": None, "length": 300}
    times = {"published_at": _NOON, "first_seen_at": _NOON}
    return Contender(**{"variant_id": variant_id, "is_pinned": False, "is_cut": False} | plain | times | more)


_LATER = {"published_at": _NOON + timedelta(hours=1)}
# A rule, what wins by it, and what loses by it though every rule after it would have it win.
_DUELS: list[tuple[Rule, dict[str, Any], dict[str, Any]]] = [  # Any: fields of a Contender
    (Rule.PINNED, {"is_pinned": True, "is_cut": True, "credit": "Reuters", **_LATER}, {"source": "reuters.com"}),
    (Rule.WIRE, {"source": "reuters.com", "is_cut": True, **_LATER}, {"credit": "Reuters"}),
    (Rule.COMPLETE, {"length": 10, **_LATER}, {"is_cut": True}),
    (Rule.COMPLETE, {"length": 10, **_LATER}, {"is_teaser": True}),
    (Rule.EARLIEST, {"length": 10}, _LATER),
    (Rule.LONGEST, {"length": 301, "url": "https://gazette.example/b"}, {}),
    (Rule.ADDRESS, {}, {"url": "https://gazette.example/b"}),
    (Rule.ADDRESS, {}, {}),
]


@pytest.mark.parametrize(("rule", "wins", "loses"), _DUELS)
def test_each_rule_decides_in_its_order(rule: Rule, wins: dict[str, Any], loses: dict[str, Any]) -> None:
    """A rule decides against all the rules after it."""
    winner, loser = contender(1, **wins), contender(2, **loses)

    choice = choose_canonical([loser, winner])

    assert (choice.variant_id, choice.rule) == (1, rule)
    assert choice.losers == ((2, rule),)


def test_a_single_variant_speaks_for_itself() -> None:
    """A story of one variant has no rule to ask."""
    assert choose_canonical([contender(5)]).rule is Rule.ONLY


@pytest.mark.parametrize(
    ("source", "credit", "is_wire"),
    [
        ("reuters.com", "Reuters", True),
        ("www.reuters.com", "REUTERS", True),
        ("apnews.com", "AP", True),
        ("anadolu.example", "AA", True),
        ("reuters", "Reuters", True),
        ("gazette.example", "Reuters", False),
        ("apricot.example", "AP", False),
        ("gazette.example", "...", False),
    ],
)
def test_a_wire_is_known_by_its_source(source: str, credit: str, *, is_wire: bool) -> None:
    """The variant whose source bears the credited name is the original, others are not."""
    original = contender(1, source=source, published_at=_NOON + timedelta(hours=2))
    reprint = contender(2, source="post.example", credit=credit)

    choice = choose_canonical([original, reprint])

    assert (choice.variant_id == 1, choice.rule is Rule.WIRE) == (is_wire, is_wire)


def test_an_agency_that_only_credits_itself_is_no_original() -> None:
    """A credit in the agency's own variant says nothing of where others have it from."""
    late = contender(1, source="reuters.com", credit="Reuters", published_at=_NOON + timedelta(hours=2))
    early = contender(2, source="post.example")

    assert choose_canonical([late, early]).rule is Rule.EARLIEST
    assert choose_canonical([late, early, contender(3, credit="Reuters", length=9)]).variant_id == 1


def test_where_nobody_says_when_the_first_sight_counts() -> None:
    """A variant without a date is as old as when it was first seen."""
    undated = contender(1, published_at=None, first_seen_at=_NOON - timedelta(hours=1))

    assert choose_canonical([contender(2), undated]).variant_id == 1


def test_a_day_alone_is_no_midnight() -> None:
    """A minute comes before a day alone that it is of, a day before later minutes, and days alone are equal."""
    day = {"published_at": datetime(2026, 5, 20, tzinfo=UTC), "first_seen_at": _NOON}
    minute = contender(1, published_at=_NOON + timedelta(hours=6), length=200)
    later = contender(4, published_at=_NOON + timedelta(hours=13), length=900)
    paper, dump = contender(2, length=400, **day), contender(3, length=300, **day)

    choice = choose_canonical([later, dump, paper, minute])

    assert choice.variant_id == 1
    assert choice.losers == ((2, Rule.EARLIEST), (3, Rule.EARLIEST), (4, Rule.EARLIEST))
    assert choose_canonical([dump, paper]).rule is Rule.LONGEST


@given(_CONTENDERS, st.integers())
def test_order_does_not_matter(contenders: list[Contender], seed: int) -> None:
    """The same variants choose the same one, for the same reasons, in any order."""
    shuffled = Random(seed).sample(contenders, len(contenders))

    assert choose_canonical(shuffled) == choose_canonical(contenders)


@given(_CONTENDERS)
def test_every_other_variant_loses_by_a_rule(contenders: list[Contender]) -> None:
    """The losers are all others, and the rule of the choice is that of the runner-up."""
    choice = choose_canonical(contenders)

    everyone = [choice.variant_id, *(loser for loser, _ in choice.losers)]
    assert sorted(everyone) == sorted(one.variant_id for one in contenders)
    assert choice.rule == (choice.losers[0][1] if choice.losers else Rule.ONLY)


@given(_CONTENDERS, st.integers(1, 8))
def test_the_canonical_variant_is_a_head(contenders: list[Contender], cut: int) -> None:
    """Heads of copy groups are chosen by the rules of the whole story: one of them speaks for it."""
    groups = [group for group in (contenders[:cut], contenders[cut:]) if group]

    found = heads(groups)

    assert choose_canonical(contenders).variant_id in found
    assert all(head in {one.variant_id for one in group} for head, group in zip(found, groups, strict=True))
