"""The same event in other words: what two articles' profiles share -> evidence -> score."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.profile import HEADLINE, LEAD, NAME
from ingest.cluster.vectors import COSINES, Vector, summed
from ingest.cluster.weights import FEATURES, SHIPPED, TIMES, Model

_MEANING = FEATURES.index("meaning")
_CROWD = (500.0, 10_000.0)  # articles; of fewer and of more is not known what they change
_FEW = 50  # articles, from which a word's rarity begins to tell something
_BORDERS = tuple(math.log1p(days) for days in (0, 3, 30, 90))
_PAIRS_AT_ONCE = 1 << 16  # the pair's number is in the upper bits of a key, above a term's 48
_SHOWN_TERMS = 12
_RAREST = 7.0  # more rarity tells no more: of a million articles any two share a word that hardly another has
_RAREST_POWER = 8
_STEEP = 8.0  # log-odds that a cosine of 1 beyond `abroad` gives a pair of two languages
_HELD = 0.98  # of the score that joins: the most that a pair of two languages is given
_SURELY = 0.99  # score, were there no time between, from which an older story is told to be an earlier part of this
_EARLIER_HOURS = 14 * 24.0


@dataclass(frozen=True, slots=True)
class PairScore:
    """How surely two articles report the same event, and why."""

    score: float  # 0 to 1
    features: tuple[float, ...]  # in the order of FEATURES
    hours: float | None  # between their publications
    timeless: float  # the score, were there no time between
    pair: tuple[Vector, Vector] = field(repr=False, compare=False)

    @property
    def terms(self) -> tuple[int, ...]:
        """Give the shared terms, heaviest first: worked out when asked for, since of most pairs nobody does."""
        one, other = self.pair
        if not len(other.terms):
            return ()
        at = np.minimum(np.searchsorted(other.terms, one.terms), len(other.terms) - 1)
        hit = np.flatnonzero(other.terms[at] == one.terms)
        products = one.weights[hit].astype(np.float64) * other.weights[at[hit]]
        return tuple(one.terms[hit[np.argsort(-products, kind="stable")]][:_SHOWN_TERMS].tolist())

    @property
    def named(self) -> tuple[tuple[str, float], ...]:
        """Give the features by name, to four places; a meaning that is not known is none."""
        told = zip(FEATURES, self.features, strict=True)
        return tuple((name, round(value, 4)) for name, value in told if value or name != "meaning")

    @property
    def is_earlier(self) -> bool:
        """Whether nothing but weeks tell against one event: the later one follows up the earlier."""
        return self.hours is not None and self.hours > _EARLIER_HOURS and self.timeless >= _SURELY


def score_pairs(pairs: Sequence[tuple[Vector, Vector]], model: Model = SHIPPED) -> list[PairScore]:
    """Score each pair of articles, as many at once as can be."""
    parts = (pairs[first : first + _PAIRS_AT_ONCE] for first in range(0, len(pairs), _PAIRS_AT_ONCE))
    return [score for part in parts for score in _score_part(part, model)]


def _score_part(pairs: Sequence[tuple[Vector, Vector]], model: Model) -> list[PairScore]:
    hits = _hits(pairs)
    gaps = [_hours(one.published_at, other.published_at) for one, other in pairs]
    meanings = _meanings(pairs)
    parts = (_likeness(pairs, hits), _times(gaps), _crowds(pairs, gaps), _beyond(meanings, model.usual)[:, None])
    features = np.concatenate(parts, axis=1)
    weights, undated = np.array(model.weights), np.array([gap is None for gap in gaps])
    odds = np.where(undated, features @ np.array(model.undated), features @ weights) + model.bias
    passing = np.array([name not in TIMES for name in FEATURES])
    timeless = _logistic(features[:, passing] @ weights[passing] + model.bias)
    scores = _logistic(odds)
    foreign = [is_foreign(one.language, other.language) for one, other in pairs]
    for found in (scores, timeless):
        found[foreign] *= _HELD * model.join  # at most suggested
    across = np.array(foreign) & (meanings >= model.abroad)  # the words of two languages tell nothing
    scores[across] = np.maximum(scores[across], _abroad(features, meanings, model)[across])
    told = zip(scores.tolist(), map(tuple, features.tolist()), gaps, timeless.tolist(), pairs, strict=True)
    return [PairScore(*each) for each in told]


def _meanings(pairs: Sequence[tuple[Vector, Vector]]) -> NDArray[np.float64]:
    """Give the cosine of both meanings of each pair; NaN where one is not known, or is another model's."""
    found = np.full(len(pairs), np.nan)
    known = [
        (place, one.meaning.vector, other.meaning.vector)
        for place, (one, other) in enumerate(pairs)
        if one.meaning and other.meaning and one.meaning.model == other.meaning.model
    ]
    if known:
        places, mine, theirs = zip(*known, strict=True)
        found[list(places)] = np.einsum("ij,ij->i", np.stack(mine).astype(np.float64), np.stack(theirs))
    return found


def _beyond(meanings: NDArray[np.float64], usual: float) -> NDArray[np.float64]:
    return np.nan_to_num(meanings - usual)


def _abroad(features: NDArray[np.float64], meanings: NDArray[np.float64], model: Model) -> NDArray[np.float64]:
    """Give the score of pairs of two languages by meaning and time: from `abroad` on, within days, just suggested."""
    times = [FEATURES.index(name) for name in ("weeks", "months")]
    least = model.suggest / (_HELD * model.join)
    odds = math.log(least / (1 - least)) + _STEEP * np.nan_to_num(meanings - model.abroad)
    return _logistic(odds + features[:, times] @ np.array(model.weights)[times]) * _HELD * model.join


@dataclass(frozen=True, slots=True)
class _Hits:
    """The terms that both articles of a pair have, of all pairs."""

    owner: NDArray[np.int64]  # the pair
    products: NDArray[np.float64]  # of both weights
    rarities: NDArray[np.float64]
    kinds: NDArray[np.uint8]  # in the first article
    their_kinds: NDArray[np.uint8]  # in the second


def _hits(pairs: Sequence[tuple[Vector, Vector]]) -> _Hits:
    """Find the shared terms: the terms of all sides one after the other, the pair's number in a key's upper bits."""
    mine, theirs = [one for one, _ in pairs], [other for _, other in pairs]
    (owner, keys), (_, their_keys) = _keys(mine), _keys(theirs)
    places = np.minimum(np.searchsorted(their_keys, keys), max(len(their_keys) - 1, 0))
    hit = np.flatnonzero(their_keys[places] == keys) if len(their_keys) else np.zeros(0, np.intp)
    at = places[hit]
    products = np.concatenate([one.weights for one in mine])[hit].astype(np.float64)
    products *= np.concatenate([other.weights for other in theirs])[at]
    return _Hits(
        owner=owner[hit],
        products=products,
        rarities=np.concatenate([one.rarities for one in mine])[hit].astype(np.float64),
        kinds=np.concatenate([one.kinds for one in mine])[hit],
        their_kinds=np.concatenate([other.kinds for other in theirs])[at],
    )


def _keys(sides: Sequence[Vector]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    owner = np.repeat(np.arange(len(sides)), [len(side.terms) for side in sides])
    return owner, np.concatenate([side.terms for side in sides]) | (owner.astype(np.uint64) << np.uint64(48))


def _likeness(pairs: Sequence[tuple[Vector, Vector]], hits: _Hits) -> NDArray[np.float64]:
    """Give the features of each pair that time has no part in: a row for each pair."""
    count = len(pairs)
    mine, theirs = (np.stack([pair[side].sizes for pair in pairs]) for side in (0, 1))
    alike = hits.kinds & hits.their_kinds
    headline, lead, numbers = (
        summed(hits.owner, hits.products, alike if kind != HEADLINE | LEAD else _either(hits), kind, count)
        / (mine[:, place] * theirs[:, place] + 1e-9)
        for place, kind in enumerate(COSINES)
    )
    (names, their_names), (heads, their_heads) = (
        (
            summed(hits.owner, hits.rarities, hits.kinds, kind, count) / (mine[:, place] + 1e-9),
            summed(hits.owner, hits.rarities, hits.their_kinds, kind, count) / (theirs[:, place] + 1e-9),
        )
        for place, kind in ((3, NAME), (4, HEADLINE))
    )
    rarities = np.minimum(hits.rarities, _RAREST)
    powers = np.bincount(hits.owner, (rarities / _RAREST) ** _RAREST_POWER, count)
    return np.stack(
        (
            np.bincount(hits.owner, hits.products, count),
            headline,
            lead,
            np.minimum(names, their_names),
            np.maximum(names, their_names),
            numbers,
            np.log1p(np.bincount(hits.owner, rarities, count)),
            np.maximum(heads, their_heads),
            powers ** (1 / _RAREST_POWER) * _RAREST,
        ),
        axis=1,
    )


def _either(hits: _Hits) -> NDArray[np.uint8]:
    """Mark what stands in headline or lead of both articles, in whichever of the two."""
    early = ((hits.kinds & (HEADLINE | LEAD)) > 0) & ((hits.their_kinds & (HEADLINE | LEAD)) > 0)
    return early.astype(np.uint8) * np.uint8(HEADLINE | LEAD)


def _times(gaps: Sequence[float | None]) -> NDArray[np.float64]:
    """Give the features of the time between: a row for each pair."""
    known = np.array([gap is not None for gap in gaps])
    grown = np.log1p(np.array([gap or 0.0 for gap in gaps]) / 24)
    parts = [np.clip(grown - low, 0, high - low) for low, high in pairwise(_BORDERS)]
    return np.stack((~known, *parts), axis=1).astype(np.float64)


def _crowds(pairs: Sequence[tuple[Vector, Vector]], gaps: Sequence[float | None]) -> NDArray[np.float64]:
    """Give the features that tell among how many articles a pair was found: a row for each pair."""
    crowds = [crowd_of(one.articles) if gap is None else 0.0 for (one, _), gap in zip(pairs, gaps, strict=True)]
    return np.array([crowds, [few_of(one.articles) for one, _ in pairs]]).T


def crowd_of(articles: int) -> float:
    """Give the feature of undated pairs that tells among how many articles they were found."""
    return math.log(min(max(articles, _CROWD[0]), _CROWD[1]) / _CROWD[0])


def few_of(articles: int) -> float:
    """Give the feature that tells how few articles a pair was found among; 0 from fifty of them on."""
    return math.log(_FEW / min(max(articles, 2), _FEW))


def is_foreign(one: str | None, other: str | None) -> bool:
    """Tell whether two articles are in different languages, as far as anyone knows: en-GB and en are one."""
    return bool(one and other) and str(one).partition("-")[0] != str(other).partition("-")[0]


def _logistic(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-odds))


def _hours(one: datetime | None, other: datetime | None) -> float | None:
    return None if one is None or other is None else abs((one - other).total_seconds()) / 3600
