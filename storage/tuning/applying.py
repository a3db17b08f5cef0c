"""Other thresholds, applied to all that is stored: links decided anew, and stories rearranged as tune tells it.

    with Applying(url, {"coverage": 0.45}, run_id=7, clock=now) as work:
        for group in work.groups():
            work.apply(group)
        work.finish()

Each group is one transaction. What a run that breaks off has done stays; the thresholds hold from finish() on, which
takes in what came meanwhile, and until then applying again does the rest.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine

from ingest.cluster.replay import Kept, Scene, Thresholds, rearranged, replay
from ingest.thresholds import thresholds_of
from storage.database import connect, writing
from storage.edits.arranging import place
from storage.reading import Reader, reading
from storage.running.runs import add_tally
from storage.stories.cards import refresh_cards, stories_of
from storage.stories.picture import Picture
from storage.tuning.relinking import Pair, decide_anew, tying, write_anew
from storage.tuning.replaying import doubted, doubtful, read_scene, rescored
from storage.tuning.rescoring import Scorer, rescoring_in
from storage.tuning.thresholds import holding, write_thresholds
from storage.tuning.what_if import Counts


@dataclass(slots=True)
class Applied:
    """What came of applying thresholds."""

    now: Thresholds  # that held before
    then: Thresholds
    counts: Counts = field(default_factory=Counts)
    links: int = 0  # that are decided otherwise


class Applying:
    """Thresholds on their way into the store; a context manager."""

    def __init__(self, url: str, said: Mapping[str, float], *, run_id: int, clock: Callable[[], datetime]) -> None:
        self._url = url
        self._run_id = run_id
        self._clock = clock
        with reading(url) as reader:
            now = holding(reader)
        self.applied = Applied(now, thresholds_of(said, holding=now))

    def __enter__(self) -> Self:
        self._engine: Engine = connect(self._url)
        self._score: Scorer = rescoring_in(self._engine)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    def groups(self) -> Iterator[list[int]]:
        """Give the stories in doubt, those together that hang together."""
        with reading(self._url) as reader:
            doubt = doubted(reader, self.applied.then, self.applied.now)
        yield from doubt.groups()

    def apply(self, group: Sequence[int]) -> None:
        """Arrange these stories as the thresholds have it, in one transaction."""
        with self._writing() as (db, reader, counts):
            links = self._apply(db, reader, group, counts)
        self._count(counts, links)

    def finish(self) -> None:
        """Do what came since groups() was asked, and let the thresholds hold, in one transaction."""
        then, now = self.applied.then, self.applied.now
        with self._writing() as (db, reader, counts):
            links = 0
            seen: set[int] = set()
            for group in doubted(reader, then, now).groups():
                links += self._apply(db, reader, group, counts)
                seen |= set(group)
            links += self._apply_rest(db, reader, seen)
            if then != now:
                write_thresholds(db, then, run_id=self._run_id, now=self._clock())
        self._count(counts, links)

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, Reader, Counts]]:
        """Open the write transaction, and a reader of what was stored before it."""
        with writing(self._engine) as db, reading(self._url) as reader:
            yield db, reader, Counts()
            add_tally(db, self._run_id, Counter(), now=self._clock())  # a sign of life

    def _count(self, counts: Counts, links: int) -> None:
        self.applied.links += links
        self.applied.counts.add_all(counts)

    def _apply(self, db: Connection, reader: Reader, group: Sequence[int], counts: Counts) -> int:
        then, now = self.applied.then, self.applied.now
        scene, _ = read_scene(reader, group, then, now, self._score)
        for change in replay(scene, then):
            counts.add(change)
        clusters = rearranged(scene, then)
        pairs = decide_anew(scene.links, tying(scene.links, clusters, then, now), then, now)
        self._arrange(db, scene, clusters, pairs)
        return len(pairs)

    def _arrange(self, db: Connection, scene: Scene, clusters: Sequence[frozenset[int]], pairs: Sequence[Pair]) -> None:
        picture = Picture(db, self._run_id, self._clock())
        picture.read(scene.contenders)
        anew = {(pair.link.one, pair.link.other): pair.is_text for pair in pairs}
        within = [link for link in scene.links if link.other in scene.contenders]
        texts = [(link.one, link.other) for link in within if anew.get((link.one, link.other), _is_text(link))]
        regrouped = {end for pair in pairs for end in (pair.link.one, pair.link.other) if pair.was_text != pair.is_text}
        place(db, picture, clusters, texts=texts, keeps={}, regrouped=regrouped)
        picture.settle()
        picture.write_new_stories()
        picture.write_changed(without=set())
        write_anew(db, pairs, self._score)
        ends = {end for link in scene.links for end in (link.one, link.other)}
        refresh_cards(db, picture.touched() | stories_of(db, ends))

    def _apply_rest(self, db: Connection, reader: Reader, seen: set[int]) -> int:
        """Decide the links anew whose stories are as they would have it already: people parted or joined these."""
        then, now = self.applied.then, self.applied.now
        found = [(link, one == other) for link, one, other in doubtful(reader, then, now) if one not in seen]
        links = rescored([link for link, _ in found], then, now, self._score)
        ties = {
            (link.one, link.other)
            for link, (_, is_together) in zip(links, found, strict=True)
            if link.joins(then, now) and (is_together or not link.is_apart)
        }
        pairs = decide_anew(links, ties, then, now)
        write_anew(db, pairs, self._score)
        refresh_cards(db, stories_of(db, {end for pair in pairs for end in (pair.link.one, pair.link.other)}))
        return len(pairs)


def _is_text(link: Kept) -> bool:
    return link.is_text and not link.is_apart
