"""Which stories: the filters as they stand in an address, and as the question that is asked of the database."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from query.serve.problems import Mistake, Problem
from query.since import parse_since
from storage.asking import Question

MOST_ROWS = 1_000  # of one answer
MOST_EXPORTED = 100_000  # of one file
MOST_ID = 2**53 - 1  # of what every reader of JSON takes as it is
TIMES = (
    *("seen_since", "seen_until", "changed_since", "changed_until"),
    *("published_since", "published_until"),
)
_TIME_SCHEMA = {
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "pattern": "^[0-9]{1,5}[mhdw]$"}],
    "description": "24h, 7d, 2026-05-20, or a time (UTC unless it says otherwise).",
}
Time = Annotated[str, Field(max_length=40), WithJsonSchema(_TIME_SCHEMA)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[
    str, Field(max_length=2_000, description='Words, "phrases", prefix*, AND, OR, NOT, title:word; a text has all.')
]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Kind = Literal["single", "reprinted", "covered"]
Stored = Literal["new_story", "variant", "revised", "recleaned"]
State = Literal["corrected", "withdrawn", "reviewed", "suggested"]
Order = Literal["newest", "changed", "independent", "best"]
Cursor = Annotated[str, Field(max_length=1_000, description="Of the answer before, as its Link says.")]


class Filters(BaseModel):
    """Which stories; what is not given does not matter."""

    model_config = ConfigDict(extra="forbid")

    q: Words | None = None
    seen_since: Time | None = None
    seen_until: Time | None = None
    changed_since: Time | None = None
    changed_until: Time | None = None
    published_since: Time | None = None
    published_until: Time | None = None
    outlet: Name | None = None
    publisher: Name | None = None
    language: Name | None = None
    country: Name | None = None
    least_variants: Count | None = None
    least_independent: Count | None = None
    kind: Kind | None = None
    state: State | None = None
    run: Annotated[int, Field(ge=1, le=MOST_ID)] | None = None
    outcome: Stored | None = None

    def asked(self) -> dict[str, Any]:  # Any: texts and numbers
        """Give the filters that were given, by name, as they stand in an address."""
        return {name: getattr(self, name) for name in Filters.model_fields if getattr(self, name) is not None}

    def question(self, *, order: Order | None = None) -> Question:
        """Give the question that these filters ask; raises Problem for a time that is none."""
        asked: dict[str, Any] = {**self.asked(), **_times(self)}  # Any: as above
        text = asked.pop("q", None)
        best: Order = "best" if text else "changed"
        return Question(**asked, text=text or None, order=order or best)


class Listed(Filters):
    """A listing of stories."""

    order: Order | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 50
    cursor: Cursor | None = None


class Exported(Filters):
    """A file of stories."""

    order: Order | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_EXPORTED)] = MOST_EXPORTED


class Shown(Filters):
    """A page of stories; what a form leaves empty was not asked."""

    order: Order | None = None
    cursor: Cursor | None = None
    fold: Literal["events", "copies"] = "events"
    open: Annotated[int, Field(ge=1, le=MOST_ID)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:  # Any: what pydantic hands on
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given


def _times(filters: Filters) -> dict[str, datetime]:
    now = datetime.now(UTC)
    found = {name: getattr(filters, name) for name in TIMES if getattr(filters, name) is not None}
    try:
        return {name: parse_since(text, now) for name, text in found.items()}
    except ValueError as error:
        raise Problem(422, str(error), mistakes=[Mistake(where="query", what=str(error))]) from None
