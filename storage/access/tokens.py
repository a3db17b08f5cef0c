"""Tokens: who may ask and write over HTTP. Only their hashes are kept.

A token is 256 random bits, so one round of SHA-256 hides it as well as any slower hash would.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select, update

from storage import tables
from storage.database import writing
from storage.reading import Reader, utc, utc_or_none
from storage.rows import insert_rows
from storage.tables import core

SCOPES = ("read", "write")  # who may write may read
_MARK = "nf_"  # by which a token is known where it should not be: in a log, in a repository
_TOKEN = core(tables.Token)
_COLUMNS = "SELECT id, name, scope, made_at, revoked_at FROM token"


class NoToken(LookupError):
    """A token that was never made, or is revoked already; `str()` is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenView:
    """A token, without what would let anyone use it."""

    id: int
    name: str
    scope: str  # read, write
    made_at: datetime
    revoked_at: datetime | None

    @property
    def may_write(self) -> bool:
        """Tell whether it lets its holder write."""
        return self.scope == "write"


def make_token(engine: Engine, *, name: str, scope: str, now: datetime) -> tuple[TokenView, str]:
    """Make a token and give it: the only time that it can be had."""
    token = _MARK + secrets.token_urlsafe(32)
    with writing(engine) as db:
        token_id = (db.scalar(select(func.max(_TOKEN.c.id))) or 0) + 1
        insert_rows(db, tables.Token, [(token_id, name, scope, _hash(token), now, None)])
    return TokenView(id=token_id, name=name, scope=scope, made_at=now, revoked_at=None), token


def revoke_token(engine: Engine, token_id: int, *, now: datetime) -> None:
    """Let a token open nothing any more.

    Raises NoToken where there is none to revoke.
    """
    live = (_TOKEN.c.id == token_id) & _TOKEN.c.revoked_at.is_(None)
    with writing(engine) as db:
        if db.execute(update(_TOKEN).where(live).values(revoked_at=now)).rowcount == 0:
            raise NoToken(f"no token {token_id}, or it is revoked already")


def list_tokens(reader: Reader) -> list[TokenView]:
    """Give all tokens that were ever made, the newest first."""
    return [_view(row) for row in reader.rows(f"{_COLUMNS} ORDER BY id DESC")]


def has_tokens(reader: Reader) -> bool:
    """Tell whether anyone holds a token that opens something."""
    return bool(reader.rows("SELECT 1 FROM token WHERE revoked_at IS NULL LIMIT 1"))


def find_token(reader: Reader, token: str) -> TokenView | None:
    """Give the token that this text is; None when it is none, or revoked."""
    found = reader.rows(f"{_COLUMNS} WHERE token_hash = :hash AND revoked_at IS NULL", hash=_hash(token))
    return _view(found[0]) if found else None


def get_token(reader: Reader, token_id: int) -> TokenView | None:
    """Give the token of this number; None when it is none, or revoked."""
    found = reader.rows(f"{_COLUMNS} WHERE id = :id AND revoked_at IS NULL", id=token_id)
    return _view(found[0]) if found else None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _view(row: tuple[int, str, str, object, object]) -> TokenView:
    token_id, name, scope, made_at, revoked_at = row
    return TokenView(id=token_id, name=name, scope=scope, made_at=utc(made_at), revoked_at=utc_or_none(revoked_at))
