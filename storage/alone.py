"""One writer of an SQLite database at a time: a lock file beside it, and checkpoints only while it is held.

`BEGIN IMMEDIATE` keeps writers apart too, but those who wait must poll; here they queue. SQLite before the fixes
of its WAL reset bug can lose a commit when a checkpoint meets a writer, which cannot happen inside the lock.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.reading import LET_WRITE, DatabaseProblem

WRITER_LOCK = 0x6E657773  # PostgreSQL's advisory lock that one writer holds at a time: "news"
_WAL_BYTES = (
    64 << 20
)  # a longer write-ahead log is copied into the database: a page once, however many batches touched it
_PAUSE_S = 0.02


@contextmanager
def alone(database: Path, *, patience_s: float | None = None) -> Iterator[None]:
    """Hold the lock file that every writer of `database` holds; it is freed when its process dies.

    It is made for its user alone: whoever may read it may hold it.
    Raises DatabaseProblem where it cannot be made, or is not free within `patience_s` (None: wait for ever).
    """
    try:
        lock = os.open(f"{database}-writer", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseProblem(f"{database} cannot be written: {error.strerror}", remedy=LET_WRITE) from error
    try:
        deadline = None if patience_s is None else time.monotonic() + patience_s
        while not _locked(lock, wait=deadline is None):
            if deadline is not None and time.monotonic() > deadline:
                said = f"{database} cannot be written: another process is writing"
                raise DatabaseProblem(said, remedy="try again later")
            time.sleep(_PAUSE_S)
        yield
    finally:
        os.close(lock)


def checkpoint(connection: sqlite3.Connection, database: Path) -> None:
    """Copy a long write-ahead log into the database; to be called inside alone(), outside of a transaction.

    No reader is waited for, who may take minutes: as much is copied as may be, and the log is cut another time.
    """
    log = Path(f"{database}-wal")
    if log.exists() and log.stat().st_size > _WAL_BYTES:
        [(patience_ms,)] = connection.execute("PRAGMA busy_timeout").fetchall()
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute(f"PRAGMA busy_timeout = {patience_ms}")


def _locked(lock: int, *, wait: bool) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
