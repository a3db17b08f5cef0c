"""The tables of those who ask over HTTP: their tokens, and what their writes were answered."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from storage.columns import at_column


class Token(SQLModel, table=True):
    """Who may ask over HTTP: storage/access/tokens.py."""

    id: int = Field(primary_key=True)
    name: str  # whose it is: the actor of what is written with it
    scope: str  # read, write (and read)
    token_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))  # SHA-256
    made_at: datetime = Field(sa_column=at_column())
    revoked_at: datetime | None = Field(sa_column=at_column(nullable=True))


class Reply(SQLModel, table=True):
    """What a write was answered: asked again under its key, it is not done again. storage/access/replies.py."""

    __table_args__ = (Index("ix_reply_at", "at"),)

    token_id: int = Field(foreign_key="token.id", primary_key=True)
    key: str = Field(primary_key=True)
    asked_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # SHA-256 of what was asked
    status: int | None  # None while it is being done
    body: bytes | None = Field(sa_column=Column(LargeBinary))
    at: datetime = Field(sa_column=at_column())
