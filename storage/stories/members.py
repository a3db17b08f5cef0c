"""Variants as far as their place in a story goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from ingest.cluster.canonical import Contender
from ingest.document import DateOrigin
from storage import tables
from storage.rows import among
from storage.tables import core

_VARIANT = core(tables.Variant)


class _Row(NamedTuple):
    """What is read of a variant."""

    id: int
    story_id: int
    relation: str
    copy_of: int | None
    twin_of: int | None
    is_canonical: bool
    is_pinned: bool
    is_cut: bool
    source: str
    url: str
    credit: str | None
    published_at: datetime | None
    published_from: str | None
    first_seen_at: datetime
    fetched_at: datetime
    shingles: int


_COLUMNS = [_VARIANT.c[name] for name in _Row._fields]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A variant, as far as its place in a story goes."""

    id: int
    story_id: int
    relation: str
    copy_of: int | None
    is_canonical: bool
    contender: Contender
    last_seen_at: datetime  # when its text came


def read_members(db: Connection, story_ids: Iterable[int]) -> list[tuple[Member, int | None]]:
    """Give the variants of these stories, the oldest first, each with the one that speaks for its text."""
    here = among(db, _VARIANT.c.story_id, story_ids)
    teasers = set(db.scalars(select(_VARIANT.c.id).where(_VARIANT.c.is_teaser, here)))
    withdrawn = set(db.scalars(select(_VARIANT.c.id).where(_VARIANT.c.withdrawn_at.is_not(None), here)))
    return [
        (_member(row, is_teaser=row.id in teasers, is_withdrawn=row.id in withdrawn), row.twin_of)
        for row in map(_Row._make, db.execute(select(*_COLUMNS).order_by(_VARIANT.c.id).where(here)))
    ]


def _member(row: _Row, *, is_teaser: bool, is_withdrawn: bool) -> Member:
    return Member(
        id=row.id,
        story_id=row.story_id,
        relation=row.relation,
        copy_of=row.copy_of,
        is_canonical=row.is_canonical,
        contender=Contender(
            variant_id=row.id,
            source=row.source,
            url=row.url,
            credit=row.credit,
            is_pinned=row.is_pinned,
            is_cut=row.is_cut,
            published_at=row.published_at if row.published_from != DateOrigin.GUESS else None,
            first_seen_at=row.first_seen_at,
            length=row.shingles,
            is_teaser=is_teaser,
            is_withdrawn=is_withdrawn,
        ),
        last_seen_at=max(row.first_seen_at, row.fetched_at),
    )
