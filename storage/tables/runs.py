"""What runs did, document by document as far as these were rejected, and what they need not do again."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from storage.columns import at_column as _at


class Run(SQLModel, table=True):
    """One run of one flow."""

    __table_args__ = (Index("ix_run_flow", "flow", "id"), Index("ix_run_prefect_id", "prefect_id"))

    id: int = Field(primary_key=True)
    flow: str
    what: str = Field(sa_column=Column(Text, nullable=False))  # what it was asked to do, one line
    started_at: datetime = Field(sa_column=_at())
    seen_at: datetime = Field(sa_column=_at())  # the last sign of life
    finished_at: datetime | None = Field(sa_column=_at(nullable=True))
    error: str | None = Field(sa_column=Column(Text))  # why it ended early
    met: int | None  # documents met, as the reader counted them; equals the tally's sum
    prefect_id: str | None
    sources: bytes | None = Field(sa_column=Column(LargeBinary))  # of a refresh: storage/blobs.py says how


class Tally(SQLModel, table=True):
    """How many documents of one outcome and source in one run."""

    run_id: int = Field(foreign_key="run.id", primary_key=True)
    source: str = Field(primary_key=True)
    outcome: str = Field(primary_key=True)
    count: int


class Batch(SQLModel, table=True):
    """A batch of a run that goes on, as far as it is stored: written in the transaction that stores it."""

    run_id: int = Field(foreign_key="run.id", primary_key=True)
    name: str = Field(primary_key=True)
    tally: str = Field(sa_column=Column(Text, nullable=False))  # JSON: [[source, outcome, count], ...]


class Rejection(SQLModel, table=True):
    """One document that did not make it: one row however often it is met."""

    __table_args__ = (  # in the order in which they are listed, and those of one kind or source as well
        Index("ix_rejection_run_id", "run_id", "last_at", "url_key"),
        Index("ix_rejection_outcome", "outcome", "run_id", "last_at", "url_key"),
        Index("ix_rejection_source", "source", "run_id", "last_at", "url_key"),
    )

    url_key: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))  # of source and url
    raw_key: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    run_id: int = Field(foreign_key="run.id")  # the last run that met it
    source: str
    url: str = Field(sa_column=Column(Text, nullable=False))
    outcome: str
    detail: str = Field(sa_column=Column(Text, nullable=False))
    body_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    cleaner: str  # whose verdict it was: another cleaner tries again
    attempts: int
    first_at: datetime = Field(sa_column=_at())
    last_at: datetime = Field(sa_column=_at())


class Raw(SQLModel, table=True):
    """The input of a rejected document, kept to be tried again: of each document the last. storage/running/raws.py."""

    __table_args__ = (Index("ix_raw_at", "at", "packed_bytes"),)  # answers how many bytes there are by itself

    url_key: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))  # as the rejection's
    at: datetime = Field(sa_column=_at())
    packed_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    packed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # storage/blobs.py says how


class Taken(SQLModel, table=True):
    """A file of many documents that was taken in whole: met again unchanged, it is not read again."""

    file_key: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    path: str = Field(sa_column=Column(Text, nullable=False))
    cleaner: str
    tally: str = Field(sa_column=Column(Text, nullable=False))  # JSON: [[source, outcome, count], ...]
    at: datetime = Field(sa_column=_at())
