"""The tables that questions are asked of: derived from stories and variants, and made anew from them at any time.

`storage/stories/cards.py` writes them, in the transaction that changes a story.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Text, text
from sqlmodel import Field, SQLModel

from storage.columns import UtcDateTime


class Outlet(SQLModel, table=True):
    """What the list of sources says of a source, as far as stories are counted and found by it."""

    source: str = Field(primary_key=True)
    publisher: str | None  # its owner
    country: str | None  # ISO 3166-1 alpha-2


class Card(SQLModel, table=True):
    """What a story can be found by. A story that was merged into another one has none."""

    __table_args__ = (
        Index("ix_card_changed", "last_seen_at", "story_id"),
        Index("ix_card_newest", "first_seen_at", "story_id", "last_seen_at"),
        Index("ix_card_independent", "independent", "last_seen_at", "story_id"),
        Index(
            "ix_card_size",
            "size",
            "last_seen_at",
            "story_id",
            sqlite_where=text("size > 1"),
            postgresql_where=text("size > 1"),
        ),
        Index("ix_card_published", "published_at", "last_seen_at", "story_id"),
        {"sqlite_with_rowid": False},
    )

    story_id: int = Field(sa_column=Column(BigInteger, ForeignKey("story.id"), primary_key=True, autoincrement=False))
    first_seen_at: datetime = Field(sa_column=Column(UtcDateTime(), nullable=False))
    last_seen_at: datetime = Field(sa_column=Column(UtcDateTime(), nullable=False))
    published_at: datetime | None = Field(sa_column=Column(UtcDateTime()))  # the earliest that is no guess
    kind: str
    size: int
    independent: int  # voices: ingest/cluster/independent.py
    is_withdrawn: bool
    facets: str = Field(sa_column=Column(Text, nullable=False))  # JSON: {name: [value, ...]}


class Mark(SQLModel, table=True):
    """A value that a story has in a facet, in the order in which stories changed."""

    __table_args__ = {"sqlite_with_rowid": False}

    name: str = Field(primary_key=True)  # outlet, publisher, language, country, kind, state
    value: str = Field(primary_key=True)
    last_seen_at: datetime = Field(sa_column=Column(UtcDateTime(), primary_key=True))
    story_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
