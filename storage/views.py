"""What leaves the store: the CLI's --json, the API and the page read one and the same class.

Plain dataclasses: importing SQLModel costs more than a reading command may take (docs/decisions.md, 5).
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantView:
    """An article as one source ran it."""

    id: int
    url: str
    source: str
    title: str
    text: str
    relation: str  # canonical, copy, excerpt, coverage
    copy_of: int | None  # the variant whose text it repeats
    similarity: float | None  # score of its best link inside the story, 0 to 1; None for a single
    is_canonical: bool
    published_at: datetime | None
    published_from: str | None  # stated, json-ld, meta, microdata, time, line, url; guess: not to be sorted by
    published_on: date | None  # the day where it was published; published_at, in UTC, may be of another
    modified_at: datetime | None
    modified_from: str | None
    first_seen_at: datetime
    fetched_at: datetime
    language: str | None
    byline: str | None
    credit: str | None
    cleaner: str
    revisions: int  # how many texts the outlet had there before
    text_from: str  # page, or feed where the page could not be had
    media: list[str]  # addresses of its pictures, sound and film, as the feed names them
    image: str | None  # address of its main picture
    section: str | None
    publisher: str | None
    is_teaser: bool  # the beginning of an article that has to be paid for
    withdrawn_at: datetime | None = None  # by a person


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """Why two variants are together, or were held apart."""

    variant_a: int
    variant_b: int
    relation: str  # copy, excerpt, coverage, suggested, earlier
    score: float
    evidence: dict[str, object]  # feature name to its value: numbers, terms, passages
    scheme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """Where a variant of another story is, and what it is about."""

    variant_id: int
    story_id: int
    source: str
    title: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedView:
    """A removed line and the rule that removed it."""

    variant_id: int
    rule: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One event in a story's life."""

    kind: str
    actor: str
    run_id: int | None
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySummary:
    """One line of a listing."""

    id: int
    title: str
    kind: str  # single, reprinted, covered
    size: int
    independent: int  # voices behind the variants: reprints, one owner's outlets and wire copy count once
    sources: list[str]
    first_seen_at: datetime
    last_seen_at: datetime
    language: str | None
    url: str  # of the canonical variant
    is_corrected: bool  # an outlet changed what it had published
    is_suggested: bool  # a variant may belong to another story: a person should look
    is_reviewed: bool
    is_withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceView:
    """One independent voice of a story, and what repeats it."""

    name: str  # of an agency, an owner or an outlet
    kind: str  # wire (credited), publisher (an owner that is known), outlet
    variants: list[int]  # the earliest first
    sources: list[str]  # of these


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryDetail:
    """All of one story."""

    id: int
    asked_for: int  # another id than `id` when the story asked for was merged into this one
    title: str
    kind: str
    first_seen_at: datetime
    last_seen_at: datetime
    canonical_why: dict[str, object]  # rule, variant, losers
    independent: int
    voices: list[VoiceView]  # as many: which variants count as one
    states: list[str]  # corrected, suggested, reviewed, withdrawn
    variants: list[VariantView]
    links: list[LinkView]
    removed: list[RemovedView]
    changes: list[ChangeView]
    withdrawn_at: datetime | None = None  # by a person
    split_from: int | None = None  # the story that it was parted from, by a person


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionView:
    """Two stories that may be one: a person should say."""

    variant_a: int  # the younger of the two that were compared
    variant_b: int
    score: float
    hours: float | None  # between them
    terms: list[str]  # shared, heaviest first
    story_a: int
    size_a: int
    source_a: str
    title_a: str
    published_a: datetime | None
    story_b: int
    size_b: int
    source_b: str
    title_b: str
    published_b: datetime | None
    is_later: bool  # somebody put it off


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementView:
    """What a person said about stories and variants."""

    id: int
    kind: str  # same, not-same, merge, split, move, pin, unpin, withdraw, restore, later, undo
    said: str  # as on the command line: split 4 7 9
    story_id: int | None  # the first story that it names
    actor: str
    note: str
    at: datetime
    undoes: int | None  # of an undo
    undone_by: int | None  # None: it holds
    variants: list[int]  # that it is about


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A variant that answers a search, best first."""

    story_id: int
    variant_id: int
    title: str
    source: str
    url: str
    published_at: datetime | None
    snippet: str  # a passage around the match, matches between « and »
    rank: float  # higher is better; comparable within one answer only


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """What one run did."""

    id: int
    flow: str
    what: str
    started_at: datetime
    seen_at: datetime  # the last sign of life
    finished_at: datetime | None
    state: str  # running, silent (no sign of life for a minute), lost (for ten), done, partly (some failed), failed
    error: str | None
    met: int | None
    outcomes: dict[str, int]
    prefect_id: str | None

    @property
    def silent_since(self) -> datetime | None:
        """When it gave its last sign of life; None while it gives them, and once it has ended."""
        return self.seen_at if self.state in {"silent", "lost"} else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInRun:
    """What one run had of one source, on the network."""

    source: str
    outcome: str | None  # of asking it: listed, unchanged, busy, or an Outcome; None: its pages alone were fetched
    detail: str  # one line
    silent_s: float | None  # for how long it had listed nothing new, where that was far beyond its habit
    seconds: float  # that asking it took, and each of its pages, with the rests that its hosts were given
    pages: int  # asked for
    slowest_s: float  # what the longest of them took


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionView:
    """One document that did not make it."""

    source: str
    url: str
    outcome: str
    detail: str
    attempts: int
    run_id: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingView:
    """A page that a source listed, and that is not fetched yet, or not again."""

    source: str  # the first that listed it
    host: str
    url: str
    found_at: datetime  # since when it waits
    next_try_at: datetime  # not before
    attempts: int  # since it began to wait
    outcome: str | None  # of the last attempt: stored, or an Outcome
    fetched_at: datetime | None  # the last time: its source says that it changed since


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """Where we stand with one source, and what came of it."""

    source: str
    asked_url: str | None  # asked in place of its own address: where it moved for good, or the feed found on it
    polled_at: datetime | None
    succeeded_at: datetime | None
    next_due_at: datetime | None
    outcome: str  # of the last poll: listed, unchanged, or an Outcome
    detail: str
    failures: float  # since the last success: 1 for a no, a half for what may pass
    failing_since: datetime | None
    retired_at: datetime | None  # not asked any more
    publishes_every_s: float | None  # typical time from one new page to the next
    newest_at: datetime | None  # when it listed something new
    silent_s: float | None  # for how long it has listed nothing new, where that is far beyond its habit
    waiting: int  # pages to be fetched
    stored: int  # variants
    rejected: int  # documents that were not taken
