"""How far back a text is looked for."""

from collections.abc import Sequence

import pytest

from storage import tables
from storage.narrowing import Match, floors_of, newest
from storage.reading import reading
from storage.search import catch_up, match_of, matching_stories, search_stories
from storage.terms import parse_query
from tests.storage.stories import add, make_schema, run, story, variant


def _fill(url: str, numbers: Sequence[int]) -> None:
    make_schema(url)
    texts = {number: "the coast" if place % 4 else "the rare coast" for place, number in enumerate(numbers)}
    titles = {number: "Kiln" if place % 3 else "Coast" for place, number in enumerate(numbers)}
    add(url, run(1), *map(story, numbers))
    add(url, *(variant(number, number, title=titles[number], text=text) for number, text in texts.items()))
    add(url, *(tables.Unsearched(variant_id=number) for number in numbers))
    catch_up(url)


@pytest.fixture(scope="module")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a store of 800 variants that all say the same word."""
    url = f"sqlite:///{tmp_path_factory.mktemp('narrowing')}/stories.db"
    _fill(url, range(1, 801))
    return url


@pytest.mark.parametrize(
    ("query", "read", "is_narrowed"),
    [
        ("coast NOT the", 1_000, True),
        ("coast NOT the", 2_000, False),
        ("(kiln OR coast) NOT the", 2_000, True),
        ("rare NOT the", 900, True),
        ("rare coast NOT absent", 500, False),
        ("tram OR (bus coast NOT the)", 700, True),
        ("the coast OR kiln", 10, False),
    ],
)
def test_only_not_of_frequent_words_is_narrowed(sqlite_url: str, query: str, read: int, *, is_narrowed: bool) -> None:
    """A text that says NOT is asked of the newest where its words have more rows than may be read; nothing else is."""
    root = parse_query(query).root
    assert root is not None

    with reading(sqlite_url) as reader:
        floors = floors_of(reader, root, read=read)

    assert bool(floors) == is_narrowed
    assert all(0 <= floor < 800 for floor in floors)


def test_a_narrowed_question_finds_the_newest_and_says_so(sqlite_url: str) -> None:
    """Rows above the floor are looked at, the newest first; further ones where these are not enough."""
    with reading(sqlite_url) as reader:
        whole = match_of(reader, parse_query("rare NOT absent"))
        assert whole is not None
        near, is_near_whole = matching_stories(reader, Match(whole.text, (790, 700)), most=2)
        far, is_far_whole = matching_stories(reader, Match(whole.text, (790, 700)), most=100)
        everything, is_whole = matching_stories(reader, whole, most=1_000)

    assert sorted(near) == [789, 793, 797]
    assert sorted(far) == list(range(701, 800, 4))
    assert (len(everything), is_near_whole, is_far_whole, is_whole) == (200, False, False, True)


def test_postgresql_finds_the_newest_however_far_back_they_are(postgres_url: str) -> None:
    """Looking at the newest few first changes nothing in what is found."""
    numbers = [1, 2, 3, 70_000, 400_000, 700_000, *range(990_000, 1_000_000, 1_000), *range(1_000_000, 1_000_012)]
    _fill(postgres_url, numbers)
    sql = "SELECT variant_id FROM search WHERE document @@ CAST(:match AS tsquery) AND variant_id > :floor"

    with reading(postgres_url) as reader:
        found = {
            most: [row[0] for row in newest(reader, f"{sql} ORDER BY variant_id DESC LIMIT :most", match, most=most)]
            for match in [match_of(reader, parse_query("coast"))]
            for most in (1, 3, 9, 13, 24, 200_000)
            if match
        }
        rare = [hit.variant_id for hit in search_stories(reader, "rare", limit=100)]

    assert found == {most: numbers[::-1][:most] for most in found}
    assert sorted(rare) == numbers[::4]


def test_words_of_titles_are_found_in_titles(postgres_url: str) -> None:
    """A word, a phrase and a prefix in a title are found there, and not where only a text has them."""
    make_schema(postgres_url)
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
