"""Reading for a program that goes on asking: connections to PostgreSQL stay open between its questions.

A connection made anew costs as much as most questions do, and its first question as much again: what a server's
process has not met yet, it has to look up. SQLite opens a file in half a millisecond, and is left alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from storage.reading import Reader, checked, open_postgresql, problems, reading

if TYPE_CHECKING:
    from sqlalchemy.pool import QueuePool

_KEPT = 8  # connections; beyond these, each question has one of its own
_KEPT_S = 3_600  # then a connection is made anew, lest its server's process grow


class Readers:
    """Read transactions of one database, asked for from any thread, until close()."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool = None if url.startswith("sqlite") else _pool(url)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open the database to read one state of it. Raises DatabaseProblem as storage.reading.reading() does."""
        if self._pool is None:
            with reading(self.url) as reader:
                yield reader
            return
        with problems(self.url), _borrowed(self._pool) as connection:
            yield checked(connection, self.url)

    def close(self) -> None:
        """Close the connections that nobody is using."""
        if self._pool is not None:
            self._pool.dispose()


@contextmanager
def _borrowed(pool: "QueuePool") -> Iterator[Any]:  # Any: SQLAlchemy has no type for what it keeps
    """Give a connection that answers, and take it back with its transaction at an end."""
    import psycopg

    borrowed = pool.connect()
    connection: Any = borrowed.driver_connection  # Any: as above
    try:
        yield connection
    finally:
        try:
            connection.rollback()
        except psycopg.Error:  # its server is gone, as whoever asked was told: the next asks another
            borrowed.invalidate()
        borrowed.close()


def _pool(url: str) -> "QueuePool":
    import psycopg
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
    from sqlalchemy.pool import QueuePool

    def open_one() -> Any:  # Any: psycopg's connection is no DBAPI connection to a type checker
        return open_postgresql(url, writable=False)

    return QueuePool(
        open_one,
        pool_size=_KEPT,
        max_overflow=-1,
        use_lifo=True,
        recycle=_KEPT_S,
        reset_on_return=None,  # above, without a traceback for a connection that was lost
        pre_ping=True,  # a server that was started anew has closed them all
        dialect=PGDialect_psycopg(dbapi=psycopg),  # type: ignore[no-untyped-call]
    )
