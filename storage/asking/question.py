"""What can be asked of the stories, and the values that an answer is made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from storage.cursors import QuestionProblem
from storage.happened import HAPPENED
from storage.views import StorySummary

ORDERS = ("changed", "newest", "independent", "best")
KINDS = ("single", "reprinted", "covered")
STATES = ("corrected", "suggested", "reviewed", "withdrawn")
COUNTED = 2_000  # stories that are counted at the most
MATCHES = 2_000  # variants that a text is found in: of more, the newest

Step: TypeAlias = Literal["hour", "day"]

PLACES = {  # where a page of each order ended: what this is by, and last the story
    **dict.fromkeys(("changed", "newest"), (datetime, int)),
    **dict.fromkeys(("independent", "best"), (int, datetime, int)),
}


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
    run: int | None = None  # that made or changed it
    outcome: str | None = None  # and of what document: new_story, variant, revised, recleaned
    order: str = "changed"  # last seen first; newest: first seen last; independent; best: text in the title first

    def __post_init__(self) -> None:
        """Refuse what nothing can be.

        Raises QuestionProblem.
        """
        for name, value, known in (
            ("order", self.order, ORDERS),
            ("kind", self.kind, KINDS),
            ("state", self.state, STATES),
            ("outcome", self.outcome, tuple(HAPPENED)),
        ):
            if value is not None and value not in known:
                raise QuestionProblem(f"{name}: {value[:40]!r} is none of {', '.join(known)}")
        if self.outcome is not None and self.run is None:
            raise QuestionProblem("outcome: say of which run")


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
