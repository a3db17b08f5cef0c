"""Webhooks as they are made, told and removed: who tells one holds it for a while, and notes how far it was told.

A change's id says its place: there is one writer at a time, so none is committed before one of a smaller id.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, or_, select, update

from storage import tables
from storage.database import now_by, writing
from storage.hooks.kept import Hook, hook_of
from storage.rows import among, insert_rows, storable
from storage.running.leasing import lease_end, no_lease_holds
from storage.tables import core

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
_MARK = "nfh_"  # by which a secret is known where it should not be: in a log, in a repository
_ERROR_CHARS = 500
_HOOK, _HEARD, _CHANGE = core(tables.Hook), core(tables.Heard), core(tables.Change)


class NoHook(LookupError):
    """A hook that is not there; `str()` is one line."""


def add_hook(engine: Engine, url: str, *, events: Sequence[str], allow_private: bool, now: datetime) -> tuple[int, str]:
    """Make a hook that is told what happens from now on; give its number, and its secret for the only time."""
    secret = _MARK + secrets.token_urlsafe(32)
    with writing(engine) as db:
        hook_id = (db.scalar(select(func.max(_HOOK.c.id))) or 0) + 1
        since = db.scalar(select(func.max(_CHANGE.c.id))) or 0
        made = (hook_id, storable(url), allow_private, secret, " ".join(events), since, now)
        insert_rows(db, tables.Hook, [(*made, None, 0, None, None, None, None)])
    return hook_id, secret


def remove_hook(engine: Engine, hook_id: int) -> None:
    """Tell a hook nothing any more. Raises NoHook where there is none."""
    with writing(engine) as db:
        db.execute(delete(_HEARD).where(_HEARD.c.hook_id == hook_id))
        if db.execute(delete(_HOOK).where(_HOOK.c.id == hook_id)).rowcount == 0:
            raise NoHook(f"no hook {hook_id}")


def lease_hooks(engine: Engine, *, owner: str, now: datetime, seconds: float) -> list[Hook]:
    """Take the hooks that are due at `now` and that nobody else tells, for so long, and ten minutes at most."""
    is_due = _HOOK.c.paused_at.is_(None) & or_(_HOOK.c.next_try_at.is_(None), _HOOK.c.next_try_at <= now)
    is_behind = _HOOK.c.since_change < select(func.max(_CHANGE.c.id)).scalar_subquery()
    columns = [_HOOK.c[name] for name in ("id", "url", "allow_private", "secret", "events", "since_change")]
    with writing(engine) as db:
        leased_at = now_by(db)
        is_free = no_lease_holds(_HOOK.c.leased_until, leased_at)
        taken = [hook_of(row) for row in db.execute(select(*columns).where(is_due, is_behind, is_free)).tuples()]
        mine = among(db, _HOOK.c.id, [hook.id for hook in taken])
        db.execute(update(_HOOK).where(mine).values(owner=owner, leased_until=lease_end(leased_at, seconds=seconds)))
    return taken


def mark_told(
    engine: Engine,
    hook_id: int,
    *,
    owner: str,
    change_id: int,
    heard: Mapping[int, int],
    seconds: float,
) -> bool:
    """Note that a hook was told all up to a change, and how many voices it `heard` of by story; hold it for longer.

    Gives False where another holds it now, and notes nothing then.
    """
    told = {"since_change": change_id, "failures": 0, "next_try_at": None, "last_error": None}
    with writing(engine) as db:
        if not _update(db, hook_id, owner, told | {"leased_until": lease_end(now_by(db), seconds=seconds)}):
            return False
        if heard:
            known = (_HEARD.c.hook_id == hook_id) & among(db, _HEARD.c.story_id, heard)
            db.execute(delete(_HEARD).where(known))
            insert_rows(db, tables.Heard, [(hook_id, story, count) for story, count in sorted(heard.items())])
    return True


def mark_failed(
    engine: Engine, hook_id: int, *, owner: str, error: str, is_gone: bool, now: datetime
) -> datetime | None:
    """Note that a hook could not be told, and let it rest: a minute, doubled each time, six hours at most.

    Gives when it is tried again; None where it `is_gone`, and so paused, or where another holds it now.
    """
    with writing(engine) as db:
        is_mine = (_HOOK.c.id == hook_id) & (_HOOK.c.owner == owner)
        failures = db.scalar(select(_HOOK.c.failures).where(is_mine))
        if failures is None:
            return None
        again = None if is_gone else now + min(FIRST_PAUSE * 2 ** min(failures, 20), LONGEST_PAUSE)
        failed = {"failures": failures + 1, "last_error": storable(error)[:_ERROR_CHARS], "next_try_at": again}
        _update(db, hook_id, owner, failed | {"paused_at": now if is_gone else None})
    return again


def release_hooks(engine: Engine, owner: str) -> None:
    """Give back the hooks that `owner` still holds."""
    with writing(engine) as db:
        db.execute(update(_HOOK).where(_HOOK.c.owner == owner).values(owner=None, leased_until=None))


def resume_hook(engine: Engine, hook_id: int) -> None:
    """Let a hook that answers be told at once, paused or resting as it may be."""
    answers = {"paused_at": None, "failures": 0, "next_try_at": None, "last_error": None}
    with writing(engine) as db:
        db.execute(update(_HOOK).where(_HOOK.c.id == hook_id).values(answers))


def _update(db: Connection, hook_id: int, owner: str, values: Mapping[str, object]) -> bool:
    is_mine = (_HOOK.c.id == hook_id) & (_HOOK.c.owner == owner)
    return db.execute(update(_HOOK).where(is_mine).values(dict(values))).rowcount == 1
