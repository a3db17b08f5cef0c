"""The tables of keeping house: who works at what, what of a run is stored, and inputs kept to be tried again."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from storage.columns import at_column


class Lease(SQLModel, table=True):
    """A source that a run refreshes: nobody else does before the lease has run out. storage/leases.py."""

    source: str = Field(primary_key=True)
    owner: str = Field(index=True)
    taken_at: datetime = Field(sa_column=at_column())
    leased_until: datetime = Field(sa_column=at_column())  # by the database's clock


class Batch(SQLModel, table=True):
    """A batch of a run that goes on, as far as it is stored: written in the transaction that stores it."""

    run_id: int = Field(foreign_key="run.id", primary_key=True)
    name: str = Field(primary_key=True)
    tally: str = Field(sa_column=Column(Text, nullable=False))  # JSON: [[source, outcome, count], ...]


class Raw(SQLModel, table=True):
    """The input of a rejected document, kept to be tried again: of each document the last. storage/raws.py."""

    __table_args__ = (Index("ix_raw_at", "at", "packed_bytes"),)  # answers how many bytes there are by itself

    url_key: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))  # as the rejection's
    at: datetime = Field(sa_column=at_column())
    packed_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    packed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # storage/blobs.py says how


class Horizon(SQLModel, table=True):
    """Up to which variant an index was let go, since they are old."""

    kind: str = Field(primary_key=True)  # "text": bands, anchors and twins; "term"
    variant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
