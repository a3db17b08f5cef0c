"""Questions and answers: every statement that reads stories; those on runs come from storage/journal.py.

Answers are the values of storage/views.py. A list of ids goes into a statement by chunks(), so the number of
statements grows with the pages of an answer, never with its stories.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TypedDict, Unpack

from storage.reading import Reader, Row, chunks, utc, utc_or_none
from storage.views import (
    ChangeView,
    LinkView,
    PlaceView,
    RemovedView,
    StoryDetail,
    StorySummary,
    VariantView,
)

# CROSS JOIN and "+": SQLite then walks the stories in the order asked for, and stops at the limit.
_STORIES = """
    SELECT s.id, c.title, s.kind, s.size, s.first_seen_at, s.last_seen_at, c.language, c.url
    FROM story s CROSS JOIN variant c
    WHERE c.story_id = s.id AND c.is_canonical AND +s.merged_into IS NULL"""
_VARIANTS = """
    SELECT story_id, id, url, source, title, text, relation, copy_of, is_canonical, published_at, published_from,
        first_seen_at, fetched_at, language, byline, credit, cleaner, text_from, media,
        published_on, modified_at, modified_from, image, section, publisher, is_teaser
    FROM variant WHERE story_id IN :stories"""
_REVISIONS = """
    SELECT variant_id, count(*) FROM revision
    WHERE variant_id IN (SELECT id FROM variant WHERE story_id IN :stories) AND reason = 'outlet'
    GROUP BY variant_id"""
_CONDITIONS = {
    "since": "s.last_seen_at >= :since",
    "source": "s.id IN (SELECT story_id FROM variant WHERE source = :source)",
    "language": "EXISTS (SELECT 1 FROM variant v WHERE v.story_id = s.id"
    " AND substr(lower(v.language) || '-', 1, :language_chars) = :language)",
    "min_variants": "s.size >= :min_variants",
    "kind": "s.kind = :kind",
}


class Asked(TypedDict, total=False):
    """Which stories; what is None or absent does not matter."""

    since: datetime | None  # seen then or later
    source: str | None  # of any variant
    language: str | None  # of any variant; "pt" means "pt-BR" too
    min_variants: int | None
    kind: str | None


def list_stories(
    reader: Reader,
    *,
    limit: int,
    after: tuple[datetime, int] | None = None,
    **asked: Unpack[Asked],
) -> list[StorySummary]:
    """Give the stories that were seen last first; `after` is (last_seen_at, id) of the last one on the page before."""
    where, params = _conditions(asked)
    if after is not None:
        where += " AND (s.last_seen_at, s.id) < (:after_at, :after_id)"
        params |= {"after_at": after[0], "after_id": after[1]}
    order = " ORDER BY s.last_seen_at DESC, s.id DESC LIMIT :limit"
    return _summaries(reader, reader.rows(_STORIES + where + order, **params, limit=limit))


def list_variants(reader: Reader, stories: Iterable[int]) -> dict[int, list[VariantView]]:
    """Give the variants of each story: the canonical one first, each copy behind the variant it repeats."""
    variants: dict[int, list[VariantView]] = {}
    for chunk in chunks(stories):
        rows = reader.rows(_VARIANTS, stories=chunk)
        best = _similarities(reader, chunk, {row[1]: row[0] for row in rows})
        kept: dict[int, int] = dict(reader.rows(_REVISIONS, stories=chunk))
        for row in rows:
            variants.setdefault(row[0], []).append(_variant(row, best.get(row[1]), kept.get(row[1], 0)))
    return {story: _in_order(found) for story, found in variants.items()}


def export_stories(reader: Reader, **asked: Unpack[Asked]) -> Iterator[tuple[StorySummary, list[VariantView]]]:
    """Give every story with its variants, in the order of the ids, a page in memory at a time."""
    where, params = _conditions(asked)
    for rows in chunks(reader.stream(f"{_STORIES}{where} ORDER BY s.id", **params)):
        variants = list_variants(reader, [row[0] for row in rows])
        for summary in _summaries(reader, rows):
            yield summary, variants[summary.id]


def get_story(reader: Reader, story_id: int) -> StoryDetail | None:
    """Give all of one story; of the one it was merged into, where it was; None when the id was never given."""
    story = _survivor(reader, story_id)
    if story is None:
        return None
    survivor, kind, first_seen_at, last_seen_at, why = story
    variants = list_variants(reader, [survivor])[survivor]
    return StoryDetail(
        id=survivor,
        asked_for=story_id,
        title=variants[0].title,
        kind=kind,
        first_seen_at=utc(first_seen_at),
        last_seen_at=utc(last_seen_at),
        canonical_why=json.loads(why),
        variants=variants,
        links=_links(reader, survivor),
        removed=_removed(reader, [variant.id for variant in variants]),
        changes=_changes(reader, survivor),
    )


def list_places(reader: Reader, variants: Iterable[int]) -> dict[int, PlaceView]:
    """Give where these variants are, by their ids."""
    return {
        row[0]: PlaceView(variant_id=row[0], story_id=row[1], source=row[2], title=row[3], language=row[4])
        for chunk in chunks(variants)
        for row in reader.rows(
            "SELECT id, story_id, source, title, language FROM variant WHERE id IN :variants", variants=chunk
        )
    }


def _conditions(asked: Asked) -> tuple[str, dict[str, object]]:
    params: dict[str, object] = {name: value for name, value in asked.items() if value is not None}
    where = "".join(f" AND {_CONDITIONS[name]}" for name in params)
    if "language" in params:
        language = f"{params['language']}-".lower().replace("_", "-")
        params |= {"language": language, "language_chars": len(language)}
    return where, params


def _summaries(reader: Reader, rows: Sequence[Row]) -> list[StorySummary]:
    sources: dict[int, list[str]] = {}
    for chunk in chunks(row[0] for row in rows):
        for story, source in reader.rows(
            "SELECT story_id, source FROM variant WHERE story_id IN :stories GROUP BY story_id, source"
            " ORDER BY story_id, min(CASE WHEN is_canonical THEN 0 ELSE 1 END), min(first_seen_at), source",
            stories=chunk,
        ):
            sources.setdefault(story, []).append(source)
    return [
        StorySummary(
            id=row[0],
            title=row[1],
            kind=row[2],
            size=row[3],
            sources=sources[row[0]],
            first_seen_at=utc(row[4]),
            last_seen_at=utc(row[5]),
            language=row[6],
            url=row[7],
        )
        for row in rows
    ]


def _variant(row: Row, similarity: float | None, revisions: int) -> VariantView:
    return VariantView(
        id=row[1],
        url=row[2],
        source=row[3],
        title=row[4],
        text=row[5],
        relation=row[6],
        copy_of=row[7],
        similarity=similarity,
        is_canonical=bool(row[8]),
        published_at=utc_or_none(row[9]),
        published_from=row[10],
        first_seen_at=utc(row[11]),
        fetched_at=utc(row[12]),
        language=row[13],
        byline=row[14],
        credit=row[15],
        cleaner=row[16],
        revisions=revisions,
        text_from=row[17],
        media=json.loads(row[18]) if row[18] else [],
        published_on=date.fromisoformat(row[19]) if row[19] else None,
        modified_at=utc_or_none(row[20]),
        modified_from=row[21],
        image=row[22],
        section=row[23],
        publisher=row[24],
        is_teaser=bool(row[25]),
    )


def _in_order(variants: list[VariantView]) -> list[VariantView]:
    """Put the canonical variant's group first, then the others as they came in; the head of each before its copies."""
    speaker = next((variant for variant in variants if variant.is_canonical), variants[0])
    first = speaker.copy_of or speaker.id

    def place(variant: VariantView) -> tuple[object, ...]:
        group = variant.copy_of or variant.id
        return (
            group != first,
            group,
            not variant.is_canonical,
            variant.copy_of is not None,
            -(variant.similarity or 0),
            variant.id,
        )

    return sorted(variants, key=place)


def _similarities(reader: Reader, stories: Sequence[int], story_of: dict[int, int]) -> dict[int, float]:
    """Give each variant the score of its best link inside its story."""
    best: dict[int, float] = {}
    for a, b, score in reader.rows(
        "SELECT l.variant_a, l.variant_b, l.score FROM variant v CROSS JOIN link l"
        " WHERE v.story_id IN :stories AND l.variant_a = v.id AND l.relation <> 'suggested'",
        stories=stories,
    ):
        if story_of[a] == story_of.get(b):
            best[a] = max(score, best.get(a, 0.0))
            best[b] = max(score, best.get(b, 0.0))
    return best


def _survivor(reader: Reader, story_id: int) -> Row | None:
    """Follow merges to the story that is left: id, kind, first_seen_at, last_seen_at, canonical_why."""
    seen: set[int] = set()
    next_id: int | None = story_id
    while next_id is not None and next_id not in seen:
        seen.add(next_id)
        found = reader.rows(
            "SELECT id, kind, first_seen_at, last_seen_at, canonical_why, merged_into FROM story WHERE id = :id",
            id=next_id,
        )
        if not found:
            return None
        *story, next_id = found[0]
    return tuple(story)


def _links(reader: Reader, story_id: int) -> list[LinkView]:
    columns = "SELECT l.variant_a, l.variant_b, l.relation, l.score, l.evidence, l.scheme"
    rows = reader.rows(
        f"{columns} FROM variant v CROSS JOIN link l WHERE v.story_id = :story AND l.variant_a = v.id"
        f" UNION {columns} FROM variant v CROSS JOIN link l WHERE v.story_id = :story AND l.variant_b = v.id"
        " ORDER BY 1, 2",
        story=story_id,
    )
    return [
        LinkView(variant_a=a, variant_b=b, relation=relation, score=score, evidence=json.loads(evidence), scheme=scheme)
        for a, b, relation, score, evidence, scheme in rows
    ]


def _removed(reader: Reader, variants: Sequence[int]) -> list[RemovedView]:
    return [
        RemovedView(variant_id=variant, rule=rule, line=line)
        for chunk in chunks(variants)
        for variant, packed in reader.rows(
            "SELECT id, removed FROM variant WHERE id IN :variants AND removed IS NOT NULL ORDER BY id", variants=chunk
        )
        for line, rule in json.loads(zlib.decompress(packed))
    ]


def _changes(reader: Reader, story_id: int) -> list[ChangeView]:
    rows = reader.rows(
        "SELECT kind, actor, run_id, detail, at FROM change WHERE story_id = :story ORDER BY id", story=story_id
    )
    return [
        ChangeView(kind=kind, actor=actor, run_id=run, detail=detail, at=utc(at))
        for kind, actor, run, detail, at in rows
    ]
