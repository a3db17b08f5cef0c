"""Migrations and tables say the same, on both databases, up and down."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect
from sqlmodel import SQLModel

from storage.database import _alembic, connect, upgrade, writing


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Give a migrated database."""
    upgrade(database_url)
    made = connect(database_url)
    yield made
    made.dispose()


def test_migrated_schema_is_that_of_the_tables(engine: Engine) -> None:
    """No column, type, index or constraint differs; full text search, which has no class, is left out."""
    assert _differences(engine) == []


def test_down_and_up_again(engine: Engine, database_url: str) -> None:
    """Going down leaves nothing but Alembic's own table, and going up again makes the same schema."""
    before = set(inspect(engine).get_table_names())
    with writing(engine) as db:
        config = _alembic(engine)
        config.attributes["connection"] = db
        command.downgrade(config, "base")

    left = inspect(engine).get_table_names()
    again = upgrade(database_url)

    assert left == ["alembic_version"]
    assert again
    assert set(inspect(engine).get_table_names()) == before
    assert _differences(engine) == []


def _differences(engine: Engine) -> list[object]:
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, _: not (kind == "table" and name.startswith("search")),
    }
    with engine.connect() as db:
        return list(compare_metadata(MigrationContext.configure(db, opts=options), SQLModel.metadata))
