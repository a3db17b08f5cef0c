"""Webhooks: which there are, and whether one is to be told something. Read without an ORM, as all reading is."""

from dataclasses import dataclass
from datetime import datetime

from storage.reading import Reader, Row, utc, utc_or_none

INDEPENDENT = "story.independent"
EVENTS = (
    "story.created",
    "story.joined",
    INDEPENDENT,
    "story.corrected",
    "story.merged",
    "story.split",
    "story.withdrawn",
    "story.restored",
)
_DUE = "paused_at IS NULL AND (next_try_at IS NULL OR next_try_at <= :now)"  # of hooks


@dataclass(frozen=True, slots=True, kw_only=True)
class HookView:
    """A hook, without what would let anyone sign in our name."""

    id: int
    url: str
    events: list[str]
    made_at: datetime
    waiting: int  # changes that it has not been told, or need not be
    paused_at: datetime | None
    failures: int
    next_try_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A hook, as it is told."""

    id: int
    url: str
    allow_private: bool
    secret: str
    events: frozenset[str]
    since_change: int


def list_hooks(reader: Reader) -> list[HookView]:
    """Give all hooks, in the order in which they were made."""
    return [
        HookView(
            id=row[0],
            url=row[1],
            events=row[2].split(),
            made_at=utc(row[3]),
            waiting=row[4],
            paused_at=utc_or_none(row[5]),
            failures=row[6],
            next_try_at=utc_or_none(row[7]),
            last_error=row[8],
        )
        for row in reader.rows(
            "SELECT id, url, events, made_at, (SELECT count(*) FROM change c WHERE c.id > since_change),"
            " paused_at, failures, next_try_at, last_error FROM hook ORDER BY id"
        )
    ]


def get_hook(reader: Reader, hook_id: int) -> Hook | None:
    """Give the hook of this number; None when there is none."""
    rows = reader.rows(
        "SELECT id, url, allow_private, secret, events, since_change FROM hook WHERE id = :id", id=hook_id
    )
    return hook_of(rows[0]) if rows else None


def hook_of(row: Row) -> Hook:
    """Give the hook of a row: id, url, allow_private, secret, events, since_change."""
    return Hook(
        id=row[0],
        url=row[1],
        allow_private=bool(row[2]),
        secret=row[3],
        events=frozenset(row[4].split()),
        since_change=row[5],
    )


def any_due(reader: Reader, *, now: datetime) -> bool:
    """Tell whether a hook has something to be told, and may be: one cheap question."""
    behind = "since_change < (SELECT max(id) FROM change)"
    return bool(reader.rows(f"SELECT 1 FROM hook WHERE {_DUE} AND {behind} LIMIT 1", now=now))  # noqa: S608  ours
