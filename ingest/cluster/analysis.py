"""Articles -> Prepared: signature and profile, worked out for a batch at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.anchors import anchored
from ingest.cluster.profile import own_headline, profiles
from ingest.cluster.readings import Reading
from ingest.cluster.signature import SCHEME, sign
from ingest.cluster.tokens import Tokens, blocks, shingles, spread, tokenise
from ingest.document import Article, Prepared, Signature

MATCHABLE_TOKENS = 20  # a shorter text is too little to tell a copy from a phrase: it is found by its key alone


def analyse(articles: Sequence[Article]) -> list[Prepared]:
    """Give each article with what clustering needs to know of it, in order."""
    prepared: list[Prepared] = []
    for first, after in blocks([article.text for article in articles]):
        for begin in range(first, after, 4096):  # profile.py packs the article's number into 12 bits
            prepared += _analyse_block(articles[begin : min(begin + 4096, after)])
    return prepared


def text_keys(tokens: Tokens, headlines: NDArray[np.intp], bodies: NDArray[np.intp]) -> list[int]:
    """Give the signed 64-bit key of each text's token sequence, of a short text with its headline's.

    A text without a token has the key 0.
    """
    keys, sizes = _sums(tokens, bodies), bodies[:, 1] - bodies[:, 0]
    is_short = (sizes < MATCHABLE_TOKENS) & (sizes > 0)
    if is_short.any():
        with_headline = keys[is_short] * np.uint64(0x9E3779B97F4A7C15) + _sums(tokens, headlines[is_short])
        keys[is_short] = spread(with_headline)
    signed = keys.view(np.int64).tolist()
    return [key or 1 if size else 0 for key, size in zip(signed, sizes.tolist(), strict=True)]


def _sums(tokens: Tokens, spans: NDArray[np.intp]) -> NDArray[np.uint64]:
    """Give for each span a sum of its tokens' hashes, each mixed with its place."""
    first, after = spans[:, 0], spans[:, 1]
    sizes = after - first
    ends = np.cumsum(sizes)
    place = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)
    placed = tokens.hashes[place + np.repeat(first, sizes)] + place.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(spread(placed), dtype=np.uint64)))
    return np.asarray(sums[ends] - sums[ends - sizes])


def _analyse_block(articles: Sequence[Article]) -> list[Prepared]:
    tokens = tokenise([part for article in articles for part in (own_headline(article.title), article.text)])
    borders = np.stack((tokens.offsets[:-1], tokens.offsets[1:]), axis=1)
    headline, body = borders[0::2], borders[1::2]
    hashes, offsets = shingles(tokens, body[:, 0], body[:, 1])
    signatures = sign(hashes, offsets)
    sizes = (body[:, 1] - body[:, 0]).tolist()
    counts = [
        count if size >= MATCHABLE_TOKENS else 0 for count, size in zip(_distinct(hashes, offsets), sizes, strict=True)
    ]
    read = [Reading(tokens, first, after) for first, after in body.tolist()]
    return [
        Prepared(
            article=article,
            signature=Signature(scheme=SCHEME, values=values, shingles=count),
            profile=profile,
            anchors=marks,
            anchor_places=places,
            text_key=key,
            reading=reading,
        )
        for article, values, count, profile, (marks, places), key, reading in zip(
            articles,
            signatures,
            counts,
            profiles(tokens, headline, body),
            anchored(read),
            text_keys(tokens, headline, body),
            read,
            strict=True,
        )
    ]


def _distinct(hashes: NDArray[np.uint32], offsets: NDArray[np.intp]) -> list[int]:
    """Count the distinct hashes of each set."""
    sets = np.repeat(np.arange(len(offsets) - 1, dtype=np.uint64), np.diff(offsets))
    marked = (sets << np.uint64(32)) | hashes
    marked.sort()
    is_new = np.concatenate((np.ones(min(len(marked), 1), np.bool_), marked[1:] != marked[:-1]))
    seen = np.concatenate((np.zeros(1, np.intp), np.cumsum(is_new)))[offsets]  # each set is where it was, in order
    counts: list[int] = np.diff(seen).tolist()
    return counts
