"""Two texts, compared exactly: how much they share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.readings import Reading
from ingest.cluster.tokens import SHINGLE_TOKENS, distinct


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What two sets of shingles share."""

    shared: int  # distinct shingles in both
    smaller: int  # distinct shingles of the shorter text
    larger: int

    @property
    def jaccard(self) -> float:
        """Shared of all, 0 to 1; 0 for two empty texts: nothing is no evidence."""
        return self.shared / union if (union := self.smaller + self.larger - self.shared) else 0.0

    @property
    def containment(self) -> float:
        """Shared of the shorter text's, 0 to 1."""
        return self.shared / self.smaller if self.smaller else 0.0


def shingle_set(reading: Reading) -> NDArray[np.uint32]:
    """Give the distinct shingle hashes of a text, ascending: those that its signature was made of."""
    return distinct((reading.hashes_of(SHINGLE_TOKENS) >> np.uint64(32)).astype(np.uint32))


def overlap(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> Overlap:
    """Compare two ascending sets of shingle hashes."""
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    if not len(small):
        return Overlap(shared=0, smaller=0, larger=len(large))
    places = np.searchsorted(large, small)
    shared = int(np.count_nonzero(large[np.minimum(places, len(large) - 1)] == small))
    return Overlap(shared=shared, smaller=len(small), larger=len(large))
