"""What plain tools reach on the same sets: MinHashLSH as it comes for copies, TF-IDF and average linkage for coverage.

Their thresholds are the best of a few on the very set that is scored: more than anyone has in practice.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]  # SciPy brings no types
from scipy.sparse import csr_matrix, diags  # type: ignore[import-untyped]
from scipy.spatial.distance import squareform  # type: ignore[import-untyped]

from ingest.document import Article

Scorer = Callable[[Mapping[str, str]], dict[str, float]]  # groups by id -> the scores of a set
_WORD = re.compile(r"\w+")
_LSH_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
_COSINES = (0.12, 0.15, 0.18, 0.2, 0.22, 0.25)
_HEADLINE_COUNTS = 3
_WINDOW_DAYS = 14


def minhash_lsh(articles: Sequence[Article], scores: Scorer) -> dict[str, float]:
    """Give the best scores of unverified MinHashLSH: 128 permutations, words by fives, connected components."""
    made = [_minhash(article.text) for article in articles]
    return max(
        (scores(_components(articles, made, least)) for least in _LSH_THRESHOLDS), key=lambda found: found["ARI"]
    )


def tfidf_linkage(articles: Sequence[Article], scores: Scorer) -> dict[str, float]:
    """Give the best scores of TF-IDF, headline three times, average linkage inside two weeks."""
    tree = linkage(squareform(1 - _cosines(articles), checks=False), "average")
    found = []
    for cosine in _COSINES:
        labels = fcluster(tree, 1 - cosine, "distance").tolist()
        found.append(scores({article.url: str(label) for article, label in zip(articles, labels, strict=True)}))
    return max(found, key=lambda each: each["B3_F1"])


def _minhash(text: str) -> MinHash:
    words = _WORD.findall(text.lower())
    shingles = {" ".join(words[place : place + 5]).encode() for place in range(max(len(words) - 4, 1))}
    made = MinHash(num_perm=128)
    made.update_batch(sorted(shingles))
    return made


def _components(articles: Sequence[Article], made: Sequence[MinHash], least: float) -> dict[str, str]:
    """Group the articles that LSH finds for one another, and what is found for these."""
    index = MinHashLSH(threshold=least, num_perm=128)
    group = list(range(len(articles)))

    def head(place: int) -> int:
        while group[place] != place:
            group[place] = place = group[group[place]]
        return place

    for place, minhash in enumerate(made):
        for other in index.query(minhash):
            group[head(place)] = head(other)
        index.insert(place, minhash)
    return {article.url: str(head(place)) for place, article in enumerate(articles)}


def _cosines(articles: Sequence[Article]) -> NDArray[np.float64]:
    """Give the cosine of each two articles; 0 where more than _WINDOW_DAYS lie between."""
    counted = [
        Counter(_WORD.findall(article.title.lower()) * _HEADLINE_COUNTS + _WORD.findall(article.text.lower()))
        for article in articles
    ]
    columns = {word: column for column, word in enumerate({word for words in counted for word in words})}
    places = [columns[word] for words in counted for word in words]
    rows = np.repeat(np.arange(len(articles)), [len(words) for words in counted])
    values = [1 + math.log(count) for words in counted for count in words.values()]
    rarity = np.log(len(articles) / np.bincount(places, minlength=len(columns)))
    table = csr_matrix((values, (rows, places)), shape=(len(articles), len(columns))) @ diags(rarity)
    lengths = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    table = diags(1 / np.maximum(lengths, 1e-9)) @ table
    found: NDArray[np.float64] = np.clip((table @ table.T).toarray(), 0, 1)
    days = np.array([_day(article.published_at) for article in articles])
    found[np.abs(days[:, None] - days[None, :]) > _WINDOW_DAYS] = 0  # never so of NaN
    np.fill_diagonal(found, 1)
    return found


def _day(at: datetime | None) -> float:
    return (at - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds() / 86_400 if at else math.nan
