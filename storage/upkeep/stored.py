"""Articles as they were stored, for whoever works them over again."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, not_, or_, select

from ingest.cluster.signature import SCHEME
from ingest.document import WENT_OVER, Article, DateOrigin, TextOrigin
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
    *("published_on", "modified_at", "modified_from", "section", "image", "publisher"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article, and how the signature beside it was made."""

    article: Article
    scheme: str


def variants_of(engine: Engine, sites: Collection[str], *, cleaner: str) -> Iterator[int]:
    """Give the ids of the variants to be worked over, the latest first: what comes in resembles these.

    They are those whose addresses are of these sites, and those that another `cleaner` or scheme made.
    """
    is_old = _is_old(cleaner)
    columns = select(_VARIANT.c.id, _VARIANT.c.url, is_old.label("is_old")).order_by(_VARIANT.c.id.desc())
    columns = (columns if sites else columns.where(is_old)).limit(_SCANNED)
    last: int | None = None
    while True:
        with reading(engine) as db:
            rows = db.execute(columns if last is None else columns.where(_VARIANT.c.id < last)).all()
        if not rows:
            return
        last = rows[-1].id
        yield from (row.id for row in rows if row.is_old or site_of(row.url) in sites)


def count_old(engine: Engine, *, cleaner: str) -> int:
    """Count the variants whose text or signature is not by this `cleaner` and the present scheme."""
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(_VARIANT).where(_is_old(cleaner))) or 0


def stored_articles(engine: Engine, variant_ids: Sequence[int]) -> list[StoredArticle]:
    """Give the articles that these variants hold now, in the order of their ids."""
    with reading(engine) as db:
        return articles_in(db, variant_ids)


def articles_in(db: Connection, variant_ids: Collection[int]) -> list[StoredArticle]:
    """Give the same, inside a transaction."""
    columns = select(_VARIANT.c.scheme, *(_VARIANT.c[name] for name in _COLUMNS)).order_by(_VARIANT.c.id)
    rows = db.execute(columns.where(among(db, _VARIANT.c.id, variant_ids))).mappings().all()
    return [
        StoredArticle(
            scheme=row["scheme"],
            article=Article(
                **{
                    **{name: row[name] for name in _COLUMNS},
                    "published_on": date.fromisoformat(row["published_on"]) if row["published_on"] else None,
                    "published_from": DateOrigin(row["published_from"]) if row["published_from"] else None,
                    "modified_from": DateOrigin(row["modified_from"]) if row["modified_from"] else None,
                    "text_from": TextOrigin(row["text_from"]),
                    "media": tuple(json.loads(row["media"])) if row["media"] else (),
                    "removed": unpack_removed(row["removed"]),
                }
            ),
        )
        for row in rows
    ]


def _is_old(cleaner: str) -> ColumnElement[bool]:
    made = _VARIANT.c.cleaner
    return or_(
        _VARIANT.c.scheme != SCHEME,
        and_(made != cleaner, not_(made.endswith(f"{WENT_OVER}{cleaner}", autoescape=True))),
    )
