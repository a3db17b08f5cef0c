"""How far back a text is looked for."""

from collections.abc import Sequence

from storage import tables
from storage.newest import newest
from storage.reading import reading
from storage.search import catch_up, match_of, search_stories
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


def test_postgresql_finds_the_newest_however_far_back_they_are(postgres_url: str) -> None:
    """Looking at the newest few first changes nothing in what is found."""
    numbers = [1, 2, 3, 70_000, 400_000, 700_000, *range(990_000, 1_000_000, 1_000), *range(1_000_000, 1_000_012)]
    _fill(postgres_url, numbers)
    sql = "SELECT variant_id FROM search WHERE document @@ CAST(:match AS tsquery) {within}"

    with reading(postgres_url) as reader:
        found = {
            most: [row[0] for row in newest(reader, sql + " ORDER BY variant_id DESC LIMIT :most", match, most=most)]
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
