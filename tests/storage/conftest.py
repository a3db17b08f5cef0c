"""A store for the tests, once on each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from storage import tables  # noqa: F401  fill the metadata
from storage.check import check
from storage.database import connect, writing
from tests.postgres import NewDatabase
from tests.ready import make_ready
from tests.storage.articles import Newsdesk, newsdesk


@pytest.fixture(scope="session")
def used_postgres(new_postgres: NewDatabase) -> str:
    """Give the URL of the one PostgreSQL database that all tests of a store share: making one takes long."""
    return make_ready(new_postgres())


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Newsdesk]:
    """Give an empty store; whatever a test does with it, the database is sound afterwards."""
    url = f"sqlite:///{tmp_path}/desk.db"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("used_postgres"))
        _empty(url)
    with newsdesk(url) as opened:
        yield opened
    assert check(url) == []


@pytest.fixture
def quick_desk(tmp_path: Path) -> Iterator[Newsdesk]:
    """Give an empty store on SQLite, for properties that no database has a part in."""
    url = f"sqlite:///{tmp_path}/desk.db"
    with newsdesk(url) as opened:
        yield opened
    assert check(url) == []


@pytest.fixture(scope="session")
def quick_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give an SQLite database for properties, which empty it themselves of what they are about."""
    url = f"sqlite:///{tmp_path_factory.mktemp('quick')}/stories.db"
    engine = connect(make_ready(url))
    yield engine
    engine.dispose()


def _empty(url: str) -> None:
    names = ", ".join(f'"{table.name}"' for table in SQLModel.metadata.sorted_tables)
    engine = connect(url)
    with writing(engine) as db:
        db.execute(text(f"TRUNCATE {names}, search, search_word"))
    engine.dispose()
