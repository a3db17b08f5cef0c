"""What stories would be under other thresholds: kept links are decided anew from the figures kept of them. Pure.

Pairs that were never candidates, or scored too low to be kept, are not known here, nor is how well the members of two
stories agree: so an article that one link places joins no second story by a suggestion.
docs/decisions.md, 29, tells how near that comes to storing all of it anew.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.cluster.canonical import Contender, choose_canonical
from ingest.cluster.decide import SHARED, Relation
from ingest.cluster.judgements import Judgement, arrange, unexplained
from ingest.cluster.weights import JOIN, SHIPPED, SUGGEST, Model

LEAST_COPY, LEAST_COVERAGE = SHARED, SUGGEST  # less is not kept
_TEXTS = (Relation.COPY, Relation.EXCERPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which score a link joins; as shipped where nobody said otherwise."""

    copy: float = SHARED  # LEAST_COPY to 1: share of the shorter text
    coverage: float = JOIN  # LEAST_COVERAGE to 1

    def joins_event(self, score: float, hours: float | None) -> bool:
        """Tell whether a score of coverage is enough: of what is published much later, more is asked."""
        return self.model(SHIPPED).joins(score, hours)

    def least_of_event(self, hours: float | None) -> float:
        """Give the score of coverage that is asked of articles published so many hours apart."""
        return self.model(SHIPPED).least(hours)

    def model(self, model: Model) -> Model:
        """Give a model that decides by these thresholds; as it is where they are its own."""
        if self.coverage == model.join:
            return model
        late = max(self.coverage, model.late)
        return replace(model, join=self.coverage, late=late)


SHIPPED_THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A link as it is kept, as far as thresholds look at it."""

    one: int
    other: int
    relation: Relation  # as it was decided
    score: float
    mean: float | None = None  # of coverage, over the story's members: the lower one of both decides
    as_event: float | None = None  # what a shared text would score as coverage; None where nobody asked
    hours: float | None = None  # between their publications
    is_text: bool = False
    is_foreign: bool = False  # the languages differ: at most suggested, whatever the threshold
    fell: bool = False  # it tied before thresholds were raised
    shared: float | None = None  # of coverage that was a copy before thresholds were raised: what it scored as one

    def joins(self, thresholds: Thresholds, now: Thresholds = SHIPPED_THRESHOLDS) -> bool:
        """Tell whether the link joins under these thresholds.

        Where they are those that hold `now`, it is what was decided: a suggestion above them was held back by
        something else, by people or because two stories did not agree on the whole, and stays one.
        """
        if self.relation in _TEXTS:
            return not self.falls(thresholds, now) or self._joins_as_event(thresholds)
        if self.relation is Relation.COVERAGE:
            is_copy = self.shared is not None and self.shared >= thresholds.copy
            return is_copy or thresholds.coverage <= now.coverage or thresholds.joins_event(self._fit, self.hours)
        if self.is_text:
            return now.copy > self.score >= thresholds.copy
        if self.is_foreign:
            return False
        held_back = now.joins_event(self._fit, self.hours)
        return not held_back and thresholds.joins_event(self._fit, self.hours)

    def falls(self, thresholds: Thresholds, now: Thresholds = SHIPPED_THRESHOLDS) -> bool:
        """Tell whether a shared text is too little for a copy under these thresholds: it may be coverage still."""
        return self.relation in _TEXTS and thresholds.copy > now.copy and self.score < thresholds.copy

    def is_copy_under(self, thresholds: Thresholds, now: Thresholds) -> bool:
        """Tell whether enough of a text is shared for a copy under these thresholds."""
        if self.relation in _TEXTS:
            return not self.falls(thresholds, now)
        share = self.score if self.is_text else self.shared
        return share is not None and share >= thresholds.copy

    def is_copy_again(self, thresholds: Thresholds, now: Thresholds) -> bool:
        """Tell whether coverage that was a copy is one again under these thresholds."""
        return self.relation is Relation.COVERAGE and self.is_copy_under(thresholds, now)

    def would_join(self, thresholds: Thresholds, now: Thresholds = SHIPPED_THRESHOLDS) -> bool:
        """Tell the same had nobody said anything: a shared text that is suggested would be a copy."""
        is_parted = self.is_text and self.relation is Relation.SUGGESTED
        return self.score >= thresholds.copy if is_parted else self.joins(thresholds, now)

    def _joins_as_event(self, thresholds: Thresholds) -> bool:
        score = None if self.is_foreign else self.as_event
        return score is not None and thresholds.joins_event(score, self.hours)

    @property
    def is_new(self) -> bool:
        """Whether it was too weak to join by when it was decided; a shared text never was."""
        return self.is_apart and not (self.is_text or self.fell)

    @property
    def is_apart(self) -> bool:
        """Whether it ties nothing as it stands."""
        return self.relation in (Relation.SUGGESTED, Relation.EARLIER)

    @property
    def rank(self) -> tuple[bool, float, int, int]:
        """Give its place among links: the surest first."""
        return not self.is_text, -self.score, self.one, self.other

    @property
    def _fit(self) -> float:
        return self.score if self.mean is None else min(self.score, self.mean)


Joins = Callable[[Kept, Thresholds, Thresholds], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Stories, whole, with all links and judgements among them."""

    stories: Mapping[int, frozenset[int]]
    speakers: Mapping[int, int]  # of the stories
    founders: Mapping[int, int]  # of the stories, and of those that lead to them
    withdrawn: frozenset[int]  # stories
    contenders: Mapping[int, Contender]
    links: Sequence[Kept]
    judgements: Sequence[Judgement]  # that stand
    now: Thresholds = SHIPPED_THRESHOLDS  # under which all this was decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A story, now or as it would be."""

    story_id: int | None  # None: it would be new
    variants: tuple[int, ...]
    speaker: int
    rule: str | None = None  # by which the speaker would be chosen; None of a story now


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Stories that would trade variants, and what they would be then."""

    before: tuple[Telling, ...]
    after: tuple[Telling, ...]

    @property
    def merged(self) -> tuple[int, ...]:
        """Give the stories that would lead to others."""
        left = {story.story_id for story in self.after}
        return tuple(story.story_id for story in self.before if story.story_id and story.story_id not in left)

    @property
    def split(self) -> tuple[int, ...]:
        """Give the stories whose variants would be in several."""
        kept = [set(story.variants) for story in self.after]
        return tuple(
            story.story_id
            for story in self.before
            if story.story_id and sum(not part.isdisjoint(story.variants) for part in kept) > 1
        )

    @property
    def respoken(self) -> tuple[int, ...]:
        """Give the stories that would have another canonical variant."""
        speakers = {story.story_id: story.speaker for story in self.before}
        return tuple(
            story.story_id
            for story in self.after
            if story.story_id and speakers.get(story.story_id, story.speaker) != story.speaker
        )


def standing(
    links: Sequence[Kept],
    thresholds: Thresholds,
    *,
    now: Thresholds = SHIPPED_THRESHOLDS,
    joins: Joins = Kept.joins,
) -> list[Kept]:
    """Give the links that tie under the thresholds, the surest first: suggestions of such articles as no other places.

    An article's links to older ones have it as their first. `joins` tells of one link, as a method of Kept does.
    """
    found = [link for link in sorted(links, key=lambda link: link.rank) if joins(link, thresholds, now)]
    placed = {link.one for link in found if not link.is_new}
    return [link for link in found if not link.is_new or link.one not in placed]


def replay(scene: Scene, thresholds: Thresholds) -> list[Change]:
    """Give what would change under the thresholds: what people said holds, and what nothing ties stays where it is."""
    return _changes(scene, _places(scene), rearranged(scene, thresholds))


def rearranged(scene: Scene, thresholds: Thresholds) -> list[frozenset[int]]:
    """Give the stories that there would be under the thresholds, that of the oldest variant first."""
    place = _places(scene)
    labels = {variant: story_id in scene.withdrawn for variant, story_id in sorted(place.items())}
    known = [link for link in standing(scene.links, scene.now, now=scene.now) if _is_within(link, place)]
    found = [
        link
        for link in standing(scene.links, thresholds, now=scene.now)
        # What was to be together and is not was parted by people, and stays so.
        if _is_within(link, place) or (link.is_apart and link.one in place and link.other in place)
    ]
    now, then = ([(link.one, link.other) for link in links] for links in (known, found))
    held = unexplained(scene.stories.values(), arrange(labels, now, scene.judgements))
    return arrange(labels, [*then, *held], scene.judgements)


def _places(scene: Scene) -> dict[int, int]:
    return {variant: story_id for story_id, members in scene.stories.items() for variant in members}


def _is_within(link: Kept, place: Mapping[int, int]) -> bool:
    return link.one in place and place[link.one] == place.get(link.other)


def _changes(scene: Scene, place: Mapping[int, int], clusters: Sequence[frozenset[int]]) -> list[Change]:
    """Give the clusters that are no story now, together with the stories that these are made of."""
    known = set(scene.stories.values())
    new = {min(cluster): cluster for cluster in clusters if cluster not in known}
    firsts = {story_id: min(members) for story_id, members in scene.stories.items()}
    stories = {first: story_id for story_id, first in firsts.items()}
    ties = [(firsts[place[variant]], first) for first, cluster in new.items() for variant in cluster]
    ends = dict.fromkeys(end for tie in ties for end in tie)
    return [
        Change(
            before=tuple(_now(scene, stories[first]) for first in sorted(group) if first in stories),
            after=tuple(_then(scene, new[first]) for first in sorted(group) if first in new),
        )
        for group in arrange(ends, ties, ())
    ]


def _now(scene: Scene, story_id: int) -> Telling:
    variants = tuple(sorted(scene.stories[story_id]))
    return Telling(story_id=story_id, variants=variants, speaker=scene.speakers[story_id])


def _then(scene: Scene, cluster: frozenset[int]) -> Telling:
    """Tell what a cluster would be: the oldest of the stories that began with one of its variants."""
    choice = choose_canonical([scene.contenders[variant] for variant in sorted(cluster)])
    numbers = [story_id for story_id, founder in scene.founders.items() if founder in cluster]
    variants = tuple(sorted(cluster))
    return Telling(
        story_id=min(numbers, default=None), variants=variants, speaker=choice.variant_id, rule=choice.rule.value
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """How links alone, had nobody said anything, meet what people said of pairs of variants."""

    same: int  # pairs that people said are the same
    same_together: int  # of them, those that links put into one story
    apart: int  # pairs that people said are not
    apart_together: int

    @property
    def precision(self) -> float | None:
        """Of the judged pairs that are together, the share that people said are the same; None where none is."""
        together = self.same_together + self.apart_together
        return self.same_together / together if together else None

    @property
    def recall(self) -> float | None:
        """Of the pairs that people said are the same, the share that is together; None where there is none."""
        return self.same_together / self.same if self.same else None


def meet(
    judgements: Iterable[Judgement],
    links: Sequence[Kept],
    thresholds: Thresholds,
    *,
    now: Thresholds = SHIPPED_THRESHOLDS,
) -> Met:
    """Hold what links alone make of the variants against each judgement; a pair counts as often as it was said."""
    judgements = list(judgements)
    ends = [end for link in links for end in (link.one, link.other)]
    said = [variant for judgement in judgements for side in judgement.sides for variant in side]
    ties = [(link.one, link.other) for link in standing(links, thresholds, now=now, joins=Kept.would_join)]
    clusters = arrange(dict.fromkeys(sorted({*ends, *said})), ties, ())
    place = {variant: number for number, cluster in enumerate(clusters) for variant in cluster}
    same = same_together = apart = apart_together = 0
    for judgement in judgements:
        counts = _counted(judgement.together, place)
        same += _pairs(len(judgement.together))
        same_together += sum(map(_pairs, counts.values()))
        first, second = (_counted(side, place) for side in judgement.apart)
        apart += sum(first.values()) * sum(second.values())
        apart_together += sum(count * second.get(number, 0) for number, count in first.items())
    return Met(same=same, same_together=same_together, apart=apart, apart_together=apart_together)


def _counted(variants: Iterable[int], place: Mapping[int, int]) -> dict[int, int]:
    counts: defaultdict[int, int] = defaultdict(int)
    for variant in variants:
        counts[place[variant]] += 1
    return dict(counts)


def _pairs(count: int) -> int:
    return count * (count - 1) // 2
