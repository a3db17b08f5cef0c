"""The condition of the database itself: how large it is, whether it takes writing, what its clock says."""

import os
from dataclasses import dataclass
from datetime import datetime

from storage.reading import Reader, sqlite_path, utc, utc_or_none

_BYTES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}
_NOW = {
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')",
    "postgresql": "SELECT clock_timestamp()",
}
_MAY_WRITE = """
    SELECT NOT pg_is_in_recovery() AND current_setting('default_transaction_read_only') = 'off'
        AND has_table_privilege('story', 'INSERT, UPDATE')"""
MAY_NOT_WRITE = "give this user the right to write it, or name the primary server, not a standby"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a database does."""

    bytes: int
    is_writable: bool
    now: datetime  # by its own clock; SQLite has that of this machine
    newest_at: datetime | None  # the last sign of life that any run gave
    unsearched: int  # variants that full text search does not know yet
    buffers: int | None  # bytes of it that PostgreSQL holds in its own memory; None: SQLite


def condition(reader: Reader, url: str) -> Condition:
    """Give the condition of the database at `url`, which `reader` is open on."""
    [(size,)] = reader.rows(_BYTES[reader.dialect])
    [(now,)] = reader.rows(_NOW[reader.dialect])
    [(newest_at,)] = reader.rows("SELECT max(seen_at) FROM run")
    [(unsearched,)] = reader.rows("SELECT count(*) FROM unsearched")
    return Condition(
        bytes=int(size),
        is_writable=is_writable(reader, url),
        now=utc(now),
        newest_at=utc_or_none(newest_at),
        unsearched=int(unsearched),
        buffers=_buffers(reader),
    )


def is_writable(reader: Reader, url: str) -> bool:
    """Tell whether the database at `url`, which `reader` is open on, takes writing from this user."""
    if reader.dialect == "postgresql":
        [(may_write,)] = reader.rows(_MAY_WRITE)
        return bool(may_write)
    path = sqlite_path(url)
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)  # its journal stands beside it


def _buffers(reader: Reader) -> int | None:
    if reader.dialect == "sqlite":
        return None
    [(size,)] = reader.rows("SELECT pg_size_bytes(current_setting('shared_buffers'))")
    return int(size)
