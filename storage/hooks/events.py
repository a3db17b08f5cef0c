"""What a webhook is still to be told: changes of stories, in the order of their ids.

    change > since_change | its event's name | its story as it stands now | how many independent voices, where more

A story is told as it stands when it is told, so what is told late says nothing that was withdrawn meanwhile.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.hooks.kept import INDEPENDENT, Hook
from storage.reading import Reader, Row, chunks, utc

MOST_CHANGES = 200  # read at once: what is told of a story is not much older than the telling

_EVENT_OF = {
    "created": "story.created",
    "joined": "story.joined",
    "revised": "story.corrected",
    "merged": "story.merged",
    "parted": "story.split",
    "gained": "story.joined",
}
_GROWING = ("created", "joined", "absorbed", "gained")
_NAMES_URL = ("created", "joined", "revised")
_JUDGED = ("withdraw", "restore", "undo")
_OTHER = re.compile(r"story (\d+)$")
_JUDGEMENT = re.compile(r"judgement (\d+):")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryNow:
    """A story as it stands; one that is withdrawn says nothing but that."""

    id: int
    title: str | None  # this and the next two: of its canonical variant
    url: str | None
    source: str | None
    kind: str
    size: int
    independent: int
    first_seen_at: datetime
    last_seen_at: datetime
    is_withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a hook is told."""

    change_id: int
    name: str
    at: datetime
    story_id: int  # whose change it was: `story` is what it was merged into, where it was
    other_story_id: int | None  # which it was merged into, or lost variants to, or began from
    url: str | None  # of the article that came or was changed
    known: int | None  # of story.independent alone: how many voices the hook knew of
    story: StoryNow

    def key(self, hook_id: int) -> str:
        """Give what names it for good, however often it is told."""
        return f"{hook_id}-{self.change_id}" + ("-independent" if self.name == INDEPENDENT else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change that a hook is told, in one or two events."""

    change_id: int
    events: tuple[Event, ...]

    @property
    def heard(self) -> dict[int, int]:
        """How many voices the hook knows of afterwards, by story."""
        return {event.story.id: event.story.independent for event in self.events if event.name == INDEPENDENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The next changes, and what of them a hook is told."""

    steps: tuple[Step, ...]
    last_change: int  # the last that was looked at
    is_all: bool
    is_empty: bool

    @property
    def is_last_told(self) -> bool:
        """Tell whether nothing lies behind the last change that is told, or nothing was looked at."""
        return self.is_empty or bool(self.steps and self.steps[-1].change_id == self.last_change)


def read_pending(reader: Reader, hook: Hook, *, most: int = MOST_CHANGES) -> Pending:
    """Give what a hook is to be told next, in order."""
    rows = reader.rows(
        "SELECT id, story_id, kind, detail, at FROM change WHERE id > :since ORDER BY id LIMIT :most",
        since=hook.since_change,
        most=most,
    )
    names = _names(reader, rows)
    is_heard = INDEPENDENT in hook.events
    told = [row for row in rows if names.get(row[0]) in hook.events or (is_heard and row[2] in _GROWING)]
    survivors = _survivors(reader, {row[1] for row in told})
    stories = _stories(reader, set(survivors.values()))
    known = _known(reader, hook.id, stories) if is_heard else {}
    steps = []
    for row in told:
        story = stories[survivors[row[1]]]
        name = names.get(row[0])
        events = [_event(row, name, story)] if name in hook.events and name is not None else []
        before = known.get(story.id, 1)
        if is_heard and row[2] in _GROWING and story.independent > before and not story.is_withdrawn:
            known[story.id] = story.independent
            events.append(_event(row, INDEPENDENT, story, known=before))
        if events:
            steps.append(Step(change_id=row[0], events=tuple(events)))
    last = rows[-1][0] if rows else hook.since_change
    return Pending(steps=tuple(steps), last_change=last, is_all=len(rows) < most, is_empty=not rows)


def _event(row: Row, name: str, story: StoryNow, *, known: int | None = None) -> Event:
    change_id, story_id, kind, detail, at = row
    other = _OTHER.search(detail) if kind in ("merged", "parted", "gained") else None
    return Event(
        change_id=change_id,
        name=name,
        at=utc(at),
        story_id=story.id if name == INDEPENDENT else story_id,
        other_story_id=int(other[1]) if other else None,
        url=detail if kind in _NAMES_URL and not story.is_withdrawn else None,
        known=known,
        story=story,
    )


def _names(reader: Reader, rows: Sequence[Row]) -> dict[int, str]:
    """Give the name of the event that each change is, by its id; most kinds of change are an event of one name."""
    names = {row[0]: _EVENT_OF[row[2]] for row in rows if row[2] in _EVENT_OF}
    begun = _first_changes(reader, {row[1] for row in rows if row[2] == "gained"})
    names |= {row[0]: "story.created" for row in rows if row[2] == "gained" and begun[row[1]] == row[0]}
    said = {row[0]: int(found[1]) for row in rows if row[2] in _JUDGED and (found := _JUDGEMENT.match(row[3]))}
    whole = _withdrawals(reader, set(said.values()))
    return names | {change: whole[judgement] for change, judgement in said.items() if judgement in whole}


def _first_changes(reader: Reader, stories: Iterable[int]) -> dict[int, int]:
    return {
        story: first
        for chunk in chunks(stories)
        for story, first in reader.rows(
            "SELECT story_id, min(id) FROM change WHERE story_id IN :stories GROUP BY story_id", stories=chunk
        )
    }


def _withdrawals(reader: Reader, judgements: Iterable[int]) -> dict[int, str]:
    """Give of judgements that withdrew or restored whole stories which they did: an undo does the contrary."""
    found: dict[int, str] = {}
    for chunk in chunks(judgements):
        for number, *said in reader.rows(
            """
            SELECT j.id, j.kind, j.story_id, t.kind, t.story_id, b.kind, b.story_id
            FROM judgement j LEFT JOIN judgement t ON t.id = j.undoes LEFT JOIN judgement b ON b.id = t.undoes
            WHERE j.id IN :judgements""",
            judgements=chunk,
        ):
            undone = sum(kind is not None for kind in said[2::2])  # 0, 1, or 2: said again
            kind, story = said[2 * undone : 2 * undone + 2]
            if kind in ("withdraw", "restore") and story is not None:
                is_gone = (kind == "withdraw") == (undone != 1)
                found[number] = "story.withdrawn" if is_gone else "story.restored"
    return found


def _survivors(reader: Reader, stories: set[int]) -> dict[int, int]:
    """Give for each story the one that is left of it."""
    into: dict[int, int] = {}
    asked = stories
    while asked:
        found: dict[int, int] = dict(
            row
            for chunk in chunks(asked)
            for row in reader.rows(
                "SELECT id, merged_into FROM story WHERE id IN :stories AND merged_into IS NOT NULL", stories=chunk
            )
        )
        into |= found
        asked = set(found.values()) - into.keys()
    return {story: _end(story, into) for story in stories}


def _end(story: int, into: Mapping[int, int]) -> int:
    while story in into:
        story = into[story]
    return story


def _stories(reader: Reader, stories: Iterable[int]) -> dict[int, StoryNow]:
    return {
        row[0]: _story(row)
        for chunk in chunks(stories)
        for row in reader.rows(
            """
            SELECT s.id, s.kind, s.size, s.first_seen_at, s.last_seen_at, s.withdrawn_at, c.independent,
                v.title, v.url, v.source
            FROM story s JOIN card c ON c.story_id = s.id JOIN variant v ON v.story_id = s.id
            WHERE s.id IN :stories AND v.is_canonical""",
            stories=chunk,
        )
    }


def _story(row: Row) -> StoryNow:
    is_withdrawn = row[5] is not None
    title, url, source = (None, None, None) if is_withdrawn else row[7:]
    return StoryNow(
        id=row[0],
        title=title,
        url=url,
        source=source,
        kind=row[1],
        size=row[2],
        independent=row[6],
        first_seen_at=utc(row[3]),
        last_seen_at=utc(row[4]),
        is_withdrawn=is_withdrawn,
    )


def _known(reader: Reader, hook_id: int, stories: Iterable[int]) -> dict[int, int]:
    return dict(
        row
        for chunk in chunks(stories)
        for row in reader.rows(
            "SELECT story_id, independent FROM heard WHERE hook_id = :hook AND story_id IN :stories",
            hook=hook_id,
            stories=chunk,
        )
    )
