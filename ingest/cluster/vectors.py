"""Profiles as vectors: each article's terms weighed by how rare they are, so that two articles can be compared."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.common import PRIOR_ARTICLES, UNLISTED, prior_counts
from ingest.cluster.profile import HEADLINE, LEAD, NAME, NUMBER
from ingest.document import Profile

KEPT_TERMS = 64  # of a profile, the heaviest
INDEXED_TERMS = 24  # of these, the ones that candidates are found by
_ROUNDING = 1e-4  # of a rarity


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an article means, as a model of words says it: ingest/cluster/embeddings.py."""

    model: str  # meanings of two models never meet
    vector: NDArray[np.float16]  # unit length


@dataclass(frozen=True, slots=True)
class Vector:
    """A profile's heaviest terms, weighed by how rare they are; unit length."""

    terms: NDArray[np.uint64]  # ascending
    weights: NDArray[np.float32]
    kinds: NDArray[np.uint8]
    rarities: NDArray[np.float32]  # of the terms
    sizes: NDArray[np.float64]  # lengths of headline, of headline and lead, of numbers; rarity of names, of headline
    published_at: datetime | None  # where it is believed and no guess
    language: str | None
    meaning: Meaning | None
    articles: int  # that rarity is known from


def rarity(terms: NDArray[np.uint64], counts: NDArray[np.int64], variants: int) -> NDArray[np.float32]:
    """Give the weight of terms that `counts` of `variants` variants hold, 0 to about 12."""
    expected = counts + prior_counts(terms)
    return np.log(np.maximum((variants + PRIOR_ARTICLES) / expected, 1.0)).astype(np.float32)


def rarity_alone(variants: int) -> float:
    """Give the rarity from which a word is known to no list, and to one of the variants at most."""
    return math.log((variants + PRIOR_ARTICLES) / (1 + UNLISTED)) - _ROUNDING


def vector(
    profile: Profile,
    weights: NDArray[np.float32],
    *,
    published_at: datetime | None,
    language: str | None,
    articles: int,
) -> Vector:
    """Give the unit vector of `profile` under the rarity `weights` of its terms, known from so many articles."""
    return vectors([profile], [weights], [(published_at, language, None)], articles=articles)[0]


def vectors(
    profiles: Sequence[Profile],
    rarities: Sequence[NDArray[np.float32]],
    said: Sequence[tuple[datetime | None, str | None, Meaning | None]],
    *,
    articles: int,
) -> list[Vector]:
    """Give the unit vector of each profile under the rarity of its terms; `said`: its date, language and meaning.

    Rarity is known from so many `articles`.
    """
    if not profiles:
        return []
    sizes = [len(profile.terms) for profile in profiles]
    owner, ends = np.repeat(np.arange(len(sizes)), sizes), np.cumsum(sizes).tolist()
    kinds = np.concatenate([profile.kinds for profile in profiles])
    rare = np.concatenate(rarities)
    weighed = np.concatenate([profile.weights for profile in profiles]) * rare
    squares = weighed.astype(np.float64) ** 2
    length = np.sqrt(np.bincount(owner, squares, len(sizes)))
    length[length == 0] = 1.0
    weighed /= length[owner].astype(np.float32)
    parts = [np.sqrt(summed(owner, squares, kinds, kind, len(sizes))) / length for kind in COSINES]
    parts += [summed(owner, rare, kinds, kind, len(sizes)) for kind in (NAME, HEADLINE)]
    table = np.stack(parts, axis=1)
    return [
        Vector(profile.terms, weighed[end - size : end], profile.kinds, rare[end - size : end], row, *told, articles)
        for profile, size, end, row, told in zip(profiles, sizes, ends, table, said, strict=True)
    ]


COSINES = (HEADLINE, HEADLINE | LEAD, NUMBER)  # kinds of terms that are compared apart


def heaviest(profile: Profile, weights: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Give the places of the `count` heaviest terms of `profile`, in the order of its terms."""
    weighed = profile.weights * weights
    if len(weighed) <= count:
        return np.arange(len(weighed))
    return np.sort(np.argpartition(weighed, -count)[-count:])


def summed(
    owner: NDArray[np.int64],
    values: NDArray[np.float64] | NDArray[np.float32],
    kinds: NDArray[np.uint8],
    kind: int,
    count: int,
) -> NDArray[np.float64]:
    """Sum by owner the values of terms of one of the kinds."""
    return np.bincount(owner, values * ((kinds & kind) > 0), count).astype(np.float64)
