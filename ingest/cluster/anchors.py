"""Text -> anchors: the few of its word triples that any two versions of it would choose too.

Bands of a signature find texts that are alike as a whole. Anchors find a part in a whole, and a text of which every
fourth word was changed: a triple is chosen by its own hash alone, so what one version chose, another that has the
triple chooses too, down to the share that both take of theirs.
Source: bottom-k sketches, Broder 1997, with a share in place of k for long texts (FracMinHash, Irber et al. 2022).
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.readings import Reading
from ingest.cluster.tokens import rolled

ANCHOR_TOKENS = 3
_LEAST_BYTES = 4  # of a token that counts: short words are the commonest, and the first to be changed
_FEWEST = 32  # anchors of a text that has as many triples
_SHARE = 16  # of a long text, one triple in so many
_PLACE_BITS = (_SHARE * (_FEWEST + 1)).bit_length()  # for a place in a usual text

Anchored = tuple[NDArray[np.uint64], NDArray[np.uint32]]  # anchors, and the token that each begins with


def anchors(texts: Sequence[Reading]) -> list[NDArray[np.uint64]]:
    """Give the anchors of each text, ascending."""
    return [found for found, _ in anchored(texts)]


def anchored(texts: Sequence[Reading]) -> list[Anchored]:
    """Give the anchors of each text, ascending, and the token of the text that each begins with."""
    found: list[Anchored] = []
    for _, block in groupby(texts, key=lambda text: id(text.tokens)):
        found += _of_block(list(block))
    return found


def _of_block(texts: list[Reading]) -> Iterator[Anchored]:
    tokens = texts[0].tokens
    counted = np.flatnonzero((tokens.ends - tokens.starts >= _LEAST_BYTES) | tokens.is_alone)
    triples = rolled(tokens.hashes[counted], ANCHOR_TOKENS)
    begins = np.searchsorted(counted, [text.first for text in texts])
    ends = np.searchsorted(counted, [text.after for text in texts]) - ANCHOR_TOKENS + 1
    mine = [triples[begin:end] for begin, end in zip(begins.tolist(), np.maximum(begins, ends).tolist(), strict=True)]
    for text, begin, (chosen, places) in zip(texts, begins.tolist(), _lowest(mine), strict=True):
        yield chosen, (counted[begin + places] - text.first).astype(np.uint32)


def _lowest(texts: list[NDArray[np.uint64]]) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.intp]]]:
    """Give of each text's triples those that are anchors, ascending, and where each stands."""
    usual = [triples for triples in texts if _is_usual(triples)]  # of these, not all need to be ordered
    rows = np.full((len(usual), max(map(len, usual), default=_FEWEST)), np.iinfo(np.uint64).max, np.uint64)
    for row, triples in zip(rows, usual, strict=True):
        row[: len(triples)] = triples
    places_of = np.uint64((1 << _PLACE_BITS) - 1)  # a hash with its place is parted as a word, ten times as fast
    packed = (rows & ~places_of) | np.arange(rows.shape[1], dtype=np.uint64)
    packed = np.sort(np.partition(packed, _FEWEST - 1, axis=1)[:, :_FEWEST], axis=1)
    low = (packed & places_of).view(np.intp)
    found = np.take_along_axis(rows, low, axis=1)
    are_once = np.asarray((found[:, 1:] > found[:, :-1]).all(axis=1)).tolist()
    quick = zip(found, low, are_once, strict=True)
    for triples in texts:
        if _is_usual(triples):
            hashes, places, is_once = next(quick)
            if is_once:
                yield hashes, places
                continue
        hashes, places = _once(triples)
        few = max(_FEWEST, len(hashes) // _SHARE)
        yield hashes[:few], places[:few]


def _is_usual(triples: NDArray[np.uint64]) -> bool:
    return _FEWEST < len(triples) < _SHARE * (_FEWEST + 1)


def _once(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Give the hashes once each, ascending, and where each stands."""
    order = np.argsort(hashes)
    ordered = hashes[order]
    heads = np.flatnonzero(np.concatenate((np.ones(min(len(ordered), 1), np.bool_), ordered[1:] != ordered[:-1])))
    return ordered[heads], order[heads]
