"""What to do with an article: evidence about other variants -> a decision, with its reasons. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ingest.cluster.align import Alignment

# Of the tokens of two texts that run side by side; docs/decisions.md, 7.
SHARED = 0.55  # of the shorter text
SHARED_ON_A_SITE = 0.75  # where both are of one source, whose pages share more than their articles
PART = 0.2  # of the longer text
EXCERPT_SHARED = 0.8  # of an excerpt
LEAST_PART = 0.1  # of the longer text, where an excerpt is its beginning: a page that quotes is no copy
BEGINNING = 60  # tokens
LEAST_RUNS = 0.25  # of the shorter text, in runs of words that both texts have: in a text full of noise it is a third
LEAST_TOKENS = 40  # in such runs, where the longer text has much of its own: less is a phrase, or a line of the page
MUCH_ALIKE = 0.6  # of the longer text; above it, little is needed
CUT_SHARE = 0.8  # an excerpt is shorter than this part of the whole; longer, it is a copy
FORM_SLOTS = 3  # numbers and names that stand for others, from which two texts can be fillings of one form
FORM_SHARE = 0.2  # that these are of all that differs
FORM_DENSITY = 0.015  # and of the tokens side by side


class Relation(StrEnum):
    """What two variants are to one another."""

    COPY = "copy"
    EXCERPT = "excerpt"
    COVERAGE = "coverage"
    SUGGESTED = "suggested"
    EARLIER = "earlier"  # another story, of which this one is a follow-up, or the other way round


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEvidence:
    """Why two texts are the same, or one part of the other."""

    jaccard: float  # of shingles
    containment: float
    shared_shingles: int
    aligned: tuple[float, float] = (1.0, 1.0)  # shares of the shorter and of the longer text that run side by side
    passages: tuple[tuple[int, int, int, int], ...] = ()  # the longest: first, after in either text; tokens
    numbers: int = 0  # that stand in one where the other has another
    names: int = 0  # likewise
    words: int = 0  # other tokens that differ between shared passages


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEvidence:
    """Why two articles report the same event, or perhaps do."""

    features: tuple[tuple[str, float], ...]  # name and value, as coverage.FEATURES names them
    terms: tuple[int, ...] = ()  # shared, heaviest first
    hours: float | None = None  # between their publications
    members: int = 1  # of the other's story, that were compared
    mean: float = 0.0  # score between the articles of both groups, as they were before they joined


Evidence = TextEvidence | EventEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One other variant, what it is to the article, and why."""

    variant_id: int
    story_id: int
    relation: Relation
    score: float  # 0 to 1: share of the shorter text, or the pair score of coverage
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStory:
    """No stored text is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinStory:
    """The article belongs to a stored story, and by its text other stories are that story too."""

    story_id: int
    links: tuple[Link, ...]
    absorbs: tuple[int, ...] = ()  # other stories that share a text with the article
    suggestions: tuple[Link, ...] = ()


Decision = NewStory | JoinStory


def relation_of(found: Alignment, *, same_source: bool, least: float = SHARED) -> Relation | None:
    """Tell whether two texts are COPY or EXCERPT, or neither (None): the same answer from either side.

    `least` of the shorter text must be shared, SHARED or more.
    """
    shorter, longer = found.shares
    if shorter < max(least, SHARED_ON_A_SITE if same_source else SHARED) or is_form(found):
        return None
    if found.shared < LEAST_RUNS * min(found.sizes) or (longer < MUCH_ALIKE and found.shared < LEAST_TOKENS):
        return None
    begins = found.starts[0] if found.sizes[0] >= found.sizes[1] else found.starts[1]
    is_beginning = longer >= LEAST_PART and shorter >= EXCERPT_SHARED and begins <= BEGINNING
    if longer < PART and not is_beginning:
        return None
    is_cut = shorter >= EXCERPT_SHARED and is_cut_length(*found.sizes)
    return Relation.EXCERPT if is_cut else Relation.COPY


def is_form(found: Alignment) -> bool:
    """Tell whether two texts are fillings of one form: what differs are above all numbers and names."""
    differing = found.slots + found.words
    return (
        found.slots >= (FORM_SLOTS if found.shared >= LEAST_TOKENS else 1)  # in a few words one name tells
        and found.slots >= FORM_SHARE * differing
        and found.slots >= FORM_DENSITY * max(found.aligned)
    )


def is_cut_length(one: int, other: int) -> bool:
    """Tell whether the shorter of two texts, of so many tokens, is as long as one cut from the other can be."""
    return bool(one and other) and LEAST_PART <= min(one, other) / max(one, other) < CUT_SHARE


def decide(
    links: Iterable[Link],
    *,
    own_story: int | None = None,
    apart: Callable[[int, int], bool] = lambda _, __: False,
) -> Decision:
    """Decide by the texts that an article shares where it belongs; linkage.link_groups() goes on from there.

    A shared text joins all the stories that hold it, whatever the order of arrival: the oldest one absorbs the
    others. `own_story` is where a revised variant is already: it stays. Stories that must stay `apart`, for people
    said so, are never joined: the article goes to the one that it resembles more, and is suggested to the other.
    """
    found = sorted(links, key=lambda link: (-link.score, link.variant_id))
    stories = {own_story} if own_story is not None else set()
    for story_id in dict.fromkeys(link.story_id for link in found):
        if not any(apart(one, story_id) for one in stories):
            stories.add(story_id)
    return _joined(stories, found) if stories else NewStory()


def _joined(stories: set[int], links: Sequence[Link]) -> JoinStory:
    """Join the oldest of the stories, which absorbs the others; what ties the article to more is a suggestion."""
    first = min(stories)
    others = tuple(replace(link, relation=Relation.SUGGESTED) for link in links if link.story_id not in stories)
    return JoinStory(
        story_id=first,
        links=tuple(link for link in links if link.story_id in stories),
        absorbs=tuple(sorted(stories - {first})),
        suggestions=others,
    )
