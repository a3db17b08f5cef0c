"""Full text search: the same answers from both databases, and no query that is an error."""

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from storage import tables
from storage.asking.search import MOST_WORDS, QUICK, catch_up, catch_up_quickly, count_unsearched, search_stories
from storage.asking.terms import AllOf, AnyOf, Node, Term, parse_query
from storage.asking.words import words
from storage.reading import DatabaseProblem, Reader, reading
from tests.postgres import NewDatabase
from tests.ready import make_ready
from tests.storage.stories import NOON, add, fill, replace, run, story, variant

TEXTS = {
    1: ("Furnace to close", "Orrin Steel will close the furnace. The works council objected to the close."),
    2: ("Council meets", "The works were never a council matter, said Zoë Müller of São Tomé."),
    3: ("東京タワーで火災", "東京タワーで火災が発生した。けが人はいない。"),
    4: ("ไฟไหม้กรุงเทพ", "เกิดเหตุไฟไหม้ตลาดในกรุงเทพมหานคร ไม่มีผู้บาดเจ็บ"),
    5: ("Пожар в Кийске", "Пожарные потушили огонь за 3,5 часа; Ёлкин доволен."),
    6: ("Pipeline report", "Pipelines, pipeline and pipes: state-run U.S. firm's 2.5% a/b_c don’t x@y.example"),
    7: ("", "Нет заголовка. 火災 in a mixed sentence: iPhone15发布会。"),
    8: ("Long", "filler " * 40_000 + "needle"),
    9: ("Furnace", "Nothing else about it: furnace."),
}
ANSWERS = {
    "furnace": {1, 9},
    "FURNACE close": {1},
    '"works council"': {1},
    "works council": {1, 2},
    '"council works"': set(),
    '"close orrin"': set(),  # no phrase spans title and text
    "furnace meets": set(),
    "zoe muller sao": {2},
    "ZOË": {2},
    "火災": {3, 7},
    "タワー": {3},
    "京東": set(),
    "東京 けが人": {3},
    "กรุงเทพ": {4},
    "ตลาด": {4},
    "пожар": {5},
    "пожар*": {5},
    "елкин": {5},
    "3,5": {5},
    "pipe": set(),
    "pipe*": {6},
    "pipelines": {6},
    '"state run"': {6},
    "state-run": {6},
    "u.s.": {6},
    "firm's don't": {6},
    "x@y.example": {6},
    "iphone15": {7},
    "发布": {7},
    "needle": set(),  # beyond what is indexed
    "filler": {8},
    "*": set(),
    "": set(),
    "furnace OR needle OR пожар": {1, 5, 9},
    "furnace AND close": {1},
    "furnace NOT close": {9},
    "furnace NOT (orrin OR meets)": {9},
    "works (furnace OR council) NOT orrin": {2},
    "furnace close OR filler NOT needle": {1, 8},
    '"NOT" furnace': set(),
    "NOT furnace": set(),
    "filler OR NOT furnace": {8},
    "NOT NOT furnace": set(),
    "title:furnace": {1, 9},
    "title:close": {1},
    "title:orrin": set(),
    "TITLE:counc*": {2},
    'title:"furnace to" council': {1},
    'title:"orrin steel"': set(),
    "title:火災 OR title:ไฟไหม้": {3, 4},
    "works NOT title:council": {1},
    "((furnace": {1, 9},
    "furnace))) OR пожар": {1, 5, 9},
    "OR furnace AND": {1, 9},
    "title:": set(),
    "title:(furnace)": set(),  # before brackets it is a word
}
HOSTILE = [
    '"',
    "'",
    'a"b',
    "NEAR(furnace close, 5)",
    "title:furnace",
    "furnace -close",
    "furnace AND NOT close",
    "OR",
    "^furnace",
    "furnace^",
    "{title text}: furnace",
    "(" * 3_000,
    ")" * 3_000 + "furnace",
    '"' * 2_999,
    "\0furnace\0",
    "\ud800\udfff",
    "'; DELETE FROM variant; --",
    "furnace') OR 1=1 --",
    "furnace & ! | <-> :* \\",
    "furnace " * 900,
    "x" * 7_000,
    "東京" * 3_500,
    "-- /* */ %s %(match)s :match ? $1",
    "\u202efurnace\u2028",
    "ﷺ" * 400,
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def searched_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a database of TEXTS, all of it indexed, once of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('search')}/stories.db"
    else:
        new: NewDatabase = request.getfixturevalue("new_postgres")
        url = new()
    make_ready(url)
    add(url, run(1), *map(story, TEXTS))
    add(url, *(variant(number, number, title=title, text=text) for number, (title, text) in TEXTS.items()))
    add(url, *(tables.Unsearched(variant_id=number) for number in TEXTS))
    assert catch_up(url) == len(TEXTS)
    return url


@pytest.fixture
def reader(searched_url: str) -> Iterator[Reader]:
    """Give a reader of TEXTS."""
    with reading(searched_url) as open_reader:
        yield open_reader


def _found(url: str, query: str) -> set[int]:
    with reading(url) as reader:
        return {hit.variant_id for hit in search_stories(reader, query, limit=100)}


@pytest.mark.parametrize("query", ANSWERS)
def test_both_databases_give_the_same_answer(reader: Reader, query: str) -> None:
    """Words, phrases, prefixes and scripts without spaces are found alike, whatever the database."""
    hits = search_stories(reader, query, limit=100)

    assert {hit.variant_id for hit in hits} == ANSWERS[query]


@pytest.mark.parametrize("query", HOSTILE)
def test_no_query_is_an_error(reader: Reader, query: str) -> None:
    """Whatever is typed is searched for as words, quickly, and changes nothing."""
    before = reader.rows("SELECT count(*) FROM variant")
    began = time.process_time()

    hits = search_stories(reader, query, limit=10)

    assert {hit.variant_id for hit in hits} <= set(TEXTS)
    assert time.process_time() - began < 3
    assert reader.rows("SELECT count(*) FROM variant") == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec=None), max_size=60) | st.text("a\"*'()&|!<>:-\\^{}%$;東 ", max_size=40))
def test_every_text_can_be_searched_for(reader: Reader, query: str) -> None:
    """There is no text that the query languages of the databases get to see."""
    assert isinstance(search_stories(reader, query, limit=5), list)


_TERMS = st.sampled_from(["furnace", "close", "council", "works", "title:furnace", '"works council"', "pipe*", "火災"])
_QUERIES = st.recursive(
    _TERMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" ", " AND ", " OR ", " NOT "]), inner).map("".join), inner.map("({})".format)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_QUERIES)
def test_a_query_means_what_it_says(reader: Reader, query: str) -> None:
    """What is found is what the tree of the query holds for, text by text."""
    root = parse_query(query).root
    assert root is not None

    hits = {hit.variant_id for hit in search_stories(reader, query, limit=100)}

    assert hits == {number for number, (title, text) in TEXTS.items() if _holds(root, words(title), words(text))}


def _holds(node: Node, title: list[str], text: list[str]) -> bool:
    match node:
        case Term(words=wanted, is_prefix=is_prefix, in_title=in_title):
            end = "" if is_prefix else " "
            return any(
                f" {' '.join(wanted)}{end}" in f" {' '.join(part)} "
                for part in ([title] if in_title else [title, text])
            )
        case AnyOf(parts=parts):
            return any(_holds(part, title, text) for part in parts)
        case AllOf(parts=parts, without=others):
            return all(_holds(part, title, text) for part in parts) and not any(
                _holds(part, title, text) for part in others
            )


def test_brackets_may_be_as_deep_as_anyone_likes(reader: Reader) -> None:
    """Beyond some depth, brackets say nothing; no database is asked for more than it can read."""
    deep = "".join(f"(works OR (council NOT word{number} " for number in range(60))

    assert {hit.variant_id for hit in search_stories(reader, deep, limit=100)} == {1, 2}


def test_a_title_weighs_more_than_a_text(reader: Reader) -> None:
    """The best answer comes first, and a limit keeps the best."""
    hits = search_stories(reader, "council", limit=10)

    assert [hit.variant_id for hit in hits] == [2, 1]
    assert hits[0].rank > hits[1].rank
    assert search_stories(reader, "council", limit=1) == hits[:1]


def test_a_hit_says_where_it_was_found(reader: Reader) -> None:
    """A hit is a variant of a story, with the passage around the match."""
    [hit] = search_stories(reader, "zoe", limit=10)

    assert (hit.story_id, hit.variant_id, hit.source) == (2, 2, "northwire")
    assert hit.published_at == NOON - timedelta(hours=3)
    assert hit.snippet == "The works were never a council matter, said «Zoë» Müller of São Tomé."


def test_what_waits_is_not_found_until_it_is_indexed(database_url: str) -> None:
    """The queue is worked off in parts, and each variant once."""
    fill(database_url)

    before = _found(database_url, "furnace")
    first = catch_up(database_url, limit=2)
    between = _found(database_url, "furnace")
    rest = catch_up(database_url)
    again = catch_up(database_url)

    assert (first, rest, again) == (2, 3, 0)
    assert (before, between) == (set(), {11, 12})
    assert _found(database_url, "delay") == {13}


def test_a_revised_variant_is_found_by_its_new_text_only(database_url: str) -> None:
    """A word that only an earlier text had finds nothing, neither before the new text is indexed nor after."""
    make_ready(database_url)
    add(database_url, run(1), story(1), variant(11, 1, text="An early version."), tables.Unsearched(variant_id=11))
    catch_up(database_url)
    found = []

    for text in ("A second version.", "A third version.", "An early version once more."):
        replace(database_url, variant(11, 1, text=text), tables.Unsearched(variant_id=11))
        waiting = _found(database_url, "version")
        catch_up(database_url)
        found.append((waiting, *(_found(database_url, word) for word in ("early", "second", "third", "version"))))

    assert found == [
        (set(), set(), {11}, set(), {11}),
        (set(), set(), set(), {11}, {11}),
        (set(), {11}, set(), set(), {11}),
    ]


def test_a_variant_whose_story_was_absorbed_is_found_in_the_survivor(database_url: str) -> None:
    """A hit names the story that a variant is in today."""
    fill(database_url)
    catch_up(database_url)
    replace(database_url, variant(21, 1, relation="coverage", text="Três baleias."))

    with reading(database_url) as reader:
        [hit] = search_stories(reader, "baleias", limit=5)

    assert hit.story_id == 1


def test_a_search_indexes_a_short_queue_itself(database_url: str) -> None:
    """After catch_up_quickly() nothing waits."""
    fill(database_url)

    waiting = catch_up_quickly(database_url)

    assert waiting == 0
    assert _found(database_url, "furnace") == {11, 12}


def test_a_search_leaves_a_long_queue_to_the_next_run(tmp_path: Path) -> None:
    """A queue of thousands is not what a reader waits for."""
    url = f"sqlite:///{tmp_path}/stories.db"
    make_ready(url)
    with sqlite3.connect(tmp_path / "stories.db") as connection:
        connection.executemany("INSERT INTO unsearched VALUES (?)", ((number,) for number in range(QUICK)))
    connection.close()

    assert catch_up_quickly(url) == QUICK


def test_a_search_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    """While a run writes, a search says how many variants wait, and answers without them."""
    url = f"sqlite:///{tmp_path}/stories.db"
    fill(url)

    with (tmp_path / "stories.db-writer").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = catch_up_quickly(url)
        with pytest.raises(DatabaseProblem, match="another process"):
            catch_up(url, patience_s=0.1)

    assert waiting == 5


def test_a_search_does_not_wait_for_a_writer_of_postgresql(postgres_url: str) -> None:
    """The same where the lock is the server's."""
    fill(postgres_url)

    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [0x6E657773])
        waiting = catch_up_quickly(postgres_url)

    assert waiting == 5


def test_a_batch_that_fails_is_not_half_indexed(tmp_path: Path) -> None:
    """The queue and the index change together."""
    url = f"sqlite:///{tmp_path}/stories.db"
    fill(url)
    with sqlite3.connect(tmp_path / "stories.db") as connection:
        connection.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON search_row WHEN new.variant_id = 21"
            " BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    connection.close()

    with pytest.raises(DatabaseProblem, match="full"):
        catch_up(url)

    with reading(url) as reader:
        assert count_unsearched(reader) == 5
        assert search_stories(reader, "furnace", limit=5) == []


def test_a_prefix_of_few_words_and_of_many_finds_the_same(tmp_path: Path) -> None:
    """A prefix finds all its words, in titles, in phrases and behind NOT, whether they are spelt out or too many."""
    url, few = f"sqlite:///{tmp_path}/stories.db", MOST_WORDS["sqlite"] // 2
    make_ready(url)
    rows: list[SQLModel] = [run(1)]
    kilns, piers = ([f"{word}{number:04}" for number in range(of)] for word, of in (("kiln", few), ("pier", few * 3)))
    parts = [words[place::20] for words in (kilns, piers) for place in range(20)]  # of which each variant has one
    for number, part in enumerate(parts, start=1):
        text = " ".join(f"the last {word} of the coast" if number % 2 else f"a {word} stands" for word in part)
        title = part[0] if number % 5 == 0 else "x"
        rows += [story(number), variant(number, number, title=title, text=text), tables.Unsearched(variant_id=number)]
    add(url, *rows)
    catch_up(url)

    found = {
        query: len(_all(url, query)) for query in ("kiln*", "pier*", '"last kiln"*', "title:kiln*", "coast NOT kiln*")
    }

    assert found == {"kiln*": 20, "pier*": 20, '"last kiln"*': 10, "title:kiln*": 4, "coast NOT kiln*": 10}


def _all(url: str, query: str) -> set[int]:
    with reading(url) as reader:
        return {hit.variant_id for hit in search_stories(reader, query, limit=1_000)}


def test_texts_made_to_overflow_the_index_do_not(postgres_url: str) -> None:
    """Whatever a text is made of, its index stays below PostgreSQL's limit."""
    make_ready(postgres_url)
    texts = [
        "ﷺ" * 200_000,
        " ".join(f"ﷺ{number}" for number in range(30_000)),
        "".join(map(chr, range(0x20000, 0x2A6D0))),
        "x" * 1_000_000,
    ]
    numbers = range(1, len(texts) + 1)
    add(postgres_url, run(1), *map(story, numbers))
    add(postgres_url, *(variant(n, n, title=text[:9_000], text=text) for n, text in zip(numbers, texts, strict=True)))
    add(postgres_url, *(tables.Unsearched(variant_id=number) for number in numbers))

    assert catch_up(postgres_url) == len(texts)
