"""Writes that are asked twice are done once: what each was answered is kept for a day under the asker's own key."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert, select, update

from storage import tables
from storage.database import writing
from storage.tables import core

KEPT = timedelta(days=1)
_REPLY = core(tables.Reply)


class ReplyProblem(Exception):
    """A key that cannot be used: `str()` is one line."""


class OtherwiseUsed(ReplyProblem):
    """A key under which something else was asked."""


class StillAtWork(ReplyProblem):
    """A key under which the same was asked, and no answer is known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer that was given before."""

    status: int
    body: bytes


def claim(engine: Engine, *, token_id: int, key: str, asked_hash: bytes, now: datetime) -> Kept | None:
    """Give what was answered under this key; None where nothing was, and the asker is now to do it.

    Raises OtherwiseUsed, and StillAtWork where who claimed it has not said yet how it went.
    """
    mine = (_REPLY.c.token_id == token_id) & (_REPLY.c.key == key)
    with writing(engine) as db:
        db.execute(delete(_REPLY).where(_REPLY.c.at < now - KEPT))
        found = db.execute(select(_REPLY).where(mine)).one_or_none()
        if found is None:
            db.execute(insert(_REPLY).values(token_id=token_id, key=key, asked_hash=asked_hash, at=now))
            return None
    if found.asked_hash != asked_hash:
        raise OtherwiseUsed("something else was asked under this Idempotency-Key")
    if found.status is None:
        raise StillAtWork("the same is being done under this Idempotency-Key; if not, look before asking again")
    return Kept(status=found.status, body=found.body or b"")


def keep(engine: Engine, *, token_id: int, key: str, answer: Kept) -> None:
    """Keep what was answered under a claimed key."""
    mine = (_REPLY.c.token_id == token_id) & (_REPLY.c.key == key)
    with writing(engine) as db:
        db.execute(update(_REPLY).where(mine).values(status=answer.status, body=answer.body))


def let_go(engine: Engine, *, token_id: int, key: str) -> None:
    """Let a claimed key be used again: what was asked was not done."""
    mine = (_REPLY.c.token_id == token_id) & (_REPLY.c.key == key)
    with writing(engine) as db:
        db.execute(delete(_REPLY).where(mine))
