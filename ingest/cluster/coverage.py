"""The same event in other words: what two articles' profiles share -> evidence -> score."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.common import PRIOR_ARTICLES, prior_counts
from ingest.cluster.profile import HEADLINE, LEAD, NAME, NUMBER
from ingest.document import Profile

KEPT_TERMS = 64  # of a profile, the heaviest
INDEXED_TERMS = 24  # of these, the ones that candidates are found by

# Of the pair score, a logistic model: fitted on pairs of candidates from labelled news (docs/decisions.md, 8).
MODEL = "coverage-1"
FEATURES = ("cosine", "headline", "lead", "names", "numbers", "shared", "days", "undated")
WEIGHTS = (11.03, 0.23, 2.55, 2.51, 2.54, -0.02, -1.62, -0.95)
BIAS = -2.24
JOIN = 0.8  # mean score over a story's members from which an article joins it
SUGGEST = 0.6  # best score from which a person is asked
_PAIRS_AT_ONCE = 1 << 16  # the pair's number is in the upper bits of a key, above a term's 48


@dataclass(frozen=True, slots=True)
class Vector:
    """A profile's heaviest terms, weighed by how rare they are; unit length."""

    terms: NDArray[np.uint64]  # ascending
    weights: NDArray[np.float32]
    kinds: NDArray[np.uint8]
    published_at: datetime | None  # where it is believed and no guess
    language: str | None


@dataclass(frozen=True, slots=True)
class PairScore:
    """How surely two articles report the same event, and why."""

    score: float  # 0 to 1
    features: tuple[float, ...]  # in the order of FEATURES
    terms: tuple[int, ...]  # shared terms, heaviest first
    hours: float | None  # between their publications


def rarity(terms: NDArray[np.uint64], counts: NDArray[np.int64], variants: int) -> NDArray[np.float32]:
    """Give the weight of terms that `counts` of `variants` variants hold, 0 to about 12."""
    expected = counts + prior_counts(terms)
    return np.log(np.maximum((variants + PRIOR_ARTICLES) / expected, 1.0)).astype(np.float32)


def vector(
    profile: Profile, weights: NDArray[np.float32], *, published_at: datetime | None, language: str | None
) -> Vector:
    """Give the unit vector of `profile` under the rarity `weights` of its terms."""
    weighed = profile.weights * weights
    norm = float(np.sqrt(np.dot(weighed, weighed))) or 1.0
    return Vector(profile.terms, weighed / np.float32(norm), profile.kinds, published_at, language)


def heaviest(profile: Profile, weights: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Give the places of the `count` heaviest terms of `profile`, in the order of its terms."""
    weighed = profile.weights * weights
    if len(weighed) <= count:
        return np.arange(len(weighed))
    return np.sort(np.argpartition(weighed, -count)[-count:])


def score_pairs(pairs: Sequence[tuple[Vector, Vector]]) -> list[PairScore]:
    """Score each pair of articles, as many at once as can be."""
    parts = (pairs[first : first + _PAIRS_AT_ONCE] for first in range(0, len(pairs), _PAIRS_AT_ONCE))
    return [score for part in parts for score in _score_part(part)]


def _score_part(pairs: Sequence[tuple[Vector, Vector]]) -> list[PairScore]:
    mine = [(pair[0].terms, pair[0].weights, pair[0].kinds) for pair in pairs]
    theirs = [(pair[1].terms, pair[1].weights, pair[1].kinds) for pair in pairs]
    (owner_a, key_a, weight_a, kind_a), (owner_b, key_b, weight_b, kind_b) = _flat(mine), _flat(theirs)
    places = np.minimum(np.searchsorted(key_b, key_a), max(len(key_b) - 1, 0))
    hit = np.flatnonzero(key_b[places] == key_a) if len(key_b) else np.zeros(0, np.intp)
    at = places[hit]
    owner, product = owner_a[hit], weight_a[hit] * weight_b[at]
    columns = [np.bincount(owner, product, len(pairs))]
    for kind in (HEADLINE, HEADLINE | LEAD, NAME, NUMBER):
        both = ((kind_a[hit] & kind) > 0) & ((kind_b[at] & kind) > 0)
        length_a = np.bincount(owner_a, weight_a**2 * ((kind_a & kind) > 0), len(pairs))
        length_b = np.bincount(owner_b, weight_b**2 * ((kind_b & kind) > 0), len(pairs))
        columns.append(np.bincount(owner, product * both, len(pairs)) / np.sqrt(length_a * length_b + 1e-9))
    columns.append(np.bincount(owner, minlength=len(pairs)).astype(np.float64))
    gaps = [_hours(one.published_at, other.published_at) for one, other in pairs]
    columns.append(np.array([min(math.log1p(gap / 24), 3.5) if gap is not None else 0.0 for gap in gaps]))
    columns.append(np.array([float(gap is None) for gap in gaps]))
    features = np.stack(columns, axis=1)
    scores = 1 / (1 + np.exp(-(features @ np.array(WEIGHTS) + BIAS)))
    scores[[_foreign(one.language, other.language) for one, other in pairs]] *= 0.5  # at most suggested
    order = np.lexsort((-product, owner))
    starts = np.searchsorted(owner[order], np.arange(len(pairs) + 1))
    shared = (key_a[hit] & np.uint64((1 << 48) - 1))[order]
    return [
        PairScore(float(score), tuple(row), tuple(shared[a : min(b, a + 12)].tolist()), gap)
        for score, row, a, b, gap in zip(
            scores, features.tolist(), starts[:-1].tolist(), starts[1:].tolist(), gaps, strict=True
        )
    ]


def _flat(
    sides: list[tuple[NDArray[np.uint64], NDArray[np.float32], NDArray[np.uint8]]],
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.float64], NDArray[np.uint8]]:
    """Lay the terms of all sides one after the other; the pair's number is in the key's upper bits."""
    owner = np.repeat(np.arange(len(sides)), [len(terms) for terms, _, _ in sides])
    keys = np.concatenate([terms for terms, _, _ in sides]) | (owner.astype(np.uint64) << np.uint64(48))
    weights = np.concatenate([weights for _, weights, _ in sides]).astype(np.float64)
    return owner, keys, weights, np.concatenate([kinds for _, _, kinds in sides])


def _hours(one: datetime | None, other: datetime | None) -> float | None:
    return None if one is None or other is None else abs((one - other).total_seconds()) / 3600


def _foreign(one: str | None, other: str | None) -> bool:
    """Tell whether two articles are in different languages, as far as anyone knows: en-GB and en are one."""
    return bool(one and other) and str(one).partition("-")[0] != str(other).partition("-")[0]
