"""What variants are found by: sorted runs of keys, meanings, the lines of sites, and what search does not know yet."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel


class Segment(SQLModel, table=True):
    """A sorted run of (key, value) pairs: the indexes that candidates are found in.

    Runs of one kind and level are merged into one of the next level, so that inserts stay local.
    """

    __table_args__ = (Index("ix_segment_kind", "kind", "level"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str  # band, twin, anchor, term, frequency, raw, line
    level: int
    count: int
    keys: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # count x uint64, little-endian, ascending
    values: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # count x uint32, little-endian


class Horizon(SQLModel, table=True):
    """Up to which variant an index was let go, since they are old."""

    kind: str = Field(primary_key=True)  # "text": bands, anchors, twins and terms
    variant_id: int = Field(sa_column=Column(BigInteger, nullable=False))


class Meaning(SQLModel, table=True):
    """What the text that a variant has by now means; of another model's rows nothing is asked."""

    id: int | None = Field(default=None, primary_key=True)  # ascending: a revised text's is a new one
    variant_id: int = Field(sa_column=Column(BigInteger, ForeignKey("variant.id"), nullable=False, index=True))
    model: str
    vector: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # float16, little-endian, unit length


class SiteLine(SQLModel, table=True):
    """A line that recurs over the stories of a site: storage/stories/site_lines.py says when it is the site's own."""

    __tablename__ = "site_line"

    host: str = Field(primary_key=True)
    line_hash: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False, index=True))
    pages: int  # stories of the site that bear it
    is_shared: bool  # another site bears it too
    is_applied: bool  # no stored article bears it any more
    sample: str = Field(sa_column=Column(Text, nullable=False))


class Unsearched(SQLModel, table=True):
    """A variant that full text search does not know yet."""

    variant_id: int = Field(sa_column=Column(BigInteger, ForeignKey("variant.id"), primary_key=True))
