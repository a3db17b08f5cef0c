"""Which articles may be the same, as far as the indexes tell."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from sqlalchemy import Connection, create_engine

from ingest.cluster.analysis import analyse
from ingest.cluster.readings import readings
from storage.fresh import Fresh
from storage.indexes.candidates import text_candidates
from storage.indexes.events import Vectors, event_candidates
from storage.indexes.segments import Segments
from tests.storage.articles import article


@contextmanager
def empty_database() -> Iterator[Connection]:
    """Open a database in memory that holds nothing, for what is found without it."""
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as db:
            yield db
    finally:
        engine.dispose()


def made(seed: int, count: int) -> list[str]:
    """Make `count` words, hardly one of them twice."""
    chance = Random(seed)
    return ["".join(chance.choices("abdefgiklmnoprstuv", k=7)) for _ in range(count)]


def found(*texts: list[str]) -> set[tuple[int, int]]:
    """Give the pairs, later first, that are candidates among the texts of one batch, numbered from 1."""
    prepared = analyse([article(f"s{number}/1", " ".join(words)) for number, words in enumerate(texts)])
    fresh = [Fresh(prepared=item, variant_id=number) for number, item in enumerate(prepared, 1)]
    with empty_database() as db:
        candidates = text_candidates(db, Segments(), fresh)
    return {(one, other.variant_id) for one, others in candidates.items() for other in others}


def quoting(seed: int, quoted: list[str], *, apart: bool) -> list[str]:
    """Make a text with what it quotes in one place, or in two halves far from one another."""
    words, half = made(seed, 600), len(quoted) // 2
    if apart:
        return [*words[:100], *quoted[:half], *words[100:500], *quoted[half:], *words[500:]]
    return [*words[:300], *quoted, *words[300:]]


def test_a_sentence_in_common_makes_no_candidate() -> None:
    """Texts that share a sentence are seldom asked about; with the same words in two places, more often."""
    together = sum(bool(found(*(quoting(seed + n, made(seed, 24), apart=False) for n in (1, 2)))) for seed in _SEEDS)
    apart = sum(bool(found(*(quoting(seed + n, made(seed, 24), apart=True) for n in (1, 2)))) for seed in _SEEDS)

    assert together < len(_SEEDS) // 10
    assert together < apart


def test_what_all_texts_have_makes_no_candidate() -> None:
    """Two phrases that thirty texts bear, far from one another, tell nothing; every eighth word changed, it is told."""
    phrases = [made(seed, 16) for seed in (1, 2)]
    crowd = [[*phrases[0], *made(100 + n, 500), *phrases[1]] for n in range(30)]
    changed = [word if place % 8 else "changed" for place, word in enumerate(crowd[0])]

    pairs = found(*crowd, changed)

    assert (31, 1) in pairs
    assert len(pairs) < 30 * 29 // 2 // 3


def test_words_of_its_own_do_not_hide_what_an_article_shares() -> None:
    """Two short reports find one another by six words, though each has forty that weigh more and that nobody shares."""
    shared = made(1, 6)
    texts = [(" ".join(made(seed, 10)), " ".join([*made(seed + 1, 30), *shared])) for seed in (10, 20)]
    prepared = analyse([article(f"s{number}/1", body, title=title) for number, (title, body) in enumerate(texts)])
    fresh = [Fresh(prepared=item, variant_id=number) for number, item in enumerate(prepared, 1)]

    with empty_database() as db:
        vectors = Vectors(db, Segments(), variants=0)
        vectors.put(fresh)
        candidates = event_candidates(Segments(), vectors, [1, 2])

    assert candidates == {2: [1]}


def test_a_reading_travels_as_its_text() -> None:
    """The tokens of an article are the same after pickling, without those of the others in its block."""
    one, other = readings(["The ferry Ørsund was late in 2024.", "Rain is expected on Monday. 雨が降る。"])

    alone = pickle.loads(pickle.dumps(other))

    assert alone.hashes.tolist() == other.hashes.tolist()
    assert alone.written(0, len(alone)) == other.written(0, len(other))
    assert b"ferry" not in alone.tokens.data
    assert len(pickle.loads(pickle.dumps(readings([""])[0]))) == 0
    assert len(one) == 7


_SEEDS = range(1_000, 1_400, 10)
