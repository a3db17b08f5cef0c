"""What to do with an article: evidence about other variants -> a decision, with its reasons. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingest.cluster.compare import Overlap

COPY_JACCARD = 0.5  # of word-5 shingles; docs/decisions.md, 7
EXCERPT_CONTAINMENT = 0.8
EXCERPT_SHARE = 0.25  # the excerpt's least part of the whole: a page that quotes is no copy of what it quotes
CUT_SHARE = 0.8  # an excerpt is shorter than this part of the whole; longer, it is a copy


class Relation(StrEnum):
    """What two variants are to one another."""

    COPY = "copy"
    EXCERPT = "excerpt"
    COVERAGE = "coverage"
    SUGGESTED = "suggested"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEvidence:
    """Why two texts are the same, or one part of the other."""

    jaccard: float
    containment: float
    shared_shingles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEvidence:
    """Why two articles report the same event, or perhaps do."""

    features: tuple[tuple[str, float], ...]  # name and value, as coverage.FEATURES names them
    terms: tuple[int, ...] = ()  # shared, heaviest first
    hours: float | None = None  # between their publications
    members: int = 1  # of the story, that the article was compared with
    mean: float = 0.0  # score over these


Evidence = TextEvidence | EventEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One other variant, what it is to the article, and why."""

    variant_id: int
    story_id: int
    relation: Relation
    score: float  # 0 to 1: containment or Jaccard of a copy, the pair score of coverage
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStory:
    """Nothing stored is sure enough to be the same."""

    suggestions: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinStory:
    """The article belongs to a stored story, and by it other stories may be that story too."""

    story_id: int
    links: tuple[Link, ...]
    absorbs: tuple[int, ...] = ()  # other stories that share a text with the article
    suggestions: tuple[Link, ...] = ()


Decision = NewStory | JoinStory


def relation_of(found: Overlap) -> Relation | None:
    """Tell whether two texts are COPY or EXCERPT, or neither (None): the same answer from either side."""
    if found.containment >= EXCERPT_CONTAINMENT and is_cut_length(found.smaller, found.larger):
        return Relation.EXCERPT
    return Relation.COPY if found.jaccard >= COPY_JACCARD else None


def is_cut_length(one: int, other: int) -> bool:
    """Tell whether the shorter of two texts, of so many shingles, is as long as one cut from the other can be."""
    return bool(one and other) and EXCERPT_SHARE <= min(one, other) / max(one, other) < CUT_SHARE


def decide(links: Iterable[Link], *, own_story: int | None = None) -> Decision:
    """Decide where an article belongs.

    A shared text joins all the stories that hold it, whatever the order of arrival: the oldest one absorbs the
    others. Coverage joins one story, never two. `own_story` is where a revised variant is already: it stays.
    """
    found = sorted(links, key=lambda link: (-link.score, link.variant_id))
    texts = [link for link in found if link.relation in (Relation.COPY, Relation.EXCERPT)]
    suggestions = tuple(link for link in found if link.relation is Relation.SUGGESTED)
    stories = {link.story_id for link in texts} | ({own_story} if own_story is not None else set())
    if stories:
        first = min(stories)
        absorbs = tuple(sorted(stories - {first}))
        return JoinStory(
            story_id=first, links=tuple(texts), absorbs=absorbs, suggestions=_outside(suggestions, stories)
        )
    events = [link for link in found if link.relation is Relation.COVERAGE]
    if events:
        story = events[0].story_id
        joined = tuple(link for link in events if link.story_id == story)
        return JoinStory(story_id=story, links=joined, suggestions=_outside(suggestions, {story}))
    return NewStory(suggestions=suggestions)


def _outside(suggestions: Sequence[Link], stories: set[int]) -> tuple[Link, ...]:
    return tuple(link for link in suggestions if link.story_id not in stories)
