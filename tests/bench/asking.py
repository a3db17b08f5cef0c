"""How long a question takes, with a million variants.

    python -m tests.bench.asking [--variants 1000000] [--db URL] [--rounds 100]

Without --db, the database is SQLite in a folder of its own, which stays where --keep names one. Each question is
asked in a read transaction of its own, as `newsfold serve` does; what varies is drawn anew each time. On a machine
that has other work, look at the processor's time; of PostgreSQL, it is the client's alone.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import numpy as np

from storage.asking import Question, count_facets, count_stories, find_stories
from storage.asking.search import search_stories
from storage.queries import get_story
from storage.readers import Readers
from storage.reading import DatabaseProblem, Reader, reading
from tests.bench.large_store import LANGUAGES, SOURCES, WORDS, fill, publisher, source, word, zipf
from tests.storage.stories import NOON

Ask = Callable[[Reader, Random], object]
Taken = tuple[float, float]  # milliseconds: by the clock, and of this process's processor

_WORD_ODDS, _SOURCE_ODDS = zipf(WORDS), zipf(SOURCES, exponent=0.8)


def main() -> None:
    """Fill a database where there is none, and print what each question takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--variants", type=int, default=1_000_000)
    parser.add_argument("--db", help="a database made before is asked as it is")
    parser.add_argument("--keep", type=Path, help="where to make an SQLite database that stays")
    parser.add_argument("--rounds", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.db or f"sqlite:///{given.keep or Path(folder) / 'large.db'}"
        stories = _stories(url) or fill(url, variants=given.variants)
        print(f"{stories:,} stories in {url.partition(':')[0]}, {given.rounds} rounds; milliseconds")
        for part, questions in QUESTIONS.items():
            taken: list[Taken] = []
            for name, ask in questions.items():
                times = _times(url, ask, given.rounds)
                taken += times
                _show(f"  {name}", times)
            _show(part, taken)


def _stories(url: str) -> int:
    try:
        with reading(url) as reader:
            return int(reader.rows("SELECT count(*) FROM story")[0][0])
    except DatabaseProblem:
        return 0


def _times(url: str, ask: Ask, rounds: int) -> list[Taken]:
    chance = Random(7)
    times: list[Taken] = []
    with closing(Readers(url)) as readers:
        with readers.reading() as reader:
            ask(reader, chance)  # what the operating system has not read yet is not what we measure
        for _ in range(rounds):
            with readers.reading() as reader:
                began, used = time.perf_counter(), time.process_time()
                ask(reader, chance)
                times.append(((time.perf_counter() - began) * 1_000, (time.process_time() - used) * 1_000))
    return times


def _show(name: str, times: list[Taken]) -> None:
    waited, used = zip(*times, strict=True)
    p50, p95 = np.percentile(waited, [50, 95])
    print(f"{name:<44} p50 {p50:>7.1f}  p95 {p95:>7.1f}  processor p95 {np.percentile(used, 95):>7.1f}", flush=True)


def _word(chance: Random) -> str:
    return word(int(np.searchsorted(_WORD_ODDS, chance.random())))


def _source(chance: Random) -> int:
    return int(np.searchsorted(_SOURCE_ODDS, chance.random()))


def _listing(make: Callable[[Random], Question]) -> Ask:
    return lambda reader, chance: find_stories(reader, make(chance), limit=50)


def _second_page(reader: Reader, chance: Random) -> object:
    question = Question(outlet=source(_source(chance)))
    first = find_stories(reader, question, limit=20)
    return find_stories(reader, question, limit=50, cursor=first.next_cursor) if first.next_cursor else first


def _some_story(reader: Reader, chance: Random) -> object:
    [(last,)] = reader.rows("SELECT max(id) FROM story")
    return get_story(reader, chance.randrange(1, last))


def _day(chance: Random) -> timedelta:
    return timedelta(days=chance.randrange(1, 360))


def _of_a_day(chance: Random) -> Question:
    since = NOON - _day(chance)
    return Question(published_since=since, published_until=since + timedelta(days=1))


def _of_a_month(chance: Random) -> Question:
    since = NOON - _day(chance)
    return Question(seen_since=since, seen_until=since + timedelta(days=30), language="en")


LIST: dict[str, Ask] = {
    "last changed": _listing(lambda _: Question()),
    "newest": _listing(lambda _: Question(order="newest")),
    "most independent": _listing(lambda _: Question(order="independent")),
    "of an outlet": _listing(lambda chance: Question(outlet=source(_source(chance)))),
    "of an outlet, second page": _second_page,
    "of a rare outlet": _listing(lambda chance: Question(outlet=source(chance.randrange(SOURCES)))),
    "of a publisher, most independent": _listing(
        lambda chance: Question(publisher=publisher(_source(chance)), order="independent")
    ),
    "in a language": _listing(lambda chance: Question(language=chance.choice(LANGUAGES))),
    "of a country, newest": _listing(lambda _: Question(country="GB", order="newest")),
    "of three independent": _listing(lambda _: Question(least_independent=3)),
    "of twenty variants": _listing(lambda _: Question(least_variants=20)),
    "covered and corrected": _listing(lambda _: Question(kind="covered", state="corrected")),
    "published on a day": _listing(_of_a_day),
    "seen in a month, in English": _listing(_of_a_month),
    "outlet, language, five independent": _listing(
        lambda chance: Question(outlet=source(_source(chance)), language=chance.choice(LANGUAGES), least_independent=5)
    ),
}
FACET: dict[str, Ask] = {
    "of all": lambda reader, _: count_facets(reader, Question(), now=NOON),
    "of an outlet": lambda reader, chance: count_facets(reader, Question(outlet=source(_source(chance))), now=NOON),
    "of a language": lambda reader, _: count_facets(reader, Question(language="de"), now=NOON),
    "of a text": lambda reader, chance: count_facets(reader, Question(text=_word(chance)), now=NOON),
    "count of a language": lambda reader, _: count_stories(reader, Question(language="tr")),
}
STORY: dict[str, Ask] = {"a story": _some_story}
SEARCH: dict[str, Ask] = {
    "a word": lambda reader, chance: search_stories(reader, _word(chance)),
    "two words": lambda reader, chance: search_stories(reader, f"{_word(chance)} {_word(chance)}"),
    "a phrase": lambda reader, chance: search_stories(reader, f'"{_word(chance)} {_word(chance)}"'),
    "stories, a word": _listing(lambda chance: Question(text=_word(chance))),
    "stories, a word, best match": _listing(lambda chance: Question(text=_word(chance), order="best")),
    "stories, either and not": _listing(
        lambda chance: Question(text=f"({_word(chance)} OR {_word(chance)}) NOT {_word(chance)}")
    ),
    "stories, in the title": _listing(lambda chance: Question(text=f"title:{_word(chance)}")),
    "stories, a prefix": _listing(lambda chance: Question(text=f"{_word(chance)[:6]}*")),
    "stories, a word, of an outlet": _listing(
        lambda chance: Question(text=_word(chance), outlet=source(_source(chance)))
    ),
}
QUESTIONS = {"list": LIST, "facet": FACET, "story": STORY, "search": SEARCH}


if __name__ == "__main__":
    main()
