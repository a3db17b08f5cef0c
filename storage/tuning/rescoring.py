"""What two stored variants would score as coverage, under what is known of the rarity of words by now."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine, func, select

from ingest.cluster.coverage import PairScore, score_pairs
from storage import tables
from storage.database import connected, reading
from storage.indexes.events import Vectors
from storage.indexes.segments import Kind, Segments
from storage.tables import core

_VARIANT = core(tables.Variant)
_PAIRS_AT_ONCE = 2_000  # the vectors of so many are in memory

Scorer = Callable[[Sequence[tuple[int, int]]], list[PairScore]]


@contextmanager
def rescoring(url: str) -> Iterator[Scorer]:
    """Give a function that scores pairs of variants of the database at `url`, which is opened when it is asked."""
    with connected(url) as engine:
        yield rescoring_in(engine)


def rescoring_in(engine: Engine) -> Scorer:
    """Give a function that scores pairs of variants, as they are stored when it is asked."""
    segments = Segments()

    def score(pairs: Sequence[tuple[int, int]]) -> list[PairScore]:
        if not pairs:
            return []
        found: list[PairScore] = []
        with reading(engine) as db:
            segments.refresh(db, only=Kind.FREQUENCY)
            variants = db.scalar(select(func.max(_VARIANT.c.id))) or 0
            for first in range(0, len(pairs), _PAIRS_AT_ONCE):
                part = pairs[first : first + _PAIRS_AT_ONCE]
                vectors = Vectors(db, segments, variants)
                vectors.read({variant_id for pair in part for variant_id in pair})
                found += score_pairs([(vectors[one], vectors[other]) for one, other in part])
        return found

    return score
