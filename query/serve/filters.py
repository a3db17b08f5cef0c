"""Which stories: the filters as they stand in an address, and as the question that is asked of the database."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from query.serve.problems import Mistake, Problem
from query.terminal.since import AGO, parse_since
from storage.asking import Question
from storage.reading import MOST_ID

MOST_ROWS = 1_000  # of one answer
MOST_EXPORTED = 100_000  # of one file
TIMES = (
    *("seen_since", "seen_until", "changed_since", "changed_until"),
    *("published_since", "published_until"),
)
_TIME_SCHEMA = {
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "pattern": f"^{AGO}$"}],
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
Cursor = Annotated[str, Field(max_length=1_000)]
BEHIND = "Goes on where the answer before ended, as its Link says."
MOST = "So many at most."
_ORDER = "The last changed first, newest, most independent, or best match; with a text the best match, else changed."


class Filters(BaseModel):
    """Which stories; what is not given does not matter."""

    model_config = ConfigDict(extra="forbid")

    # Where an option of the command line has another name, it is told.
    q: Words | None = Field(default=None, description="With a text that holds this; --text.")
    seen_since: Time | None = Field(default=None, description="First seen since.")
    seen_until: Time | None = Field(default=None, description="First seen before.")
    changed_since: Time | None = Field(default=None, description="Last seen since; --since.")
    changed_until: Time | None = Field(default=None, description="Last seen before; --until.")
    published_since: Time | None = Field(default=None, description="First published since.")
    published_until: Time | None = Field(default=None, description="First published before.")
    outlet: Name | None = Field(default=None, description="With a variant of this source; --source.")
    publisher: Name | None = Field(default=None, description="With a variant of this owner's.")
    language: Name | None = Field(default=None, description="With a variant in it: en, pt-BR.")
    country: Name | None = Field(
        default=None, description="With an outlet of it: as sources.toml says, or the language's."
    )
    least_variants: Count | None = Field(default=None, description="With at least so many variants; --min-variants.")
    least_independent: Count | None = Field(
        default=None, description="With at least so many independent voices; --independent."
    )
    kind: Kind | None = Field(default=None, description="One variant, reprints of one text, or coverage of one event.")
    state: State | None = Field(
        default=None, description="In this state; without one, all but those that were withdrawn."
    )
    run: Annotated[int, Field(ge=1, le=MOST_ID)] | None = Field(
        default=None, description="Made or changed by this run."
    )
    outcome: Stored | None = Field(default=None, description="And by a document of this outcome.")

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

    order: Order | None = Field(default=None, description=_ORDER)
    limit: int = Field(default=50, ge=1, le=MOST_ROWS, description=MOST)
    cursor: Cursor | None = Field(default=None, description=BEHIND)


class Exported(Filters):
    """A file of stories."""

    order: Order | None = Field(default=None, description=_ORDER)
    limit: int = Field(default=MOST_EXPORTED, ge=1, le=MOST_EXPORTED, description=MOST)


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
