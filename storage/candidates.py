"""Which variants could be the same as a batch's articles: found in the indexes, never by comparing all with all."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from ingest.cluster.signature import BANDS, PERMUTATIONS, SCHEME, band_keys
from ingest.cluster.tokens import distinct, numbered, ordered
from ingest.cluster.vectors import INDEXED_TERMS, KEPT_TERMS, Meaning, Vector, heaviest, rarity, rarity_alone, vectors
from ingest.document import DateOrigin, Prepared, Profile
from storage import meaning_tables, tables
from storage.blobs import unpack_profile, unpack_signature
from storage.rows import among
from storage.segments import Kind, Segments
from storage.tables import core

_VARIANT, _MEANING = core(tables.Variant), core(meaning_tables.Meaning)
LEAST_ESTIMATE = 0.12  # of Jaccard: a quarter contained to four fifths has .2, less three standard errors
_NEWEST_OF_BAND = 32  # of the variants that hold a band key: of a text run a thousand times, as many as are needed
_MOST_CANDIDATES = 256  # of one article
_PAIRS_AT_ONCE = 1 << 14  # signatures compared at a time: 8 MB of either side
LEAST_ANCHORS = 2  # that a candidate shares
_PARTS = 32  # anchors nearer to one another than such a part of the text stand in one sentence, as a rule
_RARE = 1 / 12  # an anchor that more variants hold is a phrase
_NEWEST_OF_ANCHOR = 32  # of the variants that hold an anchor: more have it of a phrase that all use
_NEIGHBOURS = 32  # of articles of one batch that share a band, each is compared with so many before it
_NEWEST_OF_TERM = 48  # of the variants that hold a term
_EVENT_CANDIDATES = 12
_EVENT_SHARED = 2  # terms that a candidate shares, at the least
_EVENT_GAIN = 0.06  # and how much of the article's own length, squared, they are: less cannot become a fair cosine


@dataclass(frozen=True, slots=True)
class TextCandidate:
    """A variant that may hold the same text."""

    variant_id: int
    estimate: float  # of Jaccard from the signatures, or of containment from the anchors: the higher one


_Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]  # article, other variant, estimate


@dataclass(slots=True)
class Fresh:
    """An article of the batch on its way into the store."""

    prepared: Prepared
    variant_id: int
    twin_of: int | None = None
    _kept: Profile | None = None

    @property
    def kept(self) -> Profile:
        """Its profile, cut to the heaviest terms."""
        return self._kept or self.prepared.profile

    def keep(self, profile: Profile) -> None:
        """Set the heaviest terms."""
        self._kept = profile

    @property
    def is_spoken(self) -> bool:
        """Whether it is matched by itself: long enough, and no other variant speaks for the same text."""
        return self.is_matchable and self.twin_of is None

    @property
    def is_matchable(self) -> bool:
        """Whether the text is long enough to tell a copy from a phrase."""
        return self.prepared.is_matchable

    @property
    def has_key(self) -> bool:
        """Whether there is a token in it by which the very same text can be found."""
        return self.prepared.text_key != 0


def twins(db: Connection, segments: Segments, fresh: Sequence[Fresh], *, leaving: set[int]) -> None:
    """Name for each article the variant that has the very same tokens, where there is one.

    The variants `leaving` their stored texts in this batch are not found by these.
    """
    known: dict[int, int] = {}
    keys = np.array([item.prepared.text_key for item in fresh if item.is_matchable], np.int64).view(np.uint64)
    _, values = segments.find(Kind.TWIN, keys)
    wanted = select(_VARIANT.c.id, _VARIANT.c.text_key, _VARIANT.c.twin_of)
    holders = set(values.tolist()) - leaving
    for variant_id, text_key, twin_of in db.execute(wanted.where(among(db, _VARIANT.c.id, holders)).order_by("id")):
        known.setdefault(text_key, twin_of or variant_id)  # a key may be of an earlier text: then it is not found
    for item in fresh:
        if not item.is_matchable:
            continue
        first = known.setdefault(item.prepared.text_key, item.variant_id)
        item.twin_of = first if first != item.variant_id else None


def text_candidates(db: Connection, segments: Segments, fresh: Sequence[Fresh]) -> dict[int, list[TextCandidate]]:
    """Give for each article, by its variant id, the variants stored or before it in the batch that resemble it.

    These are the ones that share a band, and the ones that share LEAST_ANCHORS anchors; at most _MOST_CANDIDATES
    each, the likeliest first.
    """
    matchable = [item for item in fresh if item.is_spoken]
    if not matchable:
        return {}
    owners, others, estimates = (
        np.concatenate(parts)
        for parts in zip(_by_bands(db, segments, matchable), _by_anchors(segments, matchable), strict=True)
    )
    order = np.lexsort((others, -estimates, owners))
    found: dict[int, dict[int, TextCandidate]] = defaultdict(dict)
    for owner, candidate, estimate in zip(
        owners[order].tolist(), others[order].tolist(), estimates[order].tolist(), strict=True
    ):
        if len(found[owner]) < _MOST_CANDIDATES:
            found[owner].setdefault(candidate, TextCandidate(candidate, estimate))
    return {owner: list(candidates.values()) for owner, candidates in found.items()}


def _by_bands(db: Connection, segments: Segments, matchable: Sequence[Fresh]) -> _Pairs:
    """Give the pairs that share a band, with the Jaccard similarity that their signatures let expect."""
    ids = np.array([item.variant_id for item in matchable], np.int64)
    signatures = np.stack([item.prepared.signature.values for item in matchable])
    keys = band_keys(signatures).reshape(-1)
    places, values = segments.find(Kind.BAND, keys, newest=_NEWEST_OF_BAND)
    later, earlier = _neighbours(keys, np.repeat(np.arange(len(ids)), BANDS))
    mine = np.concatenate((places // BANDS, later // BANDS))
    pairs = _packed(mine, np.concatenate((values.astype(np.int64), ids[earlier // BANDS])))
    owners, others = _unpacked(distinct(pairs))
    estimates = _estimates(db, ids, signatures, owners, others)
    # Not itself: a revised variant finds its own earlier keys.
    likely = np.flatnonzero((estimates >= LEAST_ESTIMATE) & (others != ids[owners]))
    return ids[owners[likely]], others[likely], estimates[likely]


def _by_anchors(segments: Segments, matchable: Sequence[Fresh]) -> _Pairs:
    """Give the pairs that share anchors, and the share of the article's anchors that these are."""
    ids = np.array([item.variant_id for item in matchable], np.int64)
    sizes = np.array([len(item.prepared.anchors) for item in matchable])
    keys = np.concatenate([item.prepared.anchors for item in matchable])
    holders = np.repeat(np.arange(len(ids)), sizes)
    stored, values = segments.find(Kind.ANCHOR, keys, newest=_NEWEST_OF_ANCHOR)
    later, earlier = _neighbours(keys, holders)
    at = np.concatenate((stored, later))  # of the shared anchor, among all of the batch
    pairs = _packed(holders[at], np.concatenate((values.astype(np.int64), ids[holders[earlier]])))
    order, pairs = ordered(pairs)
    at = at[order]
    heads = np.flatnonzero(np.concatenate((np.ones(min(len(pairs), 1), np.bool_), pairs[1:] != pairs[:-1])))
    shared = np.diff(heads, append=len(pairs))
    several = np.flatnonzero(shared >= LEAST_ANCHORS)
    if not len(several):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    rarity = 1 / (1 + np.bincount(at, minlength=len(keys)))  # of as many variants, the article included
    places = np.concatenate([item.prepared.anchor_places for item in matchable]).astype(np.int64)
    spans = np.maximum.reduceat(places[at], heads) - np.minimum.reduceat(places[at], heads)
    owners, others = _unpacked(pairs[heads[several]])
    shared, spans, rare = shared[several], spans[several], np.add.reduceat(rarity[at], heads)[several]
    lengths = np.array([item.prepared.signature.shingles for item in matchable])[owners]
    told = _told(shared, is_near=spans * _PARTS < lengths, is_common=rare < _RARE * shared)
    likely = np.flatnonzero(told & (others != ids[owners]))
    return ids[owners[likely]], others[likely], shared[likely] / sizes[owners[likely]]


def _told(shared: NDArray[np.intp], *, is_near: NDArray[np.bool_], is_common: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell of which pairs their shared anchors say more than that both hold a sentence or a phrase.

    Two have to be rare and apart from one another, three either of it.
    """
    is_told: NDArray[np.bool_] = (shared > 3) | ((shared == 3) & ~(is_near & is_common)) | ~(is_near | is_common)
    return is_told


def _packed(owners: NDArray[np.intp], others: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Pack pairs of the place of an article and a variant into one word each, which sorts as they do."""
    return (owners.astype(np.uint64) << np.uint64(32)) | others.astype(np.uint64)


def _unpacked(pairs: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    return (pairs >> np.uint64(32)).astype(np.intp), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


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
        return _most(found.terms[shared], found.weights[shared], 20)

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


def meanings_of(db: Connection, variant_ids: Collection[int]) -> dict[int, Meaning]:
    """Give what stored variants mean, as far as a model was asked."""
    if not variant_ids:
        return {}
    rows = db.execute(
        select(_MEANING.c.variant_id, _MEANING.c.model, _MEANING.c.vector).where(
            among(db, _MEANING.c.variant_id, sorted(variant_ids))
        )
    )
    return {row.variant_id: Meaning(row.model, np.frombuffer(row.vector, "<f2")) for row in rows}


def event_candidates(segments: Segments, vectors: Vectors, spoken: Sequence[int]) -> dict[int, list[int]]:
    """Give for each of these variants those stored or before it that share the rarest of its terms, most first."""
    owners, terms, weights = _chosen(spoken, vectors.asked)
    if not len(terms):
        return {}
    places, values = segments.find(Kind.TERM, terms, newest=_NEWEST_OF_TERM)
    order, ascending = ordered(terms)
    later, earlier = _equal_pairs(ascending, _NEWEST_OF_TERM)
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
    order, keys = ordered(_packed(owner - base, other))
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


def _estimates(
    db: Connection,
    ids: NDArray[np.int64],
    signatures: NDArray[np.uint32],
    owners: NDArray[np.intp],
    others: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Estimate the Jaccard similarity of article owners[i] and variant others[i]; 0 of one that cannot be compared."""
    stored_ids, stored = _signatures(db, np.setdiff1d(others, ids))
    known_ids, known = np.concatenate((ids, stored_ids)), np.concatenate((signatures, stored))
    order = np.argsort(known_ids)
    at = order[np.minimum(np.searchsorted(known_ids, others, sorter=order), len(order) - 1)]
    equal = np.zeros(len(others))
    for first in range(0, len(others), _PAIRS_AT_ONCE):
        part = slice(first, first + _PAIRS_AT_ONCE)
        equal[part] = np.count_nonzero(signatures[owners[part]] == known[at[part]], axis=1)
    return np.where(known_ids[at] == others, equal / PERMUTATIONS, 0.0)


def _signatures(db: Connection, variant_ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Give those of the variants that are signed by the present scheme, and their signatures."""
    columns = select(_VARIANT.c.id, _VARIANT.c.signature).where(_VARIANT.c.scheme == SCHEME)
    rows = db.execute(columns.where(among(db, _VARIANT.c.id, variant_ids.tolist()))).all() if len(variant_ids) else []
    values = unpack_signature(b"".join(row.signature for row in rows)).reshape(-1, PERMUTATIONS)
    return np.array([row.id for row in rows], np.int64), values


def _neighbours(keys: NDArray[np.uint64], holders: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the places (later, earlier) in `keys` of those that two articles of the batch hold."""
    order, ascending = ordered(keys)
    later, earlier = _equal_pairs(ascending, _NEIGHBOURS)
    later, earlier = order[later], order[earlier]
    apart = holders[later] != holders[earlier]
    return later[apart], earlier[apart]


def _equal_pairs(ordered: NDArray[np.uint64], most: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the places (later, earlier) of equal values in an ascending array, at most `most` places apart."""
    later, earlier = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for lag in range(1, most + 1):
        same = np.flatnonzero(ordered[lag:] == ordered[:-lag])
        if not len(same):  # no run of equal values is longer than the lag
            break
        later.append(same + lag)
        earlier.append(same)
    return np.concatenate(later), np.concatenate(earlier)


def _parted(values: NDArray[np.float32], sizes: Sequence[int]) -> list[NDArray[np.float32]]:
    """Cut an array into parts of these sizes: np.split takes several times as long."""
    return [values[after - size : after] for size, after in zip(sizes, accumulate(sizes), strict=True)]
