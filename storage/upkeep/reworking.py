"""Stored variants worked over by present rules, where their text stays: signed again, or gone over and found well.

Nothing is decided anew about them: what they are to others follows from their texts, which are what they were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, func, select

from ingest.cluster.analysis import analyse
from ingest.cluster.signature import SCHEME, band_keys
from ingest.document import Article, Prepared
from storage import tables
from storage.blobs import pack_profile
from storage.fresh import Fresh
from storage.indexes.events import Vectors
from storage.indexes.horizon import horizon
from storage.indexes.indexing import index
from storage.indexes.segments import Kind, Segments
from storage.keys import identity_key
from storage.rows import among, update_rows
from storage.tables import core
from storage.upkeep.stored import articles_in

_VARIANT = core(tables.Variant)
_SIGNED = ("scheme", "shingles", "cleaner", "signature", "text_key", "twin_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reworked:
    """Stored articles, worked over; whichever has another text meanwhile is left alone."""

    recleaned: Sequence[Prepared] = ()  # that have less text now
    resigned: Sequence[Prepared] = ()  # the same text, which another scheme signed
    named: Sequence[Article] = ()  # the same text and signature, which another cleaner made

    def same(self) -> list[Article]:
        """Give the articles that keep their texts."""
        return [*self.named, *(item.article for item in self.resigned)]


@dataclass(frozen=True, slots=True)
class _Row:
    """What a variant is now."""

    id: int
    url_key: int
    raw_key: int
    text_key: int
    twin_of: int | None
    text: str


def write_names(db: Connection, articles: Sequence[Article]) -> None:
    """Note who went over these texts."""
    rows = _rows(db, articles)
    update_rows(db, tables.Variant, ("cleaner",), [(row.id, article.cleaner) for article, row in rows])


def resign(db: Connection, segments: Segments, items: Sequence[Prepared]) -> None:
    """Give variants the signatures of the present scheme, and let them be found by these.

    Where a text is other tokens than before, all that it is found by is made anew, and a twin that is none any more
    speaks for itself.
    """
    rows = {row.id: row for _, row in _rows(db, [item.article for item in items])}
    by_key = {row.url_key: row for row in rows.values()}
    signed = [(item, row) for item in items if (row := by_key.get(_identity(item.article)))]
    heads = _text_keys(db, {row.twin_of for item, row in signed if row.twin_of and item.text_key != row.text_key})
    fresh = [Fresh(prepared=item, variant_id=row.id, twin_of=_twin(item, row, heads)) for item, row in signed]
    forgotten = horizon(db)
    is_same = {item.variant_id: item.prepared.text_key == rows[item.variant_id].text_key for item in fresh}
    other = [item for item in fresh if not is_same[item.variant_id]]
    vectors = _vectors(db, segments, other)
    _write(db, fresh, other)
    _add_bands(db, segments, [item for item in fresh if is_same[item.variant_id] and item.variant_id > forgotten])
    index(db, segments, [item for item in other if item.variant_id > forgotten], vectors)


def _identity(article: Article) -> int:
    return identity_key(article.source, article.url)


def _rows(db: Connection, articles: Sequence[Article]) -> list[tuple[Article, _Row]]:
    """Give the articles that are still stored just so, and their rows."""
    columns = select(*(_VARIANT.c[name] for name in ("id", "url_key", "raw_key", "text_key", "twin_of", "text")))
    asked = {_identity(article): article for article in articles}
    found = [_Row(*row) for row in db.execute(columns.where(among(db, _VARIANT.c.url_key, asked)))] if asked else []
    pairs = [(asked[row.url_key], row) for row in found]
    return [(article, row) for article, row in pairs if (article.raw_key, article.text) == (row.raw_key, row.text)]


def _text_keys(db: Connection, variant_ids: set[int]) -> dict[int, int]:
    """Give the keys of the variants' texts as the present scheme has them."""
    ids = sorted(variant_ids)
    prepared = analyse([stored.article for stored in articles_in(db, ids)]) if ids else []
    return {variant_id: item.text_key for variant_id, item in zip(ids, prepared, strict=True)}


def _twin(item: Prepared, row: _Row, heads: Mapping[int, int]) -> int | None:
    """Give the variant that speaks for this one."""
    stays = item.text_key == row.text_key or (row.twin_of is not None and heads.get(row.twin_of) == item.text_key)
    return row.twin_of if stays else None


def _vectors(db: Connection, segments: Segments, other: Sequence[Fresh]) -> Vectors:
    """Give the vectors of variants of other tokens than before, whose terms nobody has counted yet."""
    spoken = [item.prepared.profile.terms for item in other if item.is_spoken]
    terms, counts = np.unique(np.concatenate(spoken), return_counts=True) if spoken else (np.zeros(0, np.uint64), _NONE)
    last = db.scalar(select(func.max(_VARIANT.c.id))) or 0
    vectors = Vectors(db, segments, last, own_terms=terms, own_counts=counts.astype(np.int64))
    vectors.put(other)
    return vectors


_NONE = np.zeros(0, np.int64)


def _write(db: Connection, fresh: Sequence[Fresh], other: Sequence[Fresh]) -> None:
    rows = [
        (
            item.variant_id,
            SCHEME,
            item.prepared.signature.shingles,
            item.prepared.article.cleaner,
            item.prepared.signature.values.astype("<u4").tobytes(),
            item.prepared.text_key,
            item.twin_of,
        )
        for item in fresh
    ]
    update_rows(db, tables.Variant, _SIGNED, rows)
    profiles = [(item.variant_id, pack_profile(item.kept)) for item in other]
    update_rows(db, tables.Variant, ("profile",), profiles)


def _add_bands(db: Connection, segments: Segments, same: Sequence[Fresh]) -> None:
    """Let variants of the same tokens as before be found by their new bands; all else finds them already."""
    spoken = [item for item in same if item.is_spoken]
    if not spoken:
        return
    keys = band_keys(np.stack([item.prepared.signature.values for item in spoken]))
    ids = np.array([item.variant_id for item in spoken], np.uint32)
    segments.add(db, Kind.BAND, keys.reshape(-1), np.repeat(ids, keys.shape[1]))
