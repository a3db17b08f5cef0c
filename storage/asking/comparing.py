"""Any two articles, stored or not, compared under what the database knows of the rarity of words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, create_engine, func, select

from ingest.cluster.comparison import Finding, Subject, compare
from ingest.cluster.coverage import score_pairs
from ingest.cluster.decide import Relation
from ingest.cluster.embeddings import Embedder
from ingest.cluster.linkage import WEIGHED
from ingest.cluster.replay import SHIPPED_THRESHOLDS
from ingest.document import Article, DateOrigin, Prepared
from storage import tables
from storage.database import connect, reading
from storage.fresh import Fresh
from storage.indexes.events import Vectors
from storage.indexes.segments import Kind, Segments
from storage.reading import reading as plain_reading
from storage.tables import core
from storage.tuning.thresholds import holding_in
from storage.views import LinkView

_VARIANT, _LINK = core(tables.Variant), core(tables.Link)
_COLUMNS = (
    *("id", "story_id", "source", "url", "title", "text", "shingles"),
    *("published_at", "published_from", "language"),
)


class NoVariant(LookupError):
    """A variant that the database does not hold; `str()` is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two articles."""

    variant_id: int | None  # None: it is not stored
    story_id: int | None
    source: str
    url: str
    title: str
    published_at: datetime | None  # None where nobody said, or it is a guess
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryScore:
    """How well an article fits a story as a whole: what decides whether it joins by coverage."""

    story_id: int
    members: int  # that it was compared with, one of each copy group
    mean: float  # score over these


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two articles, and what they are to one another."""

    one: Side
    other: Side
    finding: Finding
    link: LinkView | None  # what was decided when they were stored
    story: StoryScore | None  # of the second, scored against the first, where they are not in one story
    variants: int  # from which rarity is known; 0: from the shipped background alone


def compare_pair(
    url: str | None, one: int | Prepared, other: int | Prepared, *, embedder: Embedder | None = None
) -> Comparison:
    """Compare two articles, each a variant of the database at `url` or one that is not stored.

    Without `url`, rarity is that of the shipped background; what is not stored means what `embedder` says. Raises
    DatabaseProblem and NoVariant.
    """
    with _looking(url) as (db, segments):
        variants = (db.scalar(select(func.max(_VARIANT.c.id))) or 0) if url else 0
        vectors = Vectors(db, segments, variants)
        (side, subject), (other_side, other_subject) = (
            _subject(db, vectors, given, place, embedder) for place, given in enumerate((one, other), 1)
        )
        finding = compare(subject, other_subject, holding_in(db) if url else SHIPPED_THRESHOLDS)
        apart = side.story_id is None or side.story_id != other_side.story_id
        return Comparison(
            one=side,
            other=other_side,
            finding=finding,
            link=_link(db, side, other_side),
            story=_story(db, vectors, subject, other_side) if apart and finding.event.relation else None,
            variants=variants,
        )


@contextmanager
def _looking(url: str | None) -> Iterator[tuple[Connection, Segments]]:
    """Open the database with its counts of terms, or an empty one."""
    segments = Segments()
    if url is None:
        engine = create_engine("sqlite://")
    else:
        with plain_reading(url):  # says in one line what cannot be used
            engine = connect(url)
    try:
        with reading(engine) as db:
            if url is not None:
                segments.refresh(db, only=Kind.FREQUENCY)
            yield db, segments
    finally:
        engine.dispose()


def _subject(
    db: Connection, vectors: Vectors, given: int | Prepared, place: int, embedder: Embedder | None
) -> tuple[Side, Subject]:
    found: Row[Any] | Article  # Any: the columns are _COLUMNS
    if isinstance(given, int):
        row = db.execute(select(*(_VARIANT.c[name] for name in _COLUMNS)).where(_VARIANT.c.id == given)).one_or_none()
        if row is None:
            raise NoVariant(f"no variant {given}")
        is_matchable, found, variant_id, story_id = row.shingles != 0, row, given, row.story_id
        published_at = _believed(row)
    else:
        fresh = Fresh(prepared=given, variant_id=-place)
        [meaning] = embedder.meanings([given.article]) if embedder else [None]
        vectors.put([fresh], {-place: meaning} if meaning else {})
        is_matchable, found, variant_id, story_id = fresh.is_matchable, given.article, None, None
        published_at = _believed(given.article)
    said: dict[str, Any] = {  # Any: of a row, or of an article
        **{name: getattr(found, name) for name in ("source", "url", "title", "language")},
        "published_at": published_at,
    }
    subject = Subject(
        **said, text=found.text, is_matchable=is_matchable, vector=vectors[-place if variant_id is None else variant_id]
    )
    return Side(**said, variant_id=variant_id, story_id=story_id), subject


def _believed(found: Any) -> datetime | None:  # Any: a row, or an article
    at: datetime | None = found.published_at
    return at if found.published_from != DateOrigin.GUESS else None


def _link(db: Connection, one: Side, other: Side) -> LinkView | None:
    """Give the link that is kept between two variants."""
    if one.variant_id is None or other.variant_id is None:
        return None
    younger, older = max(one.variant_id, other.variant_id), min(one.variant_id, other.variant_id)
    found: Row[Any] | None = db.execute(
        select(_LINK).where((_LINK.c.variant_a == younger) & (_LINK.c.variant_b == older))
    ).one_or_none()
    if found is None:
        return None
    return LinkView(
        variant_a=younger,
        variant_b=older,
        relation=Relation(found.relation).value,
        score=found.score,
        evidence=orjson.loads(found.evidence),
        scheme=found.scheme,
    )


def _story(db: Connection, vectors: Vectors, subject: Subject, other: Side) -> StoryScore | None:
    """Score an article against the members of the other's story, as the store does before it joins it."""
    if other.story_id is None:
        return None
    heads = select(_VARIANT.c.id).where((_VARIANT.c.story_id == other.story_id) & _VARIANT.c.copy_of.is_(None))
    ids = list(db.scalars(heads.order_by(_VARIANT.c.id).limit(WEIGHED)))
    vectors.read(ids)
    scores = [pair.score for pair in score_pairs([(subject.vector, vectors[member]) for member in ids])]
    return StoryScore(story_id=other.story_id, members=len(ids), mean=sum(scores) / len(scores))
