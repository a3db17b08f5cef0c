"""Texts too short to be compared: one is of a story only where another site says the very same under the same headline.

What a site itself says again and again ("No comment.") is a form of its own, and ties nothing together.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, or_, select

from ingest.document import DateOrigin
from ingest.site_lines import site_of
from storage import tables
from storage.fresh import Fresh
from storage.indexes.segments import Kind, Segments
from storage.rows import among
from storage.tables import core

_VARIANT = core(tables.Variant)
_MOST_HOLDERS = 32  # of a key: what more pages say is a phrase
_APART = timedelta(days=3)  # from which two notices in the same words are two


@dataclass(frozen=True, slots=True)
class _Notice:
    """A short text that is stored, or before another one in its batch."""

    variant_id: int
    speaker: int  # the variant that it is a twin of, or itself
    site: str
    published_at: datetime | None


def notice_twins(db: Connection, segments: Segments, fresh: Sequence[Fresh], *, leaving: set[int]) -> None:
    """Name for each short text the variant that says the same on another site, where there is one.

    The variants `leaving` their stored texts in this batch are not found by these.
    """
    short = [item for item in fresh if item.has_key and not item.is_matchable]
    if not short:
        return
    said = _stored(db, segments, short, leaving)
    for item in short:
        key, article = item.prepared.text_key, item.prepared.article
        site, at = _site(article.url, article.source), _believed(article)
        others = [notice for notice in said[key] if notice.variant_id != item.variant_id]
        item.twin_of = _twin(item.variant_id, site, at, others)
        said[key] = [*others, _Notice(item.variant_id, item.twin_of or item.variant_id, site, at)]


def _twin(variant_id: int, site: str, at: datetime | None, others: Sequence[_Notice]) -> int | None:
    speakers = {notice.speaker for notice in others}
    if variant_id in speakers or len(others) >= _MOST_HOLDERS or any(notice.site == site for notice in others):
        return None
    near = [n.speaker for n in others if not (at and n.published_at and abs(at - n.published_at) > _APART)]
    return min(near, default=None)


def _stored(
    db: Connection, segments: Segments, short: Sequence[Fresh], leaving: set[int]
) -> defaultdict[int, list[_Notice]]:
    """Give the stored notices by their keys: those that are found by them, and the twins of these."""
    keys = np.array([item.prepared.text_key for item in short], np.int64).view(np.uint64)
    _, values = segments.find(Kind.TWIN, keys, newest=_MOST_HOLDERS)
    holders = sorted(set(values.tolist()) - leaving)
    names = ("id", "text_key", "twin_of", "source", "url", "published_at", "published_from")
    columns = select(*(_VARIANT.c[name] for name in names))
    said: defaultdict[int, list[_Notice]] = defaultdict(list)
    found = or_(among(db, _VARIANT.c.id, holders), among(db, _VARIANT.c.twin_of, holders))
    for row in db.execute(columns.where(found).order_by(_VARIANT.c.id)) if holders else ():
        if row.id not in leaving:
            speaker = row.twin_of or row.id
            said[row.text_key].append(_Notice(row.id, speaker, _site(row.url, row.source), _believed(row)))
    return said


def _site(url: str, source: str) -> str:
    return site_of(url) or source


def _believed(found: Any) -> datetime | None:  # Any: a row, or an article
    at: datetime | None = found.published_at
    return at if found.published_from != DateOrigin.GUESS else None
