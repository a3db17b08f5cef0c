"""Pages of the stories that a question means."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from storage.asking.finding import ALL, ask
from storage.asking.question import PLACES, Question, StoryPage
from storage.cursors import Place, cursor_of, place_of
from storage.queries import list_variants, standing
from storage.reading import Reader, Row, chunks, utc
from storage.uncollected import uncollected
from storage.views import StorySummary, VariantView

CARD = ("story_id", "kind", "size", "independent", "first_seen_at", "last_seen_at", "facets")
_CHANGED = "SELECT story_id, max(at) FROM change WHERE story_id IN :stories GROUP BY story_id"
_SPEAKERS = "SELECT story_id, title, language, url FROM variant WHERE story_id IN :stories AND is_canonical"


@uncollected()
def find_stories(reader: Reader, question: Question, *, limit: int, cursor: str | None = None) -> StoryPage:
    """Give a page of the stories meant: the first, or the one that the `cursor` of the page before asks for.

    Raises QuestionProblem for a cursor that is none, or of another order. Stories that come or change meanwhile move
    to the front of their order: the pages behind stay as they are, without gaps or repetitions.
    """
    asked = ask(reader, question)
    after = place_of(asked.order, cursor, PLACES[asked.order]) if cursor is not None else None
    rows = asked.rows(reader, [f"c.{column}" for column in CARD], limit=limit + 1, after=after)
    shown = rows[:limit]
    return StoryPage(
        stories=summaries(reader, shown),
        next_cursor=cursor_of(asked.order, _place(shown[-1])) if len(rows) > limit else None,
        is_whole=asked.is_whole,
    )


def export_stories(reader: Reader, question: Question) -> Iterator[tuple[StorySummary, list[VariantView]]]:
    """Give every story meant with the variants that stand, in the order of the ids, a page in memory at a time."""
    columns = ", ".join(CARD)
    for chunk in chunks(ask(reader, question, order="newest", matches=ALL).ids(reader)):
        variants = list_variants(reader, chunk)
        cards = reader.rows(f"SELECT {columns} FROM card WHERE story_id IN :stories ORDER BY story_id", stories=chunk)
        for summary in summaries(reader, cards):
            yield summary, standing(variants[summary.id])


def story_summary(reader: Reader, story_id: int) -> StorySummary:
    """Give a story that was not merged into another one; raises LookupError where there is none."""
    rows = reader.rows(f"SELECT {', '.join(CARD)} FROM card WHERE story_id = :story", story=story_id)
    if not rows:
        raise LookupError(f"no story {story_id}")
    return summaries(reader, rows)[0]


def changed_at(reader: Reader, stories: Sequence[StorySummary]) -> dict[int, datetime]:
    """Give when each of these stories changed last: a text of it came, it took in another, a person put it right."""
    last = {story.id: story.last_seen_at for story in stories}
    for chunk in chunks(last):
        for story_id, at in reader.rows(_CHANGED, stories=chunk):
            last[story_id] = max(last[story_id], utc(at))
    return last


def summaries(reader: Reader, cards: list[Row]) -> list[StorySummary]:
    """Give the stories of these cards, whose columns are CARD and what follows."""
    speakers: dict[int, Row] = {}
    for chunk in chunks(card[0] for card in cards):
        speakers |= {row[0]: row[1:] for row in reader.rows(_SPEAKERS, stories=chunk)}
    return [_summary(card, speakers[card[0]]) for card in cards]


def _summary(card: Row, speaker: Row) -> StorySummary:
    story_id, kind, size, independent, first_seen_at, last_seen_at, facets, *_ = card
    said: dict[str, list[str]] = json.loads(facets)
    states = said.get("state", [])
    return StorySummary(
        id=story_id,
        title=speaker[0],
        kind=kind,
        size=size,
        independent=independent,
        sources=said["outlet"],
        first_seen_at=utc(first_seen_at),
        last_seen_at=utc(last_seen_at),
        language=speaker[1],
        url=speaker[2],
        is_corrected="corrected" in states,
        is_suggested="suggested" in states,
        is_reviewed="reviewed" in states,
        is_withdrawn="withdrawn" in states,
    )


def _place(row: Row) -> Place:
    *numbers, at, story_id = row[len(CARD) :]
    return (*numbers, utc(at), story_id)
