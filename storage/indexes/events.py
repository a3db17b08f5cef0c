"""Which variants could report the same event: vectors of what they are about, and an index of their rarest terms."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from ingest.cluster.tokens import numbered, ordered
from ingest.cluster.vectors import (
    INDEXED_TERMS,
    KEPT_TERMS,
    Meaning,
    Vector,
    heaviest,
    rarity,
    rarity_alone,
    vectors,
)
from ingest.document import DateOrigin, Profile
from storage import tables
from storage.blobs import unpack_profile
from storage.fresh import Fresh
from storage.indexes.meanings import meanings_of
from storage.indexes.pairs import equal_pairs, packed
from storage.indexes.segments import Kind, Segments
from storage.rows import among
from storage.tables import core

_VARIANT = core(tables.Variant)
_ASKED_TERMS = 20  # by which a variant looks for others: each finds some, so fewer do than are indexed
_NEWEST_OF_TERM = 48  # of the variants that hold a term
_EVENT_CANDIDATES = 12
_EVENT_SHARED = 2  # terms that a candidate shares, at the least
_EVENT_GAIN = 0.06  # and how much of the article's own length, squared, they are: less cannot become a fair cosine


@dataclass(slots=True)
class Vectors:
    """The vectors of variants under one state of the term counts: those stored, and the batch's own."""

    db: Connection
    segments: Segments
    variants: int  # how many the store holds
    own_terms: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))  # of the batch, ascending
    own_counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))  # new variants that hold them
    _own_variants: int = 0
    _known: dict[int, Vector] = field(default_factory=dict)

    def __getitem__(self, variant_id: int) -> Vector:
        """Give the vector of a variant, read if need be."""
        if variant_id not in self._known:
            self.read([variant_id])
        return self._known[variant_id]

    def indexed(self, variant_id: int) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
        """Give the INDEXED_TERMS heaviest terms of a variant, by which later ones will find it, and their weights."""
        found = self[variant_id]
        return _most(found.terms, found.weights, INDEXED_TERMS)

    def asked(self, variant_id: int) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
        """Give the terms by which a variant finds others, and their weights: the heaviest that it is not alone with.

        In a small store a short article may have nothing but words that weigh the same, and the heaviest of all are
        those that nobody else has used.
        """
        found = self[variant_id]
        shared = found.rarities < rarity_alone(found.articles)
        return _most(found.terms[shared], found.weights[shared], _ASKED_TERMS)

    @property
    def articles(self) -> int:
        """How many articles the terms were counted in."""
        return self.variants + self._own_variants

    def read(self, variant_ids: Iterable[int]) -> None:
        """Read the profiles of stored variants, as many at once as there are."""
        missing = set(variant_ids) - self._known.keys()
        columns = select(
            *(_VARIANT.c[name] for name in ("id", "profile", "published_at", "published_from", "language"))
        )
        rows = self.db.execute(columns.where(among(self.db, _VARIANT.c.id, sorted(missing)))).all() if missing else []
        profiles = [unpack_profile(row.profile) for row in rows]
        dates = [row.published_at if row.published_from != DateOrigin.GUESS else None for row in rows]
        meant = meanings_of(self.db, [row.id for row in rows])
        said = [(date, row.language, meant.get(row.id)) for date, row in zip(dates, rows, strict=True)]
        found = vectors(profiles, self.weigh(profiles), said, articles=self.articles)
        self._known.update(zip((row.id for row in rows), found, strict=True))

    def weigh(self, profiles: Sequence[Profile]) -> list[NDArray[np.float32]]:
        """Give the rarity of the terms of each profile."""
        if not profiles:
            return []
        terms, inverse = numbered(np.concatenate([profile.terms for profile in profiles]))
        counts = self.segments.count(terms)
        if len(self.own_terms):
            places = np.minimum(np.searchsorted(self.own_terms, terms), len(self.own_terms) - 1)
            counts += np.where(self.own_terms[places] == terms, self.own_counts[places], 0)
        weights = rarity(terms, counts, self.articles)[inverse]
        return _parted(weights, [len(profile.terms) for profile in profiles])

    def put(self, fresh: Sequence[Fresh], meanings: Mapping[int, Meaning] = MappingProxyType({})) -> None:
        """Count the terms of the batch, cut its profiles to their heaviest terms, and know their vectors.

        `meanings`: of its articles by their variants, as far as a model was asked.
        """
        new = [item for item in fresh if item.is_spoken and item.variant_id > self.variants]
        if new:
            held = np.concatenate([item.prepared.profile.terms for item in new])
            self.own_terms, self.own_counts = np.unique(held, return_counts=True)
            self._own_variants = len(new)
        weights = self.weigh([item.prepared.profile for item in fresh])
        kept = [heaviest(item.prepared.profile, rare, KEPT_TERMS) for item, rare in zip(fresh, weights, strict=True)]
        for item, places in zip(fresh, kept, strict=True):
            whole = item.prepared.profile
            item.keep(Profile(terms=whole.terms[places], weights=whole.weights[places], kinds=whole.kinds[places]))
        articles = [item.prepared.article for item in fresh]
        dates = [
            article.published_at if article.published_from is not DateOrigin.GUESS else None for article in articles
        ]
        meant = [meanings.get(item.variant_id) for item in fresh]
        said = [(date, article.language, mine) for date, article, mine in zip(dates, articles, meant, strict=True)]
        rarities = [rare[places] for rare, places in zip(weights, kept, strict=True)]
        found = vectors([item.kept for item in fresh], rarities, said, articles=self.articles)
        self._known.update(zip((item.variant_id for item in fresh), found, strict=True))


def event_candidates(segments: Segments, vectors: Vectors, spoken: Sequence[int]) -> dict[int, list[int]]:
    """Give for each of these variants those stored or before it that share the rarest of its terms, most first."""
    owners, terms, weights = _chosen(spoken, vectors.asked)
    if not len(terms):
        return {}
    places, values = segments.find(Kind.TERM, terms, newest=_NEWEST_OF_TERM)
    order, ascending = ordered(terms)
    later, earlier = equal_pairs(ascending, _NEWEST_OF_TERM)
    mine, theirs = order[later], order[earlier]
    owner = np.concatenate((owners[places], owners[mine]))
    other = np.concatenate((values.astype(np.int64), owners[theirs]))
    gain = np.concatenate((weights[places], weights[mine])) ** 2
    keep = other < owner
    return _strongest(owner[keep], other[keep], gain[keep])


def term_postings(vectors: Vectors, variant_ids: Sequence[int]) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """Give the (term, variant) pairs by which the variants will be found."""
    owners, terms, _ = _chosen(variant_ids, vectors.indexed)
    return terms, owners.astype(np.uint32)


def _chosen(
    variant_ids: Sequence[int], terms_of: Callable[[int], tuple[NDArray[np.uint64], NDArray[np.float32]]]
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.float32]]:
    """Give variant, term and weight of those terms that `terms_of` chooses of each variant."""
    if not variant_ids:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0, np.float32)
    terms, weights = zip(*map(terms_of, variant_ids), strict=True)
    owners = np.repeat(np.array(variant_ids, np.int64), [len(each) for each in terms])
    return owners, np.concatenate(terms), np.concatenate(weights)


def _most(
    terms: NDArray[np.uint64], weights: NDArray[np.float32], count: int
) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    """Give the `count` heaviest of the terms."""
    if len(weights) <= count:
        return terms, weights
    most = np.argpartition(weights, -count)[-count:]
    return terms[most], weights[most]


def _strongest(owner: NDArray[np.int64], other: NDArray[np.int64], gain: NDArray[np.float32]) -> dict[int, list[int]]:
    """Of all candidates of each owner, keep the few that share the most."""
    base = int(owner.min(initial=0))  # so that little is left of the owner, which makes them quicker to order
    order, keys = ordered(packed(owner - base, other))
    gain = gain[order]
    heads = np.flatnonzero(np.concatenate((np.ones(min(len(keys), 1), np.bool_), keys[1:] != keys[:-1])))
    if not len(heads):
        return {}
    shared = np.diff(heads, append=len(keys))
    gains = np.add.reduceat(gain, heads)
    enough = np.flatnonzero((shared >= _EVENT_SHARED) & (gains >= _EVENT_GAIN))
    keys, gains = keys[heads][enough], gains[enough]
    owners = keys >> np.uint64(32)
    order = np.lexsort((-gains, owners))
    found: dict[int, list[int]] = defaultdict(list)
    for key in keys[order].tolist():
        candidates = found[base + (key >> 32)]
        if len(candidates) < _EVENT_CANDIDATES:
            candidates.append(key & 0xFFFFFFFF)
    return found


def _parted(values: NDArray[np.float32], sizes: Sequence[int]) -> list[NDArray[np.float32]]:
    """Cut an array into parts of these sizes: np.split takes several times as long."""
    return [values[after - size : after] for size, after in zip(sizes, accumulate(sizes), strict=True)]
