"""What people said, and what they could say next: statements that read judgements and suggestions."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import log2

from storage.cursors import Page, cursor_of, cut, place_of
from storage.parted import parted
from storage.reading import Reader, Row, chunks, utc, utc_or_none
from storage.views import JudgementView, SuggestionView

NEWEST = 2_000  # suggestions that are looked over

# What people parted or withdrew is no question any more, nor is what became one story meanwhile.
_SUGGESTED = f"""
    SELECT found.variant_a, found.variant_b, found.score, found.evidence,
        a.story_id, x.size, a.source, a.title, a.published_at, b.story_id, y.size, b.source, b.title, b.published_at,
        EXISTS (
            SELECT 1 FROM party p JOIN judgement j ON j.id = p.judgement_id
            JOIN party q ON q.judgement_id = j.id AND q.variant_id = found.variant_b
            WHERE p.variant_id = found.variant_a AND j.kind = 'later' AND j.undone_by IS NULL)
    FROM (
        SELECT variant_a, variant_b, score, evidence FROM link
        WHERE relation = 'suggested' ORDER BY variant_a DESC, variant_b DESC LIMIT :newest
    ) found
    JOIN variant a ON a.id = found.variant_a JOIN story x ON x.id = a.story_id
    JOIN variant b ON b.id = found.variant_b JOIN story y ON y.id = b.story_id
    WHERE a.story_id <> b.story_id AND a.withdrawn_at IS NULL AND b.withdrawn_at IS NULL
    AND x.withdrawn_at IS NULL AND NOT {parted("a", "b")}"""
_JUDGEMENTS = "SELECT id, kind, said, story_id, actor, note, at, undoes, undone_by FROM judgement"


def page_review(reader: Reader, *, limit: int, cursor: str | None = None) -> Page[SuggestionView]:
    """Give a page of list_review(). Raises QuestionProblem for what is no cursor of it."""
    found = list_review(reader, limit=NEWEST)
    if cursor is not None:
        before = place_of("review", cursor, (int, float, int, int))
        found = [view for view in found if _use(view) < before]
    return cut(found[: limit + 1], limit, lambda view: cursor_of("review", _use(view)))


def list_review(reader: Reader, *, limit: int) -> list[SuggestionView]:
    """Give the pairs of stories that may be one, each by its surest link, the most useful first.

    Of the NEWEST suggestions, since news is read now: those with the highest score, which missed the threshold by
    least, and of the biggest stories, where an answer settles most. What somebody put off comes last.
    """
    pairs: defaultdict[frozenset[int], list[SuggestionView]] = defaultdict(list)
    for view in map(_suggestion, reader.rows(_SUGGESTED, newest=NEWEST)):
        pairs[frozenset((view.story_a, view.story_b))].append(view)
    surest = [
        replace(max(views, key=lambda view: view.score), is_later=any(view.is_later for view in views))
        for views in pairs.values()
    ]
    return sorted(surest, key=_use, reverse=True)[:limit]


def page_judgements(
    reader: Reader, *, limit: int, cursor: str | None = None, story: int | None = None, actor: str | None = None
) -> Page[JudgementView]:
    """Give a page of list_judgements(). Raises QuestionProblem for what is no cursor of it."""
    before = place_of("judgements", cursor, (int,))[0] if cursor is not None else None
    found = list_judgements(reader, limit=limit + 1, story=story, actor=actor, before=before)
    return cut(found, limit, lambda said: cursor_of("judgements", (said.id,)))


def list_judgements(
    reader: Reader, *, limit: int, story: int | None = None, actor: str | None = None, before: object = None
) -> list[JudgementView]:
    """Give what people said, the newest first; of a story, what was said of it and of the variants in it."""
    conditions = [] if before is None else ["id < :before"]
    given: dict[str, object] = {"limit": limit} if before is None else {"limit": limit, "before": before}
    if story is not None:
        named = "SELECT id FROM judgement WHERE story_id = :story"
        of_variants = (
            "SELECT p.judgement_id FROM variant v JOIN party p ON p.variant_id = v.id WHERE v.story_id = :story"
        )
        undone = f"SELECT u.undone_by FROM judgement u WHERE u.id IN ({of_variants})"
        conditions.append(f"id IN ({named} UNION {of_variants} UNION {undone})")
        given["story"] = story
    if actor is not None:
        conditions.append("actor = :actor")
        given["actor"] = actor
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return _told(reader, reader.rows(f"{_JUDGEMENTS}{where} ORDER BY id DESC LIMIT :limit", **given))


def get_judgement(reader: Reader, number: int) -> JudgementView | None:
    """Give the judgement of this number; None where there is none."""
    return next(iter(_told(reader, reader.rows(f"{_JUDGEMENTS} WHERE id = :id", id=number))), None)


def _told(reader: Reader, rows: Sequence[Row]) -> list[JudgementView]:
    parties: dict[int, list[int]] = {}
    for chunk in chunks(row[0] for row in rows):
        for judgement, variant in reader.rows(
            "SELECT judgement_id, variant_id FROM party WHERE judgement_id IN :said ORDER BY judgement_id, variant_id",
            said=chunk,
        ):
            parties.setdefault(judgement, []).append(variant)
    return [_judgement(row, parties.get(row[0], [])) for row in rows]


def _use(view: SuggestionView) -> tuple[int, float, int, int]:
    return int(not view.is_later), view.score * log2(view.size_a + view.size_b), view.variant_a, view.variant_b


def _suggestion(row: Row) -> SuggestionView:
    evidence = json.loads(row[3])
    return SuggestionView(
        variant_a=row[0],
        variant_b=row[1],
        score=row[2],
        hours=evidence.get("hours"),
        terms=evidence.get("terms", []),
        story_a=row[4],
        size_a=row[5],
        source_a=row[6],
        title_a=row[7],
        published_a=utc_or_none(row[8]),
        story_b=row[9],
        size_b=row[10],
        source_b=row[11],
        title_b=row[12],
        published_b=utc_or_none(row[13]),
        is_later=bool(row[14]),
    )


def _judgement(row: Row, variants: list[int]) -> JudgementView:
    return JudgementView(
        id=row[0],
        kind=row[1],
        said=row[2],
        story_id=row[3],
        actor=row[4],
        note=row[5],
        at=utc(row[6]),
        undoes=row[7],
        undone_by=row[8],
        variants=variants,
    )
