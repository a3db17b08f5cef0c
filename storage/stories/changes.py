"""What happened to stories in a batch, noted as it is decided and written with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from storage import tables
from storage.rows import insert_rows
from storage.tables import core

_CHANGE = core(tables.Change)


@dataclass(frozen=True, slots=True)
class ChangeToCome:
    """A row of Change that is not written yet."""

    story_id: int
    kind: str
    detail: str
    other: int | None = None  # the story that the detail ends with

    def renamed(self, names: Mapping[int, int], folded: Collection[int]) -> "ChangeToCome":
        """Give it with other numbers of stories; what began a `folded` story joined the one that holds it now."""
        kind = "joined" if self.story_id in folded and self.kind == "created" else self.kind
        other = None if self.other is None else names.get(self.other, self.other)
        return ChangeToCome(names.get(self.story_id, self.story_id), kind, self.detail, other)


def write_changes(
    db: Connection, changes: Sequence[ChangeToCome], *, actor: str, run_id: int | None, now: datetime
) -> None:
    """Write the changes in their order, which their ids keep."""
    last = db.scalar(select(_CHANGE.c.id).order_by(_CHANGE.c.id.desc()).limit(1)) or 0
    rows = [
        (last + place, change.story_id, change.kind, actor, run_id, _detail(change), now)
        for place, change in enumerate(changes, 1)
    ]
    insert_rows(db, tables.Change, rows)


def _detail(change: ChangeToCome) -> str:
    return change.detail if change.other is None else f"{change.detail} {change.other}"
