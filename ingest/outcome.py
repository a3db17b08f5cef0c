"""How one document can end: the house's whole vocabulary of success and failure.

IngestError
├── Refused       final: record it and go on
└── Unavailable   may pass: try again later
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """The one way in which a run ends with one document."""

    # stored
    NEW_STORY = "new_story"
    VARIANT = "variant"
    REVISED = "revised"
    RECLEANED = "recleaned"
    UNCHANGED = "unchanged"
    # never asked for
    ADDRESS = "address"
    ROBOTS = "robots"
    OPAQUE = "opaque"
    # never arrived
    UNREACHABLE = "unreachable"
    HTTP_ERROR = "http_error"
    GONE = "gone"
    REDIRECTS = "redirects"
    # never arrived whole
    VANISHED = "vanished"
    PERMISSION = "permission"
    NOT_REGULAR = "not_regular"
    TOO_LARGE = "too_large"
    DAMAGED = "damaged"
    MALFORMED = "malformed"
    # arrived, but is no article
    NOT_A_FEED = "not_a_feed"
    NOT_HTML = "not_html"
    BINARY = "binary"
    UNDECODABLE = "undecodable"
    NO_TEXT = "no_text"
    TOO_SHORT = "too_short"
    WALL = "wall"
    BOILERPLATE = "boilerplate"
    # more than a page may cost
    TOO_COMPLEX = "too_complex"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    # our own fault
    FAILED = "failed"

    @property
    def is_stored(self) -> bool:
        """Whether the document is in the story database afterwards."""
        return self in _STORED

    @property
    def is_failure(self) -> bool:
        """Whether someone should look: the run then ends as done in part.

        A page that is simply no article (a wall, an empty shell), is gone, or is not for us, is no failure.
        """
        return self not in _STORED and self not in _NO_ARTICLE

    @property
    def may_pass(self) -> bool:
        """Whether the same input may end otherwise another time: it may be the machine's fault, or ours.

        It is tried `TRIES` times in all; then its outcome stands.
        """
        return self in _PASSING


_STORED = frozenset({Outcome.NEW_STORY, Outcome.VARIANT, Outcome.REVISED, Outcome.RECLEANED, Outcome.UNCHANGED})
_NO_ARTICLE = frozenset(
    {
        Outcome.ROBOTS,
        Outcome.OPAQUE,
        Outcome.GONE,
        Outcome.NOT_HTML,
        Outcome.NO_TEXT,
        Outcome.TOO_SHORT,
        Outcome.WALL,
        Outcome.BOILERPLATE,
    }
)
_PASSING = frozenset({Outcome.TIMEOUT, Outcome.MEMORY, Outcome.FAILED})
TRIES = 3  # of an input whose outcome may pass


class IngestError(Exception):
    """A document that goes no further; `str()` is one line."""

    def __init__(self, outcome: Outcome, url: str, detail: str) -> None:
        super().__init__(outcome, url, detail)
        self.outcome = outcome
        self.url = url
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.url}: {self.outcome}: {self.detail}"


class Refused(IngestError):
    """Final for this input: record it and go on."""


class Unavailable(IngestError):
    """May pass: try again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One document that did not make it, and why."""

    source: str
    url: str
    outcome: Outcome
    detail: str  # one line: the thing and the remedy
    at: datetime  # UTC, aware
    raw_key: int = 0  # RawDocument.raw_key where the input was read whole, else 0
    body_bytes: int = 0
