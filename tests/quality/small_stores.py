"""How coverage does in stores that have seen little, with whole articles and with short ones.

    python -m tests.quality.small_stores [--articles 50] [--stores 8]

From each labelled set, windows of neighbouring groups are loaded into empty stores of their own: once as they are and
once cut to eighty words, once with their dates and once without. Pairs of all stores of a set are counted together;
B-cubed is a mean over its stores. The sets are looked for as the gate does: in the folder that NEWSFOLD_DATASETS names,
else in `../shared`.
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, cycle, islice
from pathlib import Path
from random import Random

from sqlalchemy import select

from ingest.document import Article
from storage import tables
from storage.database import reading
from storage.tables import core
from tests.quality.coverage_sets import COVERAGE_SETS, Labelled, read_labelled, scorer, stored

_SHORT_WORDS = 80
_MOST_OF_GROUP = 8
_VARIANT = core(tables.Variant)


def main() -> None:
    """Print a line for each set and kind of article."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--articles", type=int, default=50, help="of a store, about (50)")
    asked.add_argument("--stores", type=int, default=8, help="of each set (8)")
    given = asked.parse_args()
    folder = Path(os.environ.get("NEWSFOLD_DATASETS", "../shared")) / "bench" / "cluster"
    print(f"{'':28}  pair P  pair R   B3 F1")
    for name in COVERAGE_SETS:
        labelled = read_labelled(folder, name)
        for is_short in (False, True):
            for is_dated in (True, False):
                windows = list(_windows(labelled, given.articles, given.stores))
                kept = [[_as_asked(each, is_short=is_short, is_dated=is_dated) for each in part] for part in windows]
                kind = f"{'short' if is_short else 'whole'}, {'dated' if is_dated else 'undated'}"
                print(f"{name:12}  {kind:14}  {_scored(folder, labelled, kept)}", flush=True)


def _windows(labelled: Labelled, articles: int, stores: int) -> Iterator[list[Article]]:
    """Give the articles of groups that follow one another, from a place that chance chooses, in their order."""
    groups: defaultdict[str, list[Article]] = defaultdict(list)
    for article in labelled.articles:
        groups[labelled.gold[article.url]].append(article)
    order = {article.url: place for place, article in enumerate(labelled.articles)}
    parts, chance = list(groups.values()), Random(7)
    for _ in range(stores):
        found: list[Article] = []
        for part in islice(cycle(parts), chance.randrange(len(parts)), None):
            found += part[:_MOST_OF_GROUP]
            if len(found) >= articles:
                break
        yield sorted(found, key=lambda article: order[article.url])


def _as_asked(article: Article, *, is_short: bool, is_dated: bool) -> Article:
    text = " ".join(article.text.split()[:_SHORT_WORDS]) if is_short else article.text
    date = (article.published_at, article.published_from) if is_dated else (None, None)
    return replace(article, text=text, published_at=date[0], published_from=date[1])


def _scored(folder: Path, labelled: Labelled, stores: Sequence[Sequence[Article]]) -> str:
    right = joined = same = 0
    score = 0.0
    for articles in stores:
        gold = {article.url: labelled.gold[article.url] for article in articles}
        found = _stories(articles)
        for one, other in combinations(gold, 2):
            is_same, is_joined = gold[one] == gold[other], found[one] == found[other]
            right, joined, same = right + (is_same and is_joined), joined + is_joined, same + is_same
        score += scorer(folder).score(gold, found)["B3_F1"]
    return f"{right / max(joined, 1):6.3f}  {right / max(same, 1):6.3f}  {score / len(stores):6.3f}"


def _stories(articles: Sequence[Article]) -> Mapping[str, str]:
    with stored(articles) as engine, reading(engine) as db:
        return {url: str(story) for url, story in db.execute(select(_VARIANT.c.url, _VARIANT.c.story_id))}


if __name__ == "__main__":
    main()
