"""Migrations and tables say the same, on both databases, up and down."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlmodel import SQLModel

from storage.asking import Question, find_stories
from storage.asking.search import search_stories
from storage.database import connect, writing
from storage.reading import reading
from storage.upgrading import alembic_config, upgrade


def test_migrated_schema_is_that_of_the_tables(engine: Engine) -> None:
    """No column, type, index or constraint differs; full text search, which has no class, is left out."""
    assert _differences(engine) == []


def test_down_and_up_again(engine: Engine, database_url: str) -> None:
    """Going down leaves nothing but Alembic's own table, and going up again makes the same schema."""
    before = set(inspect(engine).get_table_names())
    with writing(engine) as db:
        config = alembic_config(engine)
        config.attributes["connection"] = db
        command.downgrade(config, "base")

    left = inspect(engine).get_table_names()
    again = upgrade(database_url)

    assert left == ["alembic_version"]
    assert again
    assert set(inspect(engine).get_table_names()) == before
    assert _differences(engine) == []


def _made(url: str, version: str, *statements: str) -> None:
    """Make a database of an earlier schema, and carry out the statements in it."""
    made = connect(url)
    with writing(made) as db:
        config = alembic_config(made)
        config.attributes["connection"] = db
        command.upgrade(config, version)
        for statement in statements:
            db.execute(text(statement))
    made.dispose()


def _rows(url: str, statement: str) -> list[tuple[object, ...]]:
    made = connect(url)
    with made.connect() as db:
        found = [tuple(row) for row in db.execute(text(statement))]
    made.dispose()
    return found


def test_0002_keeps_what_is_stored(empty_url: str) -> None:
    """Variants stored before the live web are whole articles of pages, with no media that anybody named."""
    _made(empty_url, "0001", _STORY, _VARIANT)

    applied = upgrade(empty_url)

    found = _rows(empty_url, "SELECT id, title, text_from, media, is_teaser FROM variant")
    assert (applied[0], found) == ("0002", [(1, "Title", "page", None, False)])


def test_0003_keeps_what_is_stored(empty_url: str) -> None:
    """Of variants stored before, nobody said the section, the picture or a change."""
    _made(empty_url, "0002", _STORY, _VARIANT)

    applied = upgrade(empty_url)

    columns = "title, published_on, modified_at, modified_from, section, publisher, image"
    found = _rows(empty_url, f"SELECT {columns} FROM variant")
    assert (applied[0], found) == ("0003", [("Title", *(None,) * 6)])


def test_0005_knows_what_stories_began_with(empty_url: str) -> None:
    """A story stored before began with the variant that its history names, or with its oldest where there is none."""
    made = connect(empty_url)
    with writing(made) as db:
        config = alembic_config(made)
        config.attributes["connection"] = db
        command.upgrade(config, "0004")
        for number, merged_into in ((1, "NULL"), (2, "1"), (3, "NULL")):
            db.execute(text(_STORY.replace("(1, '2026", f"({number}, '2026")))
            db.execute(text(f"UPDATE story SET merged_into = {merged_into} WHERE id = {number}"))
        for number, story in ((11, 1), (12, 1), (13, 3)):
            row = _VARIANT.replace("(1, 1, 'canonical', true", f"({number}, {story}, 'copy', false")
            row = row.replace("example/1', 1,", f"example/{number}', {number},")
            db.execute(text(row))
        for number, story, variant in ((1, 1, 12), (2, 2, 11)):
            values = f"({number}, {story}, 'created', 'newsfold', 'https://gazette.example/{variant}', '2026-05-20')"
            db.execute(text(f"INSERT INTO change (id, story_id, kind, actor, detail, at) VALUES {values}"))
        command.upgrade(config, "0005")
        found = [tuple(row) for row in db.execute(text("SELECT id, founder_id FROM story ORDER BY id"))]
    made.dispose()

    assert found == [(1, 12), (2, 11), (3, 13)]


def test_an_upgrade_makes_the_cards_of_what_is_stored(empty_url: str) -> None:
    """Stories from before there were cards are found afterwards."""
    _made(empty_url, "0004", _STORY, _VARIANT)

    upgrade(empty_url)

    with reading(empty_url) as reader:
        [found] = find_stories(reader, Question(outlet="gazette"), limit=5).stories
    assert (found.id, found.title, found.independent) == (1, "Title", 1)


def test_0013_keeps_what_titles_say(postgres_url: str) -> None:
    """What was indexed before is found in titles, there alone, and in phrases, as what is indexed now."""
    _made(
        postgres_url,
        "0012",
        _STORY.replace("canonical_why)", "canonical_why, founder_id)").replace("'{}')", "'{}', 1)"),
        _VARIANT,
        "INSERT INTO search VALUES (1, 'old:1A,5B kiln:2A shut:4B'::tsvector)",
    )

    upgrade(postgres_url)

    queries = ("title:kiln", 'title:"old kiln"', "title:shut", "shut", '"shut old"', '"kiln shut"')
    with reading(postgres_url) as reader:
        found = [query for query in queries if search_stories(reader, query)]
    assert found == ["title:kiln", 'title:"old kiln"', "shut", '"shut old"']


def test_0015_knows_the_words_of_what_was_indexed(postgres_url: str) -> None:
    """Of texts indexed before, words are known by their beginnings, and those of titles are no words of their own."""
    _made(
        postgres_url,
        "0014",
        _STORY.replace("canonical_why)", "canonical_why, founder_id)").replace("'{}')", "'{}', 1)"),
        _VARIANT,
        "INSERT INTO search VALUES (1, '^old:1 old:1,3 kiln:4'::tsvector)",
    )

    upgrade(postgres_url)

    with reading(postgres_url) as reader:
        found = [query for query in ("ki*", "title:ol*", "title:ki*") if search_stories(reader, query)]
    assert found == ["ki*", "title:ol*"]
    assert _rows(postgres_url, "SELECT word FROM search_word ORDER BY word") == [("kiln",), ("old",)]


_STORY = """
    INSERT INTO story (id, first_seen_at, last_seen_at, kind, size, canonical_why)
    VALUES (1, '2026-05-20 12:00:00', '2026-05-20 12:00:00', 'single', 1, '{}')"""
_VARIANT = """
    INSERT INTO variant (id, story_id, relation, is_canonical, is_pinned, is_cut, source, url, url_key, raw_key,
        text_key, title, first_seen_at, fetched_at, scheme, shingles, cleaner, signature, profile, text)
    VALUES (1, 1, 'canonical', true, false, false, 'gazette', 'https://gazette.example/1', 1, 1,
        1, 'Title', '2026-05-20 12:00:00', '2026-05-20 12:00:00', 's', 9, 'test 1', '', '', 'Text.')"""


def _differences(engine: Engine) -> list[object]:
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, _: not (kind == "table" and name.startswith("search")),
    }
    with engine.connect() as db:
        return list(compare_metadata(MigrationContext.configure(db, opts=options), SQLModel.metadata))
