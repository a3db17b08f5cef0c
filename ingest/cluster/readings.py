"""Texts made ready to be laid beside others: their tokens, and the hashes of each few in a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.laid import RUN
from ingest.cluster.tokens import Tokens, blocks, tokenise

PLACE_BITS = 24  # for where a run begins: no text is as long
KEY_BITS = 39  # that are left of its hash
PLACE = np.uint64((1 << PLACE_BITS) - 1)
KEY_SHIFT = np.uint64(PLACE_BITS + 1)
_KEY = ~((np.uint64(1) << KEY_SHIFT) - np.uint64(1))


@dataclass(slots=True, eq=False)
class Reading:
    """A text, made ready to be laid beside others."""

    tokens: Tokens  # of its block
    first: int  # its tokens are first:after
    after: int
    _runs: NDArray[np.uint64] | None = None

    @property
    def runs(self) -> NDArray[np.uint64]:
        """Give each run of RUN tokens: its hash in the upper bits, where it begins in the PLACE_BITS lower ones."""
        if self._runs is None:
            hashes = self.hashes_of(RUN)
            self._runs = (hashes & _KEY) | np.arange(len(hashes), dtype=np.uint64)
        return self._runs

    def hashes_of(self, size: int) -> NDArray[np.uint64]:
        """Give the hash of each run of `size` tokens."""
        return self.tokens.runs(size)[self.first : max(self.after - size + 1, self.first)]

    def __reduce__(self) -> tuple[Callable[[str], "Reading"], tuple[str]]:
        """Travel as the text alone, without the arrays of its whole block."""
        return _read, (self.written(0, len(self)) if len(self) else "",)

    def __len__(self) -> int:
        """Count the tokens."""
        return self.after - self.first

    @property
    def hashes(self) -> NDArray[np.uint64]:
        """Give the hashes of its tokens."""
        return self.tokens.hashes[self.first : self.after]

    def word(self, place: int) -> str:
        """Give a token in lower case."""
        return self.written(place, place + 1).lower()

    def written(self, first: int, after: int) -> str:
        """Give the text from one token to before another, as it is written."""
        begin, end = self.tokens.starts[self.first + first], self.tokens.ends[self.first + after - 1]
        return self.tokens.data[begin:end].decode()


def readings(texts: Sequence[str]) -> list[Reading]:
    """Make texts ready to be aligned."""
    found: list[Reading] = []
    for begin, end in blocks(texts):
        tokens = tokenise(texts[begin:end])
        borders = tokens.offsets.tolist()
        found += [Reading(tokens, first, after) for first, after in pairwise(borders)]
    return found


def _read(text: str) -> Reading:
    [found] = readings([text])
    return found
