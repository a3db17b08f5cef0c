"""Articles of different identities inside a transaction: each is new, revised or unchanged, and finds its story."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Connection, func, select, update

from ingest.cluster.canonical import Contender
from ingest.cluster.decide import JoinStory, Link, NewStory, Relation, decide
from ingest.cluster.replay import Thresholds
from ingest.cluster.weights import Model
from ingest.document import Article, DateOrigin, Prepared
from ingest.outcome import Outcome
from ingest.site_lines import RULE
from storage import tables
from storage.blobs import unpack_removed
from storage.fresh import Fresh
from storage.happened import HAPPENED
from storage.indexes.candidates import text_candidates, twins
from storage.indexes.events import Vectors, event_candidates, term_postings
from storage.indexes.indexing import index, release_twins
from storage.indexes.meanings import Meanings
from storage.indexes.segments import Kind, Segments
from storage.keys import identity_key
from storage.rows import among
from storage.running.runs import Tally
from storage.stories.cards import refresh_cards, stories_of, write_first_cards
from storage.stories.evidence import Finder
from storage.stories.linking import Linker
from storage.stories.notices import notice_twins
from storage.stories.picture import Picture
from storage.stories.site_lines import learn, lessons
from storage.stories.writes import Reason, write_links, write_revisions, write_variants
from storage.tables import core

_VARIANT, _STORY, _REVISION = core(tables.Variant), core(tables.Story), core(tables.Revision)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store holds under a URL."""

    variant_id: int
    raw_key: int
    text_key: int
    title: str
    source: str
    twin_of: int | None
    first_seen_at: datetime
    is_pinned: bool


@dataclass(slots=True)
class Round:
    """Articles of different identities, inside a batch's transaction."""

    db: Connection
    segments: Segments
    model: Model
    thresholds: Thresholds
    run_id: int
    now: datetime
    meanings: Meanings | None = None
    _arrived: list[tuple[int, int]] = field(default_factory=list)  # raw key, the variant that has it now
    _reasons: dict[int, Reason] = field(default_factory=dict)  # of the variants that get another text

    def store(self, items: Sequence[Prepared]) -> Tally:
        """Store the articles, each as what it is: new, revised or unchanged."""
        items = sorted(items, key=_turn)
        stored = _stored_under(self.db, [_identity(item) for item in items])
        earlier = _earlier_texts(self.db, [item.article.raw_key for item in items])
        first_new = (self.db.scalar(select(func.max(_VARIANT.c.id))) or 0) + 1
        tally: Tally = Counter()
        fresh: list[Fresh] = []
        revised: dict[int, _Stored] = {}
        for item in items:
            before = stored.get(_identity(item))
            if before is None:
                fresh.append(Fresh(prepared=item, variant_id=first_new + len(fresh) - len(revised)))
            elif (reason := self._reason(item, before, earlier[item.article.raw_key])) is None:
                tally[before.source, Outcome.UNCHANGED] += 1
            else:
                revised[before.variant_id] = before
                self._reasons[before.variant_id] = reason
                fresh.append(Fresh(prepared=item, variant_id=before.variant_id))
        if fresh:
            tally += self._cluster(fresh, revised, first_new)
        self._arrived += [(item.prepared.article.raw_key, item.variant_id) for item in fresh]
        keys = np.array([key for key, _ in self._arrived], np.int64).view(np.uint64)
        self.segments.add(self.db, Kind.RAW, keys, np.array([holder for _, holder in self._arrived], np.uint32))
        return tally

    def reclean(self, items: Sequence[Prepared]) -> Tally:
        """Give each variant its new text, where it still has the one that this was made from."""
        stored = _stored_under(self.db, [_identity(item) for item in items])
        tally: Tally = Counter()
        fresh: list[Fresh] = []
        revised: dict[int, _Stored] = {}
        for item in items:
            before = stored.get(_identity(item))
            if before and before.raw_key == item.article.raw_key and self._is_cleaned(item.article, before, again=True):
                revised[before.variant_id] = before
                self._reasons[before.variant_id] = Reason.CLEANING
                fresh.append(Fresh(prepared=item, variant_id=before.variant_id))
            else:
                tally[item.article.source, Outcome.UNCHANGED] += 1
        if fresh:
            last = self.db.scalar(select(func.max(_VARIANT.c.id))) or 0
            tally += self._cluster(fresh, revised, last + 1)
        return tally

    def _reason(self, item: Prepared, before: _Stored, earlier: set[int]) -> Reason | None:
        """Tell why an article is not what is stored under its URL; None where it is, or was once: no news."""
        if before.raw_key == item.article.raw_key or before.variant_id in earlier:
            return None
        text = select(_VARIANT.c.text).where(_VARIANT.c.id == before.variant_id)
        is_same = before.text_key == item.text_key if item.is_matchable else self.db.scalar(text) == item.article.text
        if is_same and before.title == item.article.title:
            here = update(_VARIANT).where(_VARIANT.c.id == before.variant_id)
            self.db.execute(here.values(raw_key=item.article.raw_key))
            self._arrived.append((item.article.raw_key, before.variant_id))
            return None
        return Reason.CLEANING if self._is_cleaned(item.article, before) else Reason.OUTLET

    def _is_cleaned(self, article: Article, before: _Stored, *, again: bool = False) -> bool:
        """Tell whether an article is what is stored but for lines that were taken for its site's own, then or now.

        Of one that was cleaned `again`, as it is stored, lines may have gone for any reason since.
        """
        row = select(_VARIANT.c.text, _VARIANT.c.removed).where(_VARIANT.c.id == before.variant_id)
        text, removed = self.db.execute(row).one()
        known = set(unpack_removed(removed))
        lines = known.union(article.removed)
        own = {line.line for line in lines if line.rule == RULE or (again and line not in known)}
        if not own or article.text == text or article.title != before.title:
            return False
        one, other = ([line for line in each.split("\n") if line not in own] for each in (text, article.text))
        return one == other

    def _cluster(self, fresh: list[Fresh], revised: dict[int, _Stored], first_new: int) -> Tally:
        """Find where each article belongs, in order, and write it there."""
        leaving = {
            item.variant_id
            for item in fresh
            if (before := revised.get(item.variant_id)) and before.text_key != item.prepared.text_key
        }
        released = release_twins(self.db, self.segments, leaving)
        twins(self.db, self.segments, fresh, leaving=leaving)
        notice_twins(self.db, self.segments, fresh, leaving=leaving)
        vectors = Vectors(self.db, self.segments, first_new - 1)
        meant = self.meanings.of(fresh) if self.meanings else {}
        vectors.put(fresh, meant)
        picture = Picture(self.db, self.run_id, self.now)
        picture.read(revised)
        texts = text_candidates(self.db, self.segments, fresh)
        events = event_candidates(self.segments, vectors, [item.variant_id for item in fresh if item.is_spoken])
        batch = {item.variant_id: item for item in fresh}
        finder = Finder(self.db, picture, batch, texts, self.thresholds.copy)
        model = self.thresholds.model(self.model)
        if self.meanings:
            for variant_id, others in self.meanings.abroad(fresh, meant, least=model.abroad).items():
                events.setdefault(variant_id, []).extend(others)
        linker = Linker(picture, vectors, batch, events, finder.forms, model)
        finder.read(linker.likely())
        next_story = (self.db.scalar(select(func.max(_STORY.c.id))) or 0) + 1
        began, links = self._place(fresh, revised, picture, finder, next_story)
        links += linker.link()
        picture.number(next_story)
        tally: Tally = Counter()
        for item in fresh:
            is_new = picture.is_new(began.get(item.variant_id, 0))
            outcome = Outcome.NEW_STORY if is_new else self._joining(item.variant_id)
            tally[item.prepared.article.source, outcome] += 1
        self._write(fresh, set(revised), picture, links)
        if self.meanings:
            self.meanings.write(self.db, meant)
        index(self.db, self.segments, fresh, vectors)
        self.segments.add(self.db, Kind.TERM, *term_postings(vectors, released))
        learn(self.db, self.segments, lessons([item for item in fresh if item.variant_id >= first_new], picture))
        return tally

    def _place(
        self, fresh: Sequence[Fresh], revised: dict[int, _Stored], picture: Picture, finder: Finder, next_story: int
    ) -> tuple[dict[int, int], list[tuple[Fresh, Link]]]:
        """Put each article into the story whose text it shares, or let it begin one, from number `next_story` on.

        Gives the stories begun by their variants, each unless it turns out to cover another's event, and the links.
        """
        links: list[tuple[Fresh, Link]] = []
        began: dict[int, int] = {}
        for item in fresh:
            before = revised.get(item.variant_id)
            gone = before is not None and picture.members[item.variant_id].contender.is_withdrawn
            contender = _contender(item, before, is_withdrawn=gone, now=self.now)
            own_story = picture.story_of(item.variant_id) if before else None
            match decide(finder.links(item), own_story=own_story, apart=picture.apart):
                case JoinStory() as decision:
                    event = HAPPENED[self._joining(item.variant_id)]
                    picture.join(
                        decision.story_id, contender, event=event, absorbs=decision.absorbs, twin_of=item.twin_of
                    )
                    finder.bind(item, decision.links)
                    links += [(item, link) for link in (*decision.links, *decision.suggestions)]
                case NewStory():
                    began[item.variant_id] = next_story + len(began)
                    picture.begin_story(began[item.variant_id], contender)
        return began, links

    def _joining(self, variant_id: int) -> Outcome:
        """Give the outcome of an article that joins a story, or stays in its own."""
        match self._reasons.get(variant_id):
            case None:
                return Outcome.VARIANT
            case Reason.CLEANING:
                return Outcome.RECLEANED
            case Reason.OUTLET:
                return Outcome.REVISED

    def _write(
        self, fresh: Sequence[Fresh], revised: set[int], picture: Picture, links: Sequence[tuple[Fresh, Link]]
    ) -> None:
        new = [item for item in fresh if item.variant_id not in revised]
        picture.settle()
        picture.write_new_stories()
        again = [(item, self._reasons[item.variant_id]) for item in fresh if item.variant_id in revised]
        write_revisions(self.db, again)
        picture.write_changed(without={item.variant_id for item in new})
        write_variants(self.db, new, picture, now=self.now)
        write_links(self.db, self.run_id, links, revised=revised)
        self._write_cards(fresh, picture, links)

    def _write_cards(self, fresh: Sequence[Fresh], picture: Picture, links: Sequence[tuple[Fresh, Link]]) -> None:
        asides = [(item.variant_id, link.variant_id) for item, link in links if link.relation is Relation.SUGGESTED]
        suggested = stories_of(self.db, {variant_id for pair in asides for variant_id in pair})
        begun = [(picture.begun_by(item.variant_id), item.prepared.article) for item in fresh]
        debuts = {story_id: article for story_id, article in begun if story_id and story_id not in suggested}
        write_first_cards(self.db, debuts, at=self.now)
        refresh_cards(self.db, (picture.touched() | suggested) - debuts.keys())


def rounds(items: Sequence[Prepared]) -> list[list[Prepared]]:
    """Part the articles so that no identity stands twice in one part; the texts of one keep their order."""
    rounds: list[list[Prepared]] = []
    times: Counter[int] = Counter()
    for item in items:
        number = times[_identity(item)]
        times[_identity(item)] += 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(item)
    return rounds


def _identity(item: Prepared) -> int:
    return identity_key(item.article.source, item.article.url)


def _turn(item: Prepared) -> tuple[datetime, int]:
    """Give the place of an article in its batch, which is decided on in the same order however it came.

    The earliest come first, and the undated last.
    """
    article = item.article
    is_believed = article.published_from is not DateOrigin.GUESS
    at = article.published_at if is_believed and article.published_at else datetime.max.replace(tzinfo=UTC)
    return at, item.text_key


def _contender(item: Fresh, before: _Stored | None, *, is_withdrawn: bool, now: datetime) -> Contender:
    article = item.prepared.article
    return Contender(
        variant_id=item.variant_id,
        source=article.source,
        url=article.url,
        credit=article.credit,
        is_pinned=before.is_pinned if before else False,
        is_cut=article.is_flash,
        published_at=article.published_at if article.published_from is not DateOrigin.GUESS else None,
        first_seen_at=before.first_seen_at if before else now,
        length=item.prepared.signature.shingles,
        is_teaser=article.is_teaser,
        is_withdrawn=is_withdrawn,
    )


def _stored_under(db: Connection, keys: Sequence[int]) -> dict[int, _Stored]:
    names = ("url_key", "id", "raw_key", "text_key", "title", "source", "twin_of", "first_seen_at", "is_pinned")
    columns = select(*(_VARIANT.c[name] for name in names))
    return {row[0]: _Stored(*row[1:]) for row in db.execute(columns.where(among(db, _VARIANT.c.url_key, keys)))}


def _earlier_texts(db: Connection, raw_keys: Sequence[int]) -> defaultdict[int, set[int]]:
    """Give for each raw key the variants that had it before they were revised."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    columns = select(_REVISION.c.raw_key, _REVISION.c.variant_id)
    for raw_key, variant_id in db.execute(columns.where(among(db, _REVISION.c.raw_key, raw_keys))):
        found[raw_key].add(variant_id)
    return found
