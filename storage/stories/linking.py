"""Which stories that a batch touches report one event: decided of all of them at once, once texts have joined."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from statistics import fmean

from ingest.cluster.coverage import PairScore, score_pairs
from ingest.cluster.decide import EventEvidence, Link, Relation
from ingest.cluster.linkage import WEIGHED, link_groups
from ingest.cluster.weights import Model
from storage.fresh import Fresh
from storage.indexes.events import Vectors
from storage.stories.picture import Picture

_STORIES_TOLD = 3  # of which an article is no part, though it may be


@dataclass(slots=True)
class Linker:
    """The events of one batch."""

    picture: Picture
    vectors: Vectors
    batch: Mapping[int, Fresh]
    candidates: Mapping[int, Sequence[int]]
    forms: Mapping[int, set[int]]  # article -> others that fill the same form otherwise
    model: Model
    _scores: dict[tuple[int, int], PairScore] = field(default_factory=dict)  # by the later variant and the earlier
    _groups: dict[int, list[int]] = field(default_factory=dict)  # story -> those of its variants that are scored
    _links: list[tuple[Fresh, Link]] = field(default_factory=list)

    def likely(self) -> set[int]:
        """Score all candidates, and give those that someone should know of."""
        self._score([(item, other) for item, others in self.candidates.items() for other in others])
        return {other for item, others in self.candidates.items() for other in others if self._is_told(item, other)}

    def link(self) -> list[tuple[Fresh, Link]]:
        """Join the stories that agree on the whole, one of each two new; give why, and what else may be one event."""
        told = [
            (item, other)
            for item, others in self.candidates.items()
            for other in others
            if other in self.picture.members and self._is_told(item, other)
        ]
        near = {(self.picture.story_of(item), self.picture.story_of(other)) for item, other in told}
        near = {pair for pair in near if any(map(self.picture.is_new, pair))}
        self._groups = {story: self._heads(story) for pair in near for story in pair}
        link_groups(self._groups, near, least=self.model.join, scores=self._counted, join=self._join)
        return [*self._links, *self._suggestions(told)]

    def _heads(self, story_id: int) -> list[int]:
        """Give one variant of each copy group of a story, the oldest."""
        return self.picture.groups_in(story_id)[:WEIGHED]

    def _join(self, one: int, other: int, mean: float) -> bool:
        """Make two stories one, unless people parted them, and note the pair of articles that tells most for it."""
        if self.picture.apart(one, other):
            return False
        mine, theirs = self._groups[one], self._groups[other]
        pairs = [(max(pair), min(pair)) for pair in product(mine, theirs)]
        best = max(
            (pair for pair in pairs if pair in self._scores and pair[0] > self.vectors.variants),
            key=lambda pair: (self._worth(pair), pair),
        )
        across = theirs if best[1] in theirs else mine
        evidence = self._evidence(best, members=len(across), mean=mean)
        self._links.append((self.batch[best[0]], self._link(best, Relation.COVERAGE, evidence)))
        self.picture.unite(one, other)
        self._groups[one] = mine + self._groups.pop(other)
        return True

    def _suggestions(self, told: Sequence[tuple[int, int]]) -> list[tuple[Fresh, Link]]:
        """Give for each article the likeliest variant of each of a few stories that it is no part of."""
        found: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for item, other in told:
            story_id = self.picture.story_of(other)
            if story_id != self.picture.story_of(item) and story_id not in self._filled(item):
                found[item][story_id].append(other)
        asked = [
            ((item, max(others, key=lambda other: self._scores[item, other].score)), self._heads(story_id))
            for item, stories in found.items()
            for story_id, others in list(stories.items())[:_STORIES_TOLD]
        ]
        self._score([_pair(best[0], member) for best, members in asked for member in members])
        links, followed = [], set()
        for best, members in asked:
            is_earlier = self._scores[best].is_earlier
            if is_earlier and best[0] in followed:  # one is enough to tell of an affair
                continue
            mean = fmean(self._scores[_pair(best[0], member)].score for member in members)
            relation = Relation.EARLIER if is_earlier else Relation.SUGGESTED
            evidence = self._evidence(best, members=len(members), mean=mean)
            links.append((self.batch[best[0]], self._link(best, relation, evidence)))
            followed |= {best[0]} if is_earlier else set()
        return links

    def _link(self, pair: tuple[int, int], relation: Relation, evidence: EventEvidence) -> Link:
        score = round(self._scores[pair].score, 4)
        story_id = self.picture.story_of(pair[1])
        return Link(variant_id=pair[1], story_id=story_id, relation=relation, score=score, evidence=evidence)

    def _evidence(self, pair: tuple[int, int], *, members: int, mean: float) -> EventEvidence:
        found = self._scores[pair]
        return EventEvidence(
            features=found.named,
            terms=found.terms,
            hours=found.hours,
            members=members,
            mean=round(mean, 4),
        )

    def _filled(self, item: int) -> set[int]:
        """Give the stories that hold another filling of a form that an article fills."""
        return {self.picture.story_of(other) for other in self.forms.get(item, ())}

    def _is_told(self, item: int, other: int) -> bool:
        """Tell whether two articles are so likely of one event, or of one affair, that someone should know."""
        found = self._scores[item, other]
        return found.score >= self.model.suggest or found.is_earlier

    def _counted(self, pairs: Sequence[tuple[int, int]]) -> list[float]:
        """Give the scores of pairs, as they count between groups."""
        ordered = [_pair(*pair) for pair in pairs]
        self._score(ordered)
        return [self._worth(pair) for pair in ordered]

    def _worth(self, pair: tuple[int, int]) -> float:
        """Give what the score of a pair counts: nothing for two fillings of one form."""
        later, earlier = pair
        if earlier in self.forms.get(later, ()) or later in self.forms.get(earlier, ()):
            return 0.0
        found = self._scores[pair]
        return self.model.counted(found.score, found.hours)

    def _score(self, pairs: Sequence[tuple[int, int]]) -> None:
        missing = [pair for pair in dict.fromkeys(pairs) if pair not in self._scores]
        if missing:
            self.vectors.read({variant_id for pair in missing for variant_id in pair})
            vectors = [(self.vectors[item], self.vectors[other]) for item, other in missing]
            self._scores.update(zip(missing, score_pairs(vectors, self.model), strict=True))


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one > other else (other, one)
