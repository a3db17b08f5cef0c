"""Where we stand with each source and each host, and the pages that wait."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from storage.columns import at_column as _at


class Poll(SQLModel, table=True):
    """Where we stand with a source: ingest/fetch/habits.py says what its columns mean."""

    source: str = Field(primary_key=True)
    listed_url: str | None = Field(sa_column=Column(Text))
    asked_url: str | None = Field(sa_column=Column(Text))
    moved_to: str | None = Field(sa_column=Column(Text))
    moved_first_at: datetime | None = Field(sa_column=_at(nullable=True))
    etag: str | None = Field(sa_column=Column(Text))
    last_modified: str | None = Field(sa_column=Column(Text))
    body_key: int | None = Field(sa_column=Column(BigInteger))
    next_due_at: datetime | None = Field(sa_column=_at(nullable=True))
    polled_at: datetime | None = Field(sa_column=_at(nullable=True))
    succeeded_at: datetime | None = Field(sa_column=_at(nullable=True))
    newest_at: datetime | None = Field(sa_column=_at(nullable=True))
    failures: float
    refusals: int
    failing_since: datetime | None = Field(sa_column=_at(nullable=True))
    retired_at: datetime | None = Field(sa_column=_at(nullable=True))
    publishes_every_s: float | None
    outcome: str
    detail: str = Field(sa_column=Column(Text, nullable=False))


class Address(SQLModel, table=True):
    """A page that a source listed: waiting until the batch that stores it commits."""

    __table_args__ = (
        Index(  # of each host the oldest first, and how many there are, without a look at the rows
            "ix_address_waiting",
            "host",
            "found_at",
            "url_key",
            "next_try_at",
            "source",
            "state",  # or SQLite would look at the rows after all
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(  # and of each source, of each of its hosts those due first
            "ix_address_source",
            "source",
            "host",
            "next_try_at",
            "url_key",  # no two rows share the whole of it: pages of a listing follow one another
            "state",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    url_key: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))  # as a variant's
    url: str = Field(sa_column=Column(Text, nullable=False))
    host: str
    source: str  # the first that listed it
    state: str  # waiting, done, dead (not to be had, or no article)
    entry_key: int = Field(sa_column=Column(BigInteger, nullable=False))  # another one: the page is asked again
    from_feed: bool
    found_at: datetime = Field(sa_column=_at())
    next_try_at: datetime | None = Field(sa_column=_at(nullable=True))  # None unless waiting
    attempts: int  # since it last began to wait
    outcome: str | None  # of the last attempt: stored, or an Outcome
    etag: str | None = Field(sa_column=Column(Text))
    last_modified: str | None = Field(sa_column=Column(Text))
    fetched_at: datetime | None = Field(sa_column=_at(nullable=True))
    entry: bytes | None = Field(sa_column=Column(LargeBinary))  # zlib, JSON of an Entry; None unless waiting


class Host(SQLModel, table=True):
    """A host, and which run may ask it: the one that holds its lease, until this runs out."""

    __table_args__ = (
        Index(
            "ix_host_owner",
            "owner",
            sqlite_where=text("owner IS NOT NULL"),
            postgresql_where=text("owner IS NOT NULL"),
        ),
    )

    host: str = Field(primary_key=True)
    owner: str | None
    leased_until: datetime | None = Field(sa_column=_at(nullable=True))  # by the database's clock
    rest_until: datetime | None = Field(sa_column=_at(nullable=True))  # not to be asked anything before
    robots: bytes | None = Field(sa_column=Column(LargeBinary))  # zlib, JSON: storage/blobs.py says how


class Lease(SQLModel, table=True):
    """A source that a run refreshes: nobody else does before the lease has run out. storage/running/leases.py."""

    source: str = Field(primary_key=True)
    owner: str = Field(index=True)
    taken_at: datetime = Field(sa_column=_at())
    leased_until: datetime = Field(sa_column=_at())  # by the database's clock
