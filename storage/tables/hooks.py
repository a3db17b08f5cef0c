"""The tables of webhooks: who is told of changes, and how far they have been told.

What is told stands in `change` already, in the order of its ids and written in the transaction that makes it.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Text
from sqlmodel import Field, SQLModel

from storage.columns import at_column


class Hook(SQLModel, table=True):
    """An address that is told what happens to stories."""

    id: int = Field(primary_key=True)
    url: str = Field(sa_column=Column(Text, nullable=False))
    allow_private: bool  # as in a source: it may lead to loopback and private networks
    secret: str  # what signs: not a hash, for signing takes it whole
    events: str  # their names, one space between two
    since_change: int = Field(sa_column=Column(BigInteger, nullable=False))  # the last change that it was told
    made_at: datetime = Field(sa_column=at_column())
    paused_at: datetime | None = Field(sa_column=at_column(nullable=True))  # it said that it is gone
    failures: int  # in a row
    next_try_at: datetime | None = Field(sa_column=at_column(nullable=True))
    last_error: str | None = Field(sa_column=Column(Text))
    owner: str | None  # who tells it now
    leased_until: datetime | None = Field(sa_column=at_column(nullable=True))  # by the database's clock


class Heard(SQLModel, table=True):
    """How many independent voices a hook knows a story to have, from two on."""

    hook_id: int = Field(foreign_key="hook.id", primary_key=True)
    story_id: int = Field(sa_column=Column(BigInteger, ForeignKey("story.id"), primary_key=True, autoincrement=False))
    independent: int
