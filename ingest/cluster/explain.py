"""Why two articles belong together, or do not: what each reason gave, and the words that it rests on. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.cluster.align import Alignment
from ingest.cluster.decide import (
    BEGINNING,
    EXCERPT_SHARED,
    FORM_SHARE,
    LEAST_PART,
    LEAST_RUNS,
    LEAST_TOKENS,
    MUCH_ALIKE,
    PART,
    SHARED,
    SHARED_ON_A_SITE,
    is_form,
)
from ingest.cluster.readings import Reading
from ingest.cluster.weights import BIAS, SHIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A passage that two texts share, as each writes it."""

    one: str
    other: str
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurdle:
    """Something that two texts must pass to be copies."""

    what: str
    value: float
    bound: float
    is_most: bool  # the bound is the most that is allowed, else the least
    is_met: bool
    note: str = ""  # why it is met, or does not count, in spite of the value

    @property
    def missed_by(self) -> float:
        """How much was missing; 0 where it is met."""
        return 0.0 if self.is_met else abs(self.bound - self.value)


def contributions(features: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Give how much each feature adds to the log-odds of one event, with what every pair begins with as "bias"."""
    weights = SHIPPED.weights_of(dict(features))
    return {"bias": BIAS} | {name: weights[name] * value for name, value in features}


def probability(log_odds: float) -> float:
    """Give the score that log-odds come to.

    >>> probability(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-log_odds))


def log_odds(score: float) -> float:
    """Undo probability(), for a score between 0 and 1."""
    return math.log(score / (1 - score))


def quotes(one: Reading, other: Reading, passages: Sequence[Sequence[int]]) -> list[Quote]:
    """Give the passages (first, after in either text; tokens) that stand in both texts, the longest first.

    One of an earlier text, which a revision changed, stands there no more, and is left out.
    """
    found: list[Quote] = []
    for first, after, start, end in sorted(passages, key=lambda place: place[0] - place[1]):
        if np.array_equal(one.hashes[first:after], other.hashes[start:end]) and after > first:
            quoted = (" ".join(text.split()) for text in (one.written(first, after), other.written(start, end)))
            found.append(Quote(one=next(quoted), other=next(quoted), tokens=after - first))
    return found


def hurdles(found: Alignment, *, same_source: bool, least: float = SHARED) -> list[Hurdle]:
    """Give what decide.relation_of() asks of two texts, each with what they have; copies pass all."""
    shorter, longer = found.shares
    begins = found.starts[0] if found.sizes[0] >= found.sizes[1] else found.starts[1]
    is_beginning = longer >= LEAST_PART and shorter >= EXCERPT_SHARED and begins <= BEGINNING
    runs = found.shared / min(found.sizes) if min(found.sizes) else 0.0
    differing = found.slots + found.words
    filled = found.slots / differing if differing else 0.0
    form = is_form(found)
    return [
        _least(
            "of the shorter text beside the other",
            shorter,
            max(least, SHARED_ON_A_SITE if same_source else SHARED),
            note="more is asked of two pages of one source" if same_source else "",
        ),
        _least("of the shorter text in runs of words that both have", runs, LEAST_RUNS),
        _least(
            "tokens in such runs",
            found.shared,
            LEAST_TOKENS,
            unless="the texts are alike as a whole" if longer >= MUCH_ALIKE else "",
        ),
        _least("of the longer text", longer, PART, unless="the shorter is its beginning" if is_beginning else ""),
        Hurdle(
            what="numbers and names, of what differs",
            value=filled,
            bound=FORM_SHARE,
            is_most=True,
            is_met=not form,
            note="two fillings of one form" if form else "too few to tell a form" if filled >= FORM_SHARE else "",
        ),
    ]


def _least(what: str, value: float, bound: float, *, note: str = "", unless: str = "") -> Hurdle:
    is_short = value < bound
    return Hurdle(
        what=what,
        value=value,
        bound=bound,
        is_most=False,
        is_met=bool(unless) or not is_short,
        note=unless if is_short and unless else note,
    )
