"""One story and its variants: every statement that reads these; storage/asking finds stories.

Answers are the values of storage/views.py. A list of ids goes into a statement by chunks(), so the number of
statements grows with the pages of an answer, never with its stories.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from ingest.cluster.independent import Witness, voices
from storage.reading import Reader, Row, chunks, utc, utc_or_none
from storage.views import (
    ChangeView,
    LinkView,
    PlaceView,
    RemovedView,
    StoryDetail,
    VariantView,
    VoiceView,
)

_VARIANTS = """
    SELECT story_id, id, url, source, title, text, relation, copy_of, is_canonical, published_at, published_from,
        first_seen_at, fetched_at, language, byline, credit, cleaner, text_from, media,
        published_on, modified_at, modified_from, image, section, publisher, is_teaser, withdrawn_at
    FROM variant WHERE story_id IN :stories"""
_REVISIONS = """
    SELECT variant_id, count(*) FROM revision
    WHERE variant_id IN (SELECT id FROM variant WHERE story_id IN :stories) AND reason = 'outlet'
    GROUP BY variant_id"""


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


def standing(variants: list[VariantView]) -> list[VariantView]:
    """Give those of a story's variants that nobody withdrew; where none is left, all of them without their texts."""
    left = [variant for variant in variants if variant.withdrawn_at is None]
    return left or [replace(variant, text="") for variant in variants]


def get_story(reader: Reader, story_id: int) -> StoryDetail | None:
    """Give all of one story; of the one it was merged into, where it was; None when the id was never given."""
    story = _survivor(reader, story_id)
    if story is None:
        return None
    survivor, kind, first_seen_at, last_seen_at, why, split_from, withdrawn_at = story
    variants = list_variants(reader, [survivor])[survivor]
    spoken = _voices(reader, standing(variants))
    return StoryDetail(
        id=survivor,
        asked_for=story_id,
        title=variants[0].title,
        kind=kind,
        first_seen_at=utc(first_seen_at),
        last_seen_at=utc(last_seen_at),
        canonical_why=json.loads(why),
        independent=len(spoken),
        voices=spoken,
        states=_card_states(reader, survivor),
        variants=variants,
        links=_links(reader, survivor),
        removed=_removed(reader, [variant.id for variant in variants]),
        changes=_changes(reader, survivor),
        withdrawn_at=utc_or_none(withdrawn_at),
        split_from=split_from,
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
        withdrawn_at=utc_or_none(row[26]),
    )


def _voices(reader: Reader, variants: Sequence[VariantView]) -> list[VoiceView]:
    """Give whose word the variants are, as storage/stories/cards.py counts it."""
    owners = {
        source: publisher
        for chunk in chunks({variant.source for variant in variants})
        for source, publisher in reader.rows(
            "SELECT source, publisher FROM outlet WHERE source IN :sources", sources=chunk
        )
    }
    sources = {variant.id: variant.source for variant in variants}
    said = [
        Witness(
            variant_id=variant.id,
            group=variant.copy_of or variant.id,
            source=variant.source,
            publisher=owners.get(variant.source) or variant.publisher,
            credit=variant.credit,
            at=variant.published_at
            if variant.published_at and variant.published_from != "guess"
            else variant.first_seen_at,
        )
        for variant in variants
    ]
    return [
        VoiceView(
            name=voice.name,
            kind=voice.kind.value,
            variants=list(voice.variants),
            sources=list(dict.fromkeys(sources[variant] for variant in voice.variants)),
        )
        for voice in voices(said)
    ]


def _card_states(reader: Reader, story_id: int) -> list[str]:
    rows = reader.rows("SELECT facets FROM card WHERE story_id = :story", story=story_id)
    return [str(state) for (facets,) in rows for state in json.loads(facets).get("state", [])]


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
        " WHERE v.story_id IN :stories AND l.variant_a = v.id AND l.relation NOT IN ('suggested', 'earlier')",
        stories=stories,
    ):
        if story_of[a] == story_of.get(b):
            best[a] = max(score, best.get(a, 0.0))
            best[b] = max(score, best.get(b, 0.0))
    return best


def _survivor(reader: Reader, story_id: int) -> Row | None:
    """Follow merges to the story that is left; give its row without the last column."""
    seen: set[int] = set()
    next_id: int | None = story_id
    while next_id is not None and next_id not in seen:
        seen.add(next_id)
        found = reader.rows(
            "SELECT id, kind, first_seen_at, last_seen_at, canonical_why, split_from, withdrawn_at, merged_into"
            " FROM story WHERE id = :id",
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
