"""Stories, their variants and earlier texts, why these are together, and what happened to them."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Text, false, text
from sqlmodel import Field, SQLModel

from storage.columns import at_column as _at


class Story(SQLModel, table=True):
    """A canonical story. Ids never change meaning: an absorbed story keeps its row."""

    __table_args__ = (
        Index("ix_story_last_seen_at", "last_seen_at", "id"),
        Index(
            "ix_story_withdrawn",
            "id",
            sqlite_where=text("withdrawn_at IS NOT NULL"),
            postgresql_where=text("withdrawn_at IS NOT NULL"),
        ),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    first_seen_at: datetime = Field(sa_column=_at())
    last_seen_at: datetime = Field(sa_column=_at())
    kind: str  # single, reprinted (one text, several times), covered (several texts)
    size: int  # how many variants
    canonical_why: str = Field(sa_column=Column(Text, nullable=False))  # JSON: rule, variant, losers
    merged_into: int | None = Field(sa_column=Column(BigInteger, ForeignKey("story.id"), index=True))
    # The variant that it began with, or stays with where a person parts it: it is where this one is, or leads there.
    founder_id: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0", index=True))
    split_from: int | None = Field(sa_column=Column(BigInteger))  # the story that it was parted from, by a person
    withdrawn_at: datetime | None = Field(sa_column=_at(nullable=True))  # by a person: it leaves a tombstone


class Variant(SQLModel, table=True):
    """An article as one source ran it."""

    __table_args__ = (
        Index("ix_variant_source", "source", "story_id"),
        Index("ix_variant_language", "language", "story_id"),
        Index(
            "ix_variant_canonical",
            "story_id",
            unique=True,
            sqlite_where=text("is_canonical"),
            postgresql_where=text("is_canonical"),
        ),
        Index(  # answers by itself: the column stands behind the text
            "ix_variant_teaser",
            "story_id",
            "id",
            sqlite_where=text("is_teaser"),
            postgresql_where=text("is_teaser"),
        ),
        Index("ix_variant_place", "id", "story_id"),  # the same: where a text found by search belongs
        Index(  # the same
            "ix_variant_publisher",
            "story_id",
            "id",
            "publisher",
            sqlite_where=text("publisher IS NOT NULL"),
            postgresql_where=text("publisher IS NOT NULL"),
        ),
        Index(
            "ix_variant_copy_of",
            "copy_of",
            sqlite_where=text("copy_of IS NOT NULL"),
            postgresql_where=text("copy_of IS NOT NULL"),
        ),
        Index(
            "ix_variant_twin_of",
            "twin_of",
            sqlite_where=text("twin_of IS NOT NULL"),
            postgresql_where=text("twin_of IS NOT NULL"),
        ),
        Index(  # answers by itself, like the one on teasers
            "ix_variant_withdrawn",
            "story_id",
            "id",
            sqlite_where=text("withdrawn_at IS NOT NULL"),
            postgresql_where=text("withdrawn_at IS NOT NULL"),
        ),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    story_id: int = Field(sa_column=Column(BigInteger, ForeignKey("story.id"), nullable=False, index=True))
    relation: str  # canonical, copy, excerpt, coverage
    copy_of: int | None = Field(sa_column=Column(BigInteger))  # the head of its copy group; a head has none
    twin_of: int | None = Field(sa_column=Column(BigInteger))  # same token sequence: that one's keys speak for both
    is_canonical: bool
    is_pinned: bool = False
    is_cut: bool = False  # nearly all of it stands in a notably longer variant, or its headline is all that it says
    source: str
    url: str = Field(sa_column=Column(Text, nullable=False))
    url_key: int = Field(
        sa_column=Column(BigInteger, nullable=False, unique=True)
    )  # with the source, if no web address
    raw_key: int = Field(sa_column=Column(BigInteger, nullable=False))  # found through segments of kind raw
    text_key: int = Field(sa_column=Column(BigInteger, nullable=False))
    title: str = Field(sa_column=Column(Text, nullable=False))
    byline: str | None = Field(sa_column=Column(Text))
    credit: str | None
    language: str | None
    published_at: datetime | None = Field(sa_column=_at(nullable=True))
    published_from: str | None
    first_seen_at: datetime = Field(sa_column=_at())
    fetched_at: datetime = Field(sa_column=_at())
    scheme: str
    shingles: int
    cleaner: str
    # The long ones last: SQLite reads a row from its beginning, and only as far as it must.
    signature: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # num_perm x uint32, little-endian
    profile: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # storage/blobs.py says how
    text: str = Field(sa_column=Column(Text, nullable=False))
    removed: bytes | None = Field(sa_column=Column(LargeBinary))  # zlib, JSON: [[line, rule], ...]
    text_from: str = Field(default="page", sa_column_kwargs={"server_default": "page"})  # page, feed
    media: str | None = Field(sa_column=Column(Text))  # JSON: [address, ...]
    published_on: str | None  # the day where it was published: "2026-05-20"
    modified_at: datetime | None = Field(sa_column=_at(nullable=True))
    modified_from: str | None
    section: str | None
    publisher: str | None
    image: str | None = Field(sa_column=Column(Text))  # address of its main picture
    is_teaser: bool = Field(default=False, sa_column_kwargs={"server_default": false()})  # the rest is to be paid for
    withdrawn_at: datetime | None = Field(sa_column=_at(nullable=True))  # by a person: it never speaks


class Revision(SQLModel, table=True):
    """An earlier text of a variant."""

    variant_id: int = Field(sa_column=Column(BigInteger, ForeignKey("variant.id"), primary_key=True))
    number: int = Field(primary_key=True)  # 1 is the oldest
    title: str = Field(sa_column=Column(Text, nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    text_key: int = Field(sa_column=Column(BigInteger, nullable=False))
    raw_key: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    fetched_at: datetime = Field(sa_column=_at())
    is_teaser: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    reason: str = Field(default="outlet", sa_column_kwargs={"server_default": "outlet"})  # who replaced it: or cleaning


class Link(SQLModel, table=True):
    """Why two variants are together, or were held apart. `variant_a` is the younger."""

    __table_args__ = (
        Index(  # the newest suggestions, for who looks them over
            "ix_link_suggested",
            "variant_a",
            "variant_b",
            "score",
            sqlite_where=text("relation = 'suggested'"),
            postgresql_where=text("relation = 'suggested'"),
        ),
    )

    variant_a: int = Field(sa_column=Column(BigInteger, ForeignKey("variant.id"), primary_key=True))
    variant_b: int = Field(sa_column=Column(BigInteger, ForeignKey("variant.id"), primary_key=True, index=True))
    relation: str  # copy, excerpt, coverage, suggested, earlier
    score: float
    evidence: str = Field(sa_column=Column(Text, nullable=False))  # JSON
    scheme: str
    run_id: int = Field(foreign_key="run.id")


class Change(SQLModel, table=True):
    """One event in a story's life."""

    __table_args__ = (Index("ix_change_run", "run_id", "story_id", "kind"),)  # whose stories a run made or changed

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    story_id: int = Field(sa_column=Column(BigInteger, ForeignKey("story.id"), nullable=False, index=True))
    kind: str  # created, joined, merged, absorbed, canonical, revised, recleaned, parted, gained, or a judgement's
    actor: str  # "newsfold", or who did it
    run_id: int | None = Field(foreign_key="run.id")
    detail: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=_at())


class Judgement(SQLModel, table=True):
    """What a person said about stories and variants; it holds until it is undone."""

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str  # ingest/cluster/judgements.py names them
    said: str = Field(sa_column=Column(Text, nullable=False))  # as on the command line: split 4 7 9
    story_id: int | None = Field(sa_column=Column(BigInteger, ForeignKey("story.id"), index=True))  # the first named
    actor: str
    note: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=_at())
    undoes: int | None = Field(sa_column=Column(BigInteger, ForeignKey("judgement.id")))  # the judgement, of an undo
    undone_by: int | None = Field(sa_column=Column(BigInteger, ForeignKey("judgement.id")))  # None: it holds


class Party(SQLModel, table=True):
    """A variant that a judgement is about, and its side: what sides mean follows from the judgement's kind."""

    variant_id: int = Field(sa_column=Column(BigInteger, ForeignKey("variant.id"), primary_key=True))
    judgement_id: int = Field(sa_column=Column(BigInteger, ForeignKey("judgement.id"), primary_key=True, index=True))
    side: int
