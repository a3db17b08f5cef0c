"""How far back a text is looked for."""

import re
from collections.abc import Iterator
from random import Random

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from storage import tables
from storage.asking.newest import Match
from storage.asking.search import catch_up, match_of, matching_stories, search_stories
from storage.asking.terms import parse_query
from storage.reading import Reader, connect, reading
from tests.postgres import NewDatabase
from tests.ready import make_ready
from tests.storage.stories import add, run, story, variant
from tests.storage.test_plans import Explaining

_EVERYTHING = 200_000  # so many are looked for in all of them at once
_PLACES = (0, 256, 2_048, 16_384, 131_072, 262_144, 300_000, 390_000, 399_000)  # around which the variants stand
_NUMBERS = sorted({place + step for place in _PLACES for step in range(-9, 24) if place + step > 0})
# How often a text has these, of a hundred.
_WORDS = {"coast": 95, "kiln": 60, "pier": 25, "pipe": 9, "pipes": 5, "piper": 3, "quarry": 2, "pipeline": 1}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def sliced_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a store whose variants stand far apart, in slices of every width, once on each kind of database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('newest')}/stories.db"
    else:
        new: NewDatabase = request.getfixturevalue("new_postgres")
        url = new()
    chance = Random(3)
    make_ready(url)
    add(url, run(1), *map(story, _NUMBERS))
    add(url, *(variant(number, number, title=_said(chance), text=_said(chance)) for number in _NUMBERS))
    add(url, *(tables.Unsearched(variant_id=number) for number in _NUMBERS))
    catch_up(url)
    return url


def _said(chance: Random) -> str:
    said = [word for word, odds in _WORDS.items() if chance.randrange(100) < odds]
    chance.shuffle(said)
    return " ".join(said)


@pytest.fixture
def reader(sliced_url: str) -> Iterator[Reader]:
    """Give a reader of this store."""
    with reading(sliced_url) as open_reader:
        yield open_reader


_TERMS = st.sampled_from([*_WORDS, "title:kiln", '"coast kiln"', '"pier pipe"', "pip*", "title:pipe*", '"kiln pip"*'])
_QUERIES = st.recursive(
    _TERMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" ", " OR ", " NOT "]), inner).map("".join), inner.map("({})".format)
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(_QUERIES, st.sampled_from([1, 2, 7, 40, 100, 250]))
def test_the_newest_are_those_of_all(reader: Reader, query: str, most: int) -> None:
    """Looking at a few variants first, and then further back, finds the very matches that looking at all does."""
    match = match_of(reader, parse_query(query))
    assert match is not None

    found, is_whole = matching_stories(reader, match, most=most)

    everything, _ = matching_stories(reader, match, most=_EVERYTHING)
    assert sorted(found)[-most:] == sorted(everything)[-most:]
    assert is_whole == (len(everything) <= most)


def test_a_prefix_stands_for_its_words(reader: Reader) -> None:
    """A prefix finds all its words, whether they are named, read with their texts, or looked for by the database."""
    match = match_of(reader, parse_query("pip*"))
    assert match is not None

    forms = [match, Match(near=None, far=match.far), Match(near=match.far, far=match.far)]
    found = [_stories(reader, each) for each in forms]

    words = [word for word in _WORDS if word.startswith("pip")]
    assert all(word in (match.near or match.far) for word in words)
    assert found == [_stories(reader, match_of(reader, parse_query(" OR ".join(words))))] * len(forms)


def _stories(reader: Reader, match: Match | None) -> list[int]:
    assert match is not None
    return sorted(matching_stories(reader, match, most=len(_NUMBERS))[0])


def test_postgresql_looks_for_words_where_the_newest_are(postgres_url: str) -> None:
    """The slices are a part of what the index is asked, not of what its answers are sifted by afterwards."""
    make_ready(postgres_url)
    add(postgres_url, run(1), story(1), variant(9_000, 1, text="the coast"), tables.Unsearched(variant_id=9_000))
    catch_up(postgres_url)

    with connect(postgres_url) as connection:
        reader = Explaining(connection)
        connection.execute("SET enable_seqscan = off")
        found = search_stories(reader, "coast")

    [asked, *_] = [plan for plan in reader.plans if "ix_search_newest" in plan and "Sort" in plan]
    assert [hit.variant_id for hit in found] == [9_000]
    assert re.search(r"Index Cond: .*ARRAY.* && .* AND \(document @@ ", asked)


def test_who_does_not_own_the_index_can_add_to_it(postgres_url: str) -> None:
    """A role that may read and write, and no more, makes texts searchable."""
    make_ready(postgres_url)
    add(postgres_url, run(1), story(1), variant(1, 1, text="the coast"), tables.Unsearched(variant_id=1))
    with psycopg.connect(postgres_url) as owner:
        owner.execute("CREATE ROLE newsroom LOGIN")
        owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO newsroom")
    url = make_url(postgres_url).set(username="newsroom").render_as_string(hide_password=False)

    indexed = catch_up(url)

    assert indexed == 1
    with reading(url) as reader:
        assert [hit.variant_id for hit in search_stories(reader, "coast")] == [1]


def test_words_of_titles_are_found_in_titles(postgres_url: str) -> None:
    """A word, a phrase and a prefix in a title are found there, and not where only a text has them."""
    make_ready(postgres_url)
    said = {1: ("Old kiln", "shut"), 2: ("Shut", "an old kiln"), 3: ("The old kilns", "old"), 4: ("Kiln old", "")}
    add(postgres_url, run(1), *map(story, said))
    add(postgres_url, *(variant(number, number, title=title, text=text) for number, (title, text) in said.items()))
    add(postgres_url, *(tables.Unsearched(variant_id=number) for number in said))
    catch_up(postgres_url)

    with reading(postgres_url) as reader:
        found = {
            query: {hit.variant_id for hit in search_stories(reader, query)}
            for query in ("title:kiln", 'title:"old kiln"', "title:kil*", "old NOT title:kiln", "kiln")
        }

    assert found == {
        "title:kiln": {1, 4},
        'title:"old kiln"': {1},
        "title:kil*": {1, 3, 4},
        "old NOT title:kiln": {2, 3},
        "kiln": {1, 2, 4},
    }
