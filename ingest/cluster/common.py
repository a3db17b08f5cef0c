"""Words that are common in some language: what is known of rarity before the store has learned it."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.cluster.profile import terms_of_words

PRIOR_ARTICLES = 400.0  # the weight of this knowledge, as so many articles
UNLISTED = 2.0  # of them hold a word that no list names
_LISTED = 400  # words of each language's list, commonest first


def prior_counts(terms: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Give in how many of PRIOR_ARTICLES articles each term is to be expected."""
    known, counts = _common()
    places = np.minimum(np.searchsorted(known, terms), len(known) - 1)
    return np.where(known[places] == terms, counts[places], UNLISTED)


@cache
def _common() -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
    """Give the listed terms, ascending, and their counts: the n-th word of a list stands in about 1/(1 + n/12).

    Source: jusText's stop lists of 100 languages, which trafilatura brings; read as files, for the package itself
    would load an HTML parser.
    """
    spec = find_spec("justext")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("jusText is not installed, and its lists of common words with it: install trafilatura")
    best: dict[int, float] = {}
    for path in sorted(Path(spec.submodule_search_locations[0], "stoplists").glob("*.txt")):
        words = path.read_text(encoding="utf-8").split("\n")[:_LISTED]
        for rank, term in enumerate(terms_of_words(words)):
            best[term] = max(best.get(term, UNLISTED), PRIOR_ARTICLES / (1 + rank / 12))
    ordered = np.array(sorted(best), np.uint64)
    return ordered, np.array([best[term] for term in ordered.tolist()])
