"""What-if: which stories would merge, split or be spoken for by another variant under other thresholds.

Nothing is written: all of it is read from one state of the database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import nlargest

from ingest.cluster.replay import Change, Met, Telling, Thresholds, meet, replay
from storage.reading import Reader
from storage.tuning.replaying import doubted, judged, read_scene
from storage.tuning.rescoring import Scorer
from storage.tuning.thresholds import holding


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryTold:
    """A story, now or as it would be."""

    story_id: int | None  # None: it would be new
    variants: list[int]
    canonical: int
    canonical_rule: str | None  # None of a story now
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """Stories that would trade variants, and what they would be then."""

    merged: list[int]  # stories that would lead to others
    split: list[int]  # stories whose variants would be in several
    canonical: list[int]  # stories that would have another canonical variant
    before: list[StoryTold]
    after: list[StoryTold]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetView:
    """How links alone meet what people said of pairs of variants."""

    same: int
    same_together: int
    not_same: int
    not_same_together: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCounts:
    """Links that would be decided otherwise."""

    copies_lost: int  # that are no copies any more: they may tie as coverage
    coverage_lost: int
    suggestions_joined: int


@dataclass(slots=True)
class Counts:
    """What would change, in numbers."""

    changes: int = 0
    merged: int = 0
    split: int = 0
    canonical: int = 0
    gained: int = 0  # stories more than now

    def add(self, change: Change) -> None:
        """Count a change."""
        self.changes += 1
        self.merged += len(change.merged)
        self.split += len(change.split)
        self.canonical += len(change.respoken)
        self.gained += len(change.after) - len(change.before)

    def add_all(self, others: "Counts") -> None:
        """Count what was counted elsewhere."""
        self.changes += others.changes
        self.merged += others.merged
        self.split += others.split
        self.canonical += others.canonical
        self.gained += others.gained


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What would be under other thresholds."""

    now: Thresholds
    then: Thresholds
    variants: int
    stories_now: int
    stories_then: int
    counts: Counts
    links: LinkCounts
    judgements_now: MetView
    judgements_then: MetView
    examples: list[ChangeView]  # those that concern most variants first


def what_if(reader: Reader, thresholds: Thresholds, *, score: Scorer, limit: int) -> WhatIf:
    """Tell what would change under the thresholds, with the `limit` changes that concern most variants.

    `score` gives what copies that fall would score as coverage.
    """
    [(stories, variants)] = reader.rows(
        "SELECT (SELECT count(*) FROM story WHERE merged_into IS NULL), (SELECT count(*) FROM variant)"
    )
    now = holding(reader)
    doubt, counts = doubted(reader, thresholds, now), Counts()

    def changes() -> Iterator[tuple[int, int, ChangeView]]:
        for group in doubt.groups():
            scene, titles = read_scene(reader, group, thresholds, now, score)
            for change in replay(scene, thresholds):
                counts.add(change)
                size = sum(len(story.variants) for story in change.before)
                yield size, -counts.changes, _view(change, titles)

    shown = nlargest(limit, changes(), key=lambda found: found[:2])
    judgements, links = judged(reader, thresholds, now, score)
    met = [_met(meet(judgements, links, asked, now=now)) for asked in (now, thresholds)]
    return WhatIf(
        now=now,
        then=thresholds,
        variants=variants,
        stories_now=stories,
        stories_then=stories + counts.gained,
        counts=counts,
        links=LinkCounts(
            copies_lost=doubt.lost_copies, coverage_lost=doubt.lost_coverage, suggestions_joined=doubt.joined
        ),
        judgements_now=met[0],
        judgements_then=met[1],
        examples=[view for _, _, view in shown],
    )


def _met(met: Met) -> MetView:
    return MetView(
        same=met.same,
        same_together=met.same_together,
        not_same=met.apart,
        not_same_together=met.apart_together,
        precision=met.precision,
        recall=met.recall,
    )


def _view(change: Change, titles: Mapping[int, str]) -> ChangeView:
    return ChangeView(
        merged=list(change.merged),
        split=list(change.split),
        canonical=list(change.respoken),
        before=[_told(story, titles) for story in change.before],
        after=[_told(story, titles) for story in change.after],
    )


def _told(story: Telling, titles: Mapping[int, str]) -> StoryTold:
    return StoryTold(
        story_id=story.story_id,
        variants=list(story.variants),
        canonical=story.speaker,
        canonical_rule=story.rule,
        title=titles[story.speaker],
    )
