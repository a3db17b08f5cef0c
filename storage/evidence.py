"""Candidates -> links: the texts and profiles of a batch's candidates are read at once and compared exactly."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, select

from ingest.cluster.align import Alignment, Reading, align, readings
from ingest.cluster.compare import overlap, shingle_set
from ingest.cluster.coverage import FEATURES, JOIN, SUGGEST, PairScore, score_pairs
from ingest.cluster.decide import SHARED, EventEvidence, Link, Relation, TextEvidence, is_cut_length, relation_of
from storage import tables
from storage.candidates import Fresh, TextCandidate, Vectors
from storage.picture import Picture
from storage.rows import among
from storage.tables import core

_VARIANT = core(tables.Variant)
_READ_AHEAD = 4  # texts of the likeliest candidates are read with the batch, further ones only if these fail
_MOST_VERIFIED = 64  # candidates of one article that are compared word by word
_MOST_REVISITED = 32  # of them, those whose copy group is known, but not whether they or the article are cut
_STORIES_WEIGHED = 3
_MEMBERS_WEIGHED = 10  # of a story, one of each copy group


@dataclass(slots=True)
class Finder:
    """The evidence about the articles of one batch."""

    db: Connection
    picture: Picture
    vectors: Vectors
    batch: Mapping[int, Fresh]
    texts: Mapping[int, Sequence[TextCandidate]]
    events: Mapping[int, Sequence[int]]
    _readings: dict[int, Reading] = field(default_factory=dict)
    _scores: dict[tuple[int, int], PairScore] = field(default_factory=dict)

    def read(self) -> None:
        """Read what the likeliest candidates need, a few statements for the whole batch."""
        likely = {c.variant_id for found in self.texts.values() for c in found[:_READ_AHEAD]}
        self._prepare(likely | self.texts.keys())
        pairs = [(item, other) for item, others in self.events.items() for other in others]
        self._score(pairs)
        plausible = {other for item, other in pairs if self._scores[item, other].score >= SUGGEST}
        plausible |= {c.variant_id for found in self.texts.values() for c in found}
        plausible |= {item.twin_of for item in self.batch.values() if item.twin_of is not None}
        self.picture.read(plausible - (self.batch.keys() - self.picture.members.keys()))

    def links(self, item: Fresh) -> list[Link]:
        """Give what ties `item` to variants placed before it: best link of each copy group, and of each story."""
        return self._text_links(item) + self._event_links(item)

    def bind(self, item: Fresh, links: Sequence[Link]) -> None:
        """Put `item` into one copy group with the variants whose text it shares."""
        for link in links:
            if link.relation is Relation.COVERAGE:
                continue
            self.picture.bind(item.variant_id, link.variant_id)
            if link.relation is Relation.EXCERPT:
                pair = (self.picture.members[item.variant_id], self.picture.members[link.variant_id])
                self.picture.cut(min(pair, key=lambda member: member.contender.length).id)

    def _text_links(self, item: Fresh) -> list[Link]:
        if item.twin_of is not None and item.twin_of in self.picture.members:
            shared = item.prepared.signature.shingles
            whole = TextEvidence(jaccard=1.0, containment=1.0, shared_shingles=shared)
            return [self._link(item.twin_of, Relation.COPY, 1.0, whole)]
        links: list[Link] = []
        settled = {self.picture.group_of(item.variant_id)} if item.variant_id in self.picture.members else set()
        verified = revisited = 0
        for candidate in self.texts.get(item.variant_id, ()):
            other = candidate.variant_id
            if other not in self.picture.members:
                continue
            is_settled = self.picture.group_of(other) in settled
            if is_settled and (revisited == _MOST_REVISITED or not self._may_be_cut(item, other, links)):
                continue
            if verified == _MOST_VERIFIED:
                break
            verified, revisited = verified + 1, revisited + is_settled
            link = self._verified(item, other)
            if link is not None and not (is_settled and link.relation is Relation.COPY):
                settled.add(self.picture.group_of(other))
                links.append(link)
        return links

    def _may_be_cut(self, item: Fresh, other: int, links: Sequence[Link]) -> bool:
        """Tell whether one of two texts could be cut from the other by their lengths, and is not known to be cut."""
        member, length = self.picture.members[other].contender, item.prepared.signature.shingles
        if not is_cut_length(length, member.length):
            return False
        if length > member.length:
            return not member.is_cut
        return all(link.relation is Relation.COPY or self._length(link.variant_id) < length for link in links)

    def _length(self, variant_id: int) -> int:
        return self.picture.members[variant_id].contender.length

    def _verified(self, item: Fresh, other: int) -> Link | None:
        """Compare an article with a candidate, word by word; give the link between them, None where there is none."""
        self._prepare({other})
        found = align(self._readings[item.variant_id], self._readings[other], least=SHARED)
        source = self.picture.members[other].contender.source
        relation = relation_of(found, same_source=item.prepared.article.source == source)
        if relation is None:
            return None
        return self._link(other, relation, found.shares[0], self._text_evidence(item.variant_id, other, found))

    def _text_evidence(self, one: int, other: int, found: Alignment) -> TextEvidence:
        shingles = overlap(*(shingle_set(self._readings[variant_id]) for variant_id in (one, other)))
        return TextEvidence(
            jaccard=round(shingles.jaccard, 4),
            containment=round(shingles.containment, 4),
            shared_shingles=shingles.shared,
            aligned=(round(found.shares[0], 4), round(found.shares[1], 4)),
            passages=found.passages,
            numbers=found.numbers,
            names=found.names,
            words=found.words,
        )

    def _event_links(self, item: Fresh) -> list[Link]:
        own = self.picture.story_of(item.variant_id) if item.variant_id in self.picture.members else None
        stories: dict[int, list[int]] = defaultdict(list)
        for other in self.events.get(item.variant_id, ()):
            if self._scores[item.variant_id, other].score >= SUGGEST and other in self.picture.members:
                stories[self.picture.story_of(other)].append(other)
        stories.pop(own or 0, None)
        links = []
        for story_id, others in list(stories.items())[:_STORIES_WEIGHED]:
            best = max(others, key=lambda other: self._scores[item.variant_id, other].score)
            members = list(dict.fromkeys((best, *self.picture.groups_in(story_id))))[:_MEMBERS_WEIGHED]
            self._score([(item.variant_id, member) for member in members])
            mean = float(np.mean([self._scores[item.variant_id, member].score for member in members]))
            pair = self._scores[item.variant_id, best]
            relation = Relation.COVERAGE if mean >= JOIN and pair.score >= JOIN else Relation.SUGGESTED
            evidence = EventEvidence(
                features=tuple((name, round(value, 4)) for name, value in zip(FEATURES, pair.features, strict=True)),
                terms=pair.terms,
                hours=pair.hours,
                members=len(members),
                mean=round(mean, 4),
            )
            links.append(self._link(best, relation, pair.score, evidence))
        return links

    def _link(self, other: int, relation: Relation, score: float, evidence: TextEvidence | EventEvidence) -> Link:
        story_id = self.picture.story_of(other)
        return Link(variant_id=other, story_id=story_id, relation=relation, score=round(score, 4), evidence=evidence)

    def _score(self, pairs: Sequence[tuple[int, int]]) -> None:
        missing = [pair for pair in pairs if pair not in self._scores]
        if missing:
            self.vectors.read({other for _, other in missing})
            scores = score_pairs([(self.vectors[item], self.vectors[other]) for item, other in missing])
            self._scores.update(zip(missing, scores, strict=True))

    def _prepare(self, variant_ids: set[int]) -> None:
        missing = {variant_id for variant_id in variant_ids if variant_id not in self._readings}
        if not missing:
            return
        ours = sorted(missing & self.batch.keys())
        texts = {variant_id: self.batch[variant_id].prepared.article.text for variant_id in ours}
        stored = sorted(missing - self.batch.keys())
        if stored:
            columns = select(_VARIANT.c.id, _VARIANT.c.text)
            rows = self.db.execute(columns.where(among(self.db, _VARIANT.c.id, stored)))
            texts.update((row.id, row.text) for row in rows)
        self._readings |= zip(texts, readings(list(texts.values())), strict=True)
