"""Invented articles: sentences of made words, in versions that drift apart, and a store to put them into."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any

import numpy as np
import xxhash
from sqlalchemy import Engine, select, text

from ingest.cluster.align import align
from ingest.cluster.analysis import analyse
from ingest.cluster.anchors import anchors
from ingest.cluster.decide import relation_of
from ingest.cluster.readings import readings
from ingest.cluster.signature import band_keys, similarity
from ingest.document import Article, DateOrigin, signed64
from ingest.outcome import Outcome, Rejection
from storage import tables
from storage.database import connect, reading
from storage.indexes.candidates import LEAST_ANCHORS, LEAST_ESTIMATE
from storage.running.runs import Tally, start_run
from storage.store import Store
from storage.tables import core
from tests.ready import make_ready

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
CLEANER = "test 1"
_SYLLABLES = tuple(
    head + tail for head in ("b", "dr", "f", "g", "k", "l", "m", "n", "st", "v") for tail in ("a", "en", "ir", "o")
)


def sentences(seed: int, count: int) -> list[str]:
    """Make `count` sentences of made words; two seeds have hardly a word in common."""
    chance = Random(seed)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randrange(2, 5))) for _ in range(60)]
    return [" ".join(chance.choices(words, k=chance.randrange(9, 15))).capitalize() + "." for _ in range(count)]


def prose(seed: int, count: int = 8) -> str:
    """Make a text of `count` sentences."""
    return "\n".join(sentences(seed, count))


def article(place: str, body: str, **more: Any) -> Article:  # Any: whichever field is to differ
    """Give the article that stands at `place`, such as "gazette/7"; its raw key follows from title and text."""
    source = place.partition("/")[0]
    url = f"https://{source}.example/{place.partition('/')[2]}"
    title = more.get("title", "")
    said = {"source": source, "url": url, "title": title, "text": body, "byline": None, "credit": None}
    times = {"published_at": None, "published_from": None, "fetched_at": NOON}
    raw_key = signed64(xxhash.xxh3_64_intdigest(f"{url}\n{title}\n{body}".encode()))
    values: dict[str, Any] = {"language": "en", "cleaner": CLEANER, "raw_key": raw_key}
    return Article(**values | said | times | more)


def published(hours: float) -> dict[str, Any]:  # Any: fields of an Article
    """Give the fields of an article that was published so many hours after noon."""
    return {"published_at": NOON + timedelta(hours=hours), "published_from": DateOrigin.META}


def rejection(place: str, outcome: Outcome = Outcome.WALL, *, raw_key: int = 7, detail: str = "a wall") -> Rejection:
    """Give the rejection of what stands at `place`."""
    source, _, page = place.partition("/")
    url = f"https://{source}.example/{page}"
    return Rejection(source=source, url=url, outcome=outcome, detail=detail, at=NOON, raw_key=raw_key, body_bytes=9)


def drifting(seed: int, count: int, *, foreign: bool = False) -> list[Article]:
    """Make articles of which most are versions of an earlier one: twins, changed, cut, with more before them.

    With `foreign`, each is in a language of its own, so that only a shared text can join them.
    """
    chance = Random(seed)
    texts: list[list[str]] = []
    for number in range(count):
        if not texts or chance.random() < 0.25:
            texts.append(sentences(seed * 1000 + number, chance.randrange(6, 12)))
            continue
        version = list(chance.choice(texts))
        match chance.randrange(4):
            case 0:
                pass
            case 1:
                for _ in range(chance.randrange(1, 4)):
                    version[chance.randrange(len(version))] = sentences(seed * 1000 + number, 1)[0]
            case 2:
                version = version[: max(3, len(version) * 2 // 3)]
            case _:
                version = [*sentences(seed * 1000 + number, 2), *version]
        texts.append(version)
    return [
        article(
            f"s{number % 7}/{number}",
            "\n".join(version),
            language=f"q{number}" if foreign else "en",
            title=f"No {number}",
        )
        for number, version in enumerate(texts)
    ]


def expected_groups(articles: Sequence[Article]) -> set[frozenset[str]]:
    """Give the copy groups that must come of the articles, in whatever order: every pair is looked at."""
    prepared = analyse(articles)
    texts = [item.text for item in articles]
    keys = [set(row) for row in band_keys(np.stack([item.signature.values for item in prepared])).tolist()]
    read = readings(texts)
    marks = [set(found.tolist()) for found in anchors(read)]
    groups = list(range(len(articles)))
    for one, other in combinations(range(len(articles)), 2):
        if groups[one] != groups[other] and prepared[one].is_matchable and prepared[other].is_matchable:
            is_candidate = len(marks[one] & marks[other]) >= LEAST_ANCHORS or (
                keys[one] & keys[other]
                and similarity(prepared[one].signature, prepared[other].signature) >= LEAST_ESTIMATE
            )
            same_source = articles[one].source == articles[other].source
            if is_candidate and relation_of(align(read[one], read[other]), same_source=same_source):
                merged = groups[other]
                groups = [groups[one] if group == merged else group for group in groups]
    return _grouped({place_of(item.url): group for item, group in zip(articles, groups, strict=True)})


def place_of(url: str) -> str:
    """Give the place that an article stands at."""
    return url.removeprefix("https://").replace(".example", "")


class Newsdesk:
    """A migrated database with a run and a store, for tests that load and look."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.store = Store(engine)
        self.run_id = start_run(engine, flow="test", what="articles", now=NOON)

    def load(self, *items: Article | Rejection, batch: int = 1000, now: datetime = NOON) -> Tally:
        """Store the items, so many a batch; give what became of them."""
        tally: Tally = Counter()
        for first in range(0, len(items), batch):
            part = items[first : first + batch]
            prepared = analyse([item for item in part if isinstance(item, Article)])
            rejected = [item for item in part if isinstance(item, Rejection)]
            tally += self.store.store_batch(
                self.run_id, [*prepared, *rejected], known=Counter(), cleaner=CLEANER, now=now
            )
        return tally

    def outcomes(self, *items: Article | Rejection, batch: int = 1000, now: datetime = NOON) -> dict[Outcome, int]:
        """Store the items, and count what became of them, whatever their source."""
        counts: Counter[Outcome] = Counter()
        for (_, outcome), count in self.load(*items, batch=batch, now=now).items():
            counts[outcome] += count
        return dict(counts)

    def rows(self, table: type[Any], *columns: str) -> list[tuple[Any, ...]]:  # Any: a table and its values
        """Give the rows of a table, all columns or those named, in the order of the first."""
        found = core(table)
        chosen = [found.c[name] for name in columns] or list(found.c)
        with reading(self.engine) as db:
            return [tuple(row) for row in db.execute(select(*chosen).order_by(chosen[0]))]

    def variants(self, *columns: str) -> dict[str, Any]:  # Any: one value where one column is named, else a tuple
        """Give what the columns say of each variant, by the place it stands at."""
        found = self.rows(tables.Variant, "id", "url", *columns)
        places = [place_of(row[1]) for row in found]
        values = [row[2] if len(columns) == 1 else row[2:] for row in found]
        return dict(zip(places, values, strict=True))

    def counts(self) -> dict[str, int]:
        """Give how many rows each table has."""
        with reading(self.engine) as db:
            names = ("story", "variant", "revision", "segment", "link", "change", "rejection", "unsearched")
            return {name: db.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names}

    def stories(self) -> set[frozenset[str]]:
        """Give the stories as sets of places."""
        return _grouped(self.variants("story_id"))

    def copy_groups(self) -> set[frozenset[str]]:
        """Give the copy groups as sets of places."""
        found = self.variants("id", "copy_of")
        return _grouped({place: head or number for place, (number, head) in found.items()})


@contextmanager
def newsdesk(url: str) -> Iterator[Newsdesk]:
    """Open a store on the database at `url`, made if need be."""
    make_ready(url)
    engine = connect(url)
    try:
        yield Newsdesk(engine)
    finally:
        engine.dispose()


def shuffled(articles: Sequence[Article], seed: int) -> list[Article]:
    """Give the articles in another order."""
    return Random(seed).sample(articles, len(articles))


def _grouped(groups: dict[str, int]) -> set[frozenset[str]]:
    members: dict[int, set[str]] = {}
    for place, group in groups.items():
        members.setdefault(group, set()).add(place)
    return {frozenset(places) for places in members.values()}
