"""Why the variants of a story are together, and why one speaks for it: what each reason gave, quoted and counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from ingest.cluster.align import replaced
from ingest.cluster.canonical import Rule
from ingest.cluster.differences import Replacement
from ingest.cluster.explain import Quote, quotes
from ingest.cluster.readings import Reading, readings
from query.reasons import losers
from storage.views import LinkView, PlaceView, StoryDetail, VariantView


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One feature of a pair."""

    name: str
    value: float | None  # None: what every pair begins with
    gave: float | None  # to the log-odds; None where it was not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkWhy:
    """Why two variants are together, or were held apart."""

    variant_a: int
    variant_b: int
    relation: str
    score: float
    outside: PlaceView | None  # the one of the two that is in another story
    features: list[Weighed]  # what gave most first
    terms: list[str]  # shared, heaviest first
    names: list[str]  # of these, those written with a capital
    numbers: list[str]
    hours: float | None
    members: int | None  # of the story, that it was compared with
    mean: float | None  # score over these
    passages: list[Quote]  # of the first and of the second, the longest first
    replaced: list[Replacement]
    for_it: list[str]
    against: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loser:
    """A variant that does not speak for the story."""

    variant_id: int
    source: str
    rule: str
    fact: str  # what the rule looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryWhy:
    """All reasons of one story."""

    links: list[LinkWhy]
    speaker: int
    rule: str
    losers: list[Loser]  # the nearest first
    more_losers: int  # whose rule was not kept


def outside(story: StoryDetail) -> set[int]:
    """Give the variants of other stories that the story's links name."""
    inside = {variant.id for variant in story.variants}
    return {variant for link in story.links for variant in (link.variant_a, link.variant_b)} - inside


def why(story: StoryDetail, places: Mapping[int, PlaceView]) -> StoryWhy:
    """Give the reasons of a story; `places` are those of the variants `outside` it."""
    inside = {variant.id: variant for variant in story.variants}
    ends = {end for link in story.links for end in _ends(link)}
    tied = [variant for variant in story.variants if variant.id in ends and variant.text]
    texts = dict(zip((variant.id for variant in tied), readings([variant.text for variant in tied]), strict=True))
    speaker = story.variants[0]
    lost = losers(story.canonical_why)
    return StoryWhy(
        links=[_link(link, texts, _languages(link, inside, places), places) for link in story.links],
        speaker=speaker.id,
        rule=str(story.canonical_why.get("rule", "")),
        losers=[_loser(speaker, inside[loser], rule) for loser, rule in lost if loser in inside],
        more_losers=max(len(inside) - 1 - len(lost), 0),
    )


def _link(
    link: LinkView, texts: Mapping[int, Reading], languages: Iterable[str | None], places: Mapping[int, PlaceView]
) -> LinkWhy:
    evidence: Mapping[str, Any] = link.evidence  # Any: JSON, as storage/stories/writes.py wrote it
    one, other = texts.get(link.variant_a), texts.get(link.variant_b)
    is_text = "jaccard" in evidence  # also of a suggestion: texts that people told apart
    is_quoted = is_text and one is not None and other is not None
    features = _features(evidence.get("features", {}), evidence.get("gave", {}))
    terms = [str(term) for term in evidence.get("terms", [])]
    return LinkWhy(
        variant_a=link.variant_a,
        variant_b=link.variant_b,
        relation=link.relation,
        score=link.score,
        outside=next((places[end] for end in _ends(link) if end in places), None),
        features=features,
        terms=terms,
        names=[term for term in terms if term != term.lower()],
        numbers=[term for term in terms if term[:1].isdigit()],
        hours=evidence.get("hours"),
        members=evidence.get("members"),
        mean=evidence.get("mean"),
        passages=quotes(one, other, evidence.get("passages", [])) if is_quoted and one and other else [],
        replaced=replaced(one, other) if is_quoted and one and other else [],
        for_it=_text_for(evidence) if is_text else [],
        against=_text_against(evidence) if is_text else _event_against(features, set(languages)),
    )


def _ends(link: LinkView) -> tuple[int, int]:
    return link.variant_a, link.variant_b


def _languages(
    link: LinkView, inside: Mapping[int, VariantView], places: Mapping[int, PlaceView]
) -> Iterable[str | None]:
    found = (inside.get(end) or places.get(end) for end in _ends(link))
    return (variant.language.partition("-")[0] for variant in found if variant and variant.language)


def _features(values: Mapping[str, float], gave: Mapping[str, float]) -> list[Weighed]:
    names = sorted(values.keys() | gave.keys(), key=lambda name: (-abs(gave.get(name, 0.0)), name))
    return [Weighed(name=name, value=values.get(name), gave=gave.get(name)) for name in names]


def _text_for(evidence: Mapping[str, Any]) -> list[str]:  # Any: JSON
    if not evidence.get("passages") and evidence.get("jaccard") == 1.0:
        return ["the same words from the first to the last"]
    shorter, longer = evidence.get("aligned", (0.0, 0.0))
    shared = f"Jaccard {evidence.get('jaccard', 0.0):.2f}, containment {evidence.get('containment', 0.0):.2f}"
    return [
        f"{shorter:.2f} of the shorter text and {longer:.2f} of the longer run side by side",
        f"{shared}, {evidence.get('shared_shingles', 0):,} shared shingles",
    ]


def _text_against(evidence: Mapping[str, Any]) -> list[str]:  # Any: JSON
    says = {"numbers": "numbers stand for others", "names": "names stand for others", "words": "other words differ"}
    return [f"{evidence[name]} {said}" for name, said in says.items() if evidence.get(name)]


def _event_against(features: Sequence[Weighed], languages: set[str | None]) -> list[str]:
    against = [
        f"{each.name.replace('_', ' ')} {each.gave:+.2f}"
        for each in features
        if each.value is not None and each.gave is not None and each.gave < -0.005
    ]
    if features and len(languages) > 1:
        against.append(f"different languages ({', '.join(sorted(map(str, languages)))}): the score is held down")
    return against


def _loser(speaker: VariantView, loser: VariantView, rule: str) -> Loser:
    return Loser(variant_id=loser.id, source=loser.source, rule=rule, fact=_fact(speaker, loser, rule))


def _fact(speaker: VariantView, loser: VariantView, rule: str) -> str:
    match rule:
        case Rule.EARLIEST:
            return f"{_since(loser)}, and {speaker.id} {_since(speaker)}"
        case Rule.LONGEST:
            return f"{len(loser.text):,} characters, and {speaker.id} has {len(speaker.text):,}"
        case Rule.COMPLETE:
            return "nearly all of it stands in a longer variant"
        case Rule.WIRE:
            return f"it credits {loser.credit}" if loser.credit else f"others credit {speaker.source}"
        case Rule.ADDRESS:
            return f"{loser.url} comes behind {speaker.url}"
    return ""


def _since(variant: VariantView) -> str:
    if variant.published_at is not None and variant.published_from != "guess":
        is_day = variant.published_at.time() == time()  # a day alone, which lost to the minutes of that day
        return f"published {variant.published_at:%Y-%m-%d}" if is_day else f"published {_time(variant.published_at)}"
    return f"first seen {_time(variant.first_seen_at)}"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
