"""Articles as they were stored, for whoever works them over again."""

import json
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Engine, select

from ingest.document import Article, DateOrigin, TextOrigin
from ingest.site_lines import site_of
from storage import tables
from storage.blobs import unpack_removed
from storage.database import reading
from storage.rows import among
from storage.tables import core

_VARIANT = core(tables.Variant)
_SCANNED = 5_000  # variants whose addresses are looked at at a time
_COLUMNS = (
    *("source", "url", "title", "text", "byline", "credit", "published_at", "published_from", "fetched_at"),
    *("language", "cleaner", "raw_key", "text_from", "media", "removed", "is_teaser"),
)


def variants_of(engine: Engine, sites: Collection[str]) -> Iterator[int]:
    """Give the ids of the variants whose addresses are of these sites, ascending."""
    columns = select(_VARIANT.c.id, _VARIANT.c.url).order_by(_VARIANT.c.id).limit(_SCANNED)
    last = 0
    while True:
        with reading(engine) as db:
            rows = db.execute(columns.where(_VARIANT.c.id > last)).all()
        if not rows:
            return
        last = rows[-1].id
        yield from (row.id for row in rows if site_of(row.url) in sites)


def stored_articles(engine: Engine, variant_ids: Sequence[int]) -> list[Article]:
    """Give the articles that these variants hold now, in the order of their ids."""
    columns = select(*(_VARIANT.c[name] for name in _COLUMNS)).order_by(_VARIANT.c.id)
    with reading(engine) as db:
        rows = db.execute(columns.where(among(db, _VARIANT.c.id, variant_ids))).mappings().all()
    return [
        Article(
            **{
                **row,
                "published_from": DateOrigin(row["published_from"]) if row["published_from"] else None,
                "text_from": TextOrigin(row["text_from"]),
                "media": tuple(json.loads(row["media"])) if row["media"] else (),
                "removed": unpack_removed(row["removed"]),
            }
        )
        for row in rows
    ]
