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

from ingest.cluster.align import Reading
from ingest.cluster.tokens import distinct, rolled

ANCHOR_TOKENS = 3
_LEAST_BYTES = 4  # of a token that counts: short words are the commonest, and the first to be changed
_FEWEST = 32  # anchors of a text that has as many triples
_SHARE = 16  # of a long text, one triple in so many

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
    borders = zip(begins.tolist(), np.maximum(begins, ends).tolist(), strict=True)
    for text, (begin, end) in zip(texts, borders, strict=True):
        mine = triples[begin:end]
        ascending = distinct(mine)
        chosen = ascending[: max(_FEWEST, len(ascending) // _SHARE)]
        held = np.flatnonzero(mine <= chosen[-1]) if len(chosen) else np.zeros(0, np.intp)
        held = held[np.argsort(mine[held], kind="stable")]
        first = held[np.searchsorted(mine[held], chosen)]  # of a triple that the text has twice
        yield chosen, (counted[begin + first] - text.first).astype(np.uint32)
