"""Two figures of the gate that need no labels: what the order of arrival changes, and whether copies are all found."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

import numpy as np
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # SciPy brings no types
from sqlalchemy import select

from ingest.cluster.analysis import analyse
from ingest.cluster.compare import shingle_set
from ingest.cluster.readings import readings
from ingest.document import Article
from storage import tables
from storage.database import reading
from storage.fresh import Fresh
from storage.indexes.candidates import text_candidates
from storage.indexes.segments import Segments
from storage.tables import core
from tests.quality.coverage_sets import stored

_VARIANT = core(tables.Variant)
_SHUFFLES = 10
_ALIKE = 0.5  # exact Jaccard of shingles from which two texts must be candidates of one another
_BATCH = 1_000


def order_agreement(
    articles: Sequence[Article], agreement: Callable[[Mapping[str, str], Mapping[str, str]], float]
) -> float:
    """Give the mean `agreement` of the stories that come of ten other orders of arrival with those of the given one."""
    usual = _stories(articles)
    found = []
    for seed in range(_SHUFFLES):
        shuffled = list(articles)
        Random(seed).shuffle(shuffled)
        found.append(agreement(usual, _stories(shuffled)))
    return sum(found) / len(found)


def candidate_recall(articles: Sequence[Article]) -> float:
    """Give the share of the pairs above _ALIKE, found exactly, that are candidates of one another or twins."""
    sets = [shingle_set(read) for read in readings([article.text for article in articles])]
    sizes = np.array([len(found) for found in sets])
    columns = np.unique(np.concatenate(sets), return_inverse=True)[1]
    table = csr_matrix((np.ones(len(columns), np.int32), columns, np.concatenate(([0], np.cumsum(sizes)))))
    shared = (table @ table.T).tocoo()
    jaccard = shared.data / (sizes[shared.row] + sizes[shared.col] - shared.data)
    alike = np.flatnonzero((jaccard >= _ALIKE) & (shared.row > shared.col))
    found = _candidates(articles)
    hits = [
        (articles[row].url, articles[column].url) in found
        for row, column in zip(shared.row[alike].tolist(), shared.col[alike].tolist(), strict=True)
    ]
    return sum(hits) / len(hits)


def _candidates(articles: Sequence[Article]) -> set[tuple[str, str]]:
    """Give the pairs, by either side first, that the index finds once all articles are stored."""
    with stored(articles) as engine, reading(engine) as db:
        segments = Segments()
        segments.refresh(db)
        known = {row.url: row for row in db.execute(select(_VARIANT.c.url, _VARIANT.c.id, _VARIANT.c.twin_of))}
        speaker = {row.id: row.twin_of or row.id for row in known.values()}
        pairs = set()
        for first in range(0, len(articles), _BATCH):
            prepared = analyse(articles[first : first + _BATCH])
            fresh = [Fresh(prepared=item, variant_id=known[item.article.url].id) for item in prepared]
            spoken = [item for item in fresh if speaker[item.variant_id] == item.variant_id]
            for one, others in text_candidates(db, segments, spoken).items():
                pairs |= {(one, other.variant_id) for other in others}
    spoken_for: dict[int, list[str]] = {}
    for url, row in known.items():
        spoken_for.setdefault(speaker[row.id], []).append(url)
    pairs |= {(one, one) for one in spoken_for}
    return {
        ends
        for one, other in pairs
        for mine in spoken_for[one]
        for theirs in spoken_for[speaker[other]]
        for ends in ((mine, theirs), (theirs, mine))
    }


def _stories(articles: Sequence[Article]) -> dict[str, str]:
    with stored(articles) as engine, reading(engine) as db:
        return {url: str(story) for url, story in db.execute(select(_VARIANT.c.url, _VARIANT.c.story_id))}
