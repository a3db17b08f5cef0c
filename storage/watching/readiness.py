"""Can the story database be served? Migrated, reachable, and open to writes; and how things stand, for every page."""

import os
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection as SqliteConnection

from storage.reading import DatabaseProblem, Reader, connect, reading, sqlite_path
from storage.views import RunView
from storage.watching.journal import list_runs

MOST_COUNTED = 1_000  # of what a page counts in passing


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand: what every page shows at its top."""

    failing: int  # sources that fail or are retired
    rejections: int  # at most MOST_COUNTED
    last_run: RunView | None


def standing(reader: Reader, *, now: datetime) -> Standing:
    """Tell how things stand, in a few rows of work however much is stored."""
    [(failing,)] = reader.rows("SELECT count(*) FROM poll WHERE failing_since IS NOT NULL OR retired_at IS NOT NULL")
    [(rejections,)] = reader.rows(
        "SELECT count(*) FROM (SELECT 1 FROM rejection WHERE attempts > 0 LIMIT :most) few", most=MOST_COUNTED
    )
    runs = list_runs(reader, now=now, limit=1)
    return Standing(failing=failing, rejections=rejections, last_run=runs[0] if runs else None)


def check_ready(url: str) -> None:
    """Raise DatabaseProblem unless the database at `url` is of this program's schema and can be written."""
    with reading(url):
        pass
    if url.startswith("sqlite"):
        path = sqlite_path(url)
        if not (os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)):
            raise DatabaseProblem(f"{path} cannot be written")
        return
    with connect(url, writable=True, patience_s=1.0) as connection:
        if not isinstance(connection, SqliteConnection):
            found = connection.execute("SHOW transaction_read_only").fetchone()
            if found is None or found[0] != "off":
                raise DatabaseProblem("PostgreSQL takes no writes: it is a standby, or set to read only")
