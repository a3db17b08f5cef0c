"""The tables: singular, one word each; the class is the word.

`_at` is an aware UTC time, `_key` a signed 64-bit hash, `_id` a foreign key, `is_` a boolean.
Nullable means "nobody said", never "not yet".
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text, false, text
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
    canonical_why: str = Field(sa_column=Column(Text, nullable=False))  # JSON: rule, detail, losers
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

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    story_id: int = Field(sa_column=Column(BigInteger, ForeignKey("story.id"), nullable=False, index=True))
    kind: str  # created, joined, merged, absorbed, canonical, revised, recleaned, parted, revived, or a judgement's
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


class Run(SQLModel, table=True):
    """One run of one flow."""

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


class Taken(SQLModel, table=True):
    """A file of many documents that was taken in whole: met again unchanged, it is not read again."""

    file_key: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    path: str = Field(sa_column=Column(Text, nullable=False))
    cleaner: str
    tally: str = Field(sa_column=Column(Text, nullable=False))  # JSON: [[source, outcome, count], ...]
    at: datetime = Field(sa_column=_at())


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
        Index(  # and of each source
            "ix_address_source",
            "source",
            "host",
            "next_try_at",
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
    leased_until: datetime | None = Field(sa_column=_at(nullable=True))
    rest_until: datetime | None = Field(sa_column=_at(nullable=True))  # not to be asked anything before
    robots: bytes | None = Field(sa_column=Column(LargeBinary))  # zlib, JSON: storage/blobs.py says how


class SiteLine(SQLModel, table=True):
    """A line that recurs over the stories of a site: storage/site_lines.py says when it is the site's own."""

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


def core(model: type[SQLModel]) -> Table:
    """Give the SQLAlchemy table of a class above, for statements over many rows."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
