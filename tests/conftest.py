"""Databases for the tests: SQLite and a real PostgreSQL server."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import NewDatabase, serving

if TYPE_CHECKING:
    from storage.database import Engine

# Half of the usual examples, for there are 130 such tests; and a machine may be busy.
settings.register_profile("newsfold", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("newsfold")
# A shell's background jobs ignore Ctrl-C, and so would all that tests start and send it to.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def new_postgres() -> Iterator[NewDatabase]:
    """Give a maker of empty databases on a PostgreSQL server of their own, gone after the tests."""
    with serving() as new:
        yield new


@pytest.fixture
def postgres_url(new_postgres: NewDatabase) -> str:
    """Give the URL of a new, empty PostgreSQL database."""
    return new_postgres()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a database without any table, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/stories.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def migrated_postgres(new_postgres: NewDatabase) -> str:
    """Give the URL of a story database that others are copied from."""
    from tests.ready import make_ready

    return make_ready(new_postgres())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a new story database, once of each kind."""
    from tests.ready import make_ready

    if request.param == "sqlite":
        return make_ready(f"sqlite:///{tmp_path}/stories.db")
    new: NewDatabase = request.getfixturevalue("new_postgres")
    return new(like=request.getfixturevalue("migrated_postgres"))


@pytest.fixture
def engine(database_url: str) -> Iterator["Engine"]:
    """Give a new story database, once of each kind."""
    from storage.database import connect

    made = connect(database_url)
    yield made
    made.dispose()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def stories_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the URL of a small story database, to be read only, once of each kind."""
    from tests.storage.stories import fill

    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('stories')}/stories.db"
    else:
        url = request.getfixturevalue("new_postgres")()
    fill(url)
    return url
