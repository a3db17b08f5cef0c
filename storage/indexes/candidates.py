"""Which variants could hold the same text as a batch's articles: found in the indexes, never by comparing all."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from ingest.cluster.signature import BANDS, PERMUTATIONS, SCHEME, band_keys
from ingest.cluster.tokens import distinct, ordered
from storage import tables
from storage.blobs import unpack_signature
from storage.fresh import Fresh
from storage.indexes.pairs import equal_pairs, packed, unpacked
from storage.indexes.segments import Kind, Segments
from storage.rows import among
from storage.tables import core

_VARIANT = core(tables.Variant)
LEAST_ESTIMATE = 0.12  # of Jaccard: a quarter contained to four fifths has .2, less three standard errors
_NEWEST_OF_BAND = 32  # of the variants that hold a band key: of a text run a thousand times, as many as are needed
_MOST_CANDIDATES = 256  # of one article
_PAIRS_AT_ONCE = 1 << 14  # signatures compared at a time: 8 MB of either side
LEAST_ANCHORS = 2  # that a candidate shares
_PARTS = 32  # anchors nearer to one another than such a part of the text stand in one sentence, as a rule
_RARE = 1 / 12  # an anchor that more variants hold is a phrase
_NEWEST_OF_ANCHOR = 32  # of the variants that hold an anchor: more have it of a phrase that all use
_NEIGHBOURS = 32  # of articles of one batch that share a band, each is compared with so many before it


@dataclass(frozen=True, slots=True)
class TextCandidate:
    """A variant that may hold the same text."""

    variant_id: int
    estimate: float  # of Jaccard from the signatures, or of containment from the anchors: the higher one


_Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]  # article, other variant, estimate


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
    pairs = packed(mine, np.concatenate((values.astype(np.int64), ids[earlier // BANDS])))
    owners, others = unpacked(distinct(pairs))
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
    pairs = packed(holders[at], np.concatenate((values.astype(np.int64), ids[holders[earlier]])))
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
    owners, others = unpacked(pairs[heads[several]])
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
    later, earlier = equal_pairs(ascending, _NEIGHBOURS)
    later, earlier = order[later], order[earlier]
    apart = holders[later] != holders[earlier]
    return later[apart], earlier[apart]
