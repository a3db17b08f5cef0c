"""What people said of stories, and what they are asked: pairs that may be one event, the surest first."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.parted import parted
from storage.reading import Reader, Row, utc, utc_or_none

LOOKED_AT = 5_000  # suggested links, those of the highest score
_BEGINNING = 400  # characters of a text

_JUDGEMENT = "SELECT j.id, j.kind, j.said, j.actor, j.note, j.at, j.undone_by FROM judgement j"
_OF_STORY = """ WHERE j.id IN (
        SELECT p.judgement_id FROM party p JOIN variant v ON v.id = p.variant_id WHERE v.story_id = :story)
    ORDER BY j.id DESC LIMIT :limit"""
_OPEN = """
    SELECT l.variant_a, l.variant_b, l.score, l.evidence FROM (
        SELECT variant_a, variant_b, score, evidence FROM link WHERE relation = 'suggested'
        ORDER BY score DESC, variant_a DESC LIMIT :looked_at
    ) l
    CROSS JOIN variant one CROSS JOIN variant other
    WHERE one.id = l.variant_a AND other.id = l.variant_b AND one.story_id <> other.story_id
    AND NOT {parted}"""
_LATER = """CASE WHEN EXISTS (
        SELECT 1 FROM party p JOIN party q ON q.judgement_id = p.judgement_id
        JOIN judgement j ON j.id = p.judgement_id
        WHERE p.variant_id = l.variant_a AND q.variant_id = l.variant_b AND j.kind = 'later' AND j.undone_by IS NULL
    ) THEN 1 ELSE 0 END"""
_SIDES = """
    SELECT v.id, v.story_id, v.source, v.url, v.title, substr(v.text, 1, :beginning), v.published_at,
        v.published_from, v.language, s.size
    FROM variant v JOIN story s ON s.id = v.story_id WHERE v.id IN :variants"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementView:
    """What a person said, and whether it holds."""

    id: int
    kind: str
    said: str  # as on the command line
    actor: str
    note: str
    at: datetime
    undone_by: int | None  # the judgement; None: it holds


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSide:
    """One of two variants that may report the same event."""

    variant_id: int
    story_id: int
    size: int  # of its story
    source: str
    url: str
    title: str
    beginning: str  # of its text
    published_at: datetime | None
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """Two variants of different stories that may report the same event: a person is asked."""

    score: float
    one: PairSide
    other: PairSide
    terms: list[str]  # shared rare ones
    hours: float | None  # between their publications


def list_pairs(reader: Reader, *, limit: int) -> list[PairView]:
    """Give the pairs that wait for a person: those put off last, else by score."""
    order = f" ORDER BY {_LATER}, l.score DESC, l.variant_a DESC LIMIT :limit"
    rows = reader.rows(_OPEN.format(parted=parted("one", "other")) + order, looked_at=LOOKED_AT, limit=limit)
    ids = {variant for row in rows for variant in row[:2]}
    sides = (
        {row[0]: _side(row) for row in reader.rows(_SIDES, variants=sorted(ids), beginning=_BEGINNING)} if ids else {}
    )
    return [_pair(row, sides) for row in rows]


def count_pairs(reader: Reader, *, most: int) -> int:
    """Give how many pairs wait for a person, `most` at the most."""
    found = reader.rows(_OPEN.format(parted=parted("one", "other")) + " LIMIT :most", looked_at=LOOKED_AT, most=most)
    return len(found)


def list_judgements(reader: Reader, story_id: int, *, limit: int = 50) -> list[JudgementView]:
    """Give what was said of a story's variants, the latest first."""
    return [_judgement(row) for row in reader.rows(_JUDGEMENT + _OF_STORY, story=story_id, limit=limit)]


def get_judgement(reader: Reader, judgement_id: int) -> JudgementView | None:
    """Give a judgement; None where there is none."""
    rows = reader.rows(f"{_JUDGEMENT} WHERE j.id = :id", id=judgement_id)
    return _judgement(rows[0]) if rows else None


def _judgement(row: Row) -> JudgementView:
    number, kind, said, actor, note, at, undone_by = row
    return JudgementView(id=number, kind=kind, said=said, actor=actor, note=note, at=utc(at), undone_by=undone_by)


def _pair(row: Row, sides: dict[int, PairSide]) -> PairView:
    younger, older, score, packed = row
    evidence: dict[str, Any] = json.loads(packed)  # Any: as storage/writes.py wrote it
    return PairView(
        score=score,
        one=sides[older],
        other=sides[younger],
        terms=[str(term) for term in evidence.get("terms", [])],
        hours=evidence.get("hours"),
    )


def _side(row: Row) -> PairSide:
    number, story_id, source, url, title, beginning, published_at, published_from, language, size = row
    return PairSide(
        variant_id=number,
        story_id=story_id,
        size=size,
        source=source,
        url=url,
        title=title,
        beginning=beginning,
        published_at=utc_or_none(published_at) if published_from != "guess" else None,
        language=language,
    )
