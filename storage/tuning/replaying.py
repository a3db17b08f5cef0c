"""What a replay under other thresholds needs: the stories in doubt, some at a time, and what people judged."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from ingest.cluster.canonical import Contender
from ingest.cluster.coverage import is_foreign
from ingest.cluster.decide import Relation
from ingest.cluster.judgements import PLACING, Judgement, Kind
from ingest.cluster.replay import Kept, Scene, Thresholds
from ingest.document import DateOrigin
from storage.reading import Reader, Row, chunks, utc, utc_or_none
from storage.tuning.rescoring import Scorer

_STORIES_AT_ONCE = 500  # replayed together, and read whole: bounds the memory, but for stories that hang together
_TEXTS = ("copy", "excerpt")
_JOINING = (*_TEXTS, "coverage")

# The evidence of a text is long, and its figure is the score.
_LINKS = """
    SELECT l.variant_a, l.variant_b, l.relation, l.score,
        CASE WHEN l.relation IN ('copy', 'excerpt') THEN NULL ELSE l.evidence END, a.language, b.language,
        a.story_id, b.story_id
    FROM link l JOIN variant a ON a.id = l.variant_a JOIN variant b ON b.id = l.variant_b WHERE """
_DOUBTFUL = """
    (l.relation IN ('copy', 'excerpt') AND l.score < :copy) OR (l.relation = 'coverage' AND :coverage > :joins)
    OR (l.relation = 'suggested' AND l.score >= :copy AND l.score < :copies)
    OR (l.relation = 'coverage' AND :copy < :copies AND l.evidence LIKE '%"text":%')
    OR (l.relation IN ('suggested', 'earlier') AND l.score >= :coverage AND :coverage < :joins
        AND NOT EXISTS (SELECT 1 FROM link o WHERE o.variant_a = l.variant_a
            AND (o.relation = 'coverage' OR (o.relation IN ('copy', 'excerpt') AND o.score >= :copy))))"""
_MEMBERS = """
    SELECT id, story_id, is_canonical, is_pinned, is_cut, source, url, title, credit, published_at, published_from,
        first_seen_at, shingles
    FROM variant WHERE story_id IN :stories ORDER BY id"""
_MARKED = "SELECT id FROM variant WHERE story_id IN :stories AND "  # each has an index that answers by itself
_STANDING = f"j.undone_by IS NULL AND j.kind IN ({', '.join(repr(kind.value) for kind in PLACING)})"
_JUDGEMENTS = """
    SELECT j.id, j.kind, j.said, j.actor, j.at, p.variant_id, p.side
    FROM judgement j JOIN party p ON p.judgement_id = j.id WHERE """
_JUDGEMENT_ORDER = " ORDER BY j.id, p.variant_id"


@dataclass(slots=True)
class Doubt:
    """What thresholds put in doubt: stories, and which of them would hang together."""

    parents: dict[int, int] = field(default_factory=dict)  # of the stories
    lost_copies: int = 0  # links that would tie a story no more
    lost_coverage: int = 0
    joined: int = 0  # suggestions that would tie two stories

    def groups(self) -> Iterator[list[int]]:
        """Give the stories, those together that would hang together."""
        parts: defaultdict[int, list[int]] = defaultdict(list)
        for story_id in sorted(self.parents):
            parts[self.root(story_id)].append(story_id)
        group: list[int] = []
        for part in parts.values():
            group += part
            if len(group) >= _STORIES_AT_ONCE:
                yield group
                group = []
        if group:
            yield group

    def root(self, story_id: int) -> int:
        """Give one story that stands for all that would hang together with this one."""
        while self.parents.setdefault(story_id, story_id) != story_id:
            self.parents[story_id] = story_id = self.parents[self.parents[story_id]]
        return story_id


def doubted(reader: Reader, thresholds: Thresholds, now: Thresholds) -> Doubt:
    """Find the stories in which a link would fall, and those between which one would come up."""
    doubt = Doubt()
    for link, one, other in doubtful(reader, thresholds, now):
        before, after = link.joins(now, now), link.joins(thresholds, now)
        if (before == after and not link.is_copy_again(thresholds, now)) or (one == other) != before:
            continue
        doubt.lost_copies += before and not after and link.is_text
        doubt.lost_coverage += before and not after and not link.is_text
        doubt.joined += after and not before
        roots = doubt.root(one), doubt.root(other)
        doubt.parents[max(roots)] = min(roots)
    return doubt


def doubtful(reader: Reader, thresholds: Thresholds, now: Thresholds) -> Iterator[tuple[Kept, int, int]]:
    """Give the links that these thresholds may decide otherwise, each with the stories of its variants."""
    given = {"copy": thresholds.copy, "coverage": thresholds.coverage, "copies": now.copy, "joins": now.coverage}
    for row in reader.stream(_LINKS + _DOUBTFUL, **given):
        yield _kept(row), row[7], row[8]


def read_scene(
    reader: Reader, story_ids: Sequence[int], thresholds: Thresholds, now: Thresholds, score: Scorer
) -> tuple[Scene, dict[int, str]]:
    """Read stories whole, with the links and judgements among them, and the titles of their variants."""
    stories: defaultdict[int, set[int]] = defaultdict(set)
    speakers: dict[int, int] = {}
    contenders: dict[int, Contender] = {}
    titles: dict[int, str] = {}
    for chunk in chunks(story_ids):
        teasers, gone = (
            {row[0] for row in reader.rows(_MARKED + marked, stories=chunk)}
            for marked in ("is_teaser", "withdrawn_at IS NOT NULL")
        )
        for row in reader.rows(_MEMBERS, stories=chunk):
            variant = row[0]
            stories[row[1]].add(variant)
            contenders[variant] = _contender(row, is_teaser=variant in teasers, is_withdrawn=variant in gone)
            titles[variant] = row[7]
            if row[2]:
                speakers[row[1]] = variant
    founders, withdrawn = _story_rows(reader, stories, contenders)
    scene = Scene(
        stories={story_id: frozenset(members) for story_id, members in stories.items()},
        speakers=speakers,
        founders=founders,
        withdrawn=withdrawn,
        contenders=contenders,
        links=rescored(
            [_kept(row) for row in _by_variants(reader, f"{_LINKS}l.variant_a IN :ids", contenders)],
            thresholds,
            now,
            score,
        ),
        judgements=_standing(reader, contenders),
        now=now,
    )
    return scene, titles


def _story_rows(
    reader: Reader, stories: Mapping[int, set[int]], variants: Iterable[int]
) -> tuple[dict[int, int], frozenset[int]]:
    """Give the founders of the stories, with those of stories that lead to them, and which are withdrawn."""
    begun = _by_variants(reader, "SELECT id, founder_id FROM story WHERE founder_id IN :ids", variants)
    founders: dict[int, int] = {story_id: min(members) for story_id, members in stories.items()}
    founders |= {story_id: founder for story_id, founder in begun if founder}
    gone = _by_variants(reader, "SELECT id FROM story WHERE withdrawn_at IS NOT NULL AND id IN :ids", stories)
    return founders, frozenset(row[0] for row in gone)


def judged(
    reader: Reader, thresholds: Thresholds, now: Thresholds, score: Scorer
) -> tuple[list[Judgement], list[Kept]]:
    """Give what stands of what was said of places, and the links that lead from the variants it is about."""
    judgements = _gathered(reader.rows(f"{_JUDGEMENTS}{_STANDING}{_JUDGEMENT_ORDER}"))
    known: set[int] = set()
    wanted = {variant for judgement in judgements for side in judgement.sides for variant in side}
    links: dict[tuple[int, int], Kept] = {}
    while wanted:
        known |= wanted
        rows = (
            row
            for end in ("variant_a", "variant_b")
            for row in _by_variants(reader, f"{_LINKS}l.{end} IN :ids", wanted)
        )
        found = {
            (link.one, link.other): link
            for link in map(_kept, rows)
            if link.would_join(now, now) or link.would_join(thresholds, now)
        }
        links |= found
        wanted = {end for pair in found for end in pair} - known
    return judgements, rescored(list(links.values()), thresholds, now, score)


def rescored(links: Sequence[Kept], thresholds: Thresholds, now: Thresholds, score: Scorer) -> list[Kept]:
    """Give the links, those of copies that fall with what they would score as coverage."""
    fallen = [link for link in links if link.falls(thresholds, now)]
    scores = score([(link.one, link.other) for link in fallen])
    told = {
        (link.one, link.other): replace(link, as_event=found.score, hours=found.hours)
        for link, found in zip(fallen, scores, strict=True)
    }
    return [told.get((link.one, link.other), link) for link in links]


def _standing(reader: Reader, variants: Iterable[int]) -> list[Judgement]:
    """Give what stands of what was said about the places of any of these variants, the oldest first."""
    of = (
        f"SELECT DISTINCT p.judgement_id {_JUDGEMENTS[_JUDGEMENTS.index('FROM') :]}{_STANDING} AND p.variant_id IN :ids"
    )
    ids = sorted({row[0] for row in _by_variants(reader, of, variants)})
    rows = _by_variants(reader, f"{_JUDGEMENTS}j.id IN :ids{_JUDGEMENT_ORDER}", ids)
    return _gathered(rows)


def _gathered(rows: Iterable[Row]) -> list[Judgement]:
    said: dict[int, Row] = {}
    sides: defaultdict[int, tuple[list[int], list[int], list[int]]] = defaultdict(lambda: ([], [], []))
    for row in rows:
        said[row[0]] = row
        sides[row[0]][row[6]].append(row[5])
    return [
        Judgement(
            id=number,
            kind=Kind(row[1]),
            said=row[2],
            actor=row[3],
            at=utc(row[4]),
            sides=(tuple(sides[number][0]), tuple(sides[number][1]), tuple(sides[number][2])),
        )
        for number, row in said.items()
    ]


def _by_variants(reader: Reader, sql: str, ids: Iterable[int]) -> Iterator[Row]:
    """Give the rows of `sql`, asked of so many :ids at a time."""
    for chunk in chunks(ids):
        yield from reader.rows(sql, ids=chunk)


def _kept(row: Row) -> Kept:
    told = orjson.loads(row[4]) if row[4] else {}
    is_text = row[2] in _TEXTS or "jaccard" in told
    return Kept(
        one=row[0],
        other=row[1],
        relation=Relation(row[2]),
        score=row[3],
        mean=told.get("mean"),
        hours=told.get("hours"),
        is_text=is_text,
        is_foreign=is_foreign(row[5], row[6]),
        fell=told.get("was") in _JOINING,
        shared=told["text"]["score"] if "text" in told else None,
    )


def _contender(row: Row, *, is_teaser: bool, is_withdrawn: bool) -> Contender:
    return Contender(
        variant_id=row[0],
        source=row[5],
        url=row[6],
        credit=row[8],
        is_pinned=bool(row[3]),
        is_cut=bool(row[4]),
        published_at=utc_or_none(row[9]) if row[10] != DateOrigin.GUESS else None,
        first_seen_at=utc(row[11]),
        length=row[12],
        is_teaser=is_teaser,
        is_withdrawn=is_withdrawn,
    )
