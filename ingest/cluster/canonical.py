"""Which variant speaks for the story, and why."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

# Agencies whose sites do not bear the name that credits do. Source: the agencies' own sites.
_SITES = {
    "ap": ("apnews", "associatedpress"),
    "aa": ("anadolu",),
    "pa": ("pamediagroup",),
    "dpa": ("dpa-international",),
}
_ALMOST_A_DAY = timedelta(days=1) - timedelta(microseconds=1)


class Rule(StrEnum):
    """The rules, first to last: the first that tells two variants apart decides."""

    WITHDRAWN = "withdrawn by a person"
    PINNED = "pinned by a person"
    WIRE = "the wire original that others credit"
    COMPLETE = "complete before cut"
    EARLIEST = "earliest published or seen"
    LONGEST = "the longest"
    ADDRESS = "first by address"
    ONLY = "the only variant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A variant, as far as the rules look at it."""

    variant_id: int
    source: str
    url: str
    credit: str | None
    is_pinned: bool
    is_cut: bool
    published_at: datetime | None  # None where it is a guess
    first_seen_at: datetime
    length: int  # of the text, characters
    is_teaser: bool = False  # the rest has to be paid for
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The variant that speaks, the rule that told it from the runner-up, and who lost by which rule."""

    variant_id: int
    rule: Rule
    losers: tuple[tuple[int, Rule], ...]  # the nearest first


def choose_canonical(contenders: Sequence[Contender]) -> Choice:
    """Choose among the variants of one story (one or more): the same choice in any order."""
    credited = _credited(contenders)
    ranked = sorted(contenders, key=lambda contender: _rank(contender, credited))
    best, *others = ranked
    losers = tuple((other.variant_id, _difference(best, other, credited)) for other in others)
    return Choice(variant_id=best.variant_id, rule=losers[0][1] if losers else Rule.ONLY, losers=losers)


def heads(groups: Sequence[Sequence[Contender]]) -> list[int]:
    """Choose the head of each copy group of one story by the same rules."""
    credited = _credited(contender for group in groups for contender in group)
    return [min(group, key=lambda contender: _rank(contender, credited)).variant_id for group in groups]


def _credited(contenders: Iterable[Contender]) -> Counter[str]:
    """Count how many of the variants credit each agency."""
    return Counter(plain(contender.credit) for contender in contenders if contender.credit)


def _rank(contender: Contender, credited: Counter[str]) -> tuple[bool, bool, bool, bool, datetime, int, str, int]:
    return (
        contender.is_withdrawn,
        not contender.is_pinned,
        not _is_wire(contender, credited),
        contender.is_cut or contender.is_teaser,
        _since(contender),
        -contender.length,
        contender.url,
        contender.variant_id,
    )


def _since(contender: Contender) -> datetime:
    """Give when it was published or first seen: a day alone, which is kept as its midnight, counts as its end.

    So a minute comes before a day alone that it is of, and the order stays one of single moments, without cycles.
    """
    at = (contender.published_at or contender.first_seen_at).astimezone(UTC)
    is_day = contender.published_at is not None and at.time() == time()
    return at + _ALMOST_A_DAY if is_day else at


def _difference(best: Contender, other: Contender, credited: Counter[str]) -> Rule:
    rules = (
        *(Rule.WITHDRAWN, Rule.PINNED, Rule.WIRE, Rule.COMPLETE),
        *(Rule.EARLIEST, Rule.LONGEST, Rule.ADDRESS, Rule.ADDRESS),
    )
    for rule, mine, theirs in zip(rules, _rank(best, credited), _rank(other, credited), strict=True):
        if mine != theirs:
            return rule
    return Rule.ADDRESS


def _is_wire(contender: Contender, credited: Counter[str]) -> bool:
    """Tell whether another's credit names this variant's source: "Reuters" and reuters.com."""
    if not credited:
        return False
    said = plain(contender.credit or "")
    return any(
        is_agency(contender.source, credit)
        for credit, times in credited.items()
        if times > (credit == said)  # its own credit alone makes no one an original
    )


@lru_cache(maxsize=1 << 12)
def is_agency(source: str, credit: str) -> bool:
    """Tell whether a credit names a source: "Reuters" and reuters.com."""
    name, own = plain(credit), plain(source)
    words = re.findall(r"[^\W_]+", source.casefold())
    return name in words or own == name or any(site in own for site in _SITES.get(name, ()))


@lru_cache(maxsize=1 << 12)
def plain(name: str) -> str:
    """Give a name without case, spaces and signs: two that are the same then are the same."""
    return re.sub(r"[\W_]+", "", name.casefold())
