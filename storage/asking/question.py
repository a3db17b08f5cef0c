"""What can be asked of the stories, and the values that an answer is made of."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from storage.reading import DatabaseProblem
from storage.views import StorySummary

ORDERS = ("changed", "newest", "independent", "best")
KINDS = ("single", "reprinted", "covered")
STATES = ("corrected", "suggested", "reviewed", "withdrawn")
COUNTED = 2_000  # stories that are counted at the most
MATCHES = 2_000  # variants that a text is found in: of more, the newest

Place: TypeAlias = tuple[object, ...]  # where a page ended: what its order is by, and last the story
Step: TypeAlias = Literal["hour", "day"]

_MOST_CURSOR_CHARS = 500
_TIMES = {"changed": 1, "newest": 1, "independent": 2, "best": 2}  # which part of a place is a time, from 1


class QuestionProblem(DatabaseProblem):
    """A question that cannot be answered: one line that says what to ask instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which stories, and in which order; what is None does not matter."""

    text: str | None = None  # words, "phrases", prefix*, AND OR NOT, title: before any of them
    seen_since: datetime | None = None  # first seen then or later
    seen_until: datetime | None = None  # and before then
    changed_since: datetime | None = None  # last seen
    changed_until: datetime | None = None
    published_since: datetime | None = None  # by whoever published first
    published_until: datetime | None = None
    outlet: str | None = None  # the source of a variant
    publisher: str | None = None  # the owner of such a source
    language: str | None = None  # of a variant; "pt" means "pt-BR" too
    country: str | None = None  # of an outlet: of the list of sources, else the region that the language names
    least_variants: int | None = None
    least_independent: int | None = None
    kind: str | None = None  # single, reprinted, covered
    state: str | None = None  # corrected, suggested, reviewed, withdrawn; without one, none that is withdrawn
    order: str = "changed"  # last seen first; newest: first seen last; independent; best: text in the title first

    def __post_init__(self) -> None:
        """Refuse what nothing can be.

        Raises QuestionProblem.
        """
        for name, value, known in (
            ("order", self.order, ORDERS),
            ("kind", self.kind, KINDS),
            ("state", self.state, STATES),
        ):
            if value is not None and value not in known:
                raise QuestionProblem(f"{name}: {value[:40]!r} is none of {', '.join(known)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPage:
    """Some of the stories asked for."""

    stories: list[StorySummary]
    next_cursor: str | None  # asks for the page behind this one; None: there is none
    is_whole: bool  # no: more than MATCHES variants hold the text, and the stories are those of the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many stories."""

    value: int
    is_exact: bool  # no: at least so many


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """A value that stories asked for have, and how many of them."""

    value: str
    count: int
    is_exact: bool  # no: of the COUNTED that changed last, or of the newest MATCHES of a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """An hour or a day, and how many variants were published in it."""

    at: datetime  # its beginning, UTC
    variants: int


def cursor_of(order: str, place: Place) -> str:
    """Give the cursor that asks for what comes behind `place`."""
    parts = [part.isoformat() if isinstance(part, datetime) else part for part in place]
    return base64.urlsafe_b64encode(json.dumps([order, *parts]).encode()).decode().rstrip("=")


def place_of(order: str, cursor: str) -> Place:
    """Give where the page before ended.

    Raises QuestionProblem for what is no cursor, or one of another order.
    """
    problem = QuestionProblem("this is no cursor of this question: ask for the first page again")
    if len(cursor) > _MOST_CURSOR_CHARS:
        raise problem
    try:
        said = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        made_for, *numbers, at, story_id = said
        time = datetime.fromisoformat(at)
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise problem from None
    place = (*numbers, time, story_id)
    is_sound = made_for == order and time.tzinfo is not None and len(place) == _TIMES[order] + 1
    if not is_sound or not all(type(part) is int and abs(part) < 2**63 for part in (*numbers, story_id)):
        raise problem
    return place
