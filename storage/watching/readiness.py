"""Can the story database be served? Migrated, reachable, and open to writes; and how things stand, for every page."""

from dataclasses import dataclass
from datetime import datetime

from storage.reading import DatabaseProblem, Reader, reading, shown
from storage.views import RunView
from storage.watching.condition import MAY_NOT_WRITE, is_writable
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
    with reading(url) as reader:
        if not is_writable(reader, url):
            raise DatabaseProblem(f"{shown(url)} takes no writing", remedy=MAY_NOT_WRITE)
