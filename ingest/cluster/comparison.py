"""Any two articles, compared as the store would: what ties them, what does not, and how much was missing. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ingest.cluster.align import align, replaced
from ingest.cluster.analysis import MATCHABLE_TOKENS
from ingest.cluster.compare import overlap, shingle_set
from ingest.cluster.coverage import is_foreign, score_pairs
from ingest.cluster.decide import Relation, is_form, relation_of
from ingest.cluster.differences import Replacement
from ingest.cluster.explain import Hurdle, Quote, contributions, hurdles, log_odds, quotes
from ingest.cluster.profile import NAME, NUMBER, words_of
from ingest.cluster.readings import readings
from ingest.cluster.replay import SHIPPED_THRESHOLDS, Thresholds
from ingest.cluster.vectors import Vector
from ingest.cluster.weights import SUGGEST

TOO_SHORT = (
    f"a text of under {MATCHABLE_TOKENS} tokens is never compared: it joins only what another site says in the very"
    " same words, headline included"
)
FORM = "two fillings of one form: what differs are above all numbers and names, so they are two stories"
_ALONE_SHOWN = 8  # of the heaviest terms that only one of the two has


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One of the two: an article, and how the store would weigh its terms."""

    source: str
    url: str
    title: str
    text: str
    published_at: datetime | None  # None where nobody said, or it is a guess
    language: str | None
    is_matchable: bool
    vector: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFinding:
    """What two texts share, word for word."""

    relation: Relation | None
    tokens: tuple[int, int]
    aligned: tuple[float, float]  # shares of the shorter and of the longer text that run side by side
    jaccard: float
    containment: float
    is_form: bool  # two fillings of one form
    hurdles: list[Hurdle]
    passages: list[Quote]  # the longest first
    numbers: int  # that stand for others
    names: int  # likewise
    words: int  # other tokens that differ between shared passages
    replaced: list[Replacement]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFinding:
    """Whether two articles report the same event, by what they share of its rare terms."""

    relation: Relation | None
    score: float
    features: dict[str, float]
    gave: dict[str, float]  # what each added to the log-odds; "bias" is what every pair begins with
    log_odds: float  # their sum
    join: float  # score from which a story is joined: more of what was published a month apart
    suggest: float  # score from which a person is asked
    join_missed_by: float  # log-odds; 0 where it is reached
    suggest_missed_by: float
    is_foreign: bool  # in different languages: the score is held down, so that at most a person is asked
    hours: float | None  # between their publications
    terms: list[str]  # shared, heaviest first
    names: list[str]  # of these
    numbers: list[str]
    only_one: list[str]  # heaviest terms of the first that the second does not have
    only_other: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What two articles are to one another; None: nothing."""

    relation: Relation | None
    text: TextFinding
    event: EventFinding
    never: str  # why two such articles are never matched, whatever they share; "" where they are


def compare(one: Subject, other: Subject, thresholds: Thresholds = SHIPPED_THRESHOLDS) -> Finding:
    """Compare two articles, as copies and as reports of one event."""
    text, event = _compare_texts(one, other, thresholds.copy), _compare_events(one, other, thresholds)
    if not (one.is_matchable and other.is_matchable):
        return Finding(relation=None, text=text, event=event, never=TOO_SHORT)
    if text.is_form:
        return Finding(relation=None, text=text, event=event, never=FORM)
    return Finding(relation=text.relation or event.relation, text=text, event=event, never="")


def _compare_texts(one: Subject, other: Subject, least: float) -> TextFinding:
    mine, theirs = readings([one.text, other.text])
    same_source = one.source == other.source
    found = align(mine, theirs)
    shared = overlap(shingle_set(mine), shingle_set(theirs))
    return TextFinding(
        relation=relation_of(found, same_source=same_source, least=least),
        tokens=found.sizes,
        aligned=found.shares,
        jaccard=shared.jaccard,
        containment=shared.containment,
        is_form=is_form(found),
        hurdles=hurdles(found, same_source=same_source, least=least),
        passages=quotes(mine, theirs, found.passages),
        numbers=found.numbers,
        names=found.names,
        words=found.words,
        replaced=replaced(mine, theirs),
    )


def _compare_events(one: Subject, other: Subject, thresholds: Thresholds) -> EventFinding:
    [pair] = score_pairs([(one.vector, other.vector)])
    join = thresholds.least_of_event(pair.hours)
    gave = contributions(pair.named)
    odds = sum(gave.values())
    mine, theirs = _words(one, other)
    kinds = _kinds(one.vector) if pair.terms else {}
    shared = [(mine.get(term) or theirs.get(term), kinds.get(term, 0)) for term in pair.terms]
    relation = Relation.COVERAGE if pair.score >= join else Relation.SUGGESTED if pair.score >= SUGGEST else None
    if relation is not Relation.COVERAGE and pair.is_earlier:
        relation = Relation.EARLIER
    return EventFinding(
        relation=relation,
        score=pair.score,
        features=dict(pair.named),
        gave=gave,
        log_odds=odds,
        join=join,
        suggest=SUGGEST,
        join_missed_by=max(log_odds(join) - odds, 0.0),
        suggest_missed_by=max(log_odds(SUGGEST) - odds, 0.0) if relation is None else 0.0,  # meaning may have lifted it
        is_foreign=is_foreign(one.vector.language, other.vector.language),
        hours=pair.hours,
        terms=[word for word, _ in shared if word],
        names=[word for word, kind in shared if word and kind & NAME],
        numbers=[word for word, kind in shared if word and kind & NUMBER],
        only_one=_alone(one.vector, mine, theirs),
        only_other=_alone(other.vector, theirs, mine),
    )


def _words(one: Subject, other: Subject) -> list[dict[int, str]]:
    """Give for each of two articles the words in it that are terms of either."""
    terms = sorted({*one.vector.terms.tolist(), *other.vector.terms.tolist()})
    return words_of([f"{subject.title}\n{subject.text}" for subject in (one, other)], [terms, terms])


def _kinds(vector: Vector) -> dict[int, int]:
    return dict(zip(vector.terms.tolist(), vector.kinds.tolist(), strict=True))


def _alone(vector: Vector, mine: Mapping[int, str], theirs: Mapping[int, str]) -> list[str]:
    heaviest = vector.terms[np.argsort(-vector.weights, kind="stable")].tolist()
    return [mine[term] for term in heaviest if term in mine and term not in theirs][:_ALONE_SHOWN]
