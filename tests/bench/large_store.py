"""A story database of any size, written straight into the tables: invented words, real indexes."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import numpy as np

from storage import tables
from storage.asking.search import catch_up
from storage.database import connect, writing
from storage.rows import insert_rows
from storage.stories.cards import refresh_cards, save_outlets
from storage.upgrading import upgrade
from tests.storage.stories import NOON, why

WORDS = 50_000
SOURCES = 2_000
STORY_SIZES = (
    (1,) * 80 + (2,) * 12 + (3,) * 3 + (5,) * 3 + (12, 30)
)  # 1.4 variants a story at the mean... and some crowds
LANGUAGES = ("en-GB", "en-US", "en", "de", "tr", "fr", "es-MX", "pt-BR", "ja", "ru", "sw")
LANGUAGE_ODDS = (20, 20, 20, 10, 8, 6, 6, 5, 3, 1.5, 0.5)
_TEXT_WORDS, _TITLE_WORDS = 120, 8
_STORIES_AT_ONCE = 10_000
_YEAR_S = 365 * 86_400
_SYLLABLES = ("ba", "den", "fir", "go", "kal", "lo", "men", "nir", "sta", "vo", "dra", "gen", "tir", "bo", "fa", "len")


def word(rank: int) -> str:
    """Give the word of a rank: the lower, the more frequent.

    >>> word(0), word(17)
    ('baba', 'denden')
    """
    parts = [_SYLLABLES[rank % 16], _SYLLABLES[rank // 16 % 16]]
    rest = rank >> 8
    while rest:
        parts.append(_SYLLABLES[rest % 16])
        rest >>= 4
    return "".join(parts)


def source(rank: int) -> str:
    """Give the source of a rank."""
    return f"outlet-{rank}.example"


def publisher(rank: int) -> str:
    """Give the owner of a source: five sources have one in common, every tenth of them none that is known."""
    return f"Group {rank // 5}"


def zipf(count: int, *, exponent: float = 1.0) -> Any:  # Any: a NumPy array of odds
    """Give the odds of `count` ranks, as words and outlets have them."""
    odds = 1.0 / np.arange(1, count + 1) ** exponent
    return np.cumsum(odds / odds.sum())


def fill(url: str, *, variants: int, seed: int = 0) -> int:
    """Make the database at `url` with about so many variants; give how many stories it has."""
    upgrade(url)
    engine = connect(url)
    with writing(engine) as db:
        insert_rows(db, tables.Run, [(1, "load", "made", NOON, NOON, NOON, None, variants, None, None)])
    save_outlets(engine, {source(rank): (publisher(rank), None) for rank in range(SOURCES) if rank % 10})
    stories = 0
    for batch in _batches(variants, seed):
        with writing(engine) as db:
            insert_rows(db, tables.Story, [story for story, _ in batch])
            rows = [row for _, members in batch for row in members]
            insert_rows(db, tables.Variant, rows)
            insert_rows(db, tables.Unsearched, [(row[0],) for row in rows])
            revised = [row for row in rows if row[0] % 50 == 0]
            insert_rows(db, tables.Revision, [(row[0], 1, row[13], "", 1, 1, NOON, False, "outlet") for row in revised])
            refresh_cards(db, [story[0] for story, _ in batch])
        stories += len(batch)
    engine.dispose()
    catch_up(url)
    return stories


def _batches(variants: int, seed: int) -> Iterator[list[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]]:
    chance, numbers = Random(seed), np.random.default_rng(seed)
    vocabulary = np.array([word(rank) for rank in range(WORDS)])
    words, sources = zipf(WORDS), zipf(SOURCES, exponent=0.8)
    story_id, variant_id = 0, 0
    while variant_id < variants:
        batch = []
        sizes = [chance.choice(STORY_SIZES) for _ in range(min(_STORIES_AT_ONCE, variants))]
        total = sum(sizes)
        texts = vocabulary[np.searchsorted(words, numbers.random((total, _TEXT_WORDS + _TITLE_WORDS)))]
        ranks = np.searchsorted(sources, numbers.random(total)).tolist()
        spoken = iter(zip(texts.tolist(), ranks, strict=True))
        for size in sizes:
            if variant_id >= variants:
                break
            story_id += 1
            began = NOON - timedelta(seconds=_YEAR_S * (1 - variant_id / variants) + chance.random())
            language = chance.choices(LANGUAGES, LANGUAGE_ODDS)[0]
            members = []
            for place in range(size):
                variant_id += 1
                said, rank = next(spoken)
                members.append(_variant(variant_id, story_id, place, said, rank, language, began, chance))
            last = began + timedelta(hours=size - 1)
            kind = "single" if size == 1 else chance.choice(("reprinted", "covered"))
            reason = why(members[0][0])
            batch.append(((story_id, began, last, kind, size, reason, None, members[0][0], None, None), members))
        yield batch


def _variant(
    variant_id: int, story_id: int, place: int, said: list[str], rank: int, language: str, began: Any, chance: Random
) -> tuple[Any, ...]:  # Any: a row's values
    at = began + timedelta(hours=place)
    is_copy = place > 0 and chance.random() < 0.5
    relation = "canonical" if place == 0 else "copy" if is_copy else "coverage"
    url = f"https://{source(rank)}/{variant_id}"
    title, text = " ".join(said[:_TITLE_WORDS]), " ".join(said[_TITLE_WORDS:])
    head = variant_id - place if is_copy else None
    return (
        *(variant_id, story_id, relation, head, None, place == 0, False, False, source(rank), url),
        *(variant_id, variant_id, variant_id, title, None, "Northwire" if chance.random() < 0.1 else None),
        *(language, at - timedelta(hours=1), "meta", at, at, "s", 100, "made"),
        *(bytes(512), bytes(600), text, None, "page", None, None, None, None, None),
        *(publisher(rank) if rank % 10 == 0 and rank % 20 else None, None, False, None),
    )
