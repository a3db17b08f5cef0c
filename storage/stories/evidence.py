"""Candidates -> links: the texts of a batch's candidates are read at once and compared exactly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from ingest.cluster.align import Alignment, align, align_all
from ingest.cluster.compare import overlap, shingle_set
from ingest.cluster.decide import (
    SHARED,
    Link,
    Relation,
    TextEvidence,
    is_cut_length,
    is_form,
    relation_of,
)
from ingest.cluster.glance import may_align
from ingest.cluster.readings import Reading, readings
from storage import tables
from storage.fresh import Fresh
from storage.indexes.candidates import TextCandidate
from storage.rows import among
from storage.stories.picture import Picture
from storage.tables import core

_VARIANT = core(tables.Variant)
_READ_AHEAD = 8  # texts of the likeliest candidates are read with the batch, further ones only if these fail
_FIRST = 2  # of these, read whatever is expected of them
_DOUBTFUL = 0.25  # estimate below which a candidate is looked at before anything else is read about it
_MOST_VERIFIED = 64  # candidates of one article that are compared word by word
_MOST_REVISITED = 32  # of them, those whose copy group is known, but not whether they or the article are cut


@dataclass(slots=True)
class Finder:
    """The evidence about the articles of one batch."""

    db: Connection
    picture: Picture
    batch: Mapping[int, Fresh]
    texts: Mapping[int, Sequence[TextCandidate]]
    shared: float = SHARED  # of the shorter text, from which two are copies
    forms: dict[int, set[int]] = field(default_factory=dict)  # article -> others that fill the same form otherwise
    _readings: dict[int, Reading] = field(default_factory=dict)
    _alignments: dict[tuple[int, int], Alignment] = field(default_factory=dict)

    def read(self, others: Iterable[int]) -> None:
        """Read what the likeliest candidates need, and the stories of `others`: few statements for the batch."""
        ahead = [
            c
            for found in self.texts.values()
            for place, c in enumerate(found[:_READ_AHEAD])
            if place < _FIRST or c.estimate < _DOUBTFUL
        ]
        self._prepare({c.variant_id for c in ahead})
        self._leave_out_others()
        plausible = {c.variant_id for found in self.texts.values() for c in found}.union(others)
        plausible |= {item.twin_of for item in self.batch.values() if item.twin_of is not None}
        self.picture.read(plausible - (self.batch.keys() - self.picture.members.keys()))
        self._lay_first()

    def _lay_first(self) -> None:
        """Lay each article beside its likeliest candidate, all at once: hardly any is beside more."""
        first = ((item, found[0].variant_id) for item, found in self.texts.items() if found)
        pairs = [
            (item, other)
            for item, other in first
            if other in self.batch or (other in self._readings and other in self.picture.members)
        ]
        beside = [(self._reading(item), self._reading(other)) for item, other in pairs]
        self._alignments.update(zip(pairs, align_all(beside, least=SHARED), strict=True))

    def _leave_out_others(self) -> None:
        """Leave out the candidates whose texts, which are at hand, tell at a glance that they are others."""
        doubtful = {
            item: [c.variant_id for c in found[:_READ_AHEAD] if c.estimate < _DOUBTFUL]
            for item, found in self.texts.items()
        }
        asked = [(self._reading(item), [*map(self._reading, others)]) for item, others in doubtful.items()]
        told = zip(doubtful.items(), may_align(asked, least=SHARED), strict=True)
        gone = {
            item: {other for other, may in zip(others, each, strict=True) if not may} for (item, others), each in told
        }
        self.texts = {item: [c for c in found if c.variant_id not in gone[item]] for item, found in self.texts.items()}

    def links(self, item: Fresh) -> list[Link]:
        """Give what shares a text with `item`, of all that was placed before it: the best of each copy group."""
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

    def bind(self, item: Fresh, links: Sequence[Link]) -> None:
        """Put `item` into one copy group with the variants whose text it shares."""
        for link in links:
            self.picture.bind(item.variant_id, link.variant_id)
            if link.relation is Relation.EXCERPT:
                pair = (self.picture.members[item.variant_id], self.picture.members[link.variant_id])
                self.picture.cut(min(pair, key=lambda member: member.contender.length).id)

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
        if other not in self._readings and other not in self.batch:
            self._prepare({c.variant_id for c in self.texts[item.variant_id][:_MOST_VERIFIED]})
        found = self._alignments.get((item.variant_id, other)) or align(
            self._reading(item.variant_id), self._reading(other), least=SHARED
        )
        source = self.picture.members[other].contender.source
        relation = relation_of(found, same_source=item.prepared.article.source == source, least=self.shared)
        if relation is None:
            if is_form(found):
                self.forms.setdefault(item.variant_id, set()).add(other)
            return None
        return self._link(other, relation, found.shares[0], self._text_evidence(item.variant_id, other, found))

    def _text_evidence(self, one: int, other: int, found: Alignment) -> TextEvidence:
        shingles = overlap(*(shingle_set(self._reading(variant_id)) for variant_id in (one, other)))
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

    def _link(self, other: int, relation: Relation, score: float, evidence: TextEvidence) -> Link:
        story_id = self.picture.story_of(other)
        return Link(variant_id=other, story_id=story_id, relation=relation, score=round(score, 4), evidence=evidence)

    def _reading(self, variant_id: int) -> Reading:
        """Give the text of an article of the batch, or of a variant that was read before."""
        ours = self.batch.get(variant_id)
        return ours.prepared.reading if ours else self._readings[variant_id]

    def _prepare(self, variant_ids: set[int]) -> None:
        """Read the texts of those that are stored."""
        missing = sorted(variant_ids - self.batch.keys() - self._readings.keys())
        if not missing:
            return
        columns = select(_VARIANT.c.id, _VARIANT.c.text)
        rows = self.db.execute(columns.where(among(self.db, _VARIANT.c.id, missing))).all()
        self._readings |= zip((row.id for row in rows), readings([row.text for row in rows]), strict=True)
